/**
 * The lattice of transactional consistency: which anomaly is a case of which, which models forbid
 * what, and which models imply which.
 *
 * Sources: Adya (PhD thesis, MIT 1999), with PL-1, PL-2, PL-2L, PL-MSR, PL-2+, PL-FCV, PL-CS,
 * PL-2.99, PL-3U, PL-SI and PL-3; Bailis et al., Highly Available Transactions (VLDB 2014);
 * Cerone, Bernardi, Gotsman (CONCUR 2015) for read atomic to snapshot isolation by visibility;
 * Cerone, Gotsman (PODC 2016) for nonadjacent anti-dependencies; Daudjee, Salem (VLDB 2006) for
 * sessions; as Kingsbury & Alvaro's Elle (VLDB 2020) joins them.
 */
import type { ModelBounds } from '../checker.ts';

type Table = ReadonlyMap<string, readonly string[]>;

/** Kinds of cycle over dependencies between items, the worst first. */
const cycleKinds = ['G0', 'G1c', 'G-single-item', 'G-nonadjacent-item', 'G2-item'] as const;

/** The orders that a cycle may need besides its dependencies, as suffixes. */
const suffixes = ['', '-process', '-realtime'] as const;

/** An anomaly, and what it is a case of. */
const caseOf: Table = new Map<string, readonly string[]>([
  ...suffixes.flatMap((own, i): [string, readonly string[]][] => {
    const also = (name: string) => (i < 2 ? [`${name}${suffixes[i + 1]}`] : []);
    const row = (name: string, ...of: readonly string[]): [string, readonly string[]] => [
      name + own,
      [...of.map((wider) => wider + own), ...also(name)],
    ];
    return [
      row('G0', 'G1c'),
      row('G1c', 'G1'),
      row('G1'),
      row('G-single-item', 'G-single', 'G-nonadjacent-item'),
      row('G-single', 'G-nonadjacent'),
      row('G-nonadjacent-item', 'G-nonadjacent', 'G2-item'),
      row('G-nonadjacent', 'G2'),
      row('G2-item', 'G2'),
      row('G2'),
    ];
  }),
  ['G1a', ['G1']],
  ['G1b', ['G1']],
  // Two reads of committed state that no one list explains: one of them was not committed.
  ['incompatible-order', ['G1a']],
  ['dirty-update', ['G1a']],
  // A transaction that reads what it writes later is a cycle of one.
  ['future-read', ['G1c']],
  ['lost-update', ['write-skew', 'G2-item']],
  ['write-skew', ['G2']],
]);

/** What each model forbids besides what the weaker ones do. */
const forbids: Table = new Map<string, readonly string[]>([
  ['read-uncommitted', ['G0', 'duplicate-elements', 'cyclic-versions']],
  ['strong-session-read-uncommitted', ['G0-process']],
  ['strong-read-uncommitted', ['G0-realtime']],
  ['read-committed', ['G1']],
  ['strong-session-read-committed', ['G1c-process']],
  ['strong-read-committed', ['G1c-realtime']],
  ['cursor-stability', ['lost-update']],
  ['read-atomic', ['internal', 'G1a', 'future-read']],
  ['causal-cerone', ['internal', 'G1a']],
  ['prefix', ['internal', 'G1a']],
  ['parallel-snapshot-isolation', ['internal', 'G1a']],
  ['update-atomic', ['lost-update']],
  ['consistent-view', ['G-single']],
  ['snapshot-isolation', ['internal', 'G-nonadjacent']],
  ['strong-session-snapshot-isolation', ['internal', 'G1-process', 'G-nonadjacent-process']],
  ['strong-snapshot-isolation', ['internal', 'G1-realtime', 'G-nonadjacent-realtime']],
  ['repeatable-read', ['G2-item', 'lost-update']],
  ['serializable', ['internal', 'G2']],
  ['strong-session-serializable', ['G1-process', 'G2-process']],
  ['strict-serializable', ['G1c-realtime', 'G2-realtime']],
]);

/** A model, and the next weaker ones: what satisfies it satisfies them. The strongest is last. */
const implies: Table = new Map<string, readonly string[]>([
  ['read-uncommitted', []],
  ['strong-session-read-uncommitted', ['read-uncommitted']],
  ['strong-read-uncommitted', ['strong-session-read-uncommitted']],
  ['read-committed', ['read-uncommitted']],
  ['strong-session-read-committed', ['read-committed', 'strong-session-read-uncommitted']],
  ['strong-read-committed', ['strong-session-read-committed', 'strong-read-uncommitted']],
  ['monotonic-view', ['read-committed']],
  ['monotonic-snapshot-read', ['read-committed']],
  ['monotonic-atomic-view', ['read-committed']],
  ['cursor-stability', ['read-committed']],
  ['read-atomic', ['monotonic-atomic-view']],
  ['update-atomic', ['read-atomic']],
  ['causal-cerone', ['read-atomic']],
  ['prefix', ['causal-cerone']],
  ['parallel-snapshot-isolation', ['causal-cerone', 'update-atomic']],
  ['consistent-view', ['cursor-stability', 'monotonic-view']],
  ['forward-consistent-view', ['consistent-view']],
  ['update-serializable', ['forward-consistent-view']],
  ['repeatable-read', ['cursor-stability', 'monotonic-atomic-view']],
  [
    'snapshot-isolation',
    [
      'forward-consistent-view',
      'monotonic-atomic-view',
      'monotonic-snapshot-read',
      'parallel-snapshot-isolation',
      'prefix',
    ],
  ],
  ['strong-session-snapshot-isolation', ['snapshot-isolation', 'strong-session-read-committed']],
  ['strong-snapshot-isolation', ['strong-session-snapshot-isolation', 'strong-read-committed']],
  ['serializable', ['repeatable-read', 'snapshot-isolation', 'update-serializable']],
  ['strong-session-serializable', ['serializable', 'strong-session-snapshot-isolation']],
  ['strict-serializable', ['strong-session-serializable', 'strong-snapshot-isolation']],
]);

