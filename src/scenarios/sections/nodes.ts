/** The section `nodes`: groups of nodes, their kinds and parameters. */
import type { DistributionSpec } from '../../sim/distribution.ts';
import type { NodeId, Plain } from '../../sim/node.ts';
import type { AnyPolicy } from '../../sim/policy.ts';
import type { AnySystem } from '../../sim/system.ts';
import { msToUs } from '../../sim/units.ts';
import type { GroupSpec, PolicySpec } from '../scenario.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import {
  describeSpot,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
} from '../text/source.ts';
import { drawOf } from '../values/draw-reader.ts';
import { availableNote, Fields } from '../values/fields.ts';
import { MOST_MEMBERS, membersOf } from '../values/names.ts';
import { isOwnKind, type OwnKindRefusal, ownKindKey } from './catalogue.ts';
import { belongsElsewhere, namedEntries, type ParseContext, reportNotYet } from './context.ts';
import { NODE_TABLE } from './section-tables.ts';

/** A group whose name, kind and members are known; parameters are read once all names are. */
export interface GroupPlan {
  readonly name: string;
  readonly entry: SourceEntry;
  readonly kind: SourceScalar | null;
  readonly system: AnySystem | null;
  readonly fields: Fields;
  readonly own: ReturnType<typeof readOwnFields>;
  readonly nodes: readonly NodeId[];
  readonly regions: readonly (string | null)[];
}

const EXAMPLE = 'kv: { kind: raft, count: 5 }';

export function planGroups(
  section: SourceEntry | null,
  context: ParseContext,
): readonly GroupPlan[] {
  const entries = namedEntries(section, context, EXAMPLE);
  if (section === null || entries.length === 0) {
    context.names.complete = false;
    return [];
  }
  let members = 0;
  const plans: GroupPlan[] = [];
  for (const entry of entries) {
    const plan = planGroup(entry, context, MOST_MEMBERS - members);
    if (plan === null) context.names.complete = false;
    else plans.push(plan);
    members += plan?.nodes.length ?? 0;
  }
  return plans;
}

