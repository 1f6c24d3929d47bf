/**
 * One member with its roles. `proposer.ts`, `acceptor.ts` and `learner.ts` are the three agents of
 * the paper; they share a node and its disk, and speak to each other by messages even there.
 */
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import { Acceptor } from './acceptor.ts';
import type { Bug } from './bugs.ts';
import { Learner } from './learner.ts';
import type { PaxosMessage } from './messages.ts';
import { Proposer } from './proposer.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<PaxosMessage>;

export class Paxos implements Node<PaxosMessage> {
  readonly #settings: Settings;
  readonly #proposer: Proposer | null;
  readonly #acceptor: Acceptor | null;
  readonly #learner: Learner | null;

  constructor(settings: Settings, self: NodeId, bug: Bug | null) {
    const { proposers, acceptors, learners } = settings;
    this.#settings = settings;
    this.#proposer = proposers.includes(self) ? new Proposer(settings, bug, self) : null;
    this.#acceptor = acceptors.includes(self) ? new Acceptor(settings, bug) : null;
    this.#learner = learners.includes(self)
      ? new Learner(settings, bug, self, (ctx, key, value) =>
          this.#proposer?.onChosen(ctx, key, value),
        )
      : null;
  }

  start(ctx: Ctx): void {
    this.#proposer?.start(ctx);
  }

  receive(ctx: Ctx, from: NodeId, message: PaxosMessage): void {
    switch (message.type) {
      case 'prepare':
        return this.#acceptor?.onPrepare(ctx, from, message);
      case 'promise':
        return this.#proposer?.onPromise(ctx, from, message);
      case 'accept':
        return this.#acceptor?.onAccept(ctx, from, message);
      case 'accepted':
        return this.#learner?.onAccepted(ctx, from, message);
      case 'chosen':
        return this.#learner?.onChosen(ctx, message);
      case 'nack':
        return this.#proposer?.onNack(ctx, message);
      default:
        if (isRequest(message)) this.#onRequest(ctx, from, message);
    }
  }

  timeout(ctx: Ctx, tag: string, key: number): void {
    if (tag === 'retry') this.#proposer?.onRetry(ctx, key);
  }

  inspect(): Detail {
    return {
      pending: this.#proposer?.pending ?? 0,
      quorum: this.#settings.phase2Quorum,
      acceptors: this.#settings.acceptors.length,
      accepted: this.#acceptor?.shown() ?? {},
      chosen: this.#learner?.shown() ?? {},
    };
  }

  #onRequest(ctx: Ctx, from: NodeId, request: PaxosMessage): void {
    if (request.type !== 'propose') return;
    const known = this.#learner?.chosen(request.key);
    if (known === undefined) return this.#proposer?.onRequest(ctx, from, request);
    ctx.sendNow(from, { type: 'propose_ok', inReplyTo: request.id, value: known.value });
  }
}
