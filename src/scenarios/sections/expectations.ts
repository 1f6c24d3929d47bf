/**
 * The section `expect`: every name in it must mean something in this scenario, or it would hold for
 * ever.
 */
import type { Metric } from '../../checks/checker.ts';
import { loadsJudgedBy } from '../../checks/judged-loads.ts';
import type { Plain } from '../../sim/node.ts';
import { msToUs } from '../../sim/units.ts';
import type { Expectation, WindowSpec } from '../scenario.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import type { SourceEntry, SourceNode, SourceScalar, Spot } from '../text/source.ts';
import type { Comparison } from '../values/comparison.ts';
import { type QuantityKind, readQuantity, withoutGaps } from '../values/quantities.ts';
import type { Piece } from '../values/token-cursor.ts';
import { readCheckerArguments, spotIn } from './checker-arguments.ts';
import { foregone, QUANTITY_OF } from './comparison-value.ts';
import { conditionIn } from './condition.ts';
import { isReadable, listItems, type ParseContext, positionOf } from './context.ts';
import { reportExclusion } from './contradictions.ts';
import {
  type ExpectationSyntax,
  expectationText,
  parseExpectation,
  type WindowSyntax,
} from './expectation-grammar.ts';
import { MetricNames } from './metric-names.ts';
import { isNoted } from './noted.ts';
import { splitDemand } from './over-seeds.ts';
import type { Run } from './scenario-names.ts';

const EXAMPLE = '- availability >= 99%';
const ALL_FAULTS = 'faults';
/** What a battery can show for certain: see docs/TRADEOFF.md. */
export const TRADEOFF_LABELS: readonly string[] = [
  'PC/EC',
  'PC/EL',
  'PA/EC',
  'PA/EL',
  'P-/EC',
  'P-/EL',
];

export interface ReadExpectations {
  readonly expect: readonly Expectation[];
  readonly canonical: Plain;
}

export function readExpectations(
  section: SourceEntry | null,
  run: Run,
  context: ParseContext,
): ReadExpectations {
  const items = listItems(section, context, EXAMPLE);
  if (items.length === 0 && isReadable(section, 'list')) {
    context.diagnostics.warning(
      'DS147',
      section?.keySpot ?? null,
      'nothing is expected, so the run can neither hold nor fail',
      {
        help: ['add `expect:`, for example `expect: [linearizable]`'],
      },
    );
  }
  const resolver = new Resolver(run, context);
  const expect: Expectation[] = [];
  for (const item of items) {
    const read = resolver.resolve(item);
    if (read === null) continue;
    reportExclusion(read, expect, item.spot, context.diagnostics);
    expect.push(read);
  }
  return { expect, canonical: expect.map((each) => withDemand(canonicalOf(each), each)) };
}

class Resolver {
  readonly #run: Run;
  readonly #context: ParseContext;
  readonly #metrics: MetricNames;

  constructor(run: Run, context: ParseContext) {
    this.#run = run;
    this.#context = context;
    this.#metrics = new MetricNames(run, context);
  }

  /** null after a complaint. */
  resolve(node: SourceNode): Expectation | null {
    const item = expectationText(node);
    if (item === null) return node.kind === 'scalar' ? null : this.#notText(node);
    if (item.failed) return null;
    const { diagnostics } = this.#context;
    if (item.value === null) {
      diagnostics.error('DS140', item.spot, 'an expectation is empty', {
        label: 'expected a checker, or a comparison of a metric',
      });
      return null;
    }
    const split = splitDemand(item, diagnostics);
    if (split === null) return null;
    const rest = this.#resolveText(split.item);
    if (rest === null || split.demand === null) return rest;
    return { ...rest, text: item.text.trim(), over: split.demand };
  }

  #resolveText(item: SourceScalar): Expectation | null {
    const { diagnostics } = this.#context;
    const never = /^\s*never\s+/.exec(item.text);
    if (never !== null) return this.#never(item, never[0].length);
    const parsed = parseExpectation(item.text);
    if (parsed.ok) return this.#resolveSyntax(parsed.value, item);
    const { at, message, help } = parsed.problem;
    diagnostics.error('DS140', spotIn(item, at), message, {
      notes: item.notes,
      help: [help ?? this.#slip(item.text)],
    });
    return null;
  }

