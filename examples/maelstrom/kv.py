"""A store that keeps nothing: it passes on to a service, lin-kv unless it is told another."""
import sys

from maelstrom import Node

node = Node()
service = sys.argv[1] if len(sys.argv) > 1 else "lin-kv"


def passed_on(message, body):
    request = {key: value for key, value in body.items() if key != "msg_id"}

    def answer(reply):
        node.reply(message, {key: value for key, value in reply.items() if key != "in_reply_to"})

    node.rpc(service, request, answer)


for kind in ["read", "write", "cas"]:
    node.on(kind)(passed_on)

node.run()
