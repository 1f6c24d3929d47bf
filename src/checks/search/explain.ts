/**
 * A witness in words: the name of the mistake, if it has one, and the steps that show it.
 *
 * Names go by pattern, by what calls need and set, and only where each step of the story has been
 * checked; for anything else the text only says that it cannot be ordered.
 */
import type { Operation } from '../../sim/history.ts';
import type { SearchModel } from './call.ts';
import { type Actor, precedes, Scene, type Story, valueSeen } from './scene.ts';
import type { Witness } from './witness.ts';

export interface Explanation extends Omit<Story, 'also'> {
  /** Indices of the operations that show it, in order. */
  readonly evidence: readonly number[];
}

/** Explains a witness that was found among these operations of one object. */
export function explain(
  witness: Witness,
  operations: readonly Operation[],
  model: SearchModel,
): Explanation {
  const scene = new Scene(witness, operations, model);
  const { also, ...story } =
    model.story?.(scene) ??
    fromNowhere(scene) ??
    updatedTwice(scene) ??
    afterWrite(scene) ??
    afterRead(scene) ??
    split(scene) ??
    noOrder(scene);
  const indices = new Set([...scene.firm, ...also].map(({ call }) => call.index));
  return { ...story, evidence: [...indices].sort((a, b) => a - b) };
}

/** A value that nobody had set by then. */
function fromNowhere(scene: Scene): Story | null {
  const { last } = scene;
  if (last.needs === undefined || last.needs === scene.initial) return null;
  if (scene.settersOf(last.needs).length > 0) return null;
  const value = valueSeen(last);
  const ran = `${scene.ran(last)}.`;
  const failed = scene.all('fail').find(({ sets }) => sets === last.needs);
  if (failed !== undefined) {
    return {
      kind: 'failed write seen',
      text: `${scene.name(last)}, set only by ${scene.name(failed)}, which failed`,
      reasons: [
        `${scene.name(failed)} ended with an error that says that it did not happen.`,
        ran,
        `Nothing else had set ${value} by then.`,
      ],
      also: [failed],
    };
  }
  const future = [...scene.all('ok'), ...scene.all('info')].find(({ sets }) => sets === last.needs);
  if (future !== undefined) {
    return {
      kind: 'value from the future',
      text: `${scene.name(last)} was over before ${scene.name(future)} was invoked`,
      reasons: [
        ran,
        `${scene.name(future)} was invoked at ${scene.at(future.call.invokedAtUs)}.`,
        `Nothing had set ${value} before.`,
      ],
      also: [future],
    };
  }
  const reasons = [ran, `No operation sets ${value}, and it is not what the key starts with.`];
  const text = `${scene.name(last)}, but nothing sets ${value}`;
  return { kind: 'value from nowhere', text, reasons, also: [] };
}

/** Two compare-and-sets replaced a value that was set once. */
function updatedTwice(scene: Scene): Story | null {
  const updates = scene.firm.filter(({ needs, sets }) => {
    return needs !== undefined && sets !== undefined && needs !== sets;
  });
  for (const [i, b] of updates.entries()) {
    const a = updates.slice(0, i).find(({ needs }) => needs === b.needs);
    if (a === undefined) continue;
    const setters = scene.settersOf(b.needs);
    if (setters.length + (b.needs === scene.initial ? 1 : 0) !== 1) continue;
    const value = valueSeen(b);
    const [setter] = setters;
    const origin =
      setter === undefined
        ? `the key starts with ${value}`
        : `only ${scene.name(setter)} sets ${value}`;
    return {
      kind: 'lost update',
      text: `${scene.name(a)} and ${scene.name(b)} both found ${value}`,
      reasons: [
        `${scene.ran(a)}.`,
        `${scene.ran(b)}.`,
        `Each replaced ${value}, and ${origin}: one of them found a value that was gone.`,
      ],
      also: setters,
    };
  }
  return null;
}

/** The last call found a value that an acknowledged operation had replaced. */
function afterWrite(scene: Scene): Story | null {
  const { firm, last } = scene;
  if (last.needs === undefined) return null;
  const newer = firm.findLast((actor) => {
    return actor.sets !== undefined && actor.sets !== last.needs && precedes(actor, last);
  });
  if (newer === undefined) return null;
  const setters = scene.settersOf(last.needs);
  if (!setters.every((setter) => precedes(setter, newer))) return null;
  const latest = setters.at(-1);
  const value = valueSeen(last);
  const lost = isLost(newer, scene);
  const origin =
    latest === undefined
      ? `The key starts with ${value}, and nothing had set it to that again.`
      : `${value} was set last by ${scene.name(latest)}, over before #${newer.call.index} began.`;
  const reasons = [
    `${scene.name(newer)} was acknowledged at ${scene.at(newer.call.completedAtUs)}.`,
    `${scene.ran(last)}: all of it later.`,
    origin,
  ];
  if (lost) reasons.push(`No operation ever saw the value of #${newer.call.index}.`);
  return {
    kind: lost ? 'lost write' : last.sets === undefined ? 'stale read' : 'stale compare-and-set',
    text: `${scene.name(last)} after ${scene.name(newer)} was acknowledged`,
    reasons,
    also: latest === undefined ? [] : [latest],
  };
}