function planGroup(entry: SourceEntry, context: ParseContext, room: number): GroupPlan | null {
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
  const system = kind === null ? null : findSystem(kind, context);
  const own = readOwnFields(fields);
  const count = own.count ?? null;
  if ((count ?? 1) > room) {
    diagnostics.error('DS128', keySpot, 'all groups together have too many nodes', {
      label: `expected at most ${MOST_MEMBERS} in all`,
    });
    return null;
  }
  const nodes = membersOf(name, count);
  const certain = !fields.failed.has('count') && goodName;
  names.addGroup(name, keySpot, { nodes, system, certain });
  return {
    name,
    entry,
    kind,
    system,
    fields,
    own,
    nodes,
    regions: readRegions(fields, nodes, context),
  };
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
  return context.reader.scalar(
    entry.value,
    { path: 'kind', key: 'kind', pool: null },
    'the name of a system',
  );
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

function findSystem(kind: SourceScalar, context: ParseContext): AnySystem | null {
  const { systems, own } = context.catalogue;
  if (isOwnKind(kind.text)) {
    const loaded = own.get(ownKindKey(kind)) ?? NOT_LOADED;
    if (!('reason' in loaded)) return loaded;
    refuseOwn(kind, loaded, context);
    return null;
  }
  const system = systems.items.get(kind.text);
  if (system !== undefined) return system;
  const file = /\.[cm]?[jt]s$/.test(kind.text)
    ? `a file of your own is named by \`./${kind.text}\``
    : null;
  context.diagnostics.error('DS120', kind.spot, `there is no kind of node ${quote(kind.text)}`, {
    notes: [...kind.notes, ...availableNote('kinds', systems.summaries.keys())],
    help: [file ?? didYouMean(kind.text, systems.summaries.keys())],
  });
  return null;
}

/** One region for all, or a list that the members go round. */
export function readRegions(
  fields: Fields,
  nodes: readonly NodeId[],
  context: ParseContext,
  clients = false,
): readonly (string | null)[] {
  const entry = fields.take('region');
  if (entry === null) return nodes.map(() => null);
  const items = entry.value.kind === 'list' ? entry.value.items : [entry.value];
  const place = { path: 'region', key: 'region', pool: null };
  const scalars = items.flatMap(
    (item) => context.reader.scalar(item, place, 'the name of a region') ?? [],
  );
  const good = scalars.filter((scalar) =>
    context.names.checkName(scalar.text, scalar.spot, 'region'),
  );
  if (good.length === 0 || good.length < items.length) {
    if (items.length === 0) {
      context.diagnostics.error('DS103', entry.value.spot, '`region` is an empty list', {
        label: 'expected names of regions',
      });
    }
    return nodes.map(() => null);
  }
  fields.canonical['region'] = good.map(({ text }) => text);
  return nodes.map((node, i) => {
    const region = good[i % good.length];
    if (region !== undefined) context.names.addRegion(region.text, region.spot, node, clients);
    return region?.text ?? null;
  });
}

/** The group with its parameters; complaints may leave it without meaning. */
export function readGroup(plan: GroupPlan, context: ParseContext): GroupSpec | null {
  const { fields, system, own, kind } = plan;
  reportNotYet(fields.take('per-node'), context, 'nodes that accompany other nodes');
  reportNotYet(fields.take('group'), context, 'groups of groups');
  const calls = readCalls(fields.take('calls'), fields, context);
  if (system === null || kind === null) return null;
  const params = fields.params(system.params);
  fields.finish(belongsElsewhere);
  checkBug(own.bug, plan, system, context);
  if (fields.failed.size === 0) checkRefusal(params, plan, system, context);
  fields.canonical['kind'] = kind.text;
  return {
    name: plan.name,
    kind: kind.text,
    system,
    params,
    nodes: plan.nodes,
    regions: plan.regions,
    bug: own.bug ?? null,
    disk: { sync: own.disk.sync as DistributionSpec },
    cpuMessageUs: msToUs(own.cpu.message),
    clock: { offsetUs: msToUs(own.clock.offset), driftPpm: own.clock.drift },
    calls,
  };
}

function checkBug(
  bug: string | undefined,
  plan: GroupPlan,
  system: AnySystem,
  context: ParseContext,
): void {
  if (bug === undefined || Object.hasOwn(system.bugs, bug) || plan.fields.failed.has('bug')) return;
  const spot = plan.fields.take('bug')?.value.spot ?? plan.entry.keySpot;
  const bugs = Object.keys(system.bugs);
  context.diagnostics.error('DS124', spot, `${quote(system.name)} has no bug ${quote(bug)}`, {
    notes: [bugs.length === 0 ? 'it has no bugs to switch on' : `its bugs are ${listNames(bugs)}`],
    help: [didYouMean(bug, bugs)],
  });
}

function checkRefusal(
  params: { readonly [name: string]: unknown },
  plan: GroupPlan,
  system: AnySystem,
  context: ParseContext,
): void {
  const refusal = refusalOf(() => system.refuse?.(params, plan.nodes.length) ?? null);
  if (refusal === null) return;
  context.diagnostics.error(
    'DS130',
    plan.kind?.spot ?? plan.entry.keySpot,
    `${quote(plan.name)} makes no sense: ${refusal}`,
  );
}

/** A system may come from a user's own file: what it throws is its answer. */
export function refusalOf(ask: () => string | null): string | null {
  try {
    return ask();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// --- calls ---------------------------------------------------------------------------------------

export function readCalls(
  entry: SourceEntry | null,
  fields: Fields,
  context: ParseContext,
): ReadonlyMap<string, readonly PolicySpec[]> {
  const calls = new Map<string, readonly PolicySpec[]>();
  const canonical: { [target: string]: Plain } = {};
  for (const target of namedEntries(
    entry,
    context,
    'db: { timeout: 50ms, retry: { attempts: 2 } }',
  )) {
    if (context.names.serversOf(target.key) === null) {
      context.names.reportUnknown(
        target.key,
        target.keySpot,
        context.names.serverNames,
        'node or group',
      );
    }
    const policies: PolicySpec[] = [];
    const forms: { [policy: string]: Plain } = {};
    for (const policy of namedEntries(target, context, 'timeout: 50ms')) {
      const read = readPolicy(policy, fieldsPath(fields, target), context);
      if (read === null) continue;
      policies.push(read.spec);
      forms[policy.key] = read.canonical;
    }
    // Outermost first; the name breaks a tie, so that the order written never matters.
    policies.sort(
      (a, b) => a.policy.layer - b.policy.layer || (a.policy.name < b.policy.name ? -1 : 1),
    );
    calls.set(target.key, policies);
    canonical[target.key] = forms;
  }
  if (calls.size > 0) fields.canonical['calls'] = canonical;
  return calls;
}

function fieldsPath(fields: Fields, target: SourceEntry): string {
  return `${fields.path}.calls.${target.key}`;
}

function readPolicy(
  entry: SourceEntry,
  path: string,
  context: ParseContext,
): { spec: PolicySpec; canonical: Plain } | null {
  const { policies } = context.catalogue;
  const policy: AnyPolicy | undefined = policies.items.get(entry.key);
  if (policy === undefined) {
    context.diagnostics.error('DS123', entry.keySpot, `there is no policy ${quote(entry.key)}`, {
      notes: availableNote('policies', policies.summaries.keys()),
      help: [didYouMean(entry.key, policies.summaries.keys())],
    });
    return null;
  }
  const map = paramsMap(entry, policy.shorthand, context);
  if (map === null) return null;
  const fields = new Fields(context.reader, map, {
    path: `${path}.${entry.key}`,
    called: quote(entry.key),
    spot: entry.keySpot,
  });
  const params = fields.params(policy.params);
  fields.finish(belongsElsewhere);
  return { spec: { policy, params }, canonical: fields.canonical };
}

/**
 * The parameters of a policy or fault; a bare value sets the one that `shorthand` names. null after
 * a complaint.
 */
export function paramsMap(
  entry: SourceEntry,
  shorthand: string | null,
  context: ParseContext,
): SourceMap | null {
  const { value, key, keySpot } = entry;
  const isMap = value.kind === 'map' && drawOf(value) === null;
  if (isMap) return value;
  if (value.kind === 'scalar' && value.failed) return null;
  const empty = value.kind === 'scalar' && value.value === null;
  if (shorthand !== null && !empty) {
    return {
      kind: 'map',
      entries: [{ key: shorthand, keySpot, value, shownAs: key }],
      spot: value.spot,
    };
  }
  const help = empty ? `for all defaults write \`${key}: {}\`` : null;
  context.diagnostics.error(
    'DS103',
    value.spot,
    `${quote(key)} ${empty ? 'is empty' : 'takes a map'}`,
    {
      label: 'expected a map of its parameters',
      help: [help],
    },
  );
  return null;
}

/** A list of names, or one name. */
export function oneOrMore(node: SourceNode): readonly SourceNode[] {
  return node.kind === 'list' ? node.items : [node];
}
