/** The section `faults`: what strikes, when, for how long, and which nodes. */
import type { AnyFault } from '../../sim/fault.ts';
import type { Plain } from '../../sim/node.ts';
import type { FaultSpec, NemesisSpec } from '../scenario.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import { entryOf, type SourceEntry, type SourceMap, type SourceNode } from '../text/source.ts';
import { availableNote, Fields } from '../values/fields.ts';
import { COMMAND, FAULT_KEYS, NEMESIS } from '../values/names.ts';
import type { SelectorPool } from '../values/param-reader.ts';
import { commandEntry, readCommand } from './command.ts';
import {
  belongsElsewhere,
  isReadable,
  listItems,
  type ParseContext,
  paramsMap,
  positionOf,
} from './context.ts';
import { readNemesis, type Victims } from './nemesis.ts';
import { refusalOf } from './nodes.ts';
import { readOf } from './of.ts';
import { checkOverlap, readSchedule } from './schedule.ts';

const EXAMPLE = '- { at: 10s, for: 5s, crash: leader }';

interface FaultPlan {
  readonly map: SourceMap;
  readonly entry: SourceEntry | null;
  readonly fault: AnyFault | null;
  readonly name: string;
  /** It has a name of its own, and not one by its place in the list. */
  readonly isNamed: boolean;
}

export interface ReadFaults {
  readonly faults: readonly FaultSpec[];
  readonly nemeses: readonly NemesisSpec[];
  /** Commands of an operator. */
  readonly actions: readonly FaultSpec[];
  /** Names and kinds as written, of faults with mistakes too. */
  readonly called: readonly string[];
  /** False when some have no specification. */
  readonly complete: boolean;
  readonly canonical: Plain;
}

export function readFaults(
  section: SourceEntry | null,
  victims: Victims,
  context: ParseContext,
): ReadFaults {
  const plans = planFaults(listItems(section, context, EXAMPLE), context);
  const canonical: Plain[] = [];
  const faults: FaultSpec[] = [];
  const nemeses: NemesisSpec[] = [];
  const actions: FaultSpec[] = [];
  const called = new Set(
    plans.flatMap(({ name, entry }) => {
      if (entry === null) return [name];
      return entry.key === COMMAND ? [] : [name, entry.key];
    }),
  );
  for (const plan of plans) {
    const { map, entry, name } = plan;
    if (entry?.key === NEMESIS) {
      const read = readNemesis(map, entry, name, victims, context);
      if (read !== null) nemeses.push(read.spec);
      if (read !== null) canonical.push(read.canonical);
      continue;
    }
    const isCommand = entry?.key === COMMAND;
    const read = isCommand
      ? readCommand(map, entry, name, [...called], context)
      : readFault(plan, [...called], context);
    if (read === null) continue;
    (isCommand ? actions : faults).push(read.spec);
    canonical.push(read.canonical);
  }
  warnOfOrder(plans, faults, context);
  for (const { faults: kinds } of nemeses) for (const kind of kinds.keys()) called.add(kind);
  const count = faults.length + nemeses.length + actions.length;
  const complete = isReadable(section, 'list') && count === plans.length;
  return { faults, nemeses, actions, called: [...called], complete, canonical };
}

/** Finds kinds and gives names: those written first, then `crash`, `crash-2`, ... to the others. */
function planFaults(items: readonly SourceNode[], context: ParseContext): readonly FaultPlan[] {
  const maps = items.flatMap((item) => {
    if (item.kind === 'map') return [item];
    context.diagnostics.error('DS103', item.spot, 'an entry of `faults` is a map', {
      help: [`for example \`${EXAMPLE}\``],
    });
    return [];
  });
  const found = maps.map((map) => ({ map, ...findFault(map, context) }));
  const taken = new Set<string>();
  const written = found.map(({ map, entry }) =>
    writtenName(map, entry?.key ?? null, taken, context),
  );
  return found.map((each, i) => ({
    ...each,
    name: written[i] ?? freshName(kindOf(each.entry), taken),
    isNamed: written[i] != null,
  }));
}

/**
 * Faults of one kind without names, among different nodes: which is called what, and so what it
 * draws, is decided by the order of the lines.
 */
function warnOfOrder(
  plans: readonly FaultPlan[],
  faults: readonly FaultSpec[],
  { diagnostics }: ParseContext,
): void {
  const nodesOf = new Map(faults.map(({ name, of }) => [name, of.join()]));
  const firstOf = new Map<string, string>();
  const warned = new Set<string>();
  for (const { entry, name, isNamed } of plans) {
    const nodes = nodesOf.get(name);
    if (entry === null || isNamed || nodes === undefined) continue;
    const { key, keySpot } = entry;
    const first = firstOf.get(key);
    if (first === undefined) firstOf.set(key, nodes);
    else if (first !== nodes && !warned.has(key)) {
      warned.add(key);
      diagnostics.warning(
        'DS139',
        keySpot,
        `which ${quote(key)} draws what depends on the order of the lines`,
        { label: `called ${quote(name)}`, help: [`give each a name: \`name: …\``] },
      );
    }
  }
}

/** What an entry is called without a name of its own: by its fault, or its command. */
function kindOf(entry: SourceEntry | null): string {
  if (entry === null) return 'fault';
  return (entry.key === COMMAND ? commandEntry(entry)?.key : null) ?? entry.key;
}

function freshName(kind: string, taken: Set<string>): string {
  let name = kind;
  for (let n = 2; taken.has(name); n++) name = `${kind}-${n}`;
  taken.add(name);
  return name;
}

