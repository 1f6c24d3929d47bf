/**
 * Fenced by a lock that the members share (`fence: shared-lock` of a watchdog; as Patroni's leader
 * key, or a reservation on a shared disk): whoever is made primary gets the lock first, and serves
 * only while it has it. A primary that is taken for dead by mistake has the lock, and keeps it.
 */
import type { SharedLockSpec } from '../../parts/failover-messages.ts';
import { LOCK, LockHolder } from '../../parts/lock-holder.ts';
import type { Ctx } from './member.ts';

export class SharedLock {
  readonly holder: LockHolder;
  readonly #leaseMs: number;
  #isWanted = false;
  #wantedUntilMs = -Infinity;

  constructor(spec: SharedLockSpec, drift: number) {
    this.holder = new LockHolder({ ...spec, drift });
    this.#leaseMs = spec.leaseMs;
  }

  isHeld(ctx: Ctx): boolean {
    return this.#isWanted && this.holder.heldToken(ctx) !== null;
  }

  /** Asks for it until it is let go, or nobody has wanted it for the time of a lease. */
  want(ctx: Ctx): void {
    this.#wantedUntilMs = ctx.elapsed() + this.#leaseMs;
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.holder.start(ctx);
  }

  /** At each heartbeat: a primary goes on wanting it. */
  beat(ctx: Ctx, isPrimary: boolean): void {
    if (isPrimary) this.want(ctx);
    else if (ctx.elapsed() >= this.#wantedUntilMs) this.letGo(ctx);
  }

  letGo(ctx: Ctx): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.holder.giveBack(ctx, 1);
    ctx.cancelTimer(LOCK);
  }
}
