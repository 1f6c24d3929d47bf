/**
 * A stack: `push` with the value as input, its output ignored; `pop` with input null and the value
 * as output, or null: it was empty. Each key is a stack of its own.
 */
import type { SearchModel } from '../search/call.ts';
import { samePlain } from '../search/identity.ts';
import type { Actor, Scene, Story } from '../search/scene.ts';
import { precedes } from '../search/scene.ts';
import {
  type ContainerOptions,
  type ContainerWords,
  containerModel,
  containerStory,
  reduceContainer,
  stillIn,
} from './container.ts';
import { decideContainer } from './container-verdict.ts';
import { plainText } from './plain-text.ts';
import { type Sequence, sequenceIdentity } from './queue.ts';

const words: ContainerWords = {
  noun: 'stack',
  put: 'push',
  take: 'pop',
  wasPut: 'pushed',
  wasTaken: 'popped',
};

/** A stack with these conventions. */
export function stackModel(options: ContainerOptions = {}): SearchModel<Sequence> {
  const { initial = [] } = options;
  return {
    ...containerModel(words, options),
    name: 'stack',
    summary: 'push and pop, last in, first out',
    byKey: true,
    init: () => initial,
    step(state, f, input, output) {
      if (f === 'push') return [...state, input];
      if (f !== 'pop') return null;
      const top = state.at(-1);
      if (top === undefined) return output === undefined || output === null ? state : null;
      return output === undefined || samePlain(top, output) ? state.slice(0, -1) : null;
    },
    identify: sequenceIdentity,
    reduce: (calls) => reduceContainer(calls, words, initial, false),
    decide: (calls) => decideContainer(calls, words, initial, 'lifo'),
    story: (scene) => containerStory(scene, words, initial, covered),
  };
}

/** What was pushed on top of what came out, and is still there. */
function covered(scene: Scene, put: Actor): Story | null {
  const { last } = scene;
  const above = stillIn(scene, words, last).find((actor) => precedes(put, actor));
  if (above === undefined) return null;
  const value = plainText(put.call.input);
  const top = plainText(above.call.input);
  return {
    kind: 'out of order',
    text: `${value} was popped from under ${top}`,
    reasons: [
      `${scene.name(put)} was acknowledged at ${scene.at(put.call.completedAtUs)}.`,
      `${scene.ran(above)}: later, so ${top} lay above ${value}.`,
      `${scene.ran(last)}: nobody had popped ${top} by then.`,
    ],
    also: [put, above],
  };
}
