/**
 * The members of a group: how many of which role, their names, where they are, their labels, and in
 * what they differ from one another.
 */
import type { DistributionSpec } from '../../sim/distribution.ts';
import type { NodeId, Plain } from '../../sim/node.ts';
import type { ParamTable } from '../../sim/params.ts';
import type { AnySystem, Role } from '../../sim/system.ts';
import { msToUs } from '../../sim/units.ts';
import type { DiskSpec, MachineSpec, MemberSettings, RoleSpec } from '../scenario.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import type { SourceEntry, SourceMap, SourceScalar, Spot } from '../text/source.ts';
import { drawOf } from '../values/draw-reader.ts';
import { Fields } from '../values/fields.ts';
import { membersOf, RESERVED_LABELS } from '../values/names.ts';
import { unsealed } from '../values/sealed.ts';
import { belongsElsewhere, namedEntries, type ParseContext } from './context.ts';
import { MEMBER_TABLE, ROLE_TABLE } from './section-tables.ts';

/** The members of a group whose parameters are not read yet. */
export interface MembersPlan {
  /** Of all roles, spare ones too. */
  readonly nodes: readonly NodeId[];
  readonly spare: readonly NodeId[];
  readonly roles: readonly RolePlan[];
}

export interface RolePlan extends RoleSpec {
  readonly declared: Role;
  /** What the group says of this role; a map without entries if it only says how many. */
  readonly fields: Fields;
}

/** `count` and `spare` of a group, undefined where it does not say. */
export interface Counts {
  readonly count: number | undefined;
  readonly spare: number | undefined;
}

/** Members of a group of a kind without roles. */
export function planMembers(name: string, { count, spare = 0 }: Counts): MembersPlan {
  const nodes = membersOf(name, spare === 0 ? (count ?? null) : (count ?? 1) + spare);
  return { nodes, spare: nodes.slice(nodes.length - spare), roles: [] };
}

/** Members of each role, in the order in which the kind declares them. */
export function planRoles(
  group: string,
  fields: Fields,
  system: AnySystem,
  context: ParseContext,
): MembersPlan {
  for (const key of ['count', 'spare']) {
    const entry = fields.take(key);
    if (entry === null || fields.failed.has(key)) continue;
    const roles = Object.keys(system.roles ?? {});
    context.diagnostics.error('DS133', entry.keySpot, `${quote(key)} does not say of which role`, {
      notes: [`the roles of ${quote(system.name)} are ${listNames(roles)}`],
      help: [`write \`${roles.at(-1)}: { ${key}: … }\``],
    });
  }
  const roles: RolePlan[] = [];
  const spare: NodeId[] = [];
  for (const [role, declared] of Object.entries(system.roles ?? {})) {
    const name = `${group}-${role}`;
    const read = readRole(role, declared, fields, context);
    const single = declared.count === 1 && read.count + read.spare === 1;
    const nodes = membersOf(name, single ? null : read.count + read.spare);
    roles.push({ role, name, nodes, declared, fields: read.fields });
    for (const node of nodes.slice(nodes.length - read.spare)) spare.push(node);
  }
  return { nodes: roles.flatMap(({ nodes }) => nodes), spare, roles };
}

