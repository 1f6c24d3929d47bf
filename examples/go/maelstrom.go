// A node that speaks Maelstrom's protocol, one message after another. Timers are dsim's: After asks
// to be called back when so much virtual time is over, and every line is followed by "done".
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
)

type Body = map[string]any

type Message struct {
	Src  string `json:"src"`
	Dest string `json:"dest"`
	Body Body   `json:"body"`
	// The node's clock, and the time since the run began, in ms.
	Now     float64 `json:"now,omitempty"`
	Elapsed float64 `json:"elapsed,omitempty"`
}

type Node struct {
	ID    string
	IDs   []string
	Ready func()
	// What Save wrote before a crash: full again when Ready is called.
	Disk     map[string]any
	Now      float64
	Elapsed  float64
	handlers map[string]func(Message) Body
	waiting  map[int]func(Body)
	timers   map[string]func()
	count    int
	out      *json.Encoder
}

func NewNode() *Node {
	return &Node{
		Ready:    func() {},
		Disk:     map[string]any{},
		handlers: map[string]func(Message) Body{},
		waiting:  map[int]func(Body){},
		timers:   map[string]func(){},
		out:      json.NewEncoder(os.Stdout),
	}
}

// On calls the handler for a type of message; what it returns is the reply, nil is none.
func (n *Node) On(kind string, handler func(Message) Body) { n.handlers[kind] = handler }

func (n *Node) Send(dest string, body Body) { n.out.Encode(Message{Src: n.ID, Dest: dest, Body: body}) }

func (n *Node) Reply(to Message, body Body) {
	body["in_reply_to"] = to.Body["msg_id"]
	n.Send(to.Src, body)
}

// RPC asks, and calls then with the body of the reply.
func (n *Node) RPC(dest string, body Body, then func(Body)) {
	n.count++
	n.waiting[n.count] = then
	body["msg_id"] = n.count
	n.Send(dest, body)
}

func (n *Node) After(ms int, action func()) {
	n.count++
	tag := strconv.Itoa(n.count)
	n.timers[tag] = action
	n.Send("dsim", Body{"type": "timer", "tag": tag, "after_ms": ms})
}

// Save writes to the simulated disk.
func (n *Node) Save(key string, value any) {
	n.Disk[key] = value
	n.Send("dsim", Body{"type": "disk", "key": key, "value": value})
}

func (n *Node) Note(label string, detail Body) {
	n.Send("dsim", Body{"type": "note", "label": label, "detail": detail})
}

func (n *Node) Run() {
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var message Message
		if json.Unmarshal(line, &message) == nil {
			n.take(message)
		}
		n.Send("dsim", Body{"type": "done"})
	}
}

func (n *Node) take(message Message) {
	body := message.Body
	n.Now, n.Elapsed = message.Now, message.Elapsed
	if body["type"] == "init" {
		n.ID = body["node_id"].(string)
		if disk, isThere := body["disk"].(map[string]any); isThere {
			n.Disk = disk
		}
		for _, id := range body["node_ids"].([]any) {
			n.IDs = append(n.IDs, id.(string))
		}
		n.Reply(message, Body{"type": "init_ok"})
		n.Ready()
	} else if message.Src == "dsim" {
		tag := body["tag"].(string)
		action := n.timers[tag]
		delete(n.timers, tag)
		action()
	} else if asked, isReply := body["in_reply_to"].(float64); isReply {
		if then := n.waiting[int(asked)]; then != nil {
			delete(n.waiting, int(asked))
			then(body)
		}
	} else if handler := n.handlers[body["type"].(string)]; handler != nil {
		if reply := handler(message); reply != nil {
			n.Reply(message, reply)
		}
	}
}
