/**
 * A store of strings with `get`, `put` and `append` per key, as in Porcupine's key-value model: a
 * key starts as the empty string, `append` adds to the end. `get` has input null and the string as
 * output; `put` and `append` have the string as input and their output is ignored.
 */
import { jsonText } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import type { Call, Reduced, SearchModel } from '../search/call.ts';
import { precedes, type Scene, type Story } from '../search/scene.ts';

export interface KvAppendOptions {
  /** What a key that was never put holds. Default the empty string. */
  readonly initial?: string;
}

/** A store with these conventions. */
export function kvAppendModel({ initial = '' }: KvAppendOptions = {}): SearchModel<string> {
  return {
    name: 'kv-append',
    summary: 'get, put and append of one string per key',
    operations: ['get', 'put', 'append'],
    byKey: true,
    init: () => initial,
    step,
    identify: (state) => state,
    describe(f, input, output) {
      if (f !== 'get') return `${f} ${jsonText(input)}`;
      return output === undefined ? 'get' : `get → ${jsonText(output)}`;
    },
    readOnly: (f) => f === 'get',
    reduce,
    story: (scene) => story(scene, initial),
  };
}

export const kvAppend: SearchModel<string> = kvAppendModel();

function step(state: string, f: string, input: Plain, output: Plain | undefined): string | null {
  switch (f) {
    case 'get':
      return output === undefined || output === state ? state : null;
    case 'put':
      return textOf(input);
    case 'append':
      return state + textOf(input);
    default:
      return null;
  }
}

/**
 * 1. An open `put` or `append` whose text is part of no string that was got may be left out: in any
 *    order that has it, the state contains its text until the next `put`, so no `get` lies between,
 *    and nothing else can tell.
 * 2. States that begin no string that was got are all alike: no `get` fits there, no `append` leads
 *    out, and a `put` leads from each to the same state.
 */
function reduce(calls: readonly Call[]): Reduced<string> {
  const got = new Set<string>();
  for (const call of calls) if (call.f === 'get') got.add(textOf(call.output ?? null));
  const strings = [...got].sort((a, b) => (a < b ? -1 : 1));
  const kept = calls.filter((call) => {
    if (call.completedAtUs !== Infinity) return true;
    const part = textOf(call.input);
    return strings.some((string) => string.includes(part));
  });
  const lost = `${strings.at(-1) ?? ''}*`;
  return { calls: kept, merge: (state) => (beginsOne(state, strings) ? state : lost) };
}

/**
 * Whether the text begins one of the sorted strings: if any, then the first that is not before it.
 */
function beginsOne(text: string, strings: readonly string[]): boolean {
  let low = 0;
  let high = strings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (strings[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return strings[low]?.startsWith(text) ?? false;
}

/** A `get` without a text that had been appended, or without one that an earlier `get` had. */
function story(scene: Scene, initial: string): Story | null {
  const { firm, last, prefix } = scene;
  if (last.call.f !== 'get' || last.call.output === undefined) return null;
  const got = textOf(last.call.output);
  // A put may have replaced whatever was there.
  if (prefix.some(({ call }) => call.f === 'put')) return null;
  if (!got.startsWith(initial)) return null;
  const lost = firm.find((actor) => {
    const { f, input, output } = actor.call;
    const part = textOf(f === 'append' ? input : (output ?? null));
    return actor !== last && precedes(actor, last) && !got.includes(part);
  });
  if (lost === undefined) return null;
  const append = lost.call.f === 'append';
  const earlier = jsonText(textOf(append ? lost.call.input : (lost.call.output ?? null)));
  return {
    kind: append ? 'lost append' : 'stale read',
    text: `${scene.name(last)}, without the ${earlier} of #${lost.call.index}`,
    reasons: [
      `${scene.name(lost)} was acknowledged at ${scene.at(lost.call.completedAtUs)}.`,
      `${scene.ran(last)}: all of it later.`,
      'Nobody puts: what was appended stays.',
    ],
    also: [],
  };
}

function textOf(input: Plain): string {
  return typeof input === 'string' ? input : input === null ? '' : jsonText(input);
}
