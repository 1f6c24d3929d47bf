/**
 * Several driven nodes and the mail between them, delivered by hand: what is under way stays under
 * way until the test delivers it, drops it, or cuts the link that it is on. Messages to anybody
 * outside are kept as answers.
 */
import type { Node, NodeId } from '../../src/sim/node.ts';
import type { Driven, MessageOf, Sent } from './drive.ts';

export type Wanted = (sent: Sent) => boolean;

export class HandCluster<N extends Node<never>> {
  readonly nodes: ReadonlyMap<NodeId, Driven<N>>;
  /** Under way, in the order sent. */
  mail: Sent[] = [];
  /** What has left for clients. */
  answers: Sent[] = [];
  private readonly cuts = new Set<string>();

  constructor(nodes: readonly Driven<N>[]) {
    this.nodes = new Map(nodes.map((node) => [node.self, node]));
    this.collect();
  }

  at(id: NodeId): Driven<N> {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  /** A message from outside. */
  ask(client: NodeId, to: NodeId, message: MessageOf<N>): this {
    this.at(to).receive(client, message);
    return this.collect();
  }

  /** Fires a timer of one node. */
  fire(id: NodeId, tag: string): this {
    this.at(id).fireTimer(tag);
    return this.collect();
  }

  /** Delivers the mail under way now, as far as it is wanted, and not what it leads to. */
  deliver(wanted: Wanted = () => true): this {
    for (const sent of this.takeMail(wanted)) this.hand(sent);
    return this;
  }

  /** Delivers until nothing wanted is under way any more. */
  settle(wanted: Wanted = () => true): this {
    for (let rounds = 0; this.mail.some(wanted); rounds++) {
      if (rounds > 1000) throw new Error('the nodes never fall silent');
      this.deliver(wanted);
    }
    return this;
  }

  drop(wanted: Wanted = () => true): this {
    this.takeMail(wanted);
    return this;
  }

  /** Hands over one message; what is on a cut link, or for a node that is down, is lost. */
  hand({ from, to, message }: Sent): this {
    const node = this.nodes.get(to);
    if (node?.up === true && !this.isCut(from, to)) node.receive(from, message as MessageOf<N>);
    return this.collect();
  }

  /** Cuts the links between the nodes of one side and those of the other, both ways. */
  cut(side: readonly NodeId[], other: readonly NodeId[]): this {
    for (const a of side) {
      for (const b of other) this.cuts.add(`${a}→${b}`).add(`${b}→${a}`);
    }
    return this;
  }

  cutOneWay(from: NodeId, to: NodeId): this {
    this.cuts.add(`${from}→${to}`);
    return this;
  }

  isolate(id: NodeId): this {
    return this.cut(
      [id],
      [...this.nodes.keys()].filter((each) => each !== id),
    );
  }

  heal(): this {
    this.cuts.clear();
    return this;
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.cuts.size > 0 && this.cuts.has(`${from}→${to}`);
  }

  /** Takes what the nodes have sent. A message on a cut link is lost as it leaves. */
  collect(): this {
    for (const node of this.nodes.values()) {
      for (const sent of node.take()) {
        if (!this.nodes.has(sent.to)) this.answers.push(sent);
        else if (!this.isCut(sent.from, sent.to)) this.mail.push(sent);
      }
    }
    return this;
  }

  private takeMail(wanted: Wanted): readonly Sent[] {
    const taken = this.mail.filter(wanted);
    this.mail = this.mail.filter((sent) => !wanted(sent));
    return taken;
  }
}
