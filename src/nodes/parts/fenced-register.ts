/**
 * Registers that a lock guards: a write shows the token of its lock, and a token older than one
 * that was seen is refused (Burrows 2006, Chubby, section 2.4: sequencers; Kleppmann 2016, How to
 * do distributed locking: fencing tokens).
 */
import type { Context, Plain } from '../../sim/node.ts';
import { Fence } from './fence.ts';

export interface FencedSpec {
  /** Whether tokens are compared at all. */
  readonly fence: boolean;
  /** Whether the highest token of each key survives a crash. */
  readonly durable: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: registers send no messages, whatever the kind's are.
type AnyContext = Context<any>;

export class FencedRegisters {
  readonly #spec: FencedSpec;
  readonly #fences = new Map<string, Fence>();

  constructor(spec: FencedSpec) {
    this.#spec = spec;
  }

  /** Whether the write was accepted. It is durable before a later `ctx.send` leaves. */
  write(ctx: AnyContext, key: string, token: number, value: Plain): boolean {
    if (this.#spec.fence && !this.#fenceOf(ctx, key).admits(ctx, token)) {
      ctx.note('refuses stale', { token });
      return false;
    }
    ctx.storage.set(`value ${key}`, value);
    return true;
  }

  read(ctx: AnyContext, key: string): Plain {
    return ctx.storage.get(`value ${key}`) ?? null;
  }

  #fenceOf(ctx: AnyContext, key: string): Fence {
    const known = this.#fences.get(key);
    if (known !== undefined) return known;
    const fence = new Fence(`fence ${key}`, this.#spec.durable);
    fence.load(ctx);
    this.#fences.set(key, fence);
    return fence;
  }
}
