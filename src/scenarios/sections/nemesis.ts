/** An entry `nemesis:` of the section `faults`. */
import type { AnyFault } from '../../sim/fault.ts';
import type { NodeId, Plain } from '../../sim/node.ts';
import { msToUs } from '../../sim/units.ts';
import { NEMESIS_TABLE } from '../nemesis/parameters.ts';
import { moves } from '../nemesis/repertoire.ts';
import {
  type Budget,
  type GroupSpec,
  initialOf,
  type LoadSpec,
  minorityOf,
  type NemesisSpec,
  roleCounts,
} from '../scenario.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import {
  entryOf,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  type Spot,
} from '../text/source.ts';
import { Fields } from '../values/fields.ts';
import { belongsElsewhere, type ParseContext, paramsMapOrEmpty, positionOf } from './context.ts';
import { readOf } from './of.ts';
import { faultTable } from './section-tables.ts';

/** What a nemesis may hurt. */
export interface Victims {
  readonly groups: readonly GroupSpec[];
  readonly loads: readonly LoadSpec[];
}

export interface ReadNemesis {
  readonly spec: NemesisSpec;
  readonly canonical: Plain;
}

/** null after a complaint that leaves nothing to be said of it. */
export function readNemesis(
  map: SourceMap,
  entry: SourceEntry,
  name: string,
  victims: Victims,
  context: ParseContext,
): ReadNemesis | null {
  const place = { path: `faults.${name}`, called: '`nemesis`', spot: entry.keySpot };
  const beside = new Fields(context.reader, map, place);
  const own = beside.params(faultTable(context.durationUs / 1000, context.durationText));
  refuseBeside(map, context);
  // Alone it is all defaults, a list the kinds.
  const inside = paramsMapOrEmpty(entry, 'kinds', context);
  const of = readOf(beside.take('of'), entryOf(inside, 'of'), name, context);
  if (of !== null) beside.canonical['of'] = of.canonical;
  if (inside === null) return null;
  const fields = new Fields(context.reader, inside, { ...place, path: `${place.path}.nemesis` });
  fields.take('of');
  const params = fields.params(NEMESIS_TABLE);
  fields.finish(belongsElsewhere);
  const nodes = of?.nodes ?? context.names.nodes;
  const kinds = entryOf(inside, 'kinds')?.value ?? null;
  const budgets = budgetsOf(params.budget, entryOf(inside, 'budget'), nodes, victims, context);
  const damages = params.beyond || budgets.some(({ copies }) => copies > 0);
  const written = params.kinds as readonly string[] | undefined;
  // Loads that ask others are bystanders.
  const hurtLoads = victims.loads.filter(({ targets }) => targets.some((id) => nodes.includes(id)));
  const hurt = { ...victims, loads: hurtLoads, damages };
  const chosen = chooseMoves(written, kinds, hurt, context);
  const spec: NemesisSpec = {
    name,
    of: nodes,
    atUs: msToUs(own.at ?? 0),
    untilUs: own.until === undefined ? null : msToUs(own.until),
    moves: chosen,
    faults: faultsOf(chosen, context),
    betweenUs: msToUs(params.between),
    lastsUs: msToUs(params.lasts),
    quietUs: msToUs(params.quiet),
    calm: params.calm,
    swarm: params.swarm,
    beyond: params.beyond,
    budgets,
    loads: hurtLoads.map(({ name }) => name),
    ...(own['may-miss'] === true ? { mayMiss: true as const } : {}),
    position: positionOf(map.spot),
  };
  if (own.until !== undefined && own.until <= (own.at ?? 0) && beside.failed.size === 0) {
    context.diagnostics.error('DS134', entry.keySpot, 'this nemesis ends before it begins');
  }
  const canonical = { ...beside.canonical, name, nemesis: fields.canonical };
  return { spec, canonical };
}

/** Keys that a fault takes, and that a nemesis draws for itself. */
function refuseBeside(map: SourceMap, { diagnostics }: ParseContext): void {
  const instead = new Map([
    ['for', 'say how long its strikes last inside: `nemesis: { lasts: 1s }`'],
    ['every', 'say how often it strikes inside: `nemesis: { between: 1s }`'],
    ['when', 'give the time from which it may strike: `at: 5s`'],
  ]);
  for (const { key, keySpot } of map.entries) {
    const help = instead.get(key);
    if (help === undefined) continue;
    diagnostics.error('DS137', keySpot, `${quote(key)} says nothing of a nemesis`, {
      help: [help],
    });
  }
}

// --- What it may do ------------------------------------------------------------------------------

