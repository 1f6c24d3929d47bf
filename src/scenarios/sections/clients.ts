/** The section `clients`: loads, their clients, how fast they ask, and which nodes. */
import {
  type Answers,
  fieldText,
  fits,
  type Interface,
  optionalFields,
  possibleAnswers,
} from '../../sim/interface.ts';
import type { NodeId, Plain } from '../../sim/node.ts';
import { formatCount, msToUs } from '../../sim/units.ts';
import type { Pace } from '../../workloads/client/load.ts';
import { type AnyWorkload, spokenBy } from '../../workloads/workload.ts';
import type { LoadSpec } from '../scenario.ts';
import { didYouMean, listNames, plural, quote } from '../text/diagnostic.ts';
import type { SourceEntry, Spot } from '../text/source.ts';
import { availableNote, Fields } from '../values/fields.ts';
import { MOST_MEMBERS, membersOf, type Names } from '../values/names.ts';
import { callsOf } from './calls.ts';
import { belongsElsewhere, namedEntries, type ParseContext } from './context.ts';
import { highestOf, readShape } from './load-shape.ts';
import { readClientRegions } from './members.ts';
import { oneOrMore } from './nodes.ts';
import { clientTable } from './section-tables.ts';

type OwnFields = ReturnType<typeof readOwnFields>;

/** A load whose clients have names. */
export interface LoadPlan {
  readonly name: string;
  readonly entry: SourceEntry;
  readonly fields: Fields;
  readonly own: OwnFields;
  readonly workload: AnyWorkload | null;
  readonly target: Target | null;
  readonly clients: readonly NodeId[];
  readonly regions: readonly (string | null)[];
}

export interface Target {
  readonly name: string;
  readonly nodes: readonly NodeId[];
  /** Where the scenario names it, else where it names the load. */
  readonly spot: Spot;
  readonly notes: readonly string[];
}

const EXAMPLE_OPTIONS = 'options: { level: quorum }';
const EXAMPLE = 'load: { workload: register, target: kv, rate: 100/s }';

export function planLoads(section: SourceEntry | null, context: ParseContext): readonly LoadPlan[] {
  let members = 0;
  return namedEntries(section, context, EXAMPLE).flatMap((entry) => {
    const plan = planLoad(entry, context, MOST_MEMBERS - members);
    members += plan?.clients.length ?? 0;
    return plan === null ? [] : [plan];
  });
}

function planLoad(entry: SourceEntry, context: ParseContext, room: number): LoadPlan | null {
  const { key: name, value, keySpot } = entry;
  const { diagnostics, names, reader } = context;
  const called = quote(`clients.${name}`);
  names.checkName(name, keySpot, 'load');
  if (value.kind !== 'map') {
    if (value.kind === 'scalar' && value.failed) return null;
    diagnostics.error('DS103', value.spot, `${called} is not a map`, {
      label: 'expected a map with `workload`',
      help: [`for example \`${EXAMPLE}\``],
    });
    return null;
  }
  const fields = new Fields(reader, value, { path: `clients.${name}`, called, spot: keySpot });
  const workload = findWorkload(fields, context);
  const own = readOwnFields(fields, context);
  const target = readTarget(fields, workload, entry, context);
  const count = countOf(own, target, fields, context);
  if ((count ?? 1) > room) {
    diagnostics.error('DS128', keySpot, 'all loads together have too many clients', {
      label: `expected at most ${formatCount(MOST_MEMBERS)} in all`,
    });
    return null;
  }
  const clients = membersOf(name, count);
  names.addLoad(name, keySpot, clients);
  const regions = readClientRegions(fields, clients, context);
  return { name, entry, fields, own, workload, target, clients, regions };
}

function readOwnFields(fields: Fields, context: ParseContext) {
  return fields.params(clientTable(context.durationUs / 1000, context.durationText));
}

/** null is one client that bears the load's name. */
function countOf(
  own: OwnFields,
  target: Target | null,
  fields: Fields,
  context: ParseContext,
): number | null {
  const perNode = own['per-node'];
  if (perNode === undefined) return own.count ?? null;
  const entry = fields.take('per-node');
  if (own.count !== undefined && entry !== null) {
    context.diagnostics.error('DS133', entry.keySpot, '`per-node` and `count` exclude each other', {
      help: [
        '`count` is the number of clients; `per-node` is their number for each node of the target',
      ],
    });
  }
  return perNode * (target?.nodes.length ?? 1);
}

