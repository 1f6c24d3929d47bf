/**
 * A bag, or unordered queue: `enqueue` with the value as input, its output ignored; `dequeue` with
 * input null and any value that is in it as output, or null: it was empty; `drain`, which takes out
 * all that is left at one moment, with the list of it as output. Each key is a bag of its own.
 *
 * A `dequeue` whose answer nobody saw may have taken any value, so the state is what the bag may
 * hold: a list of contents, one of which is the true one. It has more than one only where somebody
 * found the bag empty; else such calls do not matter.
 */
import type { SearchModel } from '../search/call.ts';
import {
  type ContainerOptions,
  type ContainerWords,
  containerModel,
  containerStory,
  drainedBy,
  reduceContainer,
} from './container.ts';
import { decideContainer } from './container-verdict.ts';
import { byCodeUnits, keyOf } from './elements.ts';

const words: ContainerWords = {
  noun: 'bag',
  put: 'enqueue',
  take: 'dequeue',
  wasPut: 'enqueued',
  wasTaken: 'dequeued',
  empty: 'drain',
};

/** The possible contents, each as the sorted identities of its values; without repetition. */
export type Bags = readonly (readonly string[])[];

/** A bag with these conventions. */
export function bagModel(options: ContainerOptions = {}): SearchModel<Bags> {
  const { initial = [] } = options;
  return {
    ...containerModel(words, options),
    name: 'bag',
    summary: 'enqueue and dequeue, in any order',
    byKey: true,
    init: () => [initial.map(keyOf).sort(byCodeUnits)],
    step(state, f, input, output) {
      if (f === 'enqueue') return distinct(state.map((bag) => withOne(bag, keyOf(input))));
      if (f === 'drain') {
        const drained = drainedBy(output)?.map(keyOf).sort(byCodeUnits);
        if (drained === undefined) return output === undefined ? [[]] : null;
        return state.some((bag) => textOf(bag) === textOf(drained)) ? [[]] : null;
      }
      if (f !== 'dequeue') return null;
      if (output === undefined) return distinct(state.flatMap(withoutAny));
      const possible =
        output === null
          ? state.filter((bag) => bag.length === 0)
          : state.flatMap((bag) => withoutOne(bag, keyOf(output)));
      return possible.length > 0 ? distinct(possible) : null;
    },
    identify: (state) => state.map(textOf).join(';'),
    reduce: (calls) => reduceContainer(calls, words, initial, true),
    decide: (calls) => decideContainer(calls, words, initial, 'any'),
    story: (scene) => containerStory(scene, words, initial, () => null),
  };
}

function textOf(bag: readonly string[]): string {
  return bag.join();
}

function withOne(bag: readonly string[], key: string): readonly string[] {
  return [...bag, key].sort(byCodeUnits);
}

function withoutOne(bag: readonly string[], key: string): readonly (readonly string[])[] {
  const at = bag.indexOf(key);
  return at < 0 ? [] : [bag.toSpliced(at, 1)];
}

/** The bag without any one of its values; an empty one stays empty. */
function withoutAny(bag: readonly string[]): readonly (readonly string[])[] {
  if (bag.length === 0) return [bag];
  return [...new Set(bag)].flatMap((key) => withoutOne(bag, key));
}

function distinct(bags: Bags): Bags {
  if (bags.length < 2) return bags;
  const byText = new Map(bags.map((bag) => [textOf(bag), bag]));
  return [...byText].sort(([a], [b]) => byCodeUnits(a, b)).map(([, one]) => one);
}