  /** What stands behind `never` is a condition, as faults wait for one. */
  #never(item: SourceScalar, from: number): Expectation | null {
    const textFrom = item.textFrom === null ? null : item.textFrom + from;
    const rest = { ...item, text: item.text.slice(from), textFrom };
    const condition = conditionIn(rest, this.#run.faultsCalled, this.#context);
    if (condition === null) return null;
    const head = { text: item.text.trim(), position: positionOf(item.spot) };
    return { ...head, kind: 'never', condition };
  }

  /** Where a metric is written bare, its comparison is missing. */
  #slip(text: string): string | null {
    return /[<>=]/.test(text) ? null : 'a metric is compared with a value: `availability >= 99%`';
  }

  #notText(item: SourceNode & { readonly kind: 'map' | 'list' }): Expectation | null {
    const { diagnostics } = this.#context;
    const [entry] = item.kind === 'map' ? item.entries : [];
    if (entry?.key === 'tradeoff') return this.#resolveTradeoff(entry);
    const written = entry?.value.kind === 'scalar' ? `${entry.key} >= ${entry.value.text}` : null;
    diagnostics.error(
      'DS140',
      item.spot,
      `an expectation is one line of text, and this is a ${item.kind}`,
      {
        help: [
          written === null
            ? `for example \`${EXAMPLE}\``
            : `did you mean \`- ${written}\`? A text that contains \`: \` needs quotes`,
        ],
      },
    );
    return null;
  }

  /** `tradeoff: PC/EC`. */
  #resolveTradeoff({ value, keySpot }: SourceEntry): Expectation | null {
    const label = value.kind === 'scalar' ? value.text.trim() : '';
    if (TRADEOFF_LABELS.includes(label)) {
      return { text: `tradeoff: ${label}`, position: positionOf(keySpot), kind: 'tradeoff', label };
    }
    if (value.kind === 'scalar' && value.failed) return null;
    this.#context.diagnostics.error('DS151', value.spot, 'this is no label of a trade-off', {
      label: `expected one of ${TRADEOFF_LABELS.join(', ')}`,
      help: [didYouMean(label, TRADEOFF_LABELS)],
    });
    return null;
  }

  #resolveSyntax(syntax: ExpectationSyntax, item: SourceScalar): Expectation | null {
    const head = { text: item.text.trim(), position: positionOf(item.spot) };
    switch (syntax.kind) {
      case 'check':
        return this.#resolveCheck(syntax, item, head);
      case 'metric':
        return this.#resolveMetric(syntax, item, head);
      case 'sometimes': {
        const { label } = syntax;
        if (!isNoted(label.text, spotIn(item, label), item.notes, this.#context)) return null;
        const window = this.#window(syntax.window, item);
        return window === null ? null : { ...head, kind: 'sometimes', label: label.text, window };
      }
      case 'felt': {
        if (syntax.fault === null || syntax.fault.text === ALL_FAULTS) {
          return this.#anyFault(item.spot, item) ? { ...head, kind: 'felt', fault: null } : null;
        }
        return this.#knowsFault(syntax.fault, item)
          ? { ...head, kind: 'felt', fault: syntax.fault.text }
          : null;
      }
      case 'live':
        return this.#canLive(syntax.group, item)
          ? { ...head, kind: 'live', group: syntax.group?.text ?? null }
          : null;
      case 'recovers':
        return this.#resolveRecovers(syntax, item, head);
    }
  }

  #resolveCheck(
    syntax: ExpectationSyntax & { kind: 'check' },
    item: SourceScalar,
    head: Head,
  ): Expectation | null {
    const { catalogue, diagnostics } = this.#context;
    const { name, settings, window } = syntax;
    const checker = catalogue.checkers.items.get(name.text);
    if (checker === undefined) return this.#metrics.unknown(name, item, true);
    if (window !== null) {
      diagnostics.error(
        'DS140',
        spotIn(item, { ...window.of, from: name.to, to: window.of.to }),
        `${quote(name.text)} judges the whole run`,
        {
          label: 'expected no window here',
          notes: item.notes,
        },
      );
      return null;
    }
    const asking = this.#run.loads.map(({ workload }) => workload);
    if (this.#run.complete.loads && loadsJudgedBy(checker, { loads: asking }).length === 0) {
      const asked = [...new Set(asking.map(({ asks }) => asks.name))];
      const has =
        asked.length === 0
          ? 'this scenario has no loads'
          : `the loads of this scenario ask ${listNames(asked)}`;
      diagnostics.error(
        'DS145',
        spotIn(item, name),
        `${quote(name.text)} has nothing to judge here`,
        {
          notes: [
            ...item.notes,
            `it judges ${listNames(checker.judges.map((one) => one.name))}; ${has}`,
          ],
        },
      );
      return null;
    }
    const args = readCheckerArguments(checker, settings, item, this.#context);
    return { ...head, kind: 'check', checker, args };
  }

  #resolveMetric(
    syntax: ExpectationSyntax & { kind: 'metric' },
    item: SourceScalar,
    head: Head,
  ): Expectation | null {
    const metric = this.#metrics.find(syntax.name, syntax.args, item);
    if (metric === null) return null;
    const args = this.#metrics.args(metric, syntax.args, syntax.name, item);
    const value = this.#value(metric, syntax.comparison, syntax.value, item);
    const window = this.#window(syntax.window, item);
    if (args === null || value === null || window === null) return null;
    return { ...head, kind: 'metric', metric, args, comparison: syntax.comparison, value, window };
  }

  #resolveRecovers(
    { name, args, within, window }: ExpectationSyntax & { kind: 'recovers' },
    item: SourceScalar,
    head: Head,
  ): Expectation | null {
    const { catalogue } = this.#context;
    const metric = catalogue.metrics.items.get('recovery');
    const meant = metric === undefined ? [] : this.#metrics.args(metric, args, name, item);
    const opened = this.#window(window, item);
    const wrong = `${quote(within.text)} is no duration`;
    const withinMs = this.#quantity('duration', within, wrong, item);
    if (meant === null || opened === null || withinMs === null) return null;
    return { ...head, kind: 'recovers', args: meant, withinUs: msToUs(withinMs), window: opened };
  }

  #quantity(kind: QuantityKind, piece: Piece, wrong: string, item: SourceScalar): number | null {
    const read = readQuantity(kind, withoutGaps(piece.text));
    if (read.ok) return read.value;
    const { readings, expected } = read.problem;
    this.#context.diagnostics.error('DS143', spotIn(item, piece), wrong, {
      label: `expected ${expected}`,
      notes: item.notes,
      help: readings.length === 0 ? [] : [`did you mean ${listNames(readings, 'or')}?`],
    });
    return null;
  }

  #value(metric: Metric, comparison: Comparison, piece: Piece, item: SourceScalar): number | null {
    const { diagnostics } = this.#context;
    const wrong = `${quote(metric.name)} cannot be compared with ${quote(piece.text)}`;
    const value = this.#quantity(QUANTITY_OF[metric.unit], piece, wrong, item);
    if (value === null) return null;
    const always = foregone(metric.unit, comparison, value);
    if (always === null) return value;
    diagnostics.error('DS143', spotIn(item, piece), `this comparison ${always} hold`, {
      label:
        metric.unit === 'ratio'
          ? 'a ratio is never below 0 nor above 1'
          : 'this metric is never below 0',
      notes: item.notes,
    });
    return null;
  }

  #window(window: WindowSyntax | null, item: SourceScalar): WindowSpec | null {
    if (window === null) return { when: 'run', of: null };
    const { when, of } = window;
    if (
      of.text === ALL_FAULTS ? !this.#anyFault(spotIn(item, of), item) : !this.#knowsFault(of, item)
    )
      return null;
    this.#warnOfEmpty(when, of, item);
    return { when, of: of.text };
  }

  #anyFault(spot: Spot, item: SourceScalar): boolean {
    if (this.#run.faultsCalled.length > 0 || !this.#run.complete.faults) return true;
    this.#context.diagnostics.error('DS144', spot, 'this scenario has no faults', {
      notes: item.notes,
    });
    return false;
  }

  /** Somebody must ask the group (any: null), and its system say how many members it needs. */
  #canLive(group: Piece | null, item: SourceScalar): boolean {
    const { groups, loads, complete } = this.#run;
    if (!complete.groups || !complete.loads) return true;
    const spot = group === null ? item.spot : spotIn(item, group);
    const meant = groups.filter(({ name }) => group === null || name === group.text);
    if (group !== null && meant.length === 0) {
      const known = groups.map(({ name }) => name);
      this.#context.diagnostics.error('DS141', spot, `there is no group ${quote(group.text)}`, {
        notes: [...item.notes, `groups are ${listNames(known)}`],
        help: [didYouMean(group.text, known)],
      });
      return false;
    }
    const asked = meant.filter(({ nodes }) =>
      loads.some(({ targets }) => targets.some((target) => nodes.includes(target))),
    );
    if (asked.some(({ system }) => system.quorum !== undefined)) return true;
    const why =
      asked.length === 0
        ? 'no load asks it, so nobody would notice'
        : `${listNames([...new Set(asked.map(({ kind }) => kind))])} does not declare how many members it needs`;
    this.#context.diagnostics.error('DS145', spot, '`live` has nothing to judge here', {
      notes: [...item.notes, why],
    });
    return false;
  }

  #knowsFault(fault: Piece, item: SourceScalar): boolean {
    const known = this.#run.faultsCalled;
    if (known.includes(fault.text)) return true;
    // An entry that could not be read may be this fault, under a misspelt name.
    const isKind = this.#context.catalogue.faults.summaries.has(fault.text);
    if (!this.#run.complete.faults && (known.length === 0 || isKind)) return true;
    this.#context.diagnostics.error(
      'DS144',
      spotIn(item, fault),
      `this scenario has no fault ${quote(fault.text)}`,
      {
        notes: [
          ...item.notes,
          known.length === 0 ? 'it has no faults at all' : `it has ${listNames(known)}`,
        ],
        help: [didYouMean(fault.text, [...known, ...(known.length === 0 ? [] : [ALL_FAULTS])])],
      },
    );
    return false;
  }

  /** Windows end with the run's chaos phase. */
  #warnOfEmpty(when: WindowSpec['when'], of: Piece, item: SourceScalar): void {
    const { faults } = this.#run;
    const { durationUs, diagnostics } = this.#context;
    const meant = faults.filter(
      ({ name, fault }) => of.text === ALL_FAULTS || name === of.text || fault.name === of.text,
    );
    const never = meant.every(({ atUs, forUs, repeat, when: condition }) => {
      if (condition != null) return when === 'after' && forUs === null;
      if (when === 'before') return atUs === 0 && repeat?.waitsFirst !== true;
      return when === 'after' && (forUs === null || atUs + forUs >= durationUs);
    });
    // When a nemesis strikes, and with what, only the run knows.
    const drawn = this.#run.nemeses.some(
      ({ name, faults: kinds }) => of.text === ALL_FAULTS || name === of.text || kinds.has(of.text),
    );
    if (meant.length === 0 || drawn || !never) return;
    const why = when === 'before' ? 'it strikes at 0' : 'it lasts to the end of the run';
    diagnostics.warning('DS146', spotIn(item, of), `nothing is ${when} ${quote(of.text)}: ${why}`, {
      label: 'this window is always empty',
      notes: item.notes,
    });
  }
}

