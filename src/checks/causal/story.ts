/** A violation told to people: one sentence, the steps to it, and the edges of its picture. */
import type { Plain } from '../../sim/node.ts';
import type { Anomaly, Dependency } from '../checker.ts';
import { canonicalText } from '../search/identity.ts';
import type { Step } from './paths.ts';
import type { RegisterHistory } from './register-history.ts';
import { operationsOf, type Violation } from './violation.ts';

export interface Story {
  readonly text: string;
  readonly reasons: readonly string[];
  readonly anomaly: Anomaly;
}

/** `own` says that the level gives each process an order of its own. */
export function tell(violation: Violation, history: RegisterHistory, own: boolean): Story {
  const teller = new Teller(history);
  switch (violation.kind) {
    case 'thin air':
      return teller.thinAir(violation.read);
    case 'initial':
      return teller.initial(violation, own);
    case 'stale':
      return teller.stale(violation);
    case 'cycle':
      return teller.cycle(violation);
  }
}

type Of<K extends Violation['kind']> = Extract<Violation, { readonly kind: K }>;

class Teller {
  readonly #history: RegisterHistory;

  constructor(history: RegisterHistory) {
    this.#history = history;
  }

  thinAir(read: number): Story {
    const text = `${this.#did(read)}, which nobody wrote`;
    const reasons = [
      `No operation that can have happened set that value, nor does the key start so.`,
    ];
    return this.#story('ThinAirRead', text, reasons, { kind: 'thin air', read }, []);
  }

  initial(violation: Of<'initial'>, own: boolean): Story {
    const { read, write, known } = violation;
    const text = `${this.#did(read)}, though it must have known that ${this.#did(write)}`;
    const reasons = [
      ...this.#because(known),
      `Whoever knows ${this.#name(write)} cannot see ${this.#place(read)} as it was at the start.`,
    ];
    const back = this.#edge(read, write, 'rw', `${this.#name(read)} saw no write of the key yet`);
    const name = own ? 'WriteHBInitRead' : 'WriteCOInitRead';
    return this.#story(name, text, reasons, violation, [...this.#edges(known), back]);
  }

  stale(violation: Of<'stale'>): Story {
    const { read, source, newer, after, known } = violation;
    const text = `${this.#did(read)}, though it must have known ${this.#value(newer)}, which came later`;
    const reasons = [
      ...this.#because(after),
      `So ${this.#name(newer)} came after ${this.#name(source)}.`,
      ...this.#because(known),
      `So ${this.#name(newer)} was known to ${this.#name(read)}, which returned the older value.`,
    ];
    const back = this.#edge(read, newer, 'rw', `${this.#name(read)} saw the value before it`);
    const edges = [...this.#edges(known), back, ...this.#edges(after)];
    return this.#story('WriteCORead', text, reasons, violation, edges);
  }

  cycle(violation: Of<'cycle'>): Story {
    const { steps, process } = violation;
    const conflicts = steps.filter(({ kind }) => kind === 'cf');
    const reasons = this.#because(steps);
    const edges = this.#edges(steps);
    const [only] = conflicts;
    if (only === undefined) {
      const text = `${steps.map(({ from }) => this.#did(from)).join(', ')}: each depends on the one before, in a circle`;
      return this.#story('CyclicCO', text, reasons, violation, edges);
    }
    const name = process < 0 ? 'CyclicCF' : 'CyclicHB';
    if (conflicts.length === 1) {
      const text = `${this.#did(only.read)}, though it must have known ${this.#value(only.from)}, which came later`;
      return this.#story(name, text, reasons, violation, edges);
    }
    const reads = [...new Set(conflicts.map(({ read }) => read))].map((o) => this.#did(o));
    const whose = process < 0 ? 'one order of the writes' : 'order of the writes';
    const text = `no ${whose} explains that ${listed(reads)}`;
    return this.#story(name, text, reasons, violation, edges);
  }

  #story(
    name: string,
    text: string,
    reasons: readonly string[],
    violation: Violation,
    edges: readonly Dependency[],
  ): Story {
    const operations = operationsOf(violation).map((o) => this.#history.operations[o]!.index);
    const sentence = `${text[0]?.toUpperCase()}${text.slice(1)}.`;
    const anomaly = { name, count: 1, sentence, operations, edges };
    return { text, reasons: [...new Set(reasons)], anomaly };
  }

  #because(steps: readonly Step[]): readonly string[] {
    return steps.flatMap((step) => [...this.#because(step.known), `${this.#reason(step)}.`]);
  }

  #reason({ from, to, kind, read }: Step): string {
    if (kind === 'po') return `${this.#did(from)}, and then ${this.#verb(to)}`;
    if (kind === 'wr')
      return `${this.#did(to)}, which ${this.#who(from)} had set (${this.#name(from)})`;
    const order = `${this.#name(from)} came before ${this.#name(to)}`;
    return `${this.#did(read)} and must have known ${this.#value(from)} by then: ${order}`;
  }

  #edges(steps: readonly Step[]): readonly Dependency[] {
    return steps.map((step) => {
      const kind = step.kind === 'po' ? 'process' : step.kind === 'wr' ? 'wr' : 'ww';
      return this.#edge(step.from, step.to, kind, this.#reason(step));
    });
  }

  #edge(from: number, to: number, kind: string, because: string): Dependency {
    const { operations } = this.#history;
    return { from: operations[from]!.index, to: operations[to]!.index, kind, because };
  }

  /** `#4`. */
  #name(o: number): string {
    return `#${this.#history.operations[o]!.index}`;
  }

  #who(o: number): string {
    return `p${this.#history.operations[o]!.process}`;
  }

  /** `p2 read x = 1 (#4)`. */
  #did(o: number): string {
    return `${this.#who(o)} ${this.#verb(o)}`;
  }

  #verb(o: number): string {
    const { f, key } = this.#history.operations[o]!;
    const is = key === null ? '' : `${key} = `;
    const name = `(${this.#name(o)})`;
    if (f === 'read') return `read ${is}${text(this.#history.valueSeen(o))} ${name}`;
    if (f === 'write') return `wrote ${is}${text(this.#history.valueSet(o))} ${name}`;
    const of = key === null ? 'the value' : key;
    const seen = text(this.#history.valueSeen(o));
    if (this.#history.refutes(o)) return `found ${of} not to be ${seen} ${name}`;
    return `changed ${of} from ${seen} to ${text(this.#history.valueSet(o))} ${name}`;
  }

  /** `x = 1 (#4)`. */
  #value(o: number): string {
    const { key } = this.#history.operations[o]!;
    return `${key === null ? '' : `${key} = `}${text(this.#history.valueSet(o))} (${this.#name(o)})`;
  }

  #place(o: number): string {
    return this.#history.operations[o]!.key ?? 'the register';
  }
}

function listed(texts: readonly string[]): string {
  if (texts.length <= 1) return texts.join('');
  return `${texts.slice(0, -1).join(', ')} and ${texts[texts.length - 1]}`;
}

function text(value: Plain): string {
  return typeof value === 'string' ? value : canonicalText(value);
}
