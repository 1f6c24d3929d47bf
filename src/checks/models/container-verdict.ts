/**
 * Verdicts on queues, stacks and bags without a search, in O(n log n), where each value is put in
 * once, so that each take shows which put it took from. Henzinger, Sezgin & Vafeiadis
 * ("Aspect-oriented linearizability proofs", 2013) showed that four independent properties make a
 * queue linearizable; these are such four.
 *
 * An item is in for certain between the completion of its put, `certainUs`, and the invocation of
 * its take, `goneUs`.
 * 1. Whatever is taken was put in, by a put invoked before the take completed.
 * 2. Nothing is taken twice.
 * 3. Of a queue: if the put of a was over before that of b was invoked, the take of b is not over
 *    before that of a is invoked; and a is taken, if b is.
 * 4. Whoever found it empty has a moment of their interval in no item's certain time.
 *
 * They are necessary for all three. Why they suffice for a queue: let each put end with its take at
 * the latest, and each take begin with its put at the earliest; so cut short they still fulfil all
 * four. Write a → b if b was put in, or taken, wholly after a was. Both relations are interval
 * orders, in which of a < b and c < d always a < d or c < b follows; so a cycle of both has one of
 * two, which 3 excludes, and there is an order of items for puts and takes alike. In it no put
 * waits for a take of a later item, or of its own. Given a moment for each finder of emptiness,
 * place an item wholly before it if it can be gone by then, else wholly after: no item of the
 * second kind comes before one of the first, or the two would be ordered against the moment. For a
 * bag 3 is void, and the rest is the same argument with no order to keep. For a stack they do not
 * suffice.
 *
 * Puts and takes of unknown outcome: a value taken was put in; a put that nobody took from is left
 * out by the reduction. An open take that names its value is best thought to happen, as late as it
 * likes. One whose answer nobody saw may take any value: if all is well without it, all is well; if
 * nothing is even when it took each item left over at once, nothing is; else only a search can
 * tell.
 *
 * A drain is a take of each of its values, and one that found nothing, all at one moment. If these
 * do not fit as calls of their own, the drain does not; if they do, the drain does where nothing
 * else went on meanwhile but puts of its values, before which it can wait, and drains that took
 * nothing.
 */
import type { Plain } from '../../sim/node.ts';
import type { Call } from '../search/call.ts';
import { countWhile } from '../search/count-while.ts';
import { identityOf } from '../search/identity.ts';
import { type ContainerWords, takenBy } from './container.ts';

/** What is known of one value. Times of what never happens are Infinity. */
interface Item {
  putFromUs: number;
  putByUs: number;
  takeFromUs: number;
  takeByUs: number;
  /** A closed call took it. */
  taken: boolean;
}