interface Head {
  readonly text: string;
  readonly position: ReturnType<typeof positionOf>;
}

function withDemand(canonical: { readonly [key: string]: Plain }, { over }: Expectation): Plain {
  return over === undefined ? canonical : { ...canonical, over: { ...over } };
}

/** What it expects, whatever the spacing. */
function canonicalOf(expectation: Expectation): { readonly [key: string]: Plain } {
  switch (expectation.kind) {
    case 'check': {
      const { checker, args = {} } = expectation;
      const given = Object.entries(args).filter(([, value]) => value !== undefined);
      if (given.length === 0) return { check: checker.name };
      return { check: checker.name, args: Object.fromEntries(given) as { [name: string]: Plain } };
    }
    case 'metric': {
      const { metric, args, comparison, value, window } = expectation;
      return { metric: metric.name, args, comparison, value, window: { ...window } };
    }
    case 'sometimes':
      return { sometimes: expectation.label, window: { ...expectation.window } };
    case 'felt':
      return { felt: expectation.fault };
    case 'live':
      return { live: expectation.group };
    case 'recovers': {
      const { args, withinUs, window } = expectation;
      return { recovers: withinUs, args, window: { ...window } };
    }
    case 'never':
      return { never: expectation.condition.text };
    case 'tradeoff':
      return { tradeoff: expectation.label };
  }
}