/** What a group says of one role: a number, or a map. */
function readRole(
  role: string,
  declared: Role,
  fields: Fields,
  context: ParseContext,
): { count: number; spare: number; fields: Fields } {
  const entry = fields.take(role);
  const [least, most] = boundsOf(declared);
  const preset = declared.default ?? least;
  const place = { path: `${fields.path}.${role}`, called: quote(role), spot: fields.spot };
  const isMap = entry?.value.kind === 'map' && drawOf(entry.value) === null;
  const empty: SourceMap = { kind: 'map', entries: [], spot: fields.spot };
  const map: SourceMap =
    entry === null
      ? empty
      : isMap
        ? (entry.value as SourceMap)
        : {
            ...empty,
            entries: [{ key: 'count', keySpot: entry.keySpot, value: entry.value, shownAs: role }],
          };
  const inside = new Fields(context.reader, map, { ...place, spot: entry?.keySpot ?? fields.spot });
  const { count = preset, spare = 0 } = inside.params(ROLE_TABLE);
  if (inside.failed.size > 0) return { count: preset, spare: 0, fields: inside };
  const spot = inside.take('count')?.value.spot ?? entry?.keySpot ?? fields.spot;
  if (count < least || count + spare > most) {
    const many = least === most ? `exactly ${least}` : `from ${least} to ${most}`;
    const told = spare === 0 ? `${count}` : `${count} and ${spare} spare`;
    context.diagnostics.error('DS128', spot, `there cannot be ${told} of the role ${quote(role)}`, {
      label: `expected ${many}`,
    });
    return { count: preset, spare: 0, fields: inside };
  }
  return { count, spare, fields: inside };
}

function boundsOf({ count }: Role): readonly [number, number] {
  return typeof count === 'number' ? [count, count] : count;
}

// --- Where they are, and what they bear ----------------------------------------------------------

/** The members that go round a list together: those of one role, or all. */
export function rounds(
  members: MembersPlan,
  fields: Fields,
): readonly [readonly NodeId[], Fields][] {
  if (members.roles.length === 0) return [[members.nodes, fields]];
  return members.roles.map(({ nodes, fields: own }) => [nodes, own]);
}

/** By node: one region for all, or a list that the members of a role go round. */
export function readRegions(
  fields: Fields,
  members: MembersPlan,
  machines: ReadonlyMap<NodeId, MachinePlan>,
  context: ParseContext,
  placedBy: string | undefined,
): readonly (string | null)[] {
  const named = placedBy === undefined ? null : regionsIn(fields, context, placedBy);
  const shared = regionsIn(fields, context) ?? named;
  return rounds(members, fields).flatMap(([nodes, own]) => {
    const list = own === fields ? shared : (regionsIn(own, context) ?? shared);
    return nodes.map((node, i) => {
      const region = list?.[i % list.length] ?? machines.get(node)?.region ?? null;
      if (region !== null) context.names.addRegion(region.text, region.spot, node);
      return region?.text ?? null;
    });
  });
}

/** The regions of the clients of a load, by client. */
export function readClientRegions(
  fields: Fields,
  clients: readonly NodeId[],
  context: ParseContext,
): readonly (string | null)[] {
  const list = regionsIn(fields, context);
  return clients.map((client, i) => {
    const region = list?.[i % list.length];
    if (region !== undefined) context.names.addRegion(region.text, region.spot, client, true);
    return region?.text ?? null;
  });
}

/** null without any, or after a complaint. */
export function regionsIn(
  fields: Fields,
  context: ParseContext,
  key = 'region',
): readonly SourceScalar[] | null {
  const entry = fields.take(key);
  if (entry === null) return null;
  const good = scalarsIn(entry, 'the name of a region', context, (scalar) =>
    context.names.checkName(scalar.text, scalar.spot, 'region'),
  );
  if (good !== null) fields.canonical[key] = good.map(({ text }) => text);
  return good;
}

/** One value or a list of them, all of them good; null after a complaint. */
export function scalarsIn(
  { key, value }: SourceEntry,
  expected: string,
  context: ParseContext,
  isGood: (scalar: SourceScalar) => boolean,
): readonly SourceScalar[] | null {
  const items = value.kind === 'list' ? value.items : [value];
  const place = { path: key, key, pool: null };
  const scalars = items.flatMap((item) => context.reader.scalar(item, place, expected) ?? []);
  const good = scalars.filter(isGood);
  if (items.length === 0) {
    const label = `expected ${expected}, or several`;
    context.diagnostics.error('DS103', value.spot, `${quote(key)} is an empty list`, { label });
  }
  return good.length === 0 || good.length < items.length ? null : good;
}

/** One machine, and what its nodes have from it. */
export interface MachinePlan extends MachineSpec {
  readonly region: SourceScalar | null;
  readonly labels: ReadonlyMap<string, string>;
}

