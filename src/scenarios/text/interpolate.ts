/**
 * Variables: `$(name)` and `$(name:-default)` in values, never in keys, after compose's
 * `${name:-default}`; the parentheses keep it a plain scalar everywhere in YAML. A value that is
 * nothing but `$(name)` becomes the variable's value with its type; within a longer text the
 * variable's text is put in, and the whole is typed again, so that `$(n)ms` is a duration. `$$(` is
 * a plain `$(`.
 */
import { type Diagnostics, didYouMean, listNames, quote } from './diagnostic.ts';
import {
  describeSpot,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
  type Spot,
  spotOf,
} from './source.ts';
import { checkNumber, makeScalar } from './yaml-source.ts';

const REFERENCE = /\$?\$\((?:([A-Za-z_][A-Za-z0-9_-]*)(?::-([^()]*))?\))?/g;

/** Fills in variables throughout a tree; remembers which ones were asked for. */
export class Interpolator {
  readonly used = new Set<string>();
  readonly #variables: ReadonlyMap<string, SourceEntry>;
  readonly #diagnostics: Diagnostics;
  /** Variables being filled in, innermost last. */
  readonly #open: string[] = [];
  readonly #filled = new Map<string, SourceScalar>();

  constructor(vars: SourceMap | null, diagnostics: Diagnostics) {
    this.#variables = new Map((vars?.entries ?? []).map((entry) => [entry.key, entry]));
    this.#diagnostics = diagnostics;
  }

  fill(node: SourceNode): SourceNode {
    switch (node.kind) {
      case 'map':
        return {
          ...node,
          entries: node.entries.map((entry) => ({ ...entry, value: this.fill(entry.value) })),
        };
      case 'list':
        return { ...node, items: node.items.map((item) => this.fill(item)) };
      case 'scalar':
        return node.text.includes('$(') && !node.failed ? this.#fillScalar(node) : node;
    }
  }

  #fillScalar(node: SourceScalar): SourceScalar {
    const notes: string[] = [];
    let failed = false;
    let whole: SourceScalar | null = null;
    const text = node.text.replace(
      REFERENCE,
      (match: string, name: string | undefined, preset: string | undefined, at: number) => {
        if (match.startsWith('$$')) return match.slice(1);
        const value = this.#lookUp(node, { match, name, preset, at });
        if (value === null) {
          failed = true;
          return match;
        }
        notes.push(...value.notes);
        if (match === node.text) whole = value;
        return value.text;
      },
    );
    if (failed) return { ...node, failed: true };
    // Inside quotes even a whole reference stays text.
    const plain = node.plain && ((whole as SourceScalar | null)?.plain ?? true);
    const filled = makeScalar(text, plain, node.spot, null, notes);
    return checkNumber(filled, this.#diagnostics);
  }

  /** The value of one reference, with a note of where it comes from; null after a complaint. */
  #lookUp(node: SourceScalar, reference: Reference): SourceScalar | null {
    const { match, name, preset } = reference;
    const spot = referenceSpot(node, reference);
    if (name === undefined) {
      this.#diagnostics.error('DS113', spot, 'a reference to a variable is not complete', {
        label: 'expected `$(name)` or `$(name:-default)`',
        help: ['for a plain `$(` write `$$(`'],
      });
      return null;
    }
    this.used.add(name);
    const entry = this.#variables.get(name);
    if (entry !== undefined) return this.#valueOf(name, entry, spot);
    if (preset !== undefined) {
      const notes = [`${quote(match)} is its default: ${quote(preset)}`];
      return makeScalar(preset, true, node.spot, null, notes);
    }
    this.#unknown(name, spot);
    return null;
  }

  #unknown(name: string, spot: Spot): void {
    const known = [...this.#variables.keys()];
    const notes =
      known.length === 0 ? 'the scenario sets no variables' : `variables are ${listNames(known)}`;
    this.#diagnostics.error('DS113', spot, `there is no variable ${quote(name)}`, {
      notes: [notes],
      help: [
        didYouMean(name, known),
        `give it a default: \`$(${name}:-…)\`, or set it: \`--set vars.${name}=…\``,
      ],
    });
  }

  #valueOf(name: string, entry: SourceEntry, spot: Spot): SourceScalar | null {
    const done = this.#filled.get(name);
    if (done !== undefined) return done.failed ? null : done;
    if (this.#open.includes(name)) {
      const chain = [...this.#open.slice(this.#open.indexOf(name)), name];
      this.#diagnostics.error('DS113', spot, `the variable ${quote(name)} contains itself`, {
        notes: [chain.map((link) => `$(${link})`).join(' → ')],
      });
      return null;
    }
    if (entry.value.kind !== 'scalar') {
      this.#diagnostics.error(
        'DS113',
        entry.value.spot,
        `the variable ${quote(name)} must hold one value`,
        {
          label: `this is a ${entry.value.kind}`,
          help: ['share maps and lists by an anchor: `x-name: &name …`, then `*name`'],
        },
      );
      return null;
    }
    this.#open.push(name);
    const filled = this.fill(entry.value) as SourceScalar;
    this.#open.pop();
    const note = `\`$(${name})\` is ${quote(filled.text)}, set at ${describeSpot(entry.keySpot)}`;
    const noted = { ...filled, notes: [...filled.notes, note] };
    this.#filled.set(name, noted);
    return noted.failed ? null : noted;
  }
}

interface Reference {
  readonly match: string;
  readonly name: string | undefined;
  readonly preset: string | undefined;
  readonly at: number;
}

function referenceSpot(node: SourceScalar, { match, at }: Reference): Spot {
  if (node.textFrom === null) return node.spot;
  return spotOf(node.spot.file, node.textFrom + at, node.textFrom + at + match.length);
}
