/**
 * A set: `add`, `remove` and `contains` of one element, `read` of all. The output of `add` is
 * `true` if the element was new, of `remove` if it was there; anything else says nothing, as
 * Jepsen's workers repeat the element there. `contains` has a boolean as output, `read` the
 * elements in any order, each once. Each key is a set of its own.
 */
import type { Plain } from '../../sim/node.ts';
import type { Call, Reduced, SearchModel } from '../search/call.ts';
import { type Actor, precedes, type Scene, type Story } from '../search/scene.ts';
import { type Elements, elementsOf, keyOf, sorted } from './elements.ts';
import { plainText } from './plain-text.ts';
import { decideGrowingSet } from './set-verdict.ts';

export interface SetOptions {
  /** The elements at first. Default none. */
  readonly initial?: readonly Plain[];
}

/** A set with these conventions. */
export function setModel({ initial = [] }: SetOptions = {}): SearchModel<Elements> {
  return {
    name: 'set',
    summary: 'add, remove and contains of one element, read of all',
    operations: ['add', 'remove', 'contains', 'read'],
    byKey: true,
    misshapen: (f, output) =>
      f === 'read' && output !== null && !Array.isArray(output) ? 'no list' : null,
    partsOf: (f, input) => (f === 'read' ? null : [keyOf(input)]),
    init: () => sorted(initial.map(keyOf)),
    step,
    identify: (state) => state.join(),
    describe,
    readOnly: (f, input, output) => {
      if (f === 'add' || f === 'remove') return answer(input, output) === false;
      return f === 'read' || f === 'contains';
    },
    reduce: (calls) => reduce(calls, initial),
    decide: (calls) => decideGrowingSet(calls, initial),
    story: (scene) => story(scene, initial),
  };
}

export const set: SearchModel<Elements> = setModel();

function step(
  state: Elements,
  f: string,
  input: Plain,
  output: Plain | undefined,
): Elements | null {
  if (f === 'read') {
    if (output === undefined) return state;
    const read = elementsOf(output);
    return read !== null && read.join() === state.join() ? state : null;
  }
  const key = keyOf(input);
  const at = placeOf(key, state);
  const isIn = state[at] === key;
  const said = answer(input, output);
  switch (f) {
    case 'add':
      if (said !== null && said === isIn) return null;
      return isIn ? state : state.toSpliced(at, 0, key);
    case 'remove':
      if (said !== null && said !== isIn) return null;
      return isIn ? state.toSpliced(at, 1) : state;
    case 'contains':
      return output === undefined || output === isIn ? state : null;
    default:
      return null;
  }
}

/** How many of the elements come before this one. */
function placeOf(key: string, state: Elements): number {
  let from = 0;
  let to = state.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((state[middle] ?? '') < key) from = middle + 1;
    else to = middle;
  }
  return from;
}

function describe(f: string, input: Plain, output: Plain | undefined): string {
  if (f === 'read') return output === undefined ? 'read' : `read → ${listText(output)}`;
  const said = f === 'contains' ? (output ?? null) : answer(input, output);
  return `${f} ${plainText(input)}${said === null ? '' : ` → ${plainText(said)}`}`;
}

/** What `add` and `remove` say of the element; null if nothing, or a mere repetition of it. */
function answer(input: Plain, output: Plain | undefined): boolean | null {
  return typeof output === 'boolean' && typeof input !== 'boolean' ? output : null;
}

/** At most this many elements of a read are shown. */
const SHOWN = 8;

function listText(output: Plain): string {
  if (!Array.isArray(output)) return plainText(output);
  const shown = output.slice(0, SHOWN).map(plainText);
  const more = output.length > SHOWN ? [`… ${output.length - SHOWN} more`] : [];
  return `{${[...shown, ...more].join(', ')}}`;
}

/**
 * An open `add` of an element that no closed call ever found in the set may be left out: what it
 * enables is a `remove` that says nothing, which then finds nothing. An open `remove` of an element
 * that nobody can have put there changes nothing.
 */
function reduce(calls: readonly Call[], initial: readonly Plain[]): Reduced<Elements> {
  const seen = new Set<string>();
  for (const { f, input, output, completedAtUs } of calls) {
    if (completedAtUs === Infinity || output === undefined) continue;
    if (f === 'read') for (const key of elementsOf(output) ?? []) seen.add(key);
    else if (f === 'contains' ? output === true : answer(input, output) === (f === 'remove')) {
      seen.add(keyOf(input));
    }
  }
  const there = new Set(initial.map(keyOf));
  for (const { f, input, completedAtUs } of calls) {
    if (f === 'add' && completedAtUs !== Infinity) there.add(keyOf(input));
  }
  return {
    calls: calls.filter(({ f, input, completedAtUs }) => {
      if (completedAtUs !== Infinity) return true;
      const key = keyOf(input);
      return seen.has(key) || (f === 'remove' && there.has(key));
    }),
  };
}