export type Labels = ReadonlyMap<string, ReadonlyMap<NodeId, string>>;

/** `labels: { rack: [a, b, c], zone: eu }`: the members of a role go round each list. */
export function readLabels(
  fields: Fields,
  members: MembersPlan,
  machines: ReadonlyMap<NodeId, MachinePlan>,
  context: ParseContext,
): Labels {
  const shared = labelsIn(fields, context);
  const labels = new Map<string, Map<NodeId, string>>();
  for (const [nodes, own] of rounds(members, fields)) {
    const lists = own === fields ? shared : new Map([...shared, ...labelsIn(own, context)]);
    for (const [name, list] of lists) {
      const values = labels.get(name) ?? new Map<NodeId, string>();
      labels.set(name, values);
      for (const [i, node] of nodes.entries()) {
        const value = list[i % list.length] ?? '';
        values.set(node, value);
        context.names.addLabel(name, value, node);
      }
    }
  }
  // What its machine bears, a node bears too, unless the group says otherwise.
  for (const [node, machine] of machines) {
    for (const [name, value] of machine.labels) {
      const values = labels.get(name) ?? new Map<NodeId, string>();
      labels.set(name, values);
      if (values.has(node)) continue;
      values.set(node, value);
      context.names.addLabel(name, value, node);
    }
  }
  return labels;
}

export function labelsIn(
  fields: Fields,
  context: ParseContext,
): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>();
  const canonical: { [name: string]: Plain } = {};
  for (const entry of namedEntries(fields.take('labels'), context, 'rack: [a, b, c]')) {
    if (!isLabelName(entry.key, entry.keySpot, context)) continue;
    const scalars = scalarsIn(entry, 'the value of a label, such as `a`', context, (scalar) =>
      isLabelValue(scalar, context),
    );
    if (scalars === null) continue;
    const list = scalars.map(({ text }) => text);
    lists.set(entry.key, list);
    canonical[entry.key] = list;
  }
  if (lists.size > 0) fields.canonical['labels'] = canonical;
  return lists;
}

function isLabelName(name: string, spot: Spot, { names, diagnostics }: ParseContext): boolean {
  if (!RESERVED_LABELS.includes(name)) return names.checkName(name, spot, 'label');
  diagnostics.error('DS126', spot, `${quote(name)} is a reserved word and cannot name a label`, {
    notes: [`before a colon ${listNames(RESERVED_LABELS)} mean something else`],
  });
  return false;
}

function isLabelValue({ text, spot }: SourceScalar, { diagnostics }: ParseContext): boolean {
  if (/^[A-Za-z0-9][\w.-]*$/.test(text)) return true;
  diagnostics.error('DS126', spot, `${quote(text)} cannot be the value of a label`, {
    label: 'expected letters, digits, hyphens, dots and underscores',
  });
  return false;
}

// --- In what they differ -------------------------------------------------------------------------

type Params = { readonly [name: string]: unknown };
export type Difference = Partial<MemberSettings>;

/** The settings of members, of those among `values` that are given. */
export function settingsOf(values: {
  readonly bug?: string | undefined;
  readonly cpu?: { readonly message: number; readonly cores?: number | undefined };
  readonly disk?: { readonly sync: unknown; readonly 'write-back'?: number | undefined };
  readonly clock?: { readonly offset: number; readonly drift: number };
}): Omit<Difference, 'params'> {
  const { bug, cpu, disk, clock } = values;
  return {
    ...(bug === undefined ? {} : { bug: unsealed(bug) }),
    ...(disk === undefined
      ? {}
      : { disk: diskOf(disk.sync as DistributionSpec, disk['write-back']) }),
    ...(cpu === undefined ? {} : { cpuMessageUs: msToUs(cpu.message) }),
    ...(cpu?.cores === undefined ? {} : { cores: cpu.cores }),
    ...(clock === undefined
      ? {}
      : { clock: { offsetUs: msToUs(clock.offset), driftPpm: clock.drift } }),
  };
}

