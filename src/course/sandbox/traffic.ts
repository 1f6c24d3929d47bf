/**
 * What the nodes of one run say, counted: the numbers that explain a failure which no checker can
 * see. Answers that name no request, answers to requests of an earlier life, messages that repeat.
 */
import type { NodeId } from '../../sim/node.ts';

/** Texts beyond these are counted as new. */
const TEXTS_MAX = 200_000;

/** What the nodes of one run may send in all. */
export interface TrafficBudget {
  readonly messages: number;
  /** Characters of messages as JSON. */
  readonly bytes: number;
}

/** Counts of one run. All are of virtual things, so they are equal on every machine. */
export interface TrafficCounts {
  /** Messages to clients: all, those without `inReplyTo`, those that name no open request. */
  readonly answers: number;
  readonly unnamed: number;
  readonly unasked: number;
  /** Messages to other nodes with the `inReplyTo` of a client's request, one for each broadcast. */
  readonly misdirected: number;
  /** Requests that a node got, and those that it never answered, by node. */
  readonly requests: number;
  readonly unanswered: readonly (readonly [node: NodeId, count: number])[];
  /** Messages between nodes, and how many had been sent before, word for word, to the same node. */
  readonly sent: number;
  readonly repeated: number;
  /** The type that was sent most, and its busiest sender. */
  readonly busiest: { readonly type: string; readonly count: number; readonly node: NodeId } | null;
  /** All that was sent, to clients too; a broadcast counts once for each peer. */
  readonly messages: number;
  readonly bytes: number;
  /** The part of the budget that is used up. */
  readonly spent: keyof TrafficBudget | null;
}

export class Traffic {
  readonly #clients = new Set<NodeId>();
  readonly #texts = new Set<string>();
  /** By node, then by client: the ids of requests that wait for an answer. */
  readonly #open = new Map<NodeId, Map<NodeId, Set<number>>>();
  readonly #byType = new Map<string, number>();
  #answers = 0;
  #unnamed = 0;
  #unasked = 0;
  #misdirected = 0;
  #requests = 0;
  #sent = 0;
  #repeated = 0;
  #messages = 0;
  #bytes = 0;
  readonly #budget: TrafficBudget;

  constructor(budget: TrafficBudget) {
    this.#budget = budget;
  }

  /** Nothing more may be sent. */
  get spent(): keyof TrafficBudget | null {
    if (this.#bytes > this.#budget.bytes) return 'bytes';
    return this.#messages > this.#budget.messages ? 'messages' : null;
  }

  /** To be called before the run. */
  begin(clients: Iterable<NodeId>): void {
    for (const client of clients) this.#clients.add(client);
  }

  /** A node has got a message. */
  received(node: NodeId, from: NodeId, message: { readonly id?: unknown }): void {
    if (!this.#clients.has(from) || typeof message.id !== 'number') return;
    this.#requests++;
    const byClient = this.#open.get(node) ?? new Map<NodeId, Set<number>>();
    this.#open.set(node, byClient);
    const ids = byClient.get(from) ?? new Set<number>();
    byClient.set(from, ids);
    ids.add(message.id);
  }

  /** A node sends a text to another; for null to all of its peers, of which there are `copies`. */
  sent(node: NodeId, to: NodeId | null, text: string, copies: number): void {
    this.#messages += copies;
    this.#bytes += copies * text.length;
    if (to !== null && this.#clients.has(to)) return this.#answered(node, to, text);
    this.#sent++;
    const answered = /"inReplyTo":(\d+)/.exec(text)?.[1];
    if (answered !== undefined && this.#isOpen(node, Number(answered))) this.#misdirected++;
    const key = `${node} ${to ?? '*'} ${text}`;
    if (this.#texts.has(key)) this.#repeated++;
    else if (this.#texts.size < TEXTS_MAX) this.#texts.add(key);
    const type = `${/"type":"([^"\\]{0,60})"/.exec(text)?.[1] ?? '?'} ${node}`;
    this.#byType.set(type, (this.#byType.get(type) ?? 0) + 1);
  }

  #answered(node: NodeId, client: NodeId, text: string): void {
    this.#answers++;
    const { inReplyTo } = JSON.parse(text) as { readonly inReplyTo?: unknown };
    if (typeof inReplyTo !== 'number') this.#unnamed++;
    else if (this.#open.get(node)?.get(client)?.delete(inReplyTo) !== true) {
      // A node that passes requests on may answer what another one got.
      if (!this.#askedElsewhere(client, inReplyTo)) this.#unasked++;
    }
  }

  #isOpen(node: NodeId, id: number): boolean {
    for (const ids of this.#open.get(node)?.values() ?? []) if (ids.has(id)) return true;
    return false;
  }

  #askedElsewhere(client: NodeId, id: number): boolean {
    for (const byClient of this.#open.values()) {
      if (byClient.get(client)?.delete(id) === true) return true;
    }
    return false;
  }

  counts(): TrafficCounts {
    const unanswered = [...this.#open].map(([node, byClient]): readonly [NodeId, number] => {
      let count = 0;
      for (const ids of byClient.values()) count += ids.size;
      return [node, count];
    });
    let busiest: TrafficCounts['busiest'] = null;
    for (const [name, count] of this.#byType) {
      if (busiest !== null && count <= busiest.count) continue;
      const [type = '', node = ''] = name.split(/ (?=\S*$)/);
      busiest = { type, node, count };
    }
    return {
      answers: this.#answers,
      unnamed: this.#unnamed,
      unasked: this.#unasked,
      misdirected: this.#misdirected,
      requests: this.#requests,
      unanswered: unanswered.filter(([, count]) => count > 0),
      sent: this.#sent,
      repeated: this.#repeated,
      busiest,
      messages: this.#messages,
      bytes: this.#bytes,
      spent: this.spent,
    };
  }
}
