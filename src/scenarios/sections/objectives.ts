/**
 * The section `slo`: what the scenario promises its users, as objectives with an error budget.
 * Where no alerts are written, those of "The Site Reliability Workbook" are scaled to the window:
 * its hour, six hours and three days of 30 days.
 */
import type { Objective, ObjectiveAlert } from '../../checks/checker.ts';
import { scopeNames } from '../../checks/metrics/parts/scope.ts';
import type { Plain } from '../../sim/node.ts';
import type { Params } from '../../sim/params.ts';
import { formatDurationUs, msToUs } from '../../sim/units.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import type { SourceEntry } from '../text/source.ts';
import { Fields } from '../values/fields.ts';
import { namedEntries, type ParseContext } from './context.ts';
import { scalarsIn } from './members.ts';
import { OBJECTIVE_TABLE } from './objective-table.ts';
import { type Run, scenarioNames } from './scenario-names.ts';

const EXAMPLE = 'visits: { target: 99.9%, within: 200ms }';

/** Of 30 days: an hour, six hours and three days, with the burn rates that alert there. */
const USUAL: readonly (readonly [burn: number, part: number])[] = [
  [14.4, 1 / 720],
  [6, 1 / 120],
  [1, 1 / 10],
];
/** The short window of an alert is this part of its long one. */
const SHORT = 1 / 12;

export interface ReadObjectives {
  readonly objectives: readonly Objective[];
  /** By name as written, of those with mistakes too. */
  readonly names: readonly string[];
  readonly canonical: { readonly [name: string]: Plain };
}

/** What is read before the objectives. */
type Asked = Omit<Run, 'objectives' | 'faultsCalled'>;

export function readObjectives(
  section: SourceEntry | null,
  run: Asked,
  context: ParseContext,
): ReadObjectives {
  const canonical: { [name: string]: Plain } = {};
  const names: string[] = [];
  const objectives = namedEntries(section, context, EXAMPLE).flatMap((entry): Objective[] => {
    names.push(entry.key);
    const read = readObjective(entry, run, context);
    if (read === null) return [];
    canonical[entry.key] = read.canonical;
    return [read.objective];
  });
  return { objectives, names, canonical };
}

function readObjective(
  { key: name, keySpot, value }: SourceEntry,
  run: Asked,
  context: ParseContext,
): { objective: Objective; canonical: Plain } | null {
  if (!context.names.checkName(name, keySpot, 'objective')) return null;
  if (value.kind !== 'map') {
    if (value.kind === 'scalar' && value.failed) return null;
    context.diagnostics.error('DS103', value.spot, `${quote(`slo.${name}`)} is not a map`, {
      label: 'expected a map such as `{ target: 99.9% }`',
    });
    return null;
  }
  const place = { path: `slo.${name}`, called: quote(`slo.${name}`), spot: keySpot };
  const fields = new Fields(context.reader, value, place);
  const own = fields.params(OBJECTIVE_TABLE);
  const of = readScope(fields, run, context);
  fields.finish();
  const windowUs = own.window === undefined ? context.durationUs : msToUs(own.window);
  const objective: Objective = {
    name,
    sli: own.sli === 'ok' ? 'ok' : 'answered',
    withinUs: own.within === undefined ? null : msToUs(own.within),
    of,
    target: own.target,
    windowUs,
    by: own.by === 'time' ? 'time' : 'requests',
    sliceUs: msToUs(own.slice),
    sliceTarget: own['slice-target'],
    alerts: own.alerts === undefined ? usualAlerts(windowUs, own.target) : own.alerts.map(alertOf),
  };
  return isPossible(objective, keySpot, context)
    ? { objective, canonical: fields.canonical }
    : null;
}

/** Those that a failure can reach: at 90% nothing burns faster than 10. */
function usualAlerts(windowUs: number, target: number): readonly ObjectiveAlert[] {
  return USUAL.filter(([burn]) => burn * (1 - target) <= 1).map(([burn, part]) => {
    const longUs = Math.max(1, Math.round(windowUs * part));
    return { burn, longUs, shortUs: Math.max(1, Math.round(longUs * SHORT)) };
  });
}

type WrittenAlert = NonNullable<Params<typeof OBJECTIVE_TABLE>['alerts']>[number];

function alertOf({ burn, long, short }: WrittenAlert): ObjectiveAlert {
  const longUs = msToUs(long);
  const shortUs = short === undefined ? Math.max(1, Math.round(longUs * SHORT)) : msToUs(short);
  return { burn, longUs, shortUs };
}

/** Loads, groups, nodes and operations, as a metric takes them. */
function readScope(fields: Fields, run: Asked, context: ParseContext): readonly string[] {
  const entry = fields.take('of');
  if (entry === null) return [];
  const known = scopeNames({ ...scenarioNames(run), sides: [] });
  const { groups, loads } = run.complete;
  const scalars = scalarsIn(
    entry,
    'the name of a load, a group, a node or an operation',
    context,
    ({ text, spot }) => {
      if (known.includes(text) || !groups || !loads) return true;
      context.diagnostics.error('DS125', spot, `no requests are called ${quote(text)}`, {
        notes: [`an objective is about ${listNames(known, 'or')}`],
        help: [didYouMean(text, known)],
      });
      return false;
    },
  );
  if (scalars === null) return [];
  const of = scalars.map(({ text }) => text);
  fields.canonical['of'] = [...of].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return of;
}

/** An objective that nothing could break, or an alert that could never fire, is a slip. */
function isPossible(
  { name, target, alerts, windowUs, by, sliceUs }: Objective,
  spot: SourceEntry['keySpot'],
  { diagnostics, durationUs, durationText }: ParseContext,
): boolean {
  const complain = (problem: string, note: string) => {
    diagnostics.error('DS154', spot, `${quote(`slo.${name}`)} ${problem}`, { notes: [note] });
    return false;
  };
  if (by === 'time' && sliceUs > durationUs) {
    return complain(
      `counts slices of ${formatDurationUs(sliceUs)}, and the run lasts ${durationText}`,
      '`slice` is the length of each stretch of time that is good or bad as a whole',
    );
  }
  for (const { burn, longUs, shortUs } of alerts) {
    if (shortUs > longUs) {
      return complain(
        `has an alert whose \`short\` window is longer than its \`long\` one`,
        'the short window only ends an alert soon after the failure is over',
      );
    }
    if (burn * (1 - target) > 1) {
      return complain(
        `has an alert at a burn of ${burn}, which no failure reaches`,
        `when all fails, ${formatTarget(target)} burn at ${Math.round(1 / (1 - target))}`,
      );
    }
    if (longUs > windowUs) {
      return complain(
        `has an alert over ${formatDurationUs(longUs)}, and its budget is for ${formatDurationUs(windowUs)}`,
        'an alert looks back on less than the whole `window`',
      );
    }
  }
  return true;
}

function formatTarget(target: number): string {
  return `${Number((target * 100).toPrecision(12))}%`;
}