function findWorkload(fields: Fields, context: ParseContext): AnyWorkload | null {
  const { diagnostics, reader } = context;
  const { workloads } = context.catalogue;
  const entry = fields.take('workload');
  if (entry === null) {
    fields.missing('workload', '`workload:` and its name: `dsim list workloads` shows all');
    return null;
  }
  const scalar = reader.scalar(
    entry.value,
    { path: 'workload', key: 'workload', pool: null },
    'the name of a workload',
  );
  if (scalar === null) return null;
  fields.canonical['workload'] = scalar.text;
  const workload = workloads.items.get(scalar.text);
  if (workload !== undefined) return workload;
  diagnostics.error('DS121', scalar.spot, `there is no workload ${quote(scalar.text)}`, {
    notes: [...scalar.notes, ...availableNote('workloads', workloads.summaries.keys())],
    help: [didYouMean(scalar.text, workloads.summaries.keys())],
  });
  return null;
}

/**
 * The target as written, or the one group that may answer the workload. Whether it does is known
 * once the parameters of all groups are: see `answers-check.ts`.
 */
function readTarget(
  fields: Fields,
  workload: AnyWorkload | null,
  load: SourceEntry,
  context: ParseContext,
): Target | null {
  const { names, reader } = context;
  const entry = fields.take('target');
  if (entry === null) return onlyServer(workload, load, fields, context);
  const place = { path: 'target', key: 'target', pool: null };
  const scalar = reader.scalar(entry.value, place, 'the name of a node or group');
  if (scalar === null) return null;
  const nodes =
    workload === null ? names.targetsOf(scalar.text) : serving(scalar.text, workload, names);
  if (nodes === null) {
    names.reportUnknown(scalar.text, scalar.spot, names.serverNames, 'node or group', scalar.notes);
    return null;
  }
  fields.canonical['target'] = scalar.text;
  return {
    name: scalar.text,
    // Where nobody answers, the complaint is about all of them.
    nodes: nodes.length > 0 ? nodes : (names.targetsOf(scalar.text) ?? []),
    spot: scalar.spot,
    notes: scalar.notes,
  };
}

function onlyServer(
  workload: AnyWorkload | null,
  load: SourceEntry,
  fields: Fields,
  context: ParseContext,
): Target | null {
  const { diagnostics, names } = context;
  if (workload === null || !names.complete) return null;
  const servers = serversOf(workload, context);
  const [name] = servers;
  if (name !== undefined && servers.length === 1) {
    fields.canonical['target'] = name;
    return { name, nodes: serving(name, workload, names) ?? [], spot: load.keySpot, notes: [] };
  }
  // A group of an unknown kind might have been meant.
  if ([...names.groups.values()].some(({ system }) => system === null)) return null;
  if (servers.length > 1) {
    diagnostics.error('DS106', load.keySpot, `${quote(`clients.${load.key}`)} lacks \`target\``, {
      notes: [`${listNames(servers)} may answer ${quote(spokenBy(workload).name)} here`],
    });
  } else {
    const { name: asked } = spokenBy(workload);
    diagnostics.error(
      'DS129',
      load.keySpot,
      `no group answers ${quote(asked)}, which the workload ${quote(workload.name)} asks`,
    );
  }
  return null;
}

/** Groups whose systems answer what the workload asks, or whatever their targets answer. */
function serversOf(workload: AnyWorkload, { names }: ParseContext): readonly string[] {
  const asks = spokenBy(workload);
  return [...names.groups]
    .filter(([, { system }]) => system !== null && mayAnswer(system.answers, asks))
    .map(([name]) => name);
}

/**
 * The nodes of a name that may answer a workload: of a group with roles, those whose role does.
 * Empty if none does; null if the name stands for nothing.
 */
