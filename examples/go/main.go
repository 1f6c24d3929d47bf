// A broadcast that is told again until it is acknowledged: a loss or a cut loses nothing.
package main

func main() {
	n := NewNode()
	known := map[float64]bool{}
	var order []float64
	open := map[string]map[float64]bool{}
	learn := func(value float64, from string) {
		if known[value] {
			return
		}
		known[value] = true
		order = append(order, value)
		for _, peer := range n.IDs {
			if peer != n.ID && peer != from {
				open[peer][value] = true
			}
		}
	}
	tell := func(peer string) {
		var values []float64
		for _, value := range order {
			if open[peer][value] {
				values = append(values, value)
			}
		}
		if len(values) == 0 {
			return
		}
		n.RPC(peer, Body{"type": "tell", "values": values}, func(Body) {
			for _, value := range values {
				delete(open[peer], value)
			}
		})
	}
	var again func()
	again = func() {
		for _, peer := range n.IDs {
			tell(peer)
		}
		n.After(100, again)
	}
	n.Ready = func() {
		for _, peer := range n.IDs {
			open[peer] = map[float64]bool{}
		}
		again()
	}
	n.On("topology", func(Message) Body { return Body{"type": "topology_ok"} })
	n.On("broadcast", func(m Message) Body {
		learn(m.Body["message"].(float64), "")
		return Body{"type": "broadcast_ok"}
	})
	n.On("tell", func(m Message) Body {
		for _, value := range m.Body["values"].([]any) {
			learn(value.(float64), m.Src)
		}
		return Body{"type": "tell_ok"}
	})
	n.On("read", func(Message) Body {
		messages := append([]float64{}, order...)
		return Body{"type": "read_ok", "messages": messages}
	})
	n.Run()
}
