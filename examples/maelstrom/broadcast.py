"""Broadcast along the topology: each node tells its neighbours, until they have answered.

With the word "once" it tells them once.
"""
import sys

from maelstrom import Node

RETRY_MS = 200

node = Node()
known = []
neighbours = []
# By neighbour, what it has not acknowledged.
owed = {}


@node.on("topology")
def topology(_message, body):
    neighbours.extend(body["topology"][node.id])
    for each in neighbours:
        owed[each] = list(known)
    retry()
    return {"type": "topology_ok"}


def learn(values, source):
    fresh = [value for value in values if value not in known]
    known.extend(fresh)
    for each in neighbours:
        if each != source and fresh:
            owed[each].extend(fresh)
            tell(each)


def tell(neighbour):
    values = list(owed[neighbour])
    if "once" in sys.argv:
        owed[neighbour] = []

    def acknowledged(_body):
        owed[neighbour] = [value for value in owed[neighbour] if value not in values]

    node.rpc(neighbour, {"type": "gossip", "values": values}, acknowledged)


def retry():
    for each in neighbours:
        if owed[each]:
            tell(each)
    node.after(RETRY_MS, retry)


@node.on("gossip")
def gossip(message, body):
    learn(body["values"], message["src"])
    return {"type": "gossip_ok"}


@node.on("broadcast")
def broadcast(_message, body):
    learn([body["message"]], None)
    return {"type": "broadcast_ok"}


@node.on("read")
def read(_message, _body):
    return {"type": "read_ok", "messages": known}


node.run()