function serving(name: string, workload: AnyWorkload, names: Names): readonly NodeId[] | null {
  const asks = spokenBy(workload);
  const nodes = names.targetsOf(name);
  const group = names.groupNamed(name);
  if (nodes === null || group === null || group.system === null) return nodes;
  const { answers, roles } = group.system;
  return nodes.filter((node) => {
    const role = group.roles.find((one) => one.nodes.includes(node))?.role ?? '';
    return mayAnswer(roles?.[role]?.answers ?? answers, asks);
  });
}

function mayAnswer(answers: Answers, asked: Interface): boolean {
  return answers === 'anything' || 'of' in answers || possibleAnswers(answers).includes(asked);
}

/** The load with its parameters; null if it lacks what makes one. */
export function readLoad(plan: LoadPlan, context: ParseContext): LoadSpec | null {
  const { fields, own, workload, target, clients } = plan;
  const pace = readPace(plan, context);
  const pinned = readPins(plan, context);
  const calls = callsOf(fields, context);
  const options = readOptions(fields, workload, context);
  if (own.stamps && workload !== null) checkStamps(plan, workload, context);
  if (workload === null) return null;
  const params = fields.params(workload.params);
  fields.finish(belongsElsewhere);
  const refusal = fields.failed.size === 0 ? (workload.refuse?.(params) ?? null) : null;
  if (refusal !== null) {
    const message = `${quote(`clients.${plan.name}`)} makes no sense: ${refusal}`;
    context.diagnostics.error('DS130', plan.entry.keySpot, message);
  }
  const startUs = msToUs(own.start);
  const stopUs = own.stop === undefined ? context.durationUs : msToUs(own.stop);
  const stop = fields.take('stop');
  if (
    stop !== null &&
    stopUs <= startUs &&
    !fields.failed.has('stop') &&
    !fields.failed.has('start')
  ) {
    context.diagnostics.error('DS105', stop.value.spot, 'the load stops before it starts', {
      label: 'expected a time after `start`',
    });
  }
  if (target === null || pace === null) return null;
  return {
    name: plan.name,
    workload,
    params,
    clients,
    target: target.name,
    targets: target.nodes,
    object: own.object ?? target.name,
    options,
    stamps: own.stamps,
    calls,
    regions: plan.regions,
    pinned,
    timeoutUs: msToUs(own.timeout),
    pace,
    startUs,
    stopUs,
    operationsMax: own.operations ?? Infinity,
  };
}

/** A rate makes an open load, a think time a closed one; `pace` may say it outright. */
function readPace(plan: LoadPlan, context: ParseContext): Pace | null {
  const { fields, own } = plan;
  const { diagnostics } = context;
  const kind = own.pace ?? (own.think === undefined ? 'open' : 'closed');
  fields.canonical['pace'] = kind;
  const foreign = kind === 'open' ? ['think'] : ['rate', 'arrivals', 'shape'];
  for (const key of foreign) {
    const entry = fields.take(key);
    if (entry === null) continue;
    const help = own.pace === undefined ? [] : [`\`pace\` is ${quote(own.pace)}`];
    diagnostics.error(
      'DS133',
      entry.keySpot,
      `${quote(key)} has no meaning for ${kind === 'open' ? 'an open' : 'a closed'} load`,
      {
        notes: [
          'an open load comes at its `rate`, whatever the answers do; in a closed load each client waits for its answer and thinks',
        ],
        help,
      },
    );
  }
  if (kind === 'closed') return { kind, think: own.think ?? { kind: 'constant', value: 0 } };
  const arrivals = own.arrivals === 'constant' ? 'constant' : 'poisson';
  fields.canonical['arrivals'] = arrivals;
  const entry = fields.take('shape');
  if (entry !== null) {
    if (own.shape === undefined || fields.failed.has('shape')) return null;
    const shape = readShape(own.shape, own.rate, entry, context);
    return shape === null ? null : { kind, arrivals, perSecond: highestOf(shape), shape };
  }
  if (own.rate !== undefined) return { kind: 'open', arrivals, perSecond: own.rate };
  diagnostics.error(
    'DS106',
    plan.entry.keySpot,
    `${quote(`clients.${plan.name}`)} lacks its pace`,
    {
      help: [
        'an open load has a `rate`, such as `rate: 100/s` of all its clients; a closed one `think`, such as `think: 10ms`',
      ],
    },
  );
  return null;
}

/**
 * Fields that every request has: a map of single values, for fields that the requests of the
 * workload may carry.
 */
