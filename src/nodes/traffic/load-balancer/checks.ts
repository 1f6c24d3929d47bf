/**
 * Active checks: a balancer asks its targets now and then how they are (HAProxy: `fall`, `rise`,
 * `fastinter`).
 *
 * A target is down after `fall` failures in a row, and up again after `rise` successes. The first
 * check decides at once. Checks of a target begin at a random moment, so that many balancers do not
 * ask in step.
 */
import type { Flow, FlowContext } from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';
import { newsOfOutcome } from '../../parts/target-health.ts';
import type { Balancer } from './balancers.ts';

export interface CheckSpec {
  readonly everyMs: number;
  /** While it is not sure, in ms. */
  readonly fastEveryMs: number;
  readonly timeoutMs: number;
  readonly fall: number;
  readonly rise: number;
  /** The type of the request that is sent, and its path. */
  readonly type: string;
  readonly path: string;
}

/** The checks of one target, as a state machine. */
export class CheckState {
  private readonly spec: CheckSpec;
  private known = false;
  private inARow = 0;
  up = true;

  constructor(spec: CheckSpec) {
    this.spec = spec;
  }

  /** A check has ended; gives the time to the next, in ms. */
  ended(well: boolean): number {
    const { fall, rise, everyMs, fastEveryMs } = this.spec;
    if (!this.known) {
      this.known = true;
      this.up = well;
      return everyMs;
    }
    if (well === this.up) {
      this.inARow = 0;
      return everyMs;
    }
    this.inARow++;
    if (this.inARow < (this.up ? fall : rise)) return fastEveryMs;
    this.up = well;
    this.inARow = 0;
    return everyMs;
  }
}

/** Checks one target forever. */
export function* checking(
  ctx: FlowContext,
  target: NodeId,
  spec: CheckSpec,
  balancer: Balancer,
): Flow<void> {
  const state = new CheckState(spec);
  const body = { type: spec.type, path: spec.path };
  const options = { timeoutMs: spec.timeoutMs, session: 'own' } as const;
  yield* ctx.sleep(ctx.random.between(0, spec.everyMs));
  for (;;) {
    ctx.measure('checks', 1, target);
    const outcome = yield* ctx.attempt([target], body, options);
    const nextMs = state.ended(newsOfOutcome(outcome) !== 'failure');
    balancer.health.checked(target, state.up);
    const load = outcome.ok ? (outcome.reply as { readonly load?: unknown }).load : null;
    if (typeof load === 'number') balancer.reported(target, load);
    yield* ctx.sleep(nextMs);
  }
}