function writtenName(
  map: SourceMap,
  kind: string | null,
  taken: Set<string>,
  context: ParseContext,
): string | null {
  const node = entryOf(map, 'name')?.value;
  if (node?.kind !== 'scalar' || node.failed || node.value === null) return null;
  const { diagnostics, names, catalogue } = context;
  if (!names.checkName(node.text, node.spot, 'fault')) return null;
  if (node.text !== kind && (node.text === NEMESIS || catalogue.faults.summaries.has(node.text))) {
    diagnostics.error(
      'DS126',
      node.spot,
      `${quote(node.text)} is a kind of fault and cannot name another`,
    );
    return null;
  }
  if (taken.has(node.text)) {
    diagnostics.error('DS127', node.spot, `another fault is named ${quote(node.text)}`);
    return null;
  }
  taken.add(node.text);
  return node.text;
}

/** The one key of an entry that is not reserved. */
function findFault(
  map: SourceMap,
  context: ParseContext,
): { entry: SourceEntry | null; fault: AnyFault | null } {
  const { diagnostics, catalogue } = context;
  const reserved: readonly string[] = FAULT_KEYS;
  const others = map.entries.filter(({ key }) => !reserved.includes(key));
  const apart: readonly string[] = [NEMESIS, COMMAND];
  const known = others.filter(
    ({ key }) => apart.includes(key) || catalogue.faults.summaries.has(key),
  );
  const entry = known[0] ?? others[0];
  if (entry === undefined) {
    diagnostics.error('DS122', map.spot, 'this entry names no fault', {
      label: 'expected one key that names it',
      notes: availableNote('faults', catalogue.faults.summaries.keys()),
    });
    return { entry: null, fault: null };
  }
  for (const other of others)
    if (other !== entry) reportExtra(other, entry, known.includes(other), context);
  const fault = catalogue.faults.items.get(entry.key) ?? null;
  if (fault !== null || apart.includes(entry.key)) return { entry, fault };
  diagnostics.error('DS122', entry.keySpot, `there is no fault ${quote(entry.key)}`, {
    notes: availableNote('faults', catalogue.faults.summaries.keys()),
    help: [didYouMean(entry.key, [...catalogue.faults.summaries.keys(), ...apart, ...FAULT_KEYS])],
  });
  return { entry, fault: null };
}

function reportExtra(
  other: SourceEntry,
  entry: SourceEntry,
  isFault: boolean,
  context: ParseContext,
): void {
  if (isFault) {
    context.diagnostics.error(
      'DS122',
      other.keySpot,
      `this entry names two faults, ${quote(entry.key)} and ${quote(other.key)}`,
      {
        help: ['write one entry for each'],
      },
    );
    return;
  }
  const fault = context.catalogue.faults.items.get(entry.key);
  const inside = fault !== undefined && Object.hasOwn(fault.params, other.key);
  const help = inside
    ? `it belongs inside: \`${entry.key}: { ${other.key}: … }\``
    : (didYouMean(other.key, FAULT_KEYS) ?? belongsElsewhere(other.key));
  context.diagnostics.error('DS102', other.keySpot, `unknown key ${quote(other.key)} in a fault`, {
    notes: help === null ? [`beside the fault's own key it takes ${listNames(FAULT_KEYS)}`] : [],
    help: [help],
  });
}

function readFault(
  plan: FaultPlan,
  called: readonly string[],
  context: ParseContext,
): { spec: FaultSpec; canonical: Plain } | null {
  const { map, entry, fault, name } = plan;
  const subject = entry === null ? 'this fault' : quote(entry.key);
  const spot = entry?.keySpot ?? map.spot;
  const fields = new Fields(context.reader, map, { path: `faults.${name}`, called: subject, spot });
  const schedule = readSchedule(fields, called, context, fault?.fromStart === true);
  const inside =
    entry === null || fault === null ? null : paramsMap(entry, fault.shorthand, context);
  const of = readOf(fields.take('of'), entryOf(inside, 'of'), name, context);
  if (of !== null) fields.canonical['of'] = of.canonical;
  if (entry === null || fault === null || inside === null) return null;
  const nodes = of?.nodes ?? context.names.nodes;
  const pool = { nodes, certain: context.names.certain, clients: of === null };
  const read = readParams(plan, entry, fault, inside, pool, context);
  if (read.complete) checkOverlap(entryOf(map, 'every'), schedule, fault, read.params, context);
  const canonical = { ...fields.canonical, name, [entry.key]: read.canonical };
  const spec: FaultSpec = {
    name,
    fault,
    params: read.params,
    of: nodes,
    ...schedule,
    position: positionOf(map.spot),
  };
  return { spec, canonical };
}

interface ReadParams {
  readonly params: { readonly [name: string]: unknown };
  readonly canonical: Plain;
  /** No parameter has a mistake. */
  readonly complete: boolean;
}

function readParams(
  plan: FaultPlan,
  entry: SourceEntry,
  fault: AnyFault,
  inside: SourceMap,
  pool: SelectorPool,
  context: ParseContext,
): ReadParams {
  const { names, reader, diagnostics } = context;
  const place = {
    path: `faults.${plan.name}.${entry.key}`,
    called: quote(entry.key),
    spot: entry.keySpot,
  };
  const fields = new Fields(reader, inside, place);
  fields.take('of');
  const params = fields.params(fault.params, pool);
  fields.finish((key) =>
    (FAULT_KEYS as readonly string[]).includes(key)
      ? `\`${key}\` stands beside \`${entry.key}\`, not inside`
      : belongsElsewhere(key),
  );
  if (fields.failed.size === 0 && pool.certain) {
    const loads = [...names.loads.keys()];
    const refusal = refusalOf(() => fault.refuse?.(params, pool.nodes.length, loads) ?? null);
    if (refusal !== null)
      diagnostics.error('DS130', entry.keySpot, `this fault makes no sense: ${refusal}`);
  }
  return { params, canonical: fields.canonical, complete: fields.failed.size === 0 };
}
