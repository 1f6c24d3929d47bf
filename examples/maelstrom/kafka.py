"""Logs as Kafka has them, on the first node: the others pass on to it."""
from maelstrom import Node

node = Node()
logs = {}
committed = {}


def served(kind):
    """Answered by the first node, whoever was asked."""
    def put(answer):
        def handler(message, body):
            if node.id == "n1":
                return answer(body)
            request = {key: value for key, value in body.items() if key != "msg_id"}
            drop = lambda reply: {k: v for k, v in reply.items() if k != "in_reply_to"}
            node.rpc("n1", request, lambda reply: node.reply(message, drop(reply)))
        node.handlers[kind] = handler
        return answer
    return put


@served("send")
def send(body):
    log = logs.setdefault(body["key"], [])
    log.append(body["msg"])
    return {"type": "send_ok", "offset": len(log) - 1}


@served("poll")
def poll(body):
    msgs = {}
    for key, offset in body["offsets"].items():
        log = logs.get(key, [])
        msgs[key] = [[at, log[at]] for at in range(offset, len(log))]
    return {"type": "poll_ok", "msgs": msgs}


@served("commit_offsets")
def commit(body):
    for key, offset in body["offsets"].items():
        committed[key] = max(committed.get(key, 0), offset)
    return {"type": "commit_offsets_ok"}


@served("list_committed_offsets")
def list_committed(body):
    offsets = {key: committed[key] for key in body["keys"] if key in committed}
    return {"type": "list_committed_offsets_ok", "offsets": offsets}


node.run()