/** Those that the catalogue has faults for, in the order of the list of moves. */
function chooseMoves(
  written: readonly string[] | undefined,
  node: SourceNode | null,
  { loads, damages }: Victims & { readonly damages: boolean },
  context: ParseContext,
): readonly string[] {
  const { summaries } = context.catalogue.faults;
  const known = [...moves.values()].filter(({ faults }) => {
    return faults.every((fault) => summaries.has(fault));
  });
  const applying = known.filter((move) => {
    return (move.loads !== true || loads.length > 0) && (move.copies !== true || damages);
  });
  if (written === undefined) return applying.map(({ name }) => name);
  const names = known.map(({ name }) => name);
  const items = node?.kind === 'list' ? node.items : [];
  for (const [i, name] of written.entries()) {
    const spot = items[i]?.spot ?? node?.spot ?? null;
    if (names.includes(name)) {
      if (applying.some((move) => move.name === name)) continue;
      reportIdle(name, spot, context);
      continue;
    }
    context.diagnostics.error('DS137', spot, `a nemesis cannot do ${quote(name)}`, {
      notes: [`it can do ${listNames(names)}`],
      help: [didYouMean(name, names)],
    });
  }
  if (written.length === 0 && node !== null) {
    context.diagnostics.error('DS137', node.spot, 'this nemesis may do nothing', {
      help: ['leave `kinds` out to let it do all that applies'],
    });
  }
  return applying.filter(({ name }) => written.includes(name)).map(({ name }) => name);
}

/** It is known, and could do nothing here. */
function reportIdle(name: string, spot: Spot | null, { diagnostics }: ParseContext): void {
  const copies = moves.get(name)?.copies === true;
  const why = copies
    ? 'damages disks, and the budget allows for none'
    : 'changes loads, and none asks these nodes';
  diagnostics.error('DS137', spot, `${quote(name)} ${why}`, {
    help: [
      copies
        ? 'say how many the system survives: `budget: { copies: 1 }`, or go `beyond` it'
        : null,
    ],
  });
}

function faultsOf(
  chosen: readonly string[],
  { catalogue }: ParseContext,
): ReadonlyMap<string, AnyFault> {
  const faults = new Map<string, AnyFault>();
  for (const name of chosen) {
    for (const kind of moves.get(name)?.faults ?? []) {
      const fault = catalogue.faults.items.get(kind);
      if (fault !== undefined) faults.set(kind, fault);
    }
  }
  return faults;
}

// --- What the groups survive ---------------------------------------------------------------------

type BudgetParams = { readonly [name: string]: unknown };

function budgetsOf(
  params: BudgetParams,
  entry: SourceEntry | null,
  of: readonly NodeId[],
  { groups }: Victims,
  context: ParseContext,
): readonly Budget[] {
  const hurt = groups.filter(({ nodes }) => nodes.some((node) => of.includes(node)));
  const map = entry?.value.kind === 'map' ? entry.value : null;
  const most = Math.max(0, ...hurt.map(({ nodes }) => nodes.length));
  for (const key of ['down', 'copies']) {
    const written = params[key];
    const node = entryOf(map, key)?.value;
    if (typeof written === 'string' && node !== undefined) {
      checkCount(key, written, node, most, context);
    }
  }
  const { down, copies = 'none', clock = 500 } = params;
  return hurt.map((group) => {
    const { name, system, params: set } = group;
    const nodes = initialOf(group);
    const quorum = system.quorum?.(set as never, nodes.length, roleCounts(group));
    const claimed = quorum === undefined ? minorityOf(nodes.length) : nodes.length - quorum;
    return {
      group: name,
      members: nodes,
      down: typeof down === 'string' ? (countOf(down, nodes.length) ?? 0) : claimed,
      copies: countOf(String(copies), nodes.length) ?? 0,
      clockMs: typeof clock === 'number' ? clock : 500,
      ...(quorum === undefined
        ? { elastic: { down: typeof down === 'string' ? 'given' : 'minority' } as const }
        : {}),
    };
  });
}

function checkCount(
  key: string,
  written: string,
  node: SourceNode,
  most: number,
  context: ParseContext,
): void {
  const count = countOf(written, most);
  const label = `expected a whole number from 0 to ${most}, or ${listNames(WORDS, 'or')}`;
  if (count === null) {
    context.diagnostics.error('DS137', node.spot, `${quote(key)} cannot be ${quote(written)}`, {
      label,
      help: [didYouMean(written, WORDS)],
    });
  } else if (count > most && context.names.certain) {
    const message = `${quote(key)} is ${count}, and no group has more than ${most} members`;
    context.diagnostics.error('DS137', node.spot, message, { label });
  }
}

const WORDS: readonly string[] = ['none', 'minority', 'majority', 'all'];

/** null if it is neither a word nor a whole number. */
function countOf(written: string, members: number): number | null {
  switch (written) {
    case 'none':
      return 0;
    case 'minority':
      return minorityOf(members);
    case 'majority':
      return Math.floor(members / 2) + 1;
    case 'all':
      return members;
    default:
      return /^\d{1,5}$/.test(written) ? Number(written) : null;
  }
}
