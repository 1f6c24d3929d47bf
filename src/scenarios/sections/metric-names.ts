/**
 * Names of metrics with their arguments, as `expect:` and `show:` write them, looked up in a
 * scenario.
 */
import type { Metric, ScenarioNames } from '../../checks/checker.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import type { SourceScalar } from '../text/source.ts';
import { availableNote } from '../values/fields.ts';
import type { Piece } from '../values/token-cursor.ts';
import { spotIn } from './checker-arguments.ts';
import type { ParseContext } from './context.ts';
import { findMeasured, measureNames } from './measured-metric.ts';
import { type Run, scenarioNames } from './scenario-names.ts';

export class MetricNames {
  readonly #run: Run;
  readonly #context: ParseContext;
  readonly #names: ScenarioNames;

  constructor(run: Run, context: ParseContext) {
    this.#run = run;
    this.#context = context;
    this.#names = scenarioNames(run);
  }

  /**
   * One of the list, or what a kind of the scenario measures; null after a complaint. `bare` sums
   * up a measure of many values where no word says how.
   */
  find(
    name: Piece,
    args: readonly Piece[],
    item: SourceScalar,
    bare: string | null = null,
  ): Metric | null {
    const listed = this.#context.catalogue.metrics.items.get(name.text);
    if (listed !== undefined) return listed;
    const { groups, complete } = this.#run;
    const found = findMeasured(
      name.text,
      args.map(({ text }) => text),
      groups,
      bare,
    );
    if (found === null) return complete.groups ? this.unknown(name, item, false) : null;
    if ('metric' in found) return found.metric;
    this.#context.diagnostics.error('DS149', spotIn(item, name), found.problem, {
      notes: [...item.notes, found.note],
      help: [found.help],
    });
    return null;
  }

  unknown(name: Piece, item: SourceScalar, asCheck: boolean): null {
    const { checkers, metrics } = this.#context.catalogue;
    const [own, other] = asCheck ? [checkers, metrics] : [metrics, checkers];
    const [sort, plural] = asCheck ? ['checker', 'checkers'] : ['metric', 'metrics'];
    const crossed = other.summaries.has(name.text)
      ? asCheck
        ? `${quote(name.text)} is a metric: compare it with a value`
        : `${quote(name.text)} is a checker: it stands alone`
      : this.#nearest(name.text, [...own.summaries.keys(), ...other.summaries.keys()]);
    this.#context.diagnostics.error(
      'DS141',
      spotIn(item, name),
      `there is no ${sort} ${quote(name.text)}`,
      {
        notes: [...item.notes, ...availableNote(plural, own.summaries.keys())],
        help: [crossed],
      },
    );
    return null;
  }

  /** Of a name of several words first by its last, which may be a measure: `p99 lga`. */
  #nearest(written: string, known: readonly string[]): string | null {
    const measures = measureNames(this.#run.groups);
    const cut = written.lastIndexOf(' ') + 1;
    const last = cut === 0 ? null : didYouMean(written.slice(cut), measures);
    return last ?? didYouMean(written, [...known, ...measures]);
  }

  /**
   * The arguments, each of which must mean something here, and all of them together; null after a
   * complaint.
   */
  args(
    metric: Metric,
    args: readonly Piece[],
    name: Piece,
    item: SourceScalar,
  ): readonly string[] | null {
    const accepted = metric.accepts(this.#names);
    const { groups, loads, faults } = this.#run.complete;
    let good = true;
    for (const arg of args) {
      if (accepted.includes(arg.text) || metric.acceptsAny === true || !groups || !loads || !faults)
        continue;
      if (this.#context.names.mayExist(arg.text)) continue;
      good = false;
      this.#context.diagnostics.error(
        'DS142',
        spotIn(item, arg),
        `${quote(metric.name)} cannot be narrowed by ${quote(arg.text)} here`,
        {
          notes: [
            ...item.notes,
            accepted.length === 0
              ? 'it takes no argument here'
              : `it takes ${listNames(accepted, 'or')}`,
          ],
          help: [didYouMean(arg.text, accepted)],
        },
      );
    }
    if (!good) return null;
    const texts = args.map(({ text }) => text);
    const problem = metric.refuses?.(texts, this.#names) ?? null;
    if (problem === null) return texts;
    this.#context.diagnostics.error(
      'DS142',
      spotIn(item, args[0] ?? name),
      `${quote(metric.name)} has nothing to measure here`,
      { notes: [...item.notes, problem] },
    );
    return null;
  }
}
