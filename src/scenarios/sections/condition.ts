/**
 * The key `when:`: a condition whose quantities, groups and faults must exist, or it waits for
 * ever.
 */
import type { NodeId } from '../../sim/node.ts';
import type { Condition, ConditionNode, Measured } from '../scenario.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import { type SourceEntry, type SourceScalar, type Spot, spotOf } from '../text/source.ts';
import type { Comparison } from '../values/comparison.ts';
import { compares } from '../values/comparison.ts';
import { type QuantityKind, readQuantity, withoutGaps } from '../values/quantities.ts';
import type { Piece } from '../values/token-cursor.ts';
import { type ConditionSyntax, parseCondition } from './condition-grammar.ts';
import type { ParseContext } from './context.ts';
import { decided, type Reach } from './contradictions.ts';
import { isNoted } from './noted.ts';

/** How each quantity is written, and what it is. */
export const quantities: ReadonlyMap<string, { readonly form: string; readonly doc: string }> =
  new Map([
    ['leaders', { form: 'leaders(kv)', doc: 'nodes that are up and lead' }],
    ['role', { form: 'role(kv, candidate)', doc: 'nodes that are up and in this role' }],
    [
      'term',
      { form: 'term(kv)', doc: 'the highest term, ballot, epoch or view of a node that is up' },
    ],
    ['up', { form: 'up(kv)', doc: 'nodes that are up' }],
    ['down', { form: 'down(kv)', doc: 'nodes that are down' }],
    ['paused', { form: 'paused(kv)', doc: 'nodes that are paused' }],
    [
      'most',
      { form: 'most(kv, commit)', doc: 'the largest number that a node shows in this field' },
    ],
    [
      'least',
      { form: 'least(kv, commit)', doc: 'the smallest number that a node shows in this field' },
    ],
    [
      'noted',
      {
        form: "noted('steps down')",
        doc: 'notes with this label so far; of a node or group as second argument',
      },
    ],
    [
      'held',
      {
        form: 'held(partition)',
        doc: 'strikes of faults of this name or kind that have not healed',
      },
    ],
    ['elapsed', { form: 'elapsed', doc: 'time since the run began' }],
  ]);

/**
 * null after a complaint. `path` is that of the fault; `called` the names and kinds of all faults.
 */
export function readCondition(
  entry: SourceEntry,
  called: readonly string[],
  path: string,
  context: ParseContext,
): Condition | null {
  const place = { path: `${path}.when`, key: 'when', pool: null };
  const scalar = context.reader.scalar(entry.value, place, 'a condition such as `leaders(kv) > 1`');
  return scalar === null ? null : conditionIn(scalar, called, context);
}

/** The condition that a text holds; null after a complaint. */
export function conditionIn(
  scalar: SourceScalar,
  called: readonly string[],
  context: ParseContext,
): Condition | null {
  const parsed = parseCondition(scalar.text);
  if (!parsed.ok) {
    const { at, message, help } = parsed.problem;
    context.diagnostics.error('DS135', spotIn(scalar, at), message, {
      notes: scalar.notes,
      help: [help],
    });
    return null;
  }
  const root = new ConditionResolver(scalar, called, context).resolve(parsed.value);
  if (root === null) return null;
  const condition = { text: scalar.text.trim(), root };
  const { names, durationUs, diagnostics } = context;
  const always = names.certain
    ? decided(condition, (measured) => rangeOf(measured, durationUs))
    : null;
  if (always === null) return condition;
  const label = always === 'could never' ? 'its parts exclude each other' : 'one part always holds';
  diagnostics.error('DS136', scalar.spot, `this condition ${always} hold`, {
    label,
    notes: scalar.notes,
  });
  return null;
}

type CompareSyntax = ConditionSyntax & { readonly kind: 'compare' };

class ConditionResolver {
  readonly #scalar: SourceScalar;
  readonly #called: readonly string[];
  readonly #context: ParseContext;

  constructor(scalar: SourceScalar, called: readonly string[], context: ParseContext) {
    this.#scalar = scalar;
    this.#called = called;
    this.#context = context;
  }

  /** null after a complaint. */
  resolve(syntax: ConditionSyntax): ConditionNode | null {
    switch (syntax.kind) {
      case 'not': {
        const of = this.resolve(syntax.of);
        return of === null ? null : { kind: 'not', of };
      }
      case 'compare':
        return this.#compare(syntax);
      default: {
        const of = syntax.of.map((each) => this.resolve(each));
        const whole = of.filter((each) => each !== null);
        return whole.length === of.length ? { kind: syntax.kind, of: whole } : null;
      }
    }
  }

