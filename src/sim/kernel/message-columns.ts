/**
 * When messages between nodes were sent, or dropped, as columns: for metrics of windows, types and
 * bytes. Kept only in runs that somebody asks such a question of.
 *
 * A row costs 12 bytes, and 8 more with sizes; arrays grow by doubling. Beyond four million rows
 * messages are counted as lost, and whoever reads a stretch of time that is not whole must say
 * `unknown`.
 */
import type { Message } from '../node.ts';
import { widened } from './growth.ts';
import { sizeOf } from './link-effects.ts';

/** Rows kept of a run. */
export const MESSAGE_ROWS_MAX = 4_000_000;
const FIRST_ROWS = 1024;

/** In the order of time; the arrays may be longer than `length`. */
export class MessageColumns {
  length = 0;
  timesUs = new Float64Array(FIRST_ROWS);
  /** Numbers of message types. */
  types = new Int32Array(FIRST_ROWS);
  /** Bytes on the wire; null if not asked for. */
  bytes: Float64Array | null;
  /** When the first row found no room; Infinity when all were kept. */
  fullAtUs = Infinity;
  lost = 0;
  private readonly rowsMax: number;

  constructor(withBytes: boolean, rowsMax = MESSAGE_ROWS_MAX) {
    this.bytes = withBytes ? new Float64Array(FIRST_ROWS) : null;
    this.rowsMax = rowsMax;
  }

  add(atUs: number, type: number, message: Message): void {
    const at = this.length;
    if (at === this.rowsMax) {
      this.lost++;
      if (this.fullAtUs === Infinity) this.fullAtUs = atUs;
      return;
    }
    if (at === this.timesUs.length) this.grow();
    this.timesUs[at] = atUs;
    this.types[at] = type;
    if (this.bytes !== null) this.bytes[at] = sizeOf(message);
    this.length = at + 1;
  }

  private grow(): void {
    this.timesUs = widened(this.timesUs);
    this.types = widened(this.types);
    if (this.bytes !== null) this.bytes = widened(this.bytes);
  }
}
