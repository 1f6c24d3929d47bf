/**
 * How many messages cross each gap between two lanes, at any zoom: sums up to each of many moments,
 * so that a slice of time is one subtraction. (Drawing 200,000 lines takes 20 ms a frame; this, 3.)
 */
import type { Lanes } from './lanes.ts';
import type { Messages, Rows } from './run-data.ts';
import { isLost } from './run-events.ts';

const MOMENTS = 8192;

export class Density {
  private readonly endUs: number;
  /** By gap, sums of all messages and of lost ones up to a moment. */
  private readonly sums: readonly Uint32Array[];
  private readonly lostSums: readonly Uint32Array[];
  readonly gaps: number;

  constructor(messages: Messages, { rows }: Rows, { of, lanes }: Lanes, endUs: number) {
    this.endUs = endUs;
    this.gaps = Math.max(0, lanes.length - 1);
    const make = () => Array.from({ length: this.gaps }, () => new Uint32Array(MOMENTS + 1));
    this.sums = make();
    this.lostSums = make();
    for (const row of rows) {
      const from = of[messages.from[row] ?? 0] ?? -1;
      const to = of[messages.to[row] ?? 0] ?? -1;
      if (from === -1 || to === -1) continue;
      const moment = 1 + this.momentOf(messages.sentUs[row] ?? 0);
      for (let gap = Math.min(from, to); gap < Math.max(from, to); gap++) {
        add(this.sums[gap], moment);
        if (isLost(messages.fate[row])) add(this.lostSums[gap], moment);
      }
    }
    for (const sums of [...this.sums, ...this.lostSums]) {
      for (let i = 1; i <= MOMENTS; i++) sums[i] = (sums[i] ?? 0) + (sums[i - 1] ?? 0);
    }
  }

  /** Messages sent in a slice of time that cross a gap. */
  count(gap: number, fromUs: number, untilUs: number): number {
    return this.between(this.sums[gap], fromUs, untilUs);
  }

  lost(gap: number, fromUs: number, untilUs: number): number {
    return this.between(this.lostSums[gap], fromUs, untilUs);
  }

  private between(sums: Uint32Array | undefined, fromUs: number, untilUs: number): number {
    if (sums === undefined) return 0;
    const from = this.momentOf(fromUs);
    const until = Math.max(from + 1, this.momentOf(untilUs));
    return (sums[until] ?? 0) - (sums[from] ?? 0);
  }

  private momentOf(us: number): number {
    return Math.min(MOMENTS - 1, Math.max(0, Math.floor((us * MOMENTS) / this.endUs)));
  }
}

function add(sums: Uint32Array | undefined, moment: number): void {
  if (sums !== undefined) sums[moment] = (sums[moment] ?? 0) + 1;
}
