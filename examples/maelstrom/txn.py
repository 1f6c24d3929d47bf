"""Transactions on one node, one after another: lists are appended to, registers are written.

With the word "late" it reads from a copy that is behind.
"""
import sys

from maelstrom import Node

COPY_EVERY = 10

node = Node()
late = "late" in sys.argv
data = {}
copy = {}
count = 0


@node.on("txn")
def txn(_message, body):
    global copy, count
    count += 1
    if count % COPY_EVERY == 0:
        copy = dict(data)
    done = []
    for what, key, value in body["txn"]:
        if what == "append":
            data[key] = data.get(key, []) + [value]
        elif what == "w":
            data[key] = value
        else:
            value = (copy if late else data).get(key)
        done.append([what, key, value])
    return {"type": "txn_ok", "txn": done}


node.run()
