/**
 * Members that send heartbeats to those that watch them, and suspect who is silent: the oldest
 * failure detector, with a fixed timeout or with phi accrual (Hayashibara et al. 2004).
 */
import type membersInterface from '../../../interfaces/members.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Message, Node, NodeId } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import { type ErrorReply, isRequest, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { detectorOf, detectorParams } from '../../parts/detector-params.ts';
import { HeartbeatWatch } from '../../parts/heartbeats.ts';

export const heartbeatParams = defineParams({
  ...detectorParams,
  monitors: {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'How many members, the next ones in a ring, watch each member: 9 in `akka-cluster`. Absent in the others: all watch all.',
  },
});

/** I am there, in this life. */
export interface Heartbeat extends Message {
  readonly type: 'heartbeat';
  readonly incarnation: number;
}

type MonitorMessage =
  | Heartbeat
  | RequestOf<typeof membersInterface>
  | ReplyOf<typeof membersInterface>
  | ErrorReply;
type MonitorContext = Context<MonitorMessage>;

const BEAT = 'beat';

export class HeartbeatMonitor implements Node<MonitorMessage> {
  readonly #heartbeatMs: number;
  readonly #watch: HeartbeatWatch;
  /** Those that it watches, and those that watch it. */
  readonly #watched: readonly NodeId[];
  readonly #watchers: readonly NodeId[];

  constructor(given: Params<typeof heartbeatParams>, place: Place, bug: string | null) {
    const spec = detectorOf(given, bug === 'learns-every-gap');
    this.#heartbeatMs = spec.heartbeatMs;
    this.#watch = new HeartbeatWatch(spec, spec.ownPauseMs);
    const { members, index } = place;
    const monitors = Math.min(given.monitors ?? spec.monitors, members.length - 1);
    const at = (step: number) =>
      members[(index + step + members.length) % members.length] as NodeId;
    this.#watchers = Array.from({ length: monitors }, (_, i) => at(i + 1));
    this.#watched = Array.from({ length: monitors }, (_, i) => at(-i - 1));
    this.#watch.onChange = (ctx: MonitorContext, of, isSuspected) => {
      ctx.note(isSuspected ? 'suspects' : 'trusts', { of });
    };
  }

  /** Lives begin at any moment of the interval, as processes do. */
  start(ctx: MonitorContext): void {
    this.#watch.start(ctx, this.#watched);
    ctx.setTimer(BEAT, ctx.random.between(0, this.#heartbeatMs));
  }

  receive(ctx: MonitorContext, from: NodeId, m: MonitorMessage): void {
    if (m.type === 'heartbeat') this.#watch.beat(ctx, from, m.incarnation);
    else if (m.type === 'members') this.#answer(ctx, from, m.id);
    else if (isRequest(m)) ctx.send(from, refuse(m, 'not-supported'));
  }

  timeout(ctx: MonitorContext, tag: string, key: number): void {
    if (tag !== BEAT) return this.#watch.silent(ctx, key);
    ctx.setTimer(BEAT, this.#heartbeatMs);
    this.#watch.tick(ctx);
    for (const to of this.#watchers) ctx.sendNow(to, { type: 'heartbeat', incarnation: ctx.life });
  }

  inspect(): Detail {
    return { suspects: this.#watched.filter((member) => this.#watch.isSuspected(member)) };
  }

  #answer(ctx: MonitorContext, from: NodeId, inReplyTo: number): void {
    const others = this.#watched.map((member) => ({
      member,
      state: this.#watch.isSuspected(member) ? 'suspect' : 'alive',
      incarnation: this.#watch.incarnationOf(member),
    }));
    const own = { member: ctx.self, state: 'alive', incarnation: ctx.life };
    ctx.send(from, { type: 'members_ok', inReplyTo, members: [own, ...others] });
  }
}
