/**
 * One Redis master, as far as Redlock knows it: keys with a value and a time to live. It knows
 * nothing of the other masters.
 */
import type { Context } from '../../../sim/node.ts';
import type { Params } from '../../../sim/params.ts';
import type { RedlockMessage } from './messages.ts';
import type { redlockParams } from './settings.ts';

type Ctx = Context<RedlockMessage>;
type Kept = { readonly value: number; readonly untilMs: number };

const KEPT = 'lock ';

export class Master {
  readonly #given: Params<typeof redlockParams>;
  readonly #locks = new Map<string, Kept>();

  constructor(given: Params<typeof redlockParams>) {
    this.#given = given;
  }

  /**
   * Times of day survive a restart; a clock that starts again does not, so its locks begin again.
   */
  start(ctx: Ctx): void {
    if (this.#given.persist !== 'sync') return;
    for (const name of ctx.storage.keys()) {
      if (!name.startsWith(KEPT)) continue;
      const { value, untilMs } = ctx.storage.get(name) as Kept;
      const isWall = this.#given['lease-clock'] === 'wall';
      const until = isWall ? untilMs : this.#now(ctx) + this.#given.ttl;
      this.#locks.set(name.slice(KEPT.length), { value, untilMs: until });
    }
  }

  /** Whether it may answer: one that has forgotten its locks waits until they are all over. */
  isReady(ctx: Ctx): boolean {
    const { persist, ttl } = this.#given;
    return persist !== 'delayed-restart' || ctx.life === 1 || ctx.elapsed() >= ttl;
  }

  /** Takes the key if nobody has it. */
  set(ctx: Ctx, key: string, value: number, ttlMs: number): boolean {
    const kept = this.#find(ctx, key);
    if (kept !== null && kept.value !== value) return false;
    this.#keep(ctx, key, { value, untilMs: this.#now(ctx) + ttlMs });
    return true;
  }

  /** Gives the key another time, if it has this value. */
  extend(ctx: Ctx, key: string, value: number, ttlMs: number): boolean {
    if (this.#find(ctx, key)?.value !== value) return false;
    this.#keep(ctx, key, { value, untilMs: this.#now(ctx) + ttlMs });
    return true;
  }

  /** Frees the key, if it has this value; null: whatever it has. */
  delete(ctx: Ctx, key: string, value: number | null): boolean {
    const kept = this.#find(ctx, key);
    if (kept === null || (value !== null && kept.value !== value)) return false;
    this.#locks.delete(key);
    if (this.#given.persist === 'sync') ctx.storage.delete(`${KEPT}${key}`);
    return true;
  }

  get held(): number {
    return this.#locks.size;
  }

  #find(ctx: Ctx, key: string): Kept | null {
    const kept = this.#locks.get(key);
    return kept === undefined || kept.untilMs <= this.#now(ctx) ? null : kept;
  }

  #keep(ctx: Ctx, key: string, kept: Kept): void {
    this.#locks.set(key, kept);
    if (this.#given.persist === 'sync') ctx.storage.set(`${KEPT}${key}`, kept);
  }

  #now(ctx: Ctx): number {
    return this.#given['lease-clock'] === 'wall' ? ctx.now() : ctx.elapsed();
  }
}
