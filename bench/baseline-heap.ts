/**
 * The yardstick: what one writes who does not think about it, a binary heap of event objects.
 * FROZEN: every speed of the engine is told as a ratio to this program, so it never changes, and it
 * stands on nothing of the engine's.
 *
 *     baseline-heap hold <pending>     pop the earliest event, push one at an exponential delay
 *     baseline-heap deliver <nodes>    100 messages in flight; each delivery sends one to a random
 *                                      other node after an exponential delay, without network
 *                                      or trace
 */

interface QueuedEvent {
  at: number;
  seq: number;
  kind: number;
  a: number;
  b: number;
  message: Message | null;
}

interface Message {
  type: number;
  from: number;
  to: number;
  term: number;
  val: number;
}

class Heap {
  private readonly events: QueuedEvent[] = [];
  private pushed = 0;

  push(at: number, kind: number, a: number, b: number, message: Message | null): void {
    const events = this.events;
    const seq = this.pushed++;
    const event = { at, seq, kind, a, b, message };
    let i = events.length;
    events.push(event);
    while (i > 0) {
      const above = (i - 1) >> 1;
      const other = events[above] as QueuedEvent;
      if (other.at < at || (other.at === at && other.seq < seq)) break;
      events[i] = other;
      i = above;
    }
    events[i] = event;
  }

  pop(): QueuedEvent {
    const events = this.events;
    const first = events[0] as QueuedEvent;
    const last = events.pop() as QueuedEvent;
    const size = events.length;
    if (size === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      let other = events[child] as QueuedEvent;
      if (child + 1 < size) {
        const right = events[child + 1] as QueuedEvent;
        if (right.at < other.at || (right.at === other.at && right.seq < other.seq)) {
          child++;
          other = right;
        }
      }
      if (last.at < other.at || (last.at === other.at && last.seq < other.seq)) break;
      events[i] = other;
      i = child;
    }
    events[i] = last;
    return first;
  }
}

let state = 2463534242;

/** 32 random bits: Marsaglia's xorshift. */
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

const DELAYS = 65536;
/** Delays in µs, exponential, mean 1 s, made beforehand: a logarithm costs as much as a push. */
const delays = Float64Array.from({ length: DELAYS }, () =>
  Math.floor(-1e6 * Math.log((random() + 1) / 4294967297)),
);
let drawn = 0;

function delay(): number {
  return delays[drawn++ & (DELAYS - 1)] as number;
}

function measure(
  name: string,
  events: number,
  warmUp: number,
  run: (events: number) => void,
): void {
  run(warmUp);
  const before = process.cpuUsage();
  run(events);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ name, events, cpuNs: (user + system) * 1000 })}\n`);
}

function hold(pending: number): void {
  const heap = new Heap();
  for (let i = 0; i < pending; i++) heap.push(delay(), 1, i, 0, null);
  const run = (events: number) => {
    for (let i = 0; i < events; i++) {
      const event = heap.pop();
      heap.push(event.at + delay(), event.kind, event.a, event.b, null);
    }
  };
  measure(`baseline-heap hold ${pending}`, 2_000_000, Math.max(500_000, pending), run);
}

class Relay {
  private readonly index: number;
  private readonly nodes: number;
  private readonly send: (message: Message) => void;
  private term = 0;

  constructor(index: number, nodes: number, send: (message: Message) => void) {
    this.index = index;
    this.nodes = nodes;
    this.send = send;
  }

  onMessage(message: Message): void {
    if (message.term > this.term) this.term = message.term;
    let to = random() % (this.nodes - 1);
    if (to >= this.index) to++;
    this.send({ type: 7, from: this.index, to, term: this.term + 1, val: message.val + 1 });
  }
}

function deliver(nodes: number): void {
  const heap = new Heap();
  let now = 0;
  const send = (message: Message) => heap.push(now + delay(), 1, message.to, 0, message);
  const relays = Array.from({ length: nodes }, (_, i) => new Relay(i, nodes, send));
  for (let i = 0; i < 100; i++) {
    send({ type: 7, from: i % nodes, to: (i + 1) % nodes, term: 1, val: i });
  }
  const run = (events: number) => {
    for (let i = 0; i < events; i++) {
      const event = heap.pop();
      now = event.at;
      (relays[event.a] as Relay).onMessage(event.message as Message);
    }
  };
  measure(`baseline-heap deliver ${nodes}`, 2_000_000, 500_000, run);
}

export function main(args: readonly string[]): void {
  const [mode, size] = args;
  const count = Number(size);
  if (mode === 'hold' && count >= 1) hold(count);
  else if (mode === 'deliver' && count >= 2) deliver(count);
  else throw new Error('usage: baseline-heap hold <pending> | deliver <nodes>');
}

main(process.argv.slice(2));
