/**
 * What queues, stacks and bags share: values are put in, and each is taken out at most once, or the
 * container is found empty. Here: how their operations are read and named, which calls cannot
 * matter, and what goes wrong with them in words.
 */
import type { Plain } from '../../sim/node.ts';
import type { Call, Reduced, SearchModel } from '../search/call.ts';
import { identityOf } from '../search/identity.ts';
import { type Actor, precedes, type Scene, type Story } from '../search/scene.ts';
import { plainText } from './plain-text.ts';

export interface ContainerOptions {
  /** What is in it at first, the first to have been put in first. Default nothing. */
  readonly initial?: readonly Plain[];
  /**
   * What an answer that refuses to take something out says. `ignored`, the default: it did not
   * happen. `observation`: at some moment between call and answer the container was empty; it has
   * the error `empty`, `exhausted` or none.
   */
  readonly refused?: 'ignored' | 'observation';
}

/** The words of one kind of container. */
export interface ContainerWords {
  /** `queue`. */
  readonly noun: string;
  /** Names of the operations: `enqueue`, `dequeue`. */
  readonly put: string;
  readonly take: string;
  /** Their participles: `enqueued`, `dequeued`. */
  readonly wasPut: string;
  readonly wasTaken: string;
  /** What takes out all that is left, at one moment, with the list of it in any order: `drain`. */
  readonly empty?: string;
}

/** Errors with which systems say that there is nothing to take. */
const EMPTY = new Set<string | null>([null, 'empty', 'exhausted', ':empty', ':exhausted']);

/** Why a value cannot be put in. */
const NULL_PUT = 'which stands for an empty one';

/** The parts of a model that do not depend on the order in which values come out. */
export function containerModel(
  words: ContainerWords,
  { refused = 'ignored' }: ContainerOptions,
): Pick<
  SearchModel,
  'operations' | 'describe' | 'readOnly' | 'refusal' | 'misshapen' | 'misasked'
> {
  const { put, take, empty } = words;
  return {
    operations: empty === undefined ? [put, take] : [put, take, empty],
    // Taken out, it could not be told from nothing.
    misasked: (f, input) => (f === put && input === null ? NULL_PUT : null),
    misshapen: (f, output) => (f === empty && !Array.isArray(output) ? 'no list' : null),
    readOnly: (f, _input, output) =>
      (f === take && output === null) || (f === empty && drainedBy(output)?.length === 0),
    refusal: (f, _input, error) =>
      refused === 'observation' && f === take && EMPTY.has(error) ? null : undefined,
    describe(f, input, output) {
      if (f === empty) return output === undefined ? f : `${f} → ${plainText(output)}`;
      if (f !== take) return `${f} ${plainText(input)}`;
      if (output === undefined) return take;
      return output === null ? `${take} → nothing` : `${take} → ${plainText(output)}`;
    },
  };
}

/** What a drain took, or null if nobody saw it. */
export function drainedBy(output: Plain | undefined): readonly Plain[] | null {
  return Array.isArray(output) ? (output as readonly Plain[]) : null;
}

/** What a call is known to have taken out: several values of a drain. */
export function takenBy(call: Call, { take, empty }: ContainerWords): readonly Plain[] {
  if (call.f === empty) return drainedBy(call.output) ?? [];
  return call.f === take && isSeen(call) ? [call.output] : [];
}

/**
 * Leaves out what cannot matter.
 *
 * 1. An open put of a value that no closed call takes. Leave it out of an order together with the
 *    open take of that very item, if there is one: all else comes out as it did.
 * 2. An open take that is known to take a value that nobody puts in.
 * 3. Of the open takes whose answer nobody saw, all but the first m, where m is the number of items
 *    that closed calls leave in: no more can take effect, and an earlier one does as well as a
 *    later one.
 * 4. Where order does not count and nobody finds the container empty, every open take: what is left
 *    in hinders nobody.
 *
 * A drain is a take of each value in its list, after which the container is empty.
 */
export function reduceContainer(
  calls: readonly Call[],
  words: ContainerWords,
  initial: readonly Plain[],
  anyOrder: boolean,
): Reduced<never> {
  const { put, take, empty } = words;
  const wanted = new Set<string | number>();
  let taken = 0;
  let foundEmpty = false;
  for (const call of calls) {
    if ((call.f !== take && call.f !== empty) || call.completedAtUs === Infinity) continue;
    const values = takenBy(call, words);
    if (values.length === 0 || call.f === empty) foundEmpty = true;
    for (const value of values) wanted.add(identityOf(value));
    taken += values.length;
  }
  const there = new Set(initial.map(identityOf));
  let items = initial.length;
  const kept = (call: Call) =>
    call.completedAtUs !== Infinity || wanted.has(identityOf(call.input));
  for (const call of calls) {
    if (call.f !== put || !kept(call)) continue;
    there.add(identityOf(call.input));
    items++;
  }
  let unseen = items - taken;
  return {
    calls: calls.filter((call) => {
      if (call.f === put) return kept(call);
      if (call.completedAtUs !== Infinity) return true;
      if ((anyOrder && !foundEmpty) || call.output === null) return false;
      if (call.f === empty) return items > taken;
      if (call.output !== undefined) return there.has(identityOf(call.output));
      return unseen-- > 0;
    }),
  };
}

