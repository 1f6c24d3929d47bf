/**
 * A rung of the ladder queue: see `queue.ts`, which alone uses it.
 */

/** No slot: an empty bucket, the end of the free list. */
export const NONE = -1;

/** The buckets that a new rung has room for. */
const FIRST_BUCKETS = 128;

/**
 * Buckets of equal width over [start, end), where the end is the front of the rung above (or
 * `topStart`). A bucket is a ring of slots, named by its last one. The last bucket reaches to the
 * end, however far that is.
 */
export class Rung {
  start = 0;
  width = 1;
  /** 1 / width: exact, because the width is a power of two. */
  perWidth = 1;
  lastBucket = 0;
  /** The next bucket to be emptied. */
  current = 0;
  /** Where that bucket starts. Events before it belong to a deeper rung or to the bottom. */
  front = 0;
  tails = new Int32Array(FIRST_BUCKETS);

  /** Lays out empty buckets for `events` events in [low, high], one or two events to a bucket. */
  layOut(low: number, high: number, events: number): void {
    let width = 1;
    while (width * events < high - low + 1) width *= 2;
    const lastBucket = Math.floor((high - low) / width);
    if (this.tails.length <= lastBucket) this.tails = new Int32Array(2 * lastBucket + 2);
    this.tails.fill(NONE, 0, lastBucket + 1);
    this.start = low;
    this.width = width;
    this.perWidth = 1 / width;
    this.lastBucket = lastBucket;
    this.current = 0;
    this.front = low;
  }

  bucketOf(at: number): number {
    const bucket = (at - this.start) * this.perWidth;
    return bucket < this.lastBucket ? bucket | 0 : this.lastBucket;
  }
}