  #compare(syntax: CompareSyntax): ConditionNode | null {
    const measured = this.#measured(syntax);
    if (measured === null) return null;
    const value = this.#value(syntax, measured);
    if (value === null) return null;
    const { text, comparison } = syntax;
    return { kind: 'compare', text, measured, comparison, value };
  }

  #measured(syntax: CompareSyntax): Measured | null {
    const { name, args } = syntax;
    switch (name.text) {
      case 'leaders':
      case 'term':
      case 'up':
      case 'down':
      case 'paused': {
        const nodes = this.#only(syntax);
        return nodes === null ? null : { kind: name.text, nodes };
      }
      case 'role': {
        const [nodes, role] = this.#pair(syntax);
        return nodes === null || role === null ? null : { kind: 'role', nodes, role: role.text };
      }
      case 'most':
      case 'least': {
        const [nodes, field] = this.#pair(syntax);
        if (nodes === null || field === null) return null;
        return { kind: name.text, nodes, field: field.text };
      }
      case 'noted': {
        const [label, who] = args;
        if (label === undefined || args.length > 2) return this.#form(syntax);
        const { notes } = this.#scalar;
        if (!isNoted(label.text, spotIn(this.#scalar, label), notes, this.#context)) return null;
        const nodes = who === undefined ? null : this.#nodes(who);
        if (who !== undefined && nodes === null) return null;
        return { kind: 'noted', label: label.text, nodes };
      }
      case 'held':
        return this.#held(syntax);
      case 'elapsed':
        return args.length === 0 ? { kind: 'elapsed' } : this.#form(syntax);
      default:
        return this.#unknown(name);
    }
  }

  /** The nodes of a quantity that takes at most them; all without. */
  #only(syntax: CompareSyntax): readonly NodeId[] | null {
    const [who, ...rest] = syntax.args;
    if (rest.length > 0) return this.#form(syntax);
    return who === undefined ? this.#context.names.nodes : this.#nodes(who);
  }

  #pair(syntax: CompareSyntax): readonly [readonly NodeId[] | null, Piece | null] {
    const [who, what, ...rest] = syntax.args;
    if (who === undefined || what === undefined || rest.length > 0) {
      this.#form(syntax);
      return [null, null];
    }
    return [this.#nodes(who), what];
  }

  #form({ name }: CompareSyntax): null {
    const { form = '' } = quantities.get(name.text) ?? {};
    this.#context.diagnostics.error(
      'DS136',
      spotIn(this.#scalar, name),
      `${quote(name.text)} does not take these arguments`,
      { label: `expected ${quote(form)}`, notes: this.#scalar.notes },
    );
    return null;
  }

  #nodes(who: Piece): readonly NodeId[] | null {
    const { names } = this.#context;
    const nodes = names.nodesMeant(who.text);
    if (nodes === null) {
      const spot = spotIn(this.#scalar, who);
      names.reportUnknown(who.text, spot, names.meaningful, 'node or group', this.#scalar.notes);
    }
    return nodes;
  }

  #held(syntax: CompareSyntax): Measured | null {
    const [fault, ...rest] = syntax.args;
    if (fault === undefined || rest.length > 0) return this.#form(syntax);
    if (this.#called.includes(fault.text)) return { kind: 'held', fault: fault.text };
    this.#context.diagnostics.error(
      'DS136',
      spotIn(this.#scalar, fault),
      `this scenario has no fault ${quote(fault.text)}`,
      {
        notes: [...this.#scalar.notes, `it has ${listNames(this.#called)}`],
        help: [didYouMean(fault.text, this.#called)],
      },
    );
    return null;
  }

  #unknown(name: Piece): null {
    const forms = [...quantities.values()].map(({ form }) => form);
    this.#context.diagnostics.error(
      'DS136',
      spotIn(this.#scalar, name),
      `a condition cannot measure ${quote(name.text)}`,
      {
        notes: [...this.#scalar.notes, `it measures ${listNames(forms)}`],
        help: [didYouMean(name.text, [...quantities.keys()])],
      },
    );
    return null;
  }

  #value({ value: piece, comparison, text }: CompareSyntax, measured: Measured): number | null {
    const { diagnostics, names, durationUs } = this.#context;
    const kind: QuantityKind = measured.kind === 'elapsed' ? 'duration' : 'number';
    const read = readQuantity(kind, withoutGaps(piece.text));
    if (!read.ok) {
      const { readings, expected } = read.problem;
      diagnostics.error(
        'DS136',
        spotIn(this.#scalar, piece),
        `${quote(text)} cannot be compared with ${quote(piece.text)}`,
        {
          label: `expected ${expected}`,
          notes: this.#scalar.notes,
          help: readings.length === 0 ? [] : [`did you mean ${listNames(readings, 'or')}?`],
        },
      );
      return null;
    }
    const value = kind === 'duration' ? Math.round(read.value * 1000) : read.value;
    const range = rangeOf(measured, durationUs);
    const always = names.certain ? foregone(comparison, value, range) : null;
    if (always === null) return value;
    diagnostics.error('DS136', spotIn(this.#scalar, piece), `this comparison ${always} hold`, {
      label: `${quote(text)} is ${range.told}`,
      notes: this.#scalar.notes,
    });
    return null;
  }
}

function rangeOf(measured: Measured, durationUs: number): Reach & { readonly told: string } {
  switch (measured.kind) {
    case 'leaders':
    case 'role':
    case 'up':
    case 'down':
    case 'paused': {
      const most = measured.nodes.length;
      return { least: 0, most, whole: true, told: `from 0 to ${most}` };
    }
    case 'most':
    case 'least':
      return { least: -Infinity, most: Infinity, whole: false, told: 'any number' };
    case 'elapsed':
      return { least: 0, most: durationUs - 1, whole: true, told: 'from 0 to the end of the run' };
    default:
      return { least: 0, most: Infinity, whole: true, told: 'never below 0' };
  }
}

/** Is it decided before anything is measured? Tried at both ends, and on each side of the value. */
function foregone(
  comparison: Comparison,
  value: number,
  { least, most }: Reach,
): 'would always' | 'could never' | null {
  const samples = [least, most, value - 1, value, value + 1].filter(
    (each) => each >= least && each <= most,
  );
  const held = samples.map((each) => compares(each, comparison, value));
  if (held.every((each) => !each)) return 'could never';
  return held.every((each) => each) ? 'would always' : null;
}

function spotIn(item: SourceScalar, piece: Piece): Spot {
  if (item.textFrom === null) return item.spot;
  return spotOf(item.spot.file, item.textFrom + piece.from, item.textFrom + piece.to);
}
