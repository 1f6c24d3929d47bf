/** The section `nodes`: groups of nodes, their kinds and parameters. */

import { nearestName } from '../../sim/nearest-name.ts';
import type { NodeId } from '../../sim/node.ts';
import type { AnySystem } from '../../sim/system.ts';
import { formatCount } from '../../sim/units.ts';
import { type Preset, systemOf } from '../presets/preset.ts';
import { type GroupSpec, initialOf, type MachineSpec, roleCounts } from '../scenario.ts';
import { didYouMean, quote } from '../text/diagnostic.ts';
import {
  describeSpot,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
} from '../text/source.ts';
import { drawOf } from '../values/draw-reader.ts';
import { availableNote, Fields } from '../values/fields.ts';
import { callsOf } from './calls.ts';
import {
  isOwnKind,
  isProgramKind,
  type OwnKindRefusal,
  ownKindKey,
  programKind,
} from './catalogue.ts';
import { belongsElsewhere, namedEntries, type ParseContext, reportNotYet } from './context.ts';
import { GroupSizes } from './group-sizes.ts';
import { type Machines, readMachine } from './machines.ts';
import {
  checkBug,
  type Difference,
  type Labels,
  type MembersPlan,
  planMembers,
  planRoles,
  readDifferences,
  readLabels,
  readRegions,
  settingsOf,
} from './members.ts';
import { partsBeside } from './preset-parts.ts';
import { NODE_TABLE } from './section-tables.ts';

/** A group whose name, kind and members are known; parameters are read once all names are. */
export interface GroupPlan {
  readonly name: string;
  readonly entry: SourceEntry;
  readonly kind: SourceScalar | null;
  readonly system: AnySystem | null;
  readonly fields: Fields;
  readonly own: ReturnType<typeof readOwnFields>;
  readonly members: MembersPlan;
  readonly regions: readonly (string | null)[];
  readonly labels: Labels;
  readonly machines: ReadonlyMap<NodeId, MachineSpec>;
}

const EXAMPLE = 'kv: { kind: raft, count: 5 }';

export function planGroups(
  section: SourceEntry | null,
  machines: Machines,
  context: ParseContext,
): readonly GroupPlan[] {
  const entries = namedEntries(section, context, EXAMPLE);
  if (section === null || entries.length === 0) {
    context.names.complete = false;
    return [];
  }
  const taken = new GroupSizes();
  const plans: GroupPlan[] = [];
  const named = new Set(entries.map(({ key }) => key));
  const add = (entry: SourceEntry, made: AnySystem | null): void => {
    const plan = planGroup(entry, machines, context, taken, made);
    if (plan === null) context.names.complete = false;
    else plans.push(plan);
    if (plan !== null) taken.add(plan.system, plan.members.nodes.length);
  };
  for (const entry of entries) {
    add(entry, null);
    // A group of that name in the scenario takes the place of the part.
    for (const part of partsBeside(entry, context)) {
      if (!named.has(part.entry.key)) add(part.entry, part.system);
    }
  }
  return plans;
}

function planGroup(
  entry: SourceEntry,
  machines: Machines,
  context: ParseContext,
  taken: GroupSizes,
  made: AnySystem | null,
): GroupPlan | null {
  const { key: name, value, keySpot } = entry;
  const { diagnostics, names, reader } = context;
  const called = quote(`nodes.${name}`);
  const goodName = names.checkName(name, keySpot, 'group of nodes');
  if (value.kind !== 'map') {
    if (value.kind === 'scalar' && value.failed) return null;
    const help =
      value.kind === 'scalar' && value.value !== null
        ? `did you mean \`${name}: { kind: ${value.text} }\`?`
        : null;
    diagnostics.error('DS103', value.spot, `${called} is not a map`, {
      label: 'expected a map with `kind`',
      help: [help],
    });
    return null;
  }
  const fields = new Fields(reader, value, { path: `nodes.${name}`, called, spot: keySpot });
  const kind = readKind(fields, context);
  const own = readOwnFields(fields);
  const system = made ?? (kind === null ? null : findSystem(kind, fields, context));
  const most = taken.left(system);
  if ((own.count ?? 1) + (own.spare ?? 0) > most) {
    diagnostics.error('DS128', keySpot, 'all groups together have too many nodes', {
      label: `expected at most ${formatCount(most)} beside the other groups`,
    });
    return null;
  }
  const hasRoles = system?.roles !== undefined;
  const members = hasRoles ? planRoles(name, fields, system, context) : planMembers(name, own);
  const sure =
    !misspellsCount(value) &&
    [fields, ...members.roles.map((role) => role.fields)].every(
      ({ failed }) => !failed.has('count') && !failed.has('spare'),
    );
  const { nodes, spare, roles } = members;
  names.addGroup(name, keySpot, { nodes, spare, roles, system, certain: sure && goodName });
  refuseSpare(fields, members, system, context);
  const seats = readMachine(fields, members, machines, context);
  refuseCores(fields, seats, own.cpu.cores, context);
  return {
    name,
    entry,
    kind,
    system,
    fields,
    own,
    members,
    regions: readRegions(fields, members, seats, context, system?.placedBy),
    labels: readLabels(fields, members, seats, context),
    machines: seats,
  };
}