/**
 * In what each member differs from its group whose parameters are `shared`: by its role, and by
 * `only`, which has the last word.
 */
export function readDifferences(
  fields: Fields,
  members: MembersPlan,
  system: AnySystem,
  shared: Params,
  context: ParseContext,
): ReadonlyMap<NodeId, Difference> {
  const different = new Map<NodeId, Difference>();
  for (const { role, nodes, declared, fields: own } of members.roles) {
    const given = readGiven(own, system.params);
    const params = { ...shared, ...given.params, ...own.params(declared.params ?? {}) };
    checkBug(given.settings.bug, own, system, context);
    own.finish((key) => roleHint(key, role));
    fields.canonical[role] = own.canonical;
    for (const node of nodes) different.set(node, { ...given.settings, params });
  }
  const canonical: { [node: string]: Plain } = {};
  for (const entry of namedEntries(fields.take('only'), context, `${members.nodes[0]}: { … }`)) {
    const own = onlyFields(entry, fields, members, context);
    if (own === null) continue;
    const before = different.get(entry.key) ?? {};
    const role = members.roles.find(({ nodes }) => nodes.includes(entry.key));
    const given = readGiven(own, { ...system.params, ...role?.declared.params });
    checkBug(given.settings.bug, own, system, context);
    own.finish(belongsElsewhere);
    const params = { ...shared, ...before.params, ...given.params };
    different.set(entry.key, { ...before, ...given.settings, params });
    canonical[entry.key] = own.canonical;
  }
  if (Object.keys(canonical).length > 0) fields.canonical['only'] = canonical;
  return different;
}

function roleHint(key: string, role: string): string | null {
  return (
    belongsElsewhere(key)?.replace('to a group', `to the whole group, beside \`${role}\``) ?? null
  );
}

/** What `only` says of one member; null after a complaint. */
function onlyFields(
  { key, keySpot, value }: SourceEntry,
  fields: Fields,
  { nodes }: MembersPlan,
  { diagnostics, names, reader }: ParseContext,
): Fields | null {
  if (!nodes.includes(key)) {
    if (!names.certain) return null;
    diagnostics.error('DS125', keySpot, `${quote(key)} is no member of this group`, {
      notes: [`its members are ${listNames(nodes)}`],
      help: [didYouMean(key, nodes)],
    });
    return null;
  }
  if (value.kind === 'map') {
    const place = { path: `${fields.path}.only.${key}`, called: quote(key), spot: keySpot };
    return new Fields(reader, value, place);
  }
  if (value.kind === 'list' || !value.failed) {
    diagnostics.error('DS103', value.spot, `${quote(key)} is not a map`, {
      label: 'expected a map of what differs from the other members',
    });
  }
  return null;
}

/** What is given of a member's own settings and of these parameters; defaults stay the group's. */
function readGiven(fields: Fields, table: ParamTable): { settings: Difference; params: Params } {
  const settings = settingsOf(fields.params(fields.given(MEMBER_TABLE)));
  return { settings, params: fields.params(fields.given(table)) };
}

/** Complains of a bug that the kind does not have. */
export function checkBug(
  bug: string | null | undefined,
  fields: Fields,
  system: AnySystem,
  context: ParseContext,
): void {
  if (bug == null || Object.hasOwn(system.bugs, unsealed(bug)) || fields.failed.has('bug')) return;
  const spot = fields.take('bug')?.value.spot ?? fields.spot;
  const bugs = Object.keys(system.bugs);
  context.diagnostics.error('DS124', spot, `${quote(system.name)} has no bug ${quote(bug)}`, {
    notes: [bugs.length === 0 ? 'it has no bugs to switch on' : `its bugs are ${listNames(bugs)}`],
    help: [didYouMean(bug, bugs)],
  });
}

function diskOf(sync: DistributionSpec, writeBack: number | undefined): DiskSpec {
  return writeBack === undefined ? { sync } : { sync, writeBackUs: msToUs(writeBack) };
}
