/**
 * The master of a chain: it takes silent members out, and adds those that come back as new tails
 * (van Renesse & Schneider 2004, section 3). It is assumed not to fail for good; while it is away
 * the chain stays as it is, and leases run out.
 */
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import type { Bug } from './declared.ts';
import type { Beat, ChainMessage, Configuration } from './messages.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<ChainMessage>;

export class Master implements Node<ChainMessage> {
  readonly #settings: Settings;
  readonly #members: readonly NodeId[];
  readonly #bug: Bug | null;
  #configuration: Configuration;
  #joiner: NodeId | null = null;
  readonly #heardAtMs = new Map<NodeId, number>();

  constructor(settings: Settings, members: readonly NodeId[], bug: Bug | null) {
    this.#settings = settings;
    this.#members = members;
    this.#bug = bug;
    this.#configuration = { epoch: 1, chain: members };
  }

  start(ctx: Ctx): void {
    const found = ctx.storage.get('configuration') as Configuration | undefined;
    if (found !== undefined) this.#configuration = found;
    // Nobody is taken out for what happened while the master was away.
    for (const id of this.#members) this.#heardAtMs.set(id, 0);
    ctx.setTimer('look', this.#settings.heartbeat);
  }

  receive(ctx: Ctx, from: NodeId, m: ChainMessage): void {
    if (m.type === 'beat' && this.#heardAtMs.has(from)) this.#onBeat(ctx, from, m);
  }

  #onBeat(ctx: Ctx, from: NodeId, m: Beat): void {
    this.#heardAtMs.set(from, ctx.elapsed());
    const { chain } = this.#configuration;
    const isIn = chain.includes(from);
    if (isIn && m.isBlank && chain.length > 1) this.#takeOut(ctx, [from]);
    else if (!isIn && this.#joiner === null) this.#joiner = from;
    // The bug: whoever comes back is head at once, with what it had.
    const mayJoin = m.isReady || this.#bug === 'join-at-head';
    if (!isIn && this.#joiner === from && mayJoin) this.#join(ctx, from);
    this.#tell(ctx, from, m.round);
  }

  /** The chain as it is. Round 0 answers nothing, and so gives no lease. */
  #tell(ctx: Ctx, to: NodeId, round: number): void {
    const configuration = this.#configuration;
    ctx.send(to, { type: 'beatAck', round, configuration, joiner: this.#joiner });
  }

  timeout(ctx: Ctx, tag: string): void {
    if (tag !== 'look') return;
    const silent = (id: NodeId) =>
      ctx.elapsed() - (this.#heardAtMs.get(id) ?? 0) > this.#settings['failure-timeout'];
    const dead = this.#configuration.chain.filter(silent);
    // The last one has what nobody else has: it stays, and is waited for.
    if (dead.length > 0 && dead.length < this.#configuration.chain.length) this.#takeOut(ctx, dead);
    if (this.#joiner !== null && silent(this.#joiner)) this.#joiner = null;
    ctx.setTimer('look', this.#settings.heartbeat);
  }

  #takeOut(ctx: Ctx, dead: readonly NodeId[]): void {
    for (const node of dead) ctx.note('takes out', { node });
    this.#change(
      ctx,
      this.#configuration.chain.filter((id) => !dead.includes(id)),
    );
  }

  #join(ctx: Ctx, joiner: NodeId): void {
    ctx.note('joins', { node: joiner });
    const { chain } = this.#configuration;
    this.#joiner = null;
    this.#change(ctx, this.#bug === 'join-at-head' ? [joiner, ...chain] : [...chain, joiner]);
  }

  #change(ctx: Ctx, chain: readonly NodeId[]): void {
    this.#configuration = { epoch: this.#configuration.epoch + 1, chain };
    ctx.storage.set('configuration', this.#configuration);
    ctx.measure('reconfigurations');
    for (const id of this.#members) this.#tell(ctx, id, 0);
  }

  inspect(): Detail {
    const { epoch, chain } = this.#configuration;
    return { role: 'master', epoch, chain, joiner: this.#joiner };
  }
}