/** Whether a key is likely to mean how many members there are: `cuont: 3`. */
function misspellsCount({ entries }: SourceMap): boolean {
  const sizes = ['count', 'spare'];
  return entries.some(({ key }) => !sizes.includes(key) && nearestName(key, sizes) !== null);
}

/** The cores of a machine are the machine's. */
function refuseCores(
  fields: Fields,
  seats: GroupPlan['machines'],
  cores: number | undefined,
  { diagnostics }: ParseContext,
): void {
  if (cores === undefined || seats.size === 0) return;
  const spot = fields.take('cpu')?.value.spot ?? fields.spot;
  diagnostics.error('DS130', spot, '`cores` beside `runs-on` makes no sense', {
    notes: ['the nodes of a machine share its cores'],
    help: ['say `cores` under `machines`'],
  });
}

/** Whoever counts votes among a fixed set of members cannot take in others. */
function refuseSpare(
  fields: Fields,
  { spare }: MembersPlan,
  system: AnySystem | null,
  context: ParseContext,
): void {
  if (system === null || spare.length === 0) return;
  if (system.grows ?? system.quorum === undefined) return;
  const spot = fields.take('spare')?.keySpot ?? fields.spot;
  context.diagnostics.error('DS130', spot, `a ${quote(system.name)} cannot have spare members`, {
    notes: ['its members are a fixed set of voters: one that joins later would never belong'],
    help: ['to have a member come late, use the fault `join` without `spare`'],
  });
}

function readOwnFields(fields: Fields) {
  return fields.params(NODE_TABLE);
}

function readKind(fields: Fields, context: ParseContext): SourceScalar | null {
  const entry = fields.take('kind');
  if (entry === null) {
    fields.missing('kind', '`kind:` and the name of a system: `dsim list systems` shows all');
    return null;
  }
  if (drawOf(entry.value) !== null) {
    context.diagnostics.error('DS103', entry.value.spot, '`kind` cannot be drawn', {
      help: ['compare kinds by `dsim compare`, or by one scenario for each'],
    });
    return null;
  }
  if (entry.value.kind === 'map') return readProgram(entry.value, context);
  return context.reader.scalar(
    entry.value,
    { path: 'kind', key: 'kind', pool: null },
    'the name of a system',
  );
}

function readProgram(value: SourceMap, { diagnostics }: ParseContext): SourceScalar | null {
  const program = programKind(value);
  if (program !== null) return program;
  diagnostics.error('DS103', value.spot, '`kind` names no program', {
    label: 'expected `exec` and the words that start it',
    help: ['for example `kind: { exec: [python3, raft.py] }`'],
  });
  return null;
}

const NOT_LOADED: OwnKindRefusal = {
  reason: 'own kinds are not loaded here',
  mistakes: [],
  help: [],
};

/** Shown in the file itself where that is possible, else where it is named. */
function refuseOwn(kind: SourceScalar, refusal: OwnKindRefusal, context: ParseContext): void {
  const { reason, mistakes, help } = refusal;
  for (const { spot, message, notes } of mistakes) {
    context.diagnostics.error('DS160', spot, message, {
      notes: [...notes, `the file is a kind of node at ${describeSpot(kind.spot)}`],
      help,
    });
  }
  if (mistakes.length > 0) return;
  const message = `${quote(kind.text)} cannot be used as a kind: ${reason}`;
  context.diagnostics.error('DS160', kind.spot, message, { notes: kind.notes, help });
}

/** A file or a program of the user's. */
function isUsers(kind: SourceScalar): boolean {
  return isOwnKind(kind.text) || isProgramKind(kind);
}