function story(scene: Scene, initial: readonly Plain[]): Story | null {
  const { last } = scene;
  const { f, input, output } = last.call;
  if (f === 'contains' && typeof output === 'boolean') {
    const key = keyOf(input);
    return output ? strange(scene, key, initial) : missing(scene, (lost) => lost === key);
  }
  if (f !== 'read' || output === undefined) return null;
  const read = elementsOf(output);
  if (read === null) {
    return {
      kind: 'element twice',
      text: `${scene.name(last)}: no set holds an element twice`,
      reasons: [`${scene.ran(last)}.`],
      also: [],
    };
  }
  const held = new Set(read);
  const known = new Set([...changed(scene, 'add'), ...initial.map(keyOf)]);
  const unheard = read.find((key) => !known.has(key));
  const told = unheard === undefined ? null : strange(scene, unheard, initial);
  if (told !== null) return told;
  return missing(scene, (key) => !held.has(key)) ?? split(scene, held);
}

/** The elements that were added, or removed. Once for a story: reads may have many. */
function changed(scene: Scene, f: 'add' | 'remove'): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { call } of scene.prefix) if (call.f === f) keys.add(keyOf(call.input));
  return keys;
}

/** An element that nobody had added. */
function strange(scene: Scene, key: string, initial: readonly Plain[]): Story | null {
  if (changed(scene, 'add').has(key) || initial.some((value) => keyOf(value) === key)) return null;
  const of = ({ call }: Actor) => call.f === 'add' && keyOf(call.input) === key;
  const failed = scene.all('fail').find(of);
  const later = [...scene.all('ok'), ...scene.all('info')].find(of);
  const value = elementText(key);
  const reasons = [`${scene.ran(scene.last)}.`];
  if (failed !== undefined) reasons.push(`${scene.name(failed)} failed: it did not happen.`);
  else if (later === undefined) reasons.push(`No operation adds ${value}.`);
  else reasons.push(`${scene.name(later)} began at ${scene.at(later.call.invokedAtUs)}.`);
  const also = failed ?? later;
  return {
    kind: failed ? 'failed add seen' : later ? 'element from the future' : 'element from nowhere',
    text: `${scene.name(scene.last)}: it has ${value}, which nobody had added`,
    reasons,
    also: also === undefined ? [] : [also],
  };
}

/** An element that had been added, or seen, and that nobody removed. */
function missing(scene: Scene, lacks: (key: string) => boolean): Story | null {
  const { firm, last } = scene;
  const removed = changed(scene, 'remove');
  for (const actor of [...firm].reverse()) {
    if (!precedes(actor, last)) continue;
    const { f, input, output } = actor.call;
    const shown =
      f === 'add' || (f === 'contains' && output === true)
        ? [keyOf(input)]
        : f === 'read' && output !== undefined
          ? (elementsOf(output) ?? [])
          : [];
    const key = shown.find((one) => lacks(one) && !removed.has(one));
    if (key === undefined) continue;
    const value = elementText(key);
    const was = f === 'add' ? 'had been added' : 'had been seen';
    return {
      kind: f === 'add' ? 'lost element' : 'stale read',
      text: `${scene.name(last)}: it lacks ${value}, which ${was}`,
      reasons: [
        `${scene.name(actor)} was acknowledged at ${scene.at(actor.call.completedAtUs)}.`,
        `${scene.ran(last)}: all of it later.`,
        `Nobody had removed ${value}.`,
      ],
      also: [],
    };
  }
  return null;
}

/** Two reads, each with an element that the other lacks, and nobody removes anything. */
function split(scene: Scene, held: ReadonlySet<string>): Story | null {
  const { firm, last } = scene;
  if (scene.prefix.some(({ call }) => call.f === 'remove')) return null;
  for (const other of firm) {
    if (other === last || other.call.f !== 'read' || other.call.output === undefined) continue;
    const read = elementsOf(other.call.output) ?? [];
    const theirs = read.find((key) => !held.has(key));
    const ours = [...held].find((key) => !read.includes(key));
    if (theirs === undefined || ours === undefined) continue;
    const [one, two] = [elementText(theirs), elementText(ours)];
    return {
      kind: 'split',
      text: `reads disagree whether ${one} or ${two} was added first`,
      reasons: [
        `${scene.name(other)} has ${one} without ${two}.`,
        `${scene.name(last)} has ${two} without ${one}.`,
        'Nobody removes anything.',
      ],
      also: [],
    };
  }
  return null;
}

function elementText(key: string): string {
  const identity = JSON.parse(key) as string | number;
  if (typeof identity === 'number') return `${identity}`;
  // A long number is its digits, which JSON.parse would round.
  return /^-?\d/.test(identity) ? identity : plainText(JSON.parse(identity) as Plain);
}
