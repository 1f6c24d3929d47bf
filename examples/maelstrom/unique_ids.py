"""Identifiers: a number, behind the name of the node and the number of its life."""
import os

from maelstrom import Node

node = Node()
life = os.environ.get("DSIM_SEED", str(os.getpid()))
made = 0


@node.on("generate")
def generate(_message, _body):
    global made
    made += 1
    return {"type": "generate_ok", "id": f"{node.id}-{life}-{made}"}


node.run()