function findSystem(kind: SourceScalar, fields: Fields, context: ParseContext): AnySystem | null {
  const { systems, presets, own } = context.catalogue;
  if (isUsers(kind)) {
    const loaded = own.get(ownKindKey(kind)) ?? NOT_LOADED;
    if (!('reason' in loaded)) return loaded;
    refuseOwn(kind, loaded, context);
    return null;
  }
  const preset = presets?.items.get(kind.text);
  if (preset !== undefined) return systemOfPreset(preset, fields, context);
  const system = systems.items.get(kind.text);
  if (system !== undefined) return system;
  const names = [...systems.summaries.keys(), ...(presets?.summaries.keys() ?? [])];
  const file = /\.[cm]?[jt]s$/.test(kind.text)
    ? `a file of your own is named by \`./${kind.text}\``
    : null;
  context.diagnostics.error('DS120', kind.spot, `there is no kind of node ${quote(kind.text)}`, {
    notes: [...kind.notes, ...availableNote('kinds', systems.summaries.keys())],
    help: [file ?? didYouMean(kind.text, names)],
  });
  return null;
}

/** The kind of a preset, with the values of the variant that the group names. */
function systemOfPreset(preset: Preset, fields: Fields, context: ParseContext): AnySystem | null {
  const base = context.catalogue.systems.items.get(preset.kind);
  if (base === undefined) throw new RangeError(`there is no kind ${preset.kind}`);
  const entry = fields.take('variant');
  if (entry === null) return systemOf(preset, preset.usual, base);
  const place = { path: 'variant', key: 'variant', pool: null };
  const word = context.reader.scalar(entry.value, place, 'the name of a variant');
  if (word === null) return null;
  const known = Object.keys(preset.variants);
  if (known.includes(word.text)) {
    fields.canonical['variant'] = word.text;
    return systemOf(preset, word.text, base);
  }
  const message = `${quote(preset.name)} has no variant ${quote(word.text)}`;
  context.diagnostics.error('DS105', word.spot, message, {
    notes: [...word.notes, ...availableNote('variants', known)],
    help: [didYouMean(word.text, known)],
  });
  return null;
}

/** The group with its parameters; complaints may leave it without meaning. */
export function readGroup(plan: GroupPlan, context: ParseContext): GroupSpec | null {
  const { fields, system, own, kind } = plan;
  reportNotYet(fields.take('per-node'), context, 'nodes that accompany other nodes');
  reportNotYet(fields.take('group'), context, 'groups of groups');
  const calls = callsOf(fields, context);
  if (system === null || kind === null) return null;
  const params = fields.params(system.params);
  const { nodes, spare, roles } = plan.members;
  const different = readDifferences(fields, plan.members, system, params, context);
  fields.finish(belongsElsewhere);
  checkBug(own.bug, fields, system, context);
  if (fields.failed.size === 0) checkRefusal(params, different, plan, system, context);
  fields.canonical['kind'] = kind.text;
  return {
    name: plan.name,
    kind: kind.text,
    system,
    ...(isUsers(kind) ? { isOwn: true } : {}),
    params,
    nodes,
    regions: plan.regions,
    ...(roles.length === 0
      ? {}
      : { roles: roles.map(({ role, name, nodes: of }) => ({ role, name, nodes: of })) }),
    ...(spare.length === 0 ? {} : { spare }),
    ...(plan.labels.size === 0 ? {} : { labels: plan.labels }),
    ...(different.size === 0 ? {} : { different }),
    ...(plan.machines.size === 0 ? {} : { machines: plan.machines }),
    ...memberSettings(own),
    calls,
  };
}

function memberSettings(own: GroupPlan['own']): Omit<Required<Difference>, 'params'> {
  return { bug: null, ...settingsOf(own) } as Omit<Required<Difference>, 'params'>;
}

/** Asks the kind of the group's parameters, and of those of each member that has others. */
function checkRefusal(
  params: { readonly [name: string]: unknown },
  different: ReadonlyMap<string, Difference>,
  { name, members, kind, entry }: GroupPlan,
  system: AnySystem,
  context: ParseContext,
): void {
  const count = initialOf(members).length;
  const others = [...different.values()].flatMap((one) => one.params ?? []);
  // In a kind with roles every member has those of its role.
  for (const set of new Set(members.roles.length === 0 ? [params, ...others] : others)) {
    const counts = roleCounts(members);
    const refusal = refusalOf(() => system.refuse?.(set as never, count, counts) ?? null);
    if (refusal === null) continue;
    const spot = kind?.spot ?? entry.keySpot;
    context.diagnostics.error('DS130', spot, `${quote(name)} makes no sense: ${refusal}`);
    return;
  }
}

/** A system may come from a user's own file: what it throws is its answer. */
export function refusalOf(ask: () => string | null): string | null {
  try {
    return ask();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A list of names, or one name. */
export function oneOrMore(node: SourceNode): readonly SourceNode[] {
  return node.kind === 'list' ? node.items : [node];
}