/** What a witness of a container shows. `wrongOrder` explains a breach of its order of taking. */
export function containerStory(
  scene: Scene,
  words: ContainerWords,
  initial: readonly Plain[],
  wrongOrder: (scene: Scene, put: Actor) => Story | null,
): Story | null {
  const { last } = scene;
  if (last.call.f === words.empty) return leftBehind(scene, words);
  if (last.call.f !== words.take || last.call.output === undefined) return null;
  if (last.call.output === null) return foundEmpty(scene, words);
  const id = identityOf(last.call.output);
  const putters = putsOf(scene.prefix, words, id);
  const count = putters.length + initial.filter((value) => identityOf(value) === id).length;
  if (count === 0) return fromNowhere(scene, words, id);
  const takers = scene.prefix.filter(({ call }) =>
    takenBy(call, words).some((value) => identityOf(value) === id),
  );
  if (takers.length > count) return takenTwice(scene, words, takers, putters);
  const [only] = putters;
  return count === 1 && only !== undefined ? wrongOrder(scene, only) : null;
}

/** Puts of this value among these. */
export function putsOf(
  actors: readonly Actor[],
  words: ContainerWords,
  id: string | number,
): readonly Actor[] {
  return actors.filter(({ call }) => call.f === words.put && identityOf(call.input) === id);
}

/** Whether the call took something out, and it is known what. */
export function isSeen(call: Call): call is Call & { readonly output: Plain } {
  return call.output !== undefined && call.output !== null;
}

/**
 * Puts that were over before `before` began, and whose value nobody took in what the scene shows.
 */
export function stillIn(scene: Scene, words: ContainerWords, before: Actor): readonly Actor[] {
  const takes = scene.prefix.filter(({ call }) => call.f === words.take || call.f === words.empty);
  // An answer that nobody saw may have been any of them.
  if (takes.some(({ call }) => call.output === undefined)) return [];
  const taken = new Set(takes.flatMap(({ call }) => takenBy(call, words).map(identityOf)));
  return scene.firm.filter((actor) => {
    const { call } = actor;
    return call.f === words.put && precedes(actor, before) && !taken.has(identityOf(call.input));
  });
}

function fromNowhere(scene: Scene, words: ContainerWords, id: string | number): Story {
  const { last } = scene;
  const value = plainText(last.call.output ?? null);
  const [failed] = putsOf(scene.all('fail'), words, id);
  if (failed !== undefined) {
    return {
      kind: `failed ${words.put} seen`,
      text: `${scene.name(last)}, though ${scene.name(failed)} failed`,
      reasons: [
        `${scene.name(failed)} ended with an error that says that it did not happen.`,
        `${scene.ran(last)}.`,
        `Nobody else had ${words.wasPut} ${value}.`,
      ],
      also: [failed],
    };
  }
  const [future] = [...putsOf(scene.all('ok'), words, id), ...putsOf(scene.all('info'), words, id)];
  const reasons = [`${scene.ran(last)}.`];
  if (future !== undefined) {
    const at = scene.at(future.call.invokedAtUs);
    reasons.push(`${scene.name(future)} was invoked only at ${at}.`);
  } else reasons.push(`No operation ever ${words.wasPut} ${value}.`);
  return {
    kind: future === undefined ? 'value from nowhere' : 'value from the future',
    text: `${words.wasTaken} ${value}, which nobody had ${words.wasPut}`,
    reasons,
    also: future === undefined ? [] : [future],
  };
}

function takenTwice(
  scene: Scene,
  words: ContainerWords,
  takers: readonly Actor[],
  putters: readonly Actor[],
): Story {
  const { last } = scene;
  const value = plainText(last.call.output ?? null);
  const other = takers.find(({ call }) => call !== last.call) ?? last;
  const times = putters.length < 2 ? 'once' : `${putters.length} times`;
  const origin =
    putters.length === 0
      ? `${value} was in it once, from the start.`
      : `${value} was ${words.wasPut} ${times}: ${putters.map((put) => scene.name(put)).join(', ')}.`;
  return {
    kind: `${words.wasTaken} twice`,
    text: `${value} was ${words.wasTaken} by ${takers.map(({ call }) => `#${call.index}`).join(' and ')}, but ${words.wasPut} ${times}`,
    reasons: [`${scene.ran(other)}.`, `${scene.ran(last)}.`, origin],
    also: [...takers, ...putters],
  };
}

/** A drain that left something in. */
function leftBehind(scene: Scene, words: ContainerWords): Story | null {
  const { last } = scene;
  const [first] = stillIn(scene, words, last);
  if (first === undefined) return null;
  const value = plainText(first.call.input);
  return {
    kind: 'not drained',
    text: `${scene.name(last)}, though ${value} was in the ${words.noun}`,
    reasons: [
      `${scene.name(first)} was acknowledged at ${scene.at(first.call.completedAtUs)}.`,
      `${scene.ran(last)}: all of it later.`,
      `Nobody had ${words.wasTaken} ${value} by then, and it is not in the list.`,
    ],
    also: [first],
  };
}

function foundEmpty(scene: Scene, words: ContainerWords): Story | null {
  const { last } = scene;
  const [first] = stillIn(scene, words, last);
  if (first === undefined) return null;
  const value = plainText(first.call.input);
  return {
    kind: 'not empty',
    text: `${scene.name(last)}, though ${value} was in the ${words.noun}`,
    reasons: [
      `${scene.name(first)} was acknowledged at ${scene.at(first.call.completedAtUs)}.`,
      `${scene.ran(last)}: all of it later.`,
      `Nobody had ${words.wasTaken} ${value} by then.`,
    ],
    also: [first],
  };
}