/** Other names of the same models. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['strong-serializable', 'strict-serializable'],
  ['conflict-serializable', 'serializable'],
  ['PL-1', 'read-uncommitted'],
  ['PL-2', 'read-committed'],
  ['PL-2L', 'monotonic-view'],
  ['PL-MSR', 'monotonic-snapshot-read'],
  ['PL-CS', 'cursor-stability'],
  ['PL-2+', 'consistent-view'],
  ['PL-FCV', 'forward-consistent-view'],
  ['PL-2.99', 'repeatable-read'],
  ['PL-3U', 'update-serializable'],
  ['PL-SI', 'snapshot-isolation'],
  ['PL-3', 'serializable'],
  ['PL-SS', 'strict-serializable'],
]);

/** Every model, the weaker before the stronger. */
export const isolationModels: readonly string[] = [...implies.keys()];

/**
 * Models that forbid more than is looked for: anomalies of predicates, of single sessions of reads,
 * or of visibility that dependencies alone do not show.
 */
export const partlyChecked: readonly string[] = [
  'monotonic-view',
  'monotonic-snapshot-read',
  'monotonic-atomic-view',
  'read-atomic',
  'update-atomic',
  'causal-cerone',
  'prefix',
  'parallel-snapshot-isolation',
  'forward-consistent-view',
  'update-serializable',
];

/** Every name of a model: each model's own, then the other ones. */
export const isolationNames: readonly string[] = [...isolationModels, ...otherNames.keys()];

/** The model of this name, or null if there is none. */
export function isolationModel(name: string): string | null {
  const own = otherNames.get(name) ?? name;
  return implies.has(own) ? own : null;
}

/** Anomalies that are found as they are: in order of severity, the worst first. */
export const anomaliesBySeverity: readonly string[] = [
  'duplicate-elements',
  'cyclic-versions',
  'G0',
  'incompatible-order',
  'dirty-update',
  'G1a',
  'future-read',
  'G1b',
  'G1c',
  'internal',
  'lost-update',
  'G-single-item',
  'G-nonadjacent-item',
  'G2-item',
  ...cycleKinds.map((kind) => `${kind}-process`),
  ...cycleKinds.map((kind) => `${kind}-realtime`),
];

/** Every name of an anomaly, those of whole classes (`G1`, `G2`) included. */
export const anomalyNames: readonly string[] = [
  ...new Set([
    ...anomaliesBySeverity,
    ...caseOf.keys(),
    ...[...caseOf.values()].flat(),
    ...[...forbids.values()].flat(),
  ]),
];

/** These, and every anomaly that is a case of one of them: what to look for. */
export function casesOf(anomalies: Iterable<string>): ReadonlySet<string> {
  return closure(anomalies, inverted(caseOf));
}

/** These, and everything that each of them is a case of. */
export function classesOf(anomalies: Iterable<string>): ReadonlySet<string> {
  return closure(anomalies, caseOf);
}

/** What must not be found where this model holds. */
export function forbiddenBy(model: string): ReadonlySet<string> {
  const weaker = closure([model], implies);
  return casesOf([...weaker].flatMap((name) => forbids.get(name) ?? []));
}

/**
 * The models ruled out by these anomalies, and of those that are wholly checked the strongest that
 * are left.
 */
export function boundsOf(anomalies: Iterable<string>): ModelBounds {
  const classes = classesOf(anomalies);
  const stronger = inverted(implies);
  const direct = isolationModels.filter((model) =>
    forbids.get(model)?.some((anomaly) => classes.has(anomaly)),
  );
  const out = closure(direct, stronger);
  const isWeakest = (model: string) => !implies.get(model)?.some((weaker) => out.has(weaker));
  const left = isolationModels.filter((model) => !out.has(model) && !partlyChecked.includes(model));
  const isStrongest = (model: string) => {
    const above = closure([model], stronger);
    return !left.some((other) => other !== model && above.has(other));
  };
  return {
    ruledOut: isolationModels.filter((model) => out.has(model) && isWeakest(model)),
    alsoRuledOut: isolationModels.filter((model) => out.has(model) && !isWeakest(model)),
    mayHold: left.filter(isStrongest),
  };
}

function closure(from: Iterable<string>, table: Table): ReadonlySet<string> {
  const found = new Set(from);
  // A set goes on to what is added while it is walked.
  for (const name of found) for (const next of table.get(name) ?? []) found.add(next);
  return found;
}

function inverted(table: Table): Table {
  const result = new Map<string, string[]>();
  for (const [from, all] of table) {
    for (const to of all) {
      const list = result.get(to);
      if (list === undefined) result.set(to, [from]);
      else list.push(from);
    }
  }
  return result;
}
