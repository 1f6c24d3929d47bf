/**
 * What faults do to a load: more or fewer operations, and a key that is hot. Faults turn the dial,
 * the load's clients read it.
 *
 * More operations come beside those that come anyway, with draws of their own, so that the load
 * that was there goes on as if nothing had happened. Each surge adds its own part of the load's own
 * rate: to 3 times and to 2 times makes 4 times, not 6.
 */
import { assert } from './assert.ts';
import type { nothingFelt } from './fault.ts';
import type { NodeId, Random } from './node.ts';

/** Clients set a timer of this tag, and of the surge's number as key, for each operation more. */
export const SURGE = 'surge';

interface Turned {
  /** What it has touched so far. */
  readonly felt: ReturnType<typeof nothingFelt>;
  /** The stream that a client draws from for it. */
  random(client: NodeId): Random;
}

/** The load asks `factor` times as much; below 1, less. */
export interface Surge extends Turned {
  readonly factor: number;
  /** It begins here, in µs, and has its full size after `rampUs`. */
  readonly fromUs: number;
  readonly rampUs: number;
}

/** Sends a share of the operations to one key; null is the load's first key. */
export interface Heat extends Turned {
  readonly key: string | null;
  readonly share: number;
}

export class LoadDial {
  readonly #surges = new Map<number, Surge>();
  readonly #heats: Heat[] = [];
  #numbers = 0;

  /** Gives the number of the surge, for its timers. */
  addSurge(surge: Surge): number {
    assert(surge.factor >= 0, 'a load is multiplied by no less than 0');
    this.#numbers++;
    this.#surges.set(this.#numbers, surge);
    return this.#numbers;
  }

  /** The numbers of those that last. */
  get surges(): Iterable<number> {
    return this.#surges.keys();
  }

  removeSurge(number: number): void {
    this.#surges.delete(number);
  }

  /** undefined when it is over. */
  surge(number: number): Surge | undefined {
    return this.#surges.get(number);
  }

  /** Returns how to undo it. */
  addHeat(heat: Heat): () => void {
    assert(heat.share >= 0 && heat.share <= 1, 'a share of operations is from 0 to 1');
    this.#heats.push(heat);
    return () => {
      const at = this.#heats.indexOf(heat);
      assert(at >= 0, 'a heat is taken back once');
      this.#heats.splice(at, 1);
    };
  }

  get isNeutral(): boolean {
    return this.#surges.size === 0 && this.#heats.length === 0;
  }

  /** Whether an operation that is due is left out, for surges below 1. */
  spares(client: NodeId, nowUs: number): boolean {
    let spared = false;
    for (const surge of this.#surges.values()) {
      if (surge.factor >= 1) continue;
      const less = (1 - surge.factor) * sizeOf(surge, nowUs);
      if (!surge.random(client).chance(less) || spared) continue;
      surge.felt.operationsSpared++;
      spared = true;
    }
    return spared;
  }

  /** The thinking time of a client that waits for its answers, in whole µs. */
  paced(thinkUs: number, nowUs: number): number {
    let pace = 1;
    for (const surge of this.#surges.values()) pace += (surge.factor - 1) * sizeOf(surge, nowUs);
    const pacedUs = Math.max(0, Math.round(thinkUs / Math.max(PACE_MIN, pace)));
    if (pacedUs === thinkUs) return pacedUs;
    for (const surge of this.#surges.values()) {
      if ((surge.factor - 1) * sizeOf(surge, nowUs) !== 0) surge.felt.operationsPaced++;
    }
    return pacedUs;
  }

  /** The heat that the next operation feels; null: none. Every heat draws once. */
  heatFor(client: NodeId): Heat | null {
    let felt: Heat | null = null;
    for (const heat of this.#heats) {
      if (heat.random(client).chance(heat.share)) felt ??= heat;
    }
    return felt;
  }
}

/** A load that is slowed down by several faults does not stop. */
const PACE_MIN = 0.001;

/** How much of a surge there is at a time, 0..1. */
export function sizeOf({ fromUs, rampUs }: Surge, nowUs: number): number {
  const size = rampUs === 0 ? 1 : (nowUs - fromUs) / rampUs;
  return Math.min(1, Math.max(0, size));
}