interface Span {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Whether the calls fit, or null if only a search can tell. */
export function decideContainer(
  calls: readonly Call[],
  words: ContainerWords,
  initial: readonly Plain[],
  order: 'fifo' | 'lifo' | 'any',
): boolean | null {
  const drains = calls.filter(({ f }) => f === words.empty);
  if (drains.length === 0) return decideSingle(calls, words, initial, order);
  if (drains.some(({ completedAtUs }) => completedAtUs === Infinity)) return null;
  const apart = calls.flatMap((call) => takesOf(call, words));
  const fits = decideSingle(apart, words, initial, order);
  return fits === true && !drains.every((drain) => isAlone(drain, calls, apart, words))
    ? null
    : fits;
}

/** What a drain amounts to; any other call is itself. */
function takesOf(call: Call, words: ContainerWords): readonly Call[] {
  if (call.f !== words.empty) return [call];
  const values: readonly Plain[] = [...takenBy(call, words), null];
  return values.map((output) => ({ ...call, f: words.take, output }));
}

/** Whether nothing that matters went on during a drain. */
function isAlone(
  drain: Call,
  calls: readonly Call[],
  apart: readonly Call[],
  words: ContainerWords,
): boolean {
  const own = new Set(takenBy(drain, words).map(identityOf));
  if (own.size === 0) return true;
  return calls.every((call) => {
    if (call === drain || call.invokedAtUs > drain.completedAtUs) return true;
    if (call.f === words.empty && takenBy(call, words).length === 0) return true;
    if (call.f !== words.put) return call.completedAtUs < drain.invokedAtUs;
    const id = identityOf(call.input);
    if (own.has(id)) return true;
    // A put is over with its take at the latest.
    const take = apart.find(
      ({ f, output }) =>
        f === words.take && output !== undefined && output !== null && identityOf(output) === id,
    );
    return Math.min(call.completedAtUs, take?.completedAtUs ?? Infinity) < drain.invokedAtUs;
  });
}

/** The same of calls that each take one value. */
function decideSingle(
  calls: readonly Call[],
  words: ContainerWords,
  initial: readonly Plain[],
  order: 'fifo' | 'lifo' | 'any',
): boolean | null {
  if (initial.length > 0) return null;
  const items = new Map<string | number, Item>();
  for (const { f, input, invokedAtUs, completedAtUs } of calls) {
    if (f !== words.put) continue;
    const id = identityOf(input);
    if (items.has(id)) return null;
    items.set(id, {
      putFromUs: invokedAtUs,
      putByUs: completedAtUs,
      takeFromUs: Infinity,
      takeByUs: Infinity,
      taken: false,
    });
  }
  const empties: Span[] = [];
  const unseenUs: number[] = [];
  for (const call of calls) {
    if (call.f !== words.take) continue;
    const { output, invokedAtUs, completedAtUs } = call;
    const open = completedAtUs === Infinity;
    if (output === undefined) {
      // A closed one of unknown answer is more than this knows of.
      if (!open) return null;
      unseenUs.push(invokedAtUs);
    } else if (output === null) {
      if (!open) empties.push({ fromUs: invokedAtUs, untilUs: completedAtUs });
    } else if (!take(items.get(identityOf(output)), call, open)) return false;
  }
  const all = [...items.values()];
  const ordered = order === 'fifo';
  if (isPossible(all, empties, ordered, Infinity)) return order === 'lifo' ? null : true;
  if (unseenUs.length === 0) return false;
  unseenUs.sort((a, b) => a - b);
  if (!isPossible(all, empties, ordered, unseenUs[0]!)) return false;
  return ordered && !areEnough(unseenUs, all) ? false : null;
}

/**
 * Whether there are unseen takes for all that was left over and had to be out before something that
 * was taken.
 */
function areEnough(unseenUs: readonly number[], items: readonly Item[]): boolean {
  const left = items
    .filter(({ taken, takeFromUs }) => !taken && takeFromUs === Infinity)
    .map(({ putByUs }) => putByUs)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return items.every(({ taken, putFromUs, takeByUs }) => {
    if (!taken) return true;
    const before = countWhile(left, (byUs) => byUs < putFromUs);
    return before <= countWhile(unseenUs, (fromUs) => fromUs <= takeByUs);
  });
}

/** False if this is a second take, or one of what was not yet put in. */
function take(item: Item | undefined, call: Call, open: boolean): boolean {
  if (open) {
    if (item !== undefined && !item.taken) {
      item.takeFromUs = Math.min(item.takeFromUs, call.invokedAtUs);
    }
    return true;
  }
  if (item === undefined || item.taken || call.completedAtUs < item.putFromUs) return false;
  item.taken = true;
  item.takeFromUs = call.invokedAtUs;
  item.takeByUs = call.completedAtUs;
  return true;
}

/** Properties 3 and 4, if every item left over may be taken from this time on. */
function isPossible(
  items: readonly Item[],
  empties: readonly Span[],
  ordered: boolean,
  unseenFromUs: number,
): boolean {
  const certain: Certain[] = items.map(({ putFromUs, putByUs, takeFromUs, takeByUs, taken }) => ({
    putFromUs,
    takeByUs,
    certainUs: putByUs,
    goneUs: taken ? takeFromUs : Math.min(takeFromUs, unseenFromUs),
  }));
  if (ordered && !inOrder(certain)) return false;
  return empties.length === 0 || empties.every(hasGap(certain));
}

interface Certain {
  readonly putFromUs: number;
  readonly takeByUs: number;
  readonly certainUs: number;
  readonly goneUs: number;
}

/** Property 3, by a sweep over the starts of puts. */
function inOrder(items: readonly Certain[]): boolean {
  const byStart = [...items].sort((a, b) => a.putFromUs - b.putFromUs);
  const byCertain = [...items].sort((a, b) => a.certainUs - b.certainUs);
  let next = 0;
  let lastGoneUs = -Infinity;
  for (const { putFromUs, takeByUs } of byStart) {
    for (; next < byCertain.length && byCertain[next]!.certainUs < putFromUs; next++) {
      lastGoneUs = Math.max(lastGoneUs, byCertain[next]!.goneUs);
    }
    if (takeByUs < lastGoneUs) return false;
  }
  return true;
}

/**
 * Property 4: whether a span has a moment outside of all certain times, which are open intervals.
 */
function hasGap(items: readonly Certain[]): (span: Span) => boolean {
  const certain = items
    .filter(({ certainUs, goneUs }) => certainUs < goneUs)
    .sort((a, b) => a.certainUs - b.certainUs);
  const covered: { fromUs: number; untilUs: number }[] = [];
  for (const { certainUs, goneUs } of certain) {
    const last = covered.at(-1);
    if (last !== undefined && certainUs < last.untilUs) {
      last.untilUs = Math.max(last.untilUs, goneUs);
    } else covered.push({ fromUs: certainUs, untilUs: goneUs });
  }
  return ({ fromUs, untilUs }) => {
    let low = 0;
    let high = covered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (covered[middle]!.fromUs < fromUs) low = middle + 1;
      else high = middle;
    }
    const around = covered[low - 1];
    return around === undefined || around.untilUs <= untilUs;
  };
}
