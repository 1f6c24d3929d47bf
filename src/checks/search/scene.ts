/** A witness as a story needs it: who wanted which state, who set it, and how to name them. */
import { jsonText } from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import { formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { Call, SearchModel } from './call.ts';
import type { Witness } from './witness.ts';

/** Identity of a state, or undefined: none is named. */
export type StateId = string | number | undefined;

/** A call with the states it needs and sets, where the model says so. */
export interface Actor {
  readonly call: Call;
  readonly needs: StateId;
  readonly sets: StateId;
  /** The outcome in the whole history, which came later if the call was in progress. */
  readonly outcome: Operation['outcome'];
}

/** What a witness shows, before its operations are numbered. */
export interface Story {
  /** `stale read`, `lost write`, ..., `no order`. */
  readonly kind: string;
  /** What happened, in half a sentence. */
  readonly text: string;
  /** Two to four sentences. */
  readonly reasons: readonly string[];
  /** Actors named besides the firm ones. */
  readonly also: readonly Actor[];
}

/** Times of shorter histories are shown in milliseconds. */
const SHORT_US = 1_000_000;

export class Scene {
  readonly model: SearchModel;
  /** In the order of completion. */
  readonly firm: readonly Actor[];
  /** All that was invoked until the last firm call completed; in the order of invocation. */
  readonly prefix: readonly Actor[];
  /** The firm call that completed last: with it the history became wrong. */
  readonly last: Actor;
  readonly initial: StateId;
  readonly #operations: readonly Operation[];
  readonly #byIndex: ReadonlyMap<number, Operation>;
  readonly #short: boolean;

  constructor(witness: Witness, operations: readonly Operation[], model: SearchModel) {
    this.model = model;
    this.#operations = operations;
    this.#byIndex = new Map(operations.map((operation) => [operation.index, operation]));
    this.firm = witness.firm.map((call) => this.#actor(call));
    this.prefix = witness.prefix.map((call) => this.#actor(call));
    this.last = this.firm.at(-1)!;
    this.initial = model.identify(model.init());
    this.#short = this.last.call.completedAtUs < SHORT_US;
  }

  /** Calls of the prefix that set this state. */
  settersOf(state: StateId): readonly Actor[] {
    return this.prefix.filter(({ sets }) => sets === state);
  }

  /** Operations of the whole history with these outcomes, refused ones as they would have been. */
  all(outcome: Operation['outcome']): readonly Actor[] {
    return this.#operations
      .filter((operation) => operation.outcome === outcome)
      .map((operation) => {
        const input = this.model.inputOf?.(operation) ?? operation.input;
        const output = outcome === 'ok' ? operation.output : undefined;
        return this.#actor({ ...operation, input, output });
      });
  }

  #actor(call: Call): Actor {
    const { f, input, output } = call;
    const { needs, sets } = this.model.effect?.(f, input, output) ?? {};
    const idOf = (state: unknown) => (state === undefined ? undefined : this.model.identify(state));
    const outcome = this.#byIndex.get(call.index)?.outcome ?? 'info';
    return { call, needs: idOf(needs), sets: idOf(sets), outcome };
  }

  /** `#311 read → 3`. */
  name({ call }: Actor): string {
    return `#${call.index} ${this.model.describe(call.f, call.input, call.output)}`;
  }

  at(us: number): string {
    return this.#short ? formatDurationUs(us) : formatMomentUs(us);
  }

  /** `#311 read → 3 ran from 12.830s to 12.840s`. */
  ran(actor: Actor): string {
    const { invokedAtUs, completedAtUs } = actor.call;
    const from = this.at(invokedAtUs);
    if (completedAtUs !== Infinity)
      return `${this.name(actor)} ran from ${from} to ${this.at(completedAtUs)}`;
    const end = actor.outcome === 'info' ? 'its outcome is unknown' : 'was still in progress';
    return `${this.name(actor)} was invoked at ${from} and ${end}`;
  }
}

/** Whether one was over before the other began. */
export function precedes(a: Actor, b: Actor): boolean {
  return a.call.completedAtUs < b.call.invokedAtUs;
}

/** The value that an actor read, or compared with. */
export function valueSeen({ call }: Actor): string {
  const value = Array.isArray(call.input) ? (call.input[0] ?? null) : (call.output ?? null);
  return typeof value === 'string' ? value : jsonText(value);
}
