/**
 * A first-in-first-out queue: `enqueue` with the value as input, its output ignored; `dequeue` with
 * input null and the value as output, or null: it was empty; `drain`, which takes out all that is
 * left at one moment, with the list of it as output, in any order. Each key is a queue of its own.
 */
import type { Plain } from '../../sim/node.ts';
import type { SearchModel } from '../search/call.ts';
import { identityOf, samePlain } from '../search/identity.ts';
import type { Actor, Scene, Story } from '../search/scene.ts';
import {
  type ContainerOptions,
  type ContainerWords,
  containerModel,
  containerStory,
  drainedBy,
  reduceContainer,
  stillIn,
  takenBy,
} from './container.ts';
import { decideContainer } from './container-verdict.ts';
import { byCodeUnits, keyOf } from './elements.ts';
import { plainText } from './plain-text.ts';

const words: ContainerWords = {
  noun: 'queue',
  put: 'enqueue',
  take: 'dequeue',
  wasPut: 'enqueued',
  wasTaken: 'dequeued',
  empty: 'drain',
};

/** What is in a queue or a stack, the first that was put in first. */
export type Sequence = readonly Plain[];

/** A queue with these conventions. */
export function queueModel(options: ContainerOptions = {}): SearchModel<Sequence> {
  const { initial = [] } = options;
  return {
    ...containerModel(words, options),
    name: 'queue',
    summary: 'enqueue and dequeue, first in, first out',
    byKey: true,
    init: () => initial,
    step(state, f, input, output) {
      if (f === 'enqueue') return [...state, input];
      if (f === 'drain') return isAll(state, output) ? [] : null;
      if (f !== 'dequeue') return null;
      const [front] = state;
      if (front === undefined) return output === undefined || output === null ? state : null;
      return output === undefined || samePlain(front, output) ? state.slice(1) : null;
    },
    identify: sequenceIdentity,
    reduce: (calls) => reduceContainer(calls, words, initial, false),
    decide: (calls) => decideContainer(calls, words, initial, 'fifo'),
    story: (scene) => containerStory(scene, words, initial, overtaken),
  };
}

/** Whether a drain took all of these, in any order, as far as anybody saw it. */
function isAll(state: Sequence, output: Plain | undefined): boolean {
  const drained = drainedBy(output);
  if (drained === null) return output === undefined;
  const keys = (values: Sequence) => values.map(keyOf).sort(byCodeUnits).join();
  return keys(state) === keys(drained);
}

export const queue: SearchModel<Sequence> = queueModel();

export function sequenceIdentity(state: Sequence): string {
  return state.map((value) => JSON.stringify(identityOf(value))).join();
}

/** What was put in before and is still in. */
function overtaken(scene: Scene, put: Actor): Story | null {
  const { last } = scene;
  const [first] = stillIn(scene, words, put);
  if (first === undefined) return null;
  const before = plainText(first.call.input);
  const after = plainText(put.call.input);
  const id = identityOf(first.call.input);
  const later = scene.all('ok').find(({ call }) => {
    return takenBy(call, words).some((value) => identityOf(value) === id);
  });
  const reasons = [
    `${scene.name(first)} was acknowledged at ${scene.at(first.call.completedAtUs)}.`,
    `${scene.name(put)} was invoked at ${scene.at(put.call.invokedAtUs)}: later.`,
    `${scene.ran(last)}.`,
  ];
  if (later === undefined) reasons.push(`Nobody had dequeued ${before} by then.`);
  else reasons.push(`${before} came out only later: ${scene.ran(later)}.`);
  return {
    kind: 'out of order',
    text: `${after} came out before ${before}, which was enqueued before it`,
    reasons,
    also: later === undefined ? [put] : [put, later],
  };
}