function readOptions(
  fields: Fields,
  workload: AnyWorkload | null,
  context: ParseContext,
): { readonly [field: string]: Plain } {
  const options: { [field: string]: Plain } = {};
  const known = workload === null ? null : optionalFields(spokenBy(workload));
  for (const entry of namedEntries(fields.take('options'), context, EXAMPLE_OPTIONS)) {
    const { key, value } = entry;
    const place = { path: `${fields.path}.options.${key}`, key, pool: null };
    const scalar = context.reader.scalar(value, place, 'a text, a number, `true` or `false`');
    if (scalar === null) continue;
    options[key] = scalar.value;
    if (known === null || workload === null) continue;
    const spec = known.get(key);
    if (spec === undefined) reportNoOption(entry, workload, known, context);
    else if (!fits(scalar.value, spec)) {
      context.diagnostics.error('DS103', scalar.spot, `${quote(key)} cannot be this`, {
        label: `expected ${fieldText(spec)}`,
        notes: scalar.notes,
      });
    }
  }
  if (Object.keys(options).length > 0) fields.canonical['options'] = options;
  return options;
}

/** Requests without a field for the time of their client have none that a store could obey. */
function checkStamps({ fields }: LoadPlan, workload: AnyWorkload, context: ParseContext): void {
  const entry = fields.take('stamps');
  const asks = spokenBy(workload);
  if (entry === null || optionalFields(asks).has('stampMs')) return;
  const message = `requests of ${quote(asks.name)} carry no time of their client`;
  context.diagnostics.error('DS102', entry.keySpot, message, {
    help: ['`stamps` is for the workloads `register` and `siblings`'],
  });
}

function reportNoOption(
  { key, keySpot }: SourceEntry,
  workload: AnyWorkload,
  known: ReadonlyMap<string, unknown>,
  { diagnostics }: ParseContext,
): void {
  const asks = spokenBy(workload);
  const isOwn = Object.values(asks.requests).some(({ fields }) => Object.hasOwn(fields, key));
  const names = [...known.keys()];
  const near = isOwn ? null : didYouMean(key, names);
  const all =
    names.length === 0
      ? 'they take no options'
      : `those that a load may set are ${listNames(names)}`;
  diagnostics.error(
    'DS102',
    keySpot,
    isOwn
      ? `${quote(key)} is set by the workload itself`
      : `requests of ${quote(asks.name)} have no field ${quote(key)}`,
    { notes: near === null ? [all] : [], help: [near] },
  );
}

/** `per-node` pins each client to its node, in turn; `pin` may say otherwise. */
function readPins(plan: LoadPlan, context: ParseContext): readonly (NodeId | null)[] {
  const { fields, own, clients, target } = plan;
  const { diagnostics, names, reader } = context;
  const entry = fields.take('pin');
  const nodes = target?.nodes ?? [];
  const goRound = (list: readonly NodeId[]): readonly (NodeId | null)[] =>
    clients.map((_, i) => list[i % list.length] ?? null);
  const record = (form: Plain): void => {
    fields.canonical['pin'] = form;
  };
  const value = entry?.value ?? null;
  if (
    entry === null ||
    value === null ||
    (value.kind === 'scalar' && typeof value.value === 'boolean')
  ) {
    const pin = value?.kind === 'scalar' ? value.value === true : own['per-node'] !== undefined;
    record(pin);
    return goRound(pin ? nodes : []);
  }
  const place = { path: 'pin', key: 'pin', pool: null };
  const reading = reader.read({ type: 'nodes', doc: '' }, value, place);
  if (reading === null) return goRound([]);
  const list = reading.value as readonly NodeId[];
  record(reading.canonical);
  const strange = list.filter((node) => !nodes.includes(node));
  if (strange.length > 0 && target !== null && names.certain) {
    const [first] = oneOrMore(value);
    diagnostics.error(
      'DS125',
      first?.spot ?? entry.keySpot,
      `${listNames(strange)} cannot be pinned to`,
      {
        label: `expected nodes of the target ${quote(target.name)}`,
        notes: [`the target has ${plural(nodes.length, 'node')}: ${listNames(nodes)}`],
      },
    );
  }
  return goRound(list);
}