/** Whether nobody ever saw what the call set, though nothing replaced it before the last call. */
function isLost(written: Actor, scene: Scene): boolean {
  if (scene.all('ok').some(({ needs }) => needs === written.sets)) return false;
  return !scene.prefix.some((actor) => {
    return actor.sets !== undefined && actor.call !== scene.last.call && precedes(written, actor);
  });
}

/** The last call found a value older than one that had been read before. */
function afterRead(scene: Scene): Story | null {
  const { firm, last } = scene;
  if (last.needs === undefined) return null;
  const reader = firm.findLast((actor) => {
    const other = actor.needs !== undefined && actor.needs !== last.needs;
    return other && actor.needs !== scene.initial && precedes(actor, last);
  });
  if (reader === undefined) return null;
  const older = scene.settersOf(last.needs);
  const newer = scene.settersOf(reader.needs);
  const [first] = newer;
  if (first === undefined) return null;
  if (!newer.every((b) => older.every((a) => precedes(a, b)))) return null;
  return {
    kind: last.sets === undefined ? 'stale read' : 'stale compare-and-set',
    text: `${scene.name(last)} after ${scene.name(reader)} had seen a newer value`,
    reasons: [
      `${scene.ran(first)}.`,
      `${scene.name(reader)} had seen its value by ${scene.at(reader.call.completedAtUs)}.`,
      `${scene.ran(last)}: all of it later, yet ${valueSeen(last)} is older.`,
    ],
    also: [first, ...older.slice(-1)],
  };
}

/** Two pairs of reads saw two values in opposite orders. */
function split(scene: Scene): Story | null {
  const reads = scene.firm.filter(({ needs, sets }) => needs !== undefined && sets === undefined);
  const pairs = reads.flatMap((a) => {
    return reads.filter((b) => a.needs !== b.needs && precedes(a, b)).map((b) => [a, b] as const);
  });
  for (const [a, b] of pairs) {
    const against = pairs.find(([c, d]) => c.needs === b.needs && d.needs === a.needs);
    if (against === undefined) continue;
    const [c, d] = against;
    const setters = [a, b].flatMap(({ needs }) => scene.settersOf(needs));
    if (new Set(setters.map(({ sets }) => sets)).size < setters.length) continue;
    const [one, other] = [valueSeen(a), valueSeen(b)];
    return {
      kind: 'split',
      text: `reads disagree whether ${one} or ${other} came first`,
      reasons: [
        `${scene.name(a)} was over before ${scene.name(b)} began.`,
        `${scene.name(c)} was over before ${scene.name(d)} began.`,
        `Each of the two values was set once, so no order explains both.`,
      ],
      also: setters,
    };
  }
  return null;
}

/** At most this many calls get a sentence each. */
const TOLD = 3;
/** At most this many more are named. */
const NAMED = 6;

/**
 * What else may have changed the object, where effects do not say what matters; nothing if it is
 * too much to tell.
 */
function bystanders({ firm, prefix, model }: Scene): readonly Actor[] {
  if (prefix.some(({ needs, sets }) => needs !== undefined || sets !== undefined)) return [];
  const known = new Set(firm.map(({ call }) => call.index));
  const others = prefix.filter(({ call: { index, f, input, output } }) => {
    return !known.has(index) && !model.readOnly?.(f, input, output);
  });
  return others.length > NAMED ? [] : others;
}

function noOrder(scene: Scene): Story {
  const { firm, last } = scene;
  const told = firm.slice(-TOLD).map((actor) => `${scene.ran(actor)}.`);
  const untold = firm.slice(0, -TOLD).map(({ call }) => `#${call.index}`);
  const others = untold.length === 0 ? '' : ` together with ${untold.join(', ')}`;
  const free = bystanders(scene);
  const names = free.map((actor) => scene.name(actor)).join(', ');
  const besides = free.length === 0 ? [] : [`Whenever these took effect, if they did: ${names}.`];
  const fits = firm.length === 1 ? 'It fits in no order' : 'They fit in no order';
  const where = scene.model.byKey ? ' to the key' : '';
  const suppliers = firm.flatMap(({ needs }) => {
    if (needs === undefined || firm.some(({ sets }) => sets === needs)) return [];
    return scene.settersOf(needs).slice(-1);
  });
  return {
    kind: 'no order',
    text: `no order of operations explains ${scene.name(last)}`,
    reasons: [...told, ...besides, `${fits}${others}, whatever else happened${where}.`],
    also: [...suppliers, ...free],
  };
}
