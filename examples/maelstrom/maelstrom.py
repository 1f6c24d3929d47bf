"""A node that speaks Maelstrom's protocol, for programs of a page: one message after another.

Timers are dsim's: after(ms, action) asks dsim to be called back when so much virtual time is over,
and every line is followed by "done". Under Maelstrom itself such a program would need another clock.
save(key, value) writes to the simulated disk: after a crash, disk has it again when ready() is called.
"""
import json
import sys


class Node:
    def __init__(self):
        self.id = None
        self.ids = []
        self.handlers = {}
        self.waiting = {}
        self.timers = {}
        self.count = 0
        self.disk = {}
        self.now = self.elapsed = 0
        self.ready = lambda: None

    def on(self, kind):
        """Decorates the handler of a type of message; what it returns is the reply, None is none."""
        def put(handler):
            self.handlers[kind] = handler
            return handler
        return put

    def others(self):
        return [each for each in self.ids if each != self.id]

    def send(self, dest, body):
        print(json.dumps({"src": self.id, "dest": dest, "body": body}), flush=True)

    def reply(self, message, body):
        self.send(message["src"], {**body, "in_reply_to": message["body"]["msg_id"]})

    def rpc(self, dest, body, then):
        """Asks, and calls then(reply body) when the answer is there."""
        self.count += 1
        self.waiting[self.count] = then
        self.send(dest, {**body, "msg_id": self.count})

    def after(self, ms, action):
        self.count += 1
        self.timers[str(self.count)] = action
        self.send("dsim", {"type": "timer", "tag": str(self.count), "after_ms": ms})

    def save(self, key, value):
        self.disk[key] = value
        self.send("dsim", {"type": "disk", "key": key, "value": value})

    def note(self, label, **detail):
        self.send("dsim", {"type": "note", "label": label, "detail": detail})

    def run(self):
        for line in sys.stdin:
            self.take(json.loads(line))
            self.send("dsim", {"type": "done"})

    def take(self, message):
        body = message["body"]
        # The node's clock, and the time since the run began, in ms.
        self.now, self.elapsed = message.get("now", 0), message.get("elapsed", 0)
        if body["type"] == "init":
            self.id, self.ids, self.disk = body["node_id"], body["node_ids"], body.get("disk", {})
            self.reply(message, {"type": "init_ok"})
            self.ready()
        elif message["src"] == "dsim":
            self.timers.pop(body["tag"])()
        elif "in_reply_to" in body:
            then = self.waiting.pop(body["in_reply_to"], None)
            if then is not None:
                then(body)
        elif body["type"] in self.handlers:
            answer = self.handlers[body["type"]](message, body)
            if answer is not None:
                self.reply(message, answer)
        else:
            self.reply(message, {"type": "error", "code": 10, "text": "not supported"})
