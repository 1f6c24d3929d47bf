"""A grow-only set, and a counter that goes up and down: states that are merged, and told around."""
import sys

from maelstrom import Node

TELL_MS = 100

node = Node()
counts = "counter" in sys.argv
# A set as a map of elements, a counter as two sums for each node.
state = {}


def merge(other):
    for key, value in other.items():
        state[key] = max(state.get(key, value), value)


def tell():
    for each in node.others():
        node.send(each, {"type": "merge", "state": state})
    node.after(TELL_MS, tell)


node.ready = tell


@node.on("merge")
def merged(_message, body):
    merge(body["state"])


@node.on("add")
def add(_message, body):
    if counts:
        key = f"{node.id} {'up' if body['delta'] > 0 else 'down'}"
        state[key] = state.get(key, 0) + abs(body["delta"])
    else:
        state[str(body["element"])] = 1
    return {"type": "add_ok"}


@node.on("read")
def read(_message, _body):
    if not counts:
        return {"type": "read_ok", "value": [int(element) for element in state]}
    up = sum(value for key, value in state.items() if key.endswith(" up"))
    return {"type": "read_ok", "value": up - sum(state.values()) + up}


node.run()
