/**
 * A witness in words: what kind of mistake it is, if it has a name, and the steps that show it.
 *
 * Names are given by pattern, by what the calls need and set, and only where the pattern is complete; whatever
 * else cannot be ordered is just listed.
 */
import type { Operation } from '../../sim/history.ts';
import { formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { Call, Effect, SearchModel } from './call.ts';
import type { Witness } from './witness.ts';

export interface Explanation {
  /** `stale read`, `lost write`, ... or `no order fits`. */
  readonly kind: string;
  /** What happened, without the name of the key and the kind. */
  readonly text: string;
  readonly reasons: readonly string[];
  /** Indices of the operations named, in order. */
  readonly evidence: readonly number[];
}

/** Explains a witness found among these operations of one object. */
export function explain(
  witness: Witness,
  operations: readonly Operation[],
  model: SearchModel,
): Explanation {
  const scene = new Scene(witness, operations, model);
  return (
    fromNowhere(scene) ??
    updatedTwice(scene) ??
    staleAfterWrite(scene) ??
    staleAfterRead(scene) ??
    splitReaders(scene) ??
    noOrder(scene)
  );
}

interface Actor {
  readonly call: Call;
  readonly needs: unknown;
  readonly sets: unknown;
  /** Identities of the states needed and set, or undefined. */
  readonly needsId: string | number | undefined;
  readonly setsId: string | number | undefined;
}

class Scene {
  readonly model: SearchModel;
  readonly operations: readonly Operation[];
  readonly firm: readonly Actor[];
  readonly prefix: readonly Actor[];
  /** The firm call that completed last: with it the history became wrong. */
  readonly last: Actor;
  readonly initialId: string | number;
  readonly #short: boolean;

  constructor(witness: Witness, operations: readonly Operation[], model: SearchModel) {
    this.model = model;
    this.operations = operations;
    this.firm = witness.firm.map((call) => this.actor(call));
    this.prefix = witness.prefix.map((call) => this.actor(call));
    this.last = this.firm.at(-1)!;
    this.initialId = model.identify(model.init());
    this.#short = this.last.call.completedAtUs < 1_000_000;
  }

  actor(call: Call): Actor {
    const { f, input, output } = call;
    const { needs, sets }: Effect<unknown> = this.model.effect?.(f, input, output) ?? {};
    const needsId = needs === undefined ? undefined : this.model.identify(needs);
    const setsId = sets === undefined ? undefined : this.model.identify(sets);
    return { call, needs, sets, needsId, setsId };
  }

  /** Calls of the prefix that set this state. */
  settersOf(id: string | number | undefined): readonly Actor[] {
    return this.prefix.filter(({ setsId }) => setsId === id);
  }

  /** `#311 read → 3`. */
  name({ call }: Actor): string {
    return `#${call.index} ${this.model.describe(call.f, call.input, call.output)}`;
  }

  at(us: number): string {
    return this.#short ? formatDurationUs(us) : formatMomentUs(us);
  }

  /** `#311 read → 3 ran from 12.830s to 12.840s.` */
  ran(actor: Actor): string {
    const { invokedAtUs, completedAtUs } = actor.call;
    if (completedAtUs === Infinity) {
      return `${this.name(actor)} was invoked at ${this.at(invokedAtUs)}; its outcome is unknown.`;
    }
    return `${this.name(actor)} ran from ${this.at(invokedAtUs)} to ${this.at(completedAtUs)}.`;
  }

  /** The explanation; evidence is the firm calls and those named besides. */
  tell(kind: string, text: string, reasons: readonly string[], also: readonly Actor[]): Explanation {
    const indices = new Set([...this.firm, ...also].map(({ call }) => call.index));
    return { kind, text, reasons, evidence: [...indices].sort((a, b) => a - b) };
  }
}

function precedes(a: Actor, b: Actor): boolean {
  return a.call.completedAtUs < b.call.invokedAtUs;
}

/** What an actor that needs a state read or compared with, in words. */
function valueOf({ call }: Actor): string {
  const value = Array.isArray(call.input) ? (call.input[0] ?? null) : (call.output ?? null);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A value that nobody had set by then. */
function fromNowhere(scene: Scene): Explanation | null {
  const { last, operations } = scene;
  if (last.needsId === undefined || last.needsId === scene.initialId) return null;
  if (scene.settersOf(last.needsId).length > 0) return null;
  const value = valueOf(last);
  const others = operations
    .filter(({ outcome, invokedAtUs }) => outcome === 'fail' || invokedAtUs > last.call.completedAtUs)
    .map((operation) => ({ operation, actor: scene.actor({ ...operation }) }))
    .filter(({ actor }) => actor.setsId === last.needsId);
  const failed = others.find(({ operation }) => operation.outcome === 'fail');
  const later = others.find(({ operation }) => operation.outcome !== 'fail');
  const reasons = [scene.ran(last)];
  if (failed !== undefined) {
    const { actor, operation } = failed;
    reasons.push(`${scene.name(actor)} was refused (${operation.error ?? 'failed'}): it must not take effect.`);
    reasons.push(`Nothing else had set ${value} by ${scene.at(last.call.completedAtUs)}.`);
    return scene.tell('failed write seen', `${scene.name(last)}, which only the failed ${scene.name(actor)} would set`, reasons, [actor]);
  }
  if (later !== undefined) {
    const { actor, operation } = later;
    reasons.push(`${scene.name(actor)} was invoked only at ${scene.at(operation.invokedAtUs)}.`);
    reasons.push(`Nothing had set ${value} before.`);
    return scene.tell('value from the future', `${scene.name(last)} before ${scene.name(actor)} was invoked`, reasons, [actor]);
  }
  reasons.push(`No operation sets ${value}, and it is not the initial value.`);
  return scene.tell('value from nowhere', `${scene.name(last)}, but nothing ever set ${value}`, reasons, []);
}

/** Two compare-and-sets that both replaced a value set once. */
function updatedTwice(scene: Scene): Explanation | null {
  const { firm } = scene;
  for (const [i, b] of firm.entries()) {
    if (b.setsId === undefined || b.needsId === undefined) continue;
    const a = firm.slice(0, i).find((actor) => actor.setsId !== undefined && actor.needsId === b.needsId);
    if (a === undefined) continue;
    const setters = scene.settersOf(b.needsId);
    const times = setters.length + (b.needsId === scene.initialId ? 1 : 0);
    if (times !== 1) return null;
    const value = valueOf(b);
    const origin = setters[0] === undefined ? `${value} is the initial value` : `${value} was set once, by ${scene.name(setters[0])}`;
    const reasons = [scene.ran(a), scene.ran(b), `${origin}: only one of the two can have found it.`];
    const text = `${scene.name(a)} and ${scene.name(b)} both succeeded on the one ${value}`;
    return scene.tell('lost update', text, reasons, setters);
  }
  return null;
}

/** The last call needs a value that an acknowledged operation had replaced. */
function staleAfterWrite(scene: Scene): Explanation | null {
  const { firm, last } = scene;
  if (last.needsId === undefined) return null;
  const newer = firm.filter((actor) => actor.setsId !== undefined && actor.setsId !== last.needsId && precedes(actor, last)).at(-1);
  if (newer === undefined) return null;
  const setters = scene.settersOf(last.needsId);
  if (!setters.every((setter) => precedes(setter, newer) || setter === newer)) return null;
  const latest = setters.at(-1);
  const value = valueOf(last);
  const seen = scene.operations.some((operation) => {
    const actor = scene.actor({ ...operation });
    return operation.outcome === 'ok' && actor.needsId === newer.setsId;
  });
  const origin =
    latest === undefined
      ? `${value} is the value before any write.`
      : `${value} was last set by ${scene.name(latest)}, over at ${scene.at(latest.call.completedAtUs)}.`;
  const reasons = [
    `${scene.name(newer)} was acknowledged at ${scene.at(newer.call.completedAtUs)}.`,
    `${scene.ran(last).slice(0, -1)}, all of it later.`,
    `${origin} Nothing that sets ${value} is concurrent with #${last.call.index} or later than #${newer.call.index}.`,
  ];
  if (!seen) reasons.push(`No operation ever saw what ${scene.name(newer)} set.`);
  const text = `${scene.name(last)} after ${scene.name(newer)} was acknowledged`;
  return scene.tell(seen ? 'stale read' : 'lost write', text, reasons, latest === undefined ? [] : [latest]);
}

/** The last call needs a value older than one that had been read before. */
function staleAfterRead(scene: Scene): Explanation | null {
  const { firm, last } = scene;
  if (last.needsId === undefined) return null;
  const reader = firm.filter((actor) => actor.needsId !== undefined && actor.needsId !== last.needsId && precedes(actor, last)).at(-1);
  if (reader === undefined) return null;
  const old = scene.settersOf(last.needsId);
  const newer = scene.settersOf(reader.needsId);
  const inOrder = newer.length > 0 && newer.every((b) => old.every((a) => precedes(a, b)));
  if (!inOrder || reader.needsId === scene.initialId) return null;
  const value = valueOf(last);
  const reasons = [
    `${scene.ran(newer[0]!)}`,
    `${scene.name(reader)} had seen it by ${scene.at(reader.call.completedAtUs)}.`,
    `${scene.ran(last).slice(0, -1)}, all of it later, and saw the older ${value}.`,
  ];
  const text = `${scene.name(last)} after ${scene.name(reader)} had seen the newer value`;
  return scene.tell('stale read', text, reasons, [...newer.slice(0, 1), ...old.slice(-1)]);
}

/** Two pairs of reads saw two values in opposite orders. */
function splitReaders(scene: Scene): Explanation | null {
  const reads = scene.firm.filter(({ needsId, setsId }) => needsId !== undefined && setsId === undefined);
  for (const a of reads) {
    for (const b of reads) {
      if (a.needsId === b.needsId || !precedes(a, b)) continue;
      const d = reads.find((read) => read.needsId === a.needsId && reads.some((c) => c.needsId === b.needsId && precedes(c, read)));
      const c = reads.find((read) => read.needsId === b.needsId && d !== undefined && precedes(read, d));
      if (c === undefined || d === undefined) continue;
      const reasons = [
        `${scene.name(a)} was over before ${scene.name(b)} began.`,
        `${scene.name(c)} was over before ${scene.name(d)} began.`,
        `One order of ${valueOf(a)} and ${valueOf(b)} cannot explain both.`,
      ];
      const text = `two reads disagree on the order of ${valueOf(a)} and ${valueOf(b)}`;
      const setters = [...scene.settersOf(a.needsId).slice(-1), ...scene.settersOf(b.needsId).slice(-1)];
      return scene.tell('split', text, reasons, setters);
    }
  }
  return null;
}

/** So many calls are told one by one. */
const TOLD = 3;

function noOrder(scene: Scene): Explanation {
  const { firm, last } = scene;
  const told = firm.slice(-TOLD).map((actor) => scene.ran(actor));
  const rest = firm.length - told.length;
  const also = rest > 0 ? `, with ${rest} earlier ${rest === 1 ? 'one' : 'ones'}` : '';
  const few = firm.length === 1 ? 'It fits' : `These ${firm.length} operations fit`;
  const reasons = [...told, `${few} in no order${also}, whatever the others on the key did.`];
  const suppliers = firm.flatMap((actor) => {
    if (actor.needsId === undefined || firm.some(({ setsId }) => setsId === actor.needsId)) return [];
    return scene.settersOf(actor.needsId).slice(-1);
  });
  return scene.tell('no order fits', `no order of ${firm.length} operations explains ${scene.name(last)}`, reasons, suppliers);
}
