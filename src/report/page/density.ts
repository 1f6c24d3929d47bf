/**
 * How many messages are sent in each column of a window: across each gap between two lanes, and in
 * all. A window with few messages looks at each; one with many subtracts sums, which are kept for
 * many moments of the run. (Drawing 200,000 lines takes 20 ms a frame; this, less than one.)
 */
import type { Lanes } from './lanes.ts';
import { countBelow, type Messages, type Rows } from './run-data.ts';
import { isLost } from './run-events.ts';

/** More messages in a window than this are counted by the sums. */
export const EXACT_MAX = 30_000;
const MOMENTS_LEAST = 8192;
/** Messages to a moment, in the mean: so few that a column is always several moments wide. */
const PER_MOMENT = 28;

/** By column. */
export interface Counts {
  readonly sent: Uint32Array;
  readonly lost: Uint32Array;
}

export interface ColumnCounts {
  /** From the top, between each two lanes. */
  readonly gaps: readonly Counts[];
  readonly all: Counts;
}

export class Density {
  private readonly messages: Messages;
  private readonly rows: Rows;
  private readonly of: readonly number[];
  private readonly gapCount: number;
  private readonly endUs: number;
  private readonly moments: number;
  /** Up to each moment; made when they are first needed. */
  private sums: ColumnCounts | null = null;

  constructor(messages: Messages, rows: Rows, { of, lanes }: Lanes, endUs: number) {
    this.messages = messages;
    this.rows = rows;
    this.of = of;
    this.gapCount = Math.max(0, lanes.length - 1);
    this.endUs = Math.max(1, endUs);
    this.moments = Math.max(MOMENTS_LEAST, Math.ceil(rows.rows.length / PER_MOMENT));
  }

  /** `edgesUs` in order: where each column begins, and where the last ends, which is in it. */
  counts(edgesUs: Float64Array): ColumnCounts {
    const { sent } = this.rows;
    const last = edgesUs.length - 1;
    const from = countBelow(sent, edgesUs[0] ?? 0);
    const until = countBelow(sent, (edgesUs[last] ?? 0) + 1);
    if (until - from > EXACT_MAX) return this.subtracted(edgesUs);
    const counts = this.empty(last);
    let column = 0;
    for (let i = from; i < until; i++) {
      while (column < last - 1 && (sent[i] ?? 0) >= (edgesUs[column + 1] ?? 0)) column++;
      this.count(counts, i, column);
    }
    return counts;
  }

  private empty(columns: number): ColumnCounts {
    const make = () => ({ sent: new Uint32Array(columns), lost: new Uint32Array(columns) });
    return { gaps: Array.from({ length: this.gapCount }, make), all: make() };
  }

  /** Adds a message to a column of the gaps that it crosses. */
  private count({ gaps, all }: ColumnCounts, i: number, column: number): void {
    const { messages, of } = this;
    const row = this.rows.rows[i] ?? 0;
    const lost = isLost(messages.fate[row]);
    add(all, column, lost);
    const from = of[messages.from[row] ?? 0] ?? -1;
    const to = of[messages.to[row] ?? 0] ?? -1;
    if (from === -1 || to === -1) return;
    for (let gap = Math.min(from, to); gap < Math.max(from, to); gap++) {
      add(gaps[gap], column, lost);
    }
  }

  private subtracted(edgesUs: Float64Array): ColumnCounts {
    const sums = this.sumsUpTo();
    const edges = Uint32Array.from(edgesUs, (us) => {
      const moment = Math.floor((us * this.moments) / this.endUs);
      return Math.min(this.moments, Math.max(0, moment));
    });
    const between = ({ sent, lost }: Counts): Counts => {
      return { sent: differences(sent, edges), lost: differences(lost, edges) };
    };
    return { gaps: sums.gaps.map(between), all: between(sums.all) };
  }

  private sumsUpTo(): ColumnCounts {
    if (this.sums !== null) return this.sums;
    const { moments, rows, endUs } = this;
    const sums = this.empty(moments + 1);
    for (let i = 0; i < rows.rows.length; i++) {
      const moment = Math.floor(((rows.sent[i] ?? 0) * moments) / endUs);
      this.count(sums, i, 1 + Math.min(moments - 1, moment));
    }
    for (const { sent, lost } of [...sums.gaps, sums.all]) {
      for (let i = 1; i <= moments; i++) {
        sent[i] = (sent[i] ?? 0) + (sent[i - 1] ?? 0);
        lost[i] = (lost[i] ?? 0) + (lost[i - 1] ?? 0);
      }
    }
    this.sums = sums;
    return sums;
  }
}

function add(counts: Counts | undefined, column: number, lost: boolean): void {
  if (counts === undefined) return;
  counts.sent[column] = (counts.sent[column] ?? 0) + 1;
  if (lost) counts.lost[column] = (counts.lost[column] ?? 0) + 1;
}

function differences(sums: Uint32Array, edges: Uint32Array): Uint32Array {
  const counts = new Uint32Array(edges.length - 1);
  for (let i = 0; i < counts.length; i++) {
    counts[i] = (sums[edges[i + 1] ?? 0] ?? 0) - (sums[edges[i] ?? 0] ?? 0);
  }
  return counts;
}
