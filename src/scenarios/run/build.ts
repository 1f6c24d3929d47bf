/**
 * Scenario → World: makes the hosts, the clients, the links and the faults, each with its own named
 * streams.
 */
import type { Journal } from '../../sim/history.ts';
import { Injection, type Striker } from '../../sim/kernel/injection.ts';
import { World } from '../../sim/kernel/world.ts';
import type { MessageDetail, WorldNode, WorldOptions } from '../../sim/kernel/world-spec.ts';
import { LoadDial } from '../../sim/load-dial.ts';
import type { NodeId } from '../../sim/node.ts';
import { ActingClient, oneCall } from '../../workloads/client/actor.ts';
import { Client } from '../../workloads/client/client.ts';
import { type ClientSpec, clientSpecs } from '../../workloads/client/load.ts';
import { ClientMemory } from '../../workloads/client/process.ts';
import type { Actor } from '../../workloads/workload.ts';
import { measuresOf, notesOf } from '../declared.ts';
import { Nemesis } from '../nemesis/nemesis.ts';
import type {
  FaultSpec,
  GroupSpec,
  LinkSpec,
  LoadSpec,
  MemberSettings,
  NetworkSpec,
  Scenario,
} from '../scenario.ts';
import { MACHINE_LABEL } from '../values/names.ts';
import { guardedLoad, guardOf } from './door.ts';
import { invariantsOf } from './invariants.ts';
import { NeverWatch } from './never.ts';
import { type Home, Places } from './places.ts';
import { bindCondition, comparesOf } from './trigger.ts';

export interface Built {
  readonly world: World;
  /** What strikes, in the order written: entries of `faults`, then nemeses. */
  readonly strikers: readonly Striker[];
  readonly nemeses: readonly Nemesis[];
  /** What an operator does, in the order written. */
  readonly actions: readonly Injection[];
  readonly nevers: readonly NeverWatch[];
  /** Node numbers of the clients, by load. */
  readonly clients: readonly number[];
}

export function build(scenario: Scenario, options: WorldOptions = {}): Built {
  const places = new Places(scenario);
  const servers = scenario.groups.flatMap((group) => serverNodes(scenario, places, group));
  const loads = scenario.loads.map(({ name, clients, targets }) => {
    return { name, clients, targets, dial: new LoadDial() };
  });
  const clients = scenario.loads.flatMap((load, i) =>
    clientNodes(places, guardedLoad(load, scenario), loads[i]?.dial ?? new LoadDial()),
  );
  const nodes = [...servers, ...clients];
  const world = new World(
    {
      seed: scenario.seed,
      nodes,
      loads,
      link: linkTable(scenario.network, nodes),
      invariants: invariantsOf(scenario),
      messageRows: messageRows(scenario),
      keepCuts: asksForCuts(scenario),
      askedNotes: askedNotes(scenario),
    },
    options,
  );
  const { strikers, nemeses, actions } = strikersOn(world, scenario);
  const nevers = scenario.expect.flatMap((one) =>
    one.kind === 'never' ? [new NeverWatch(one.condition, world, () => strikers)] : [],
  );
  return {
    world,
    strikers,
    nemeses,
    actions,
    nevers,
    clients: clients.map((client) => world.indexOf(client.id)),
  };
}

function strikersOn(
  world: World,
  scenario: Scenario,
): Pick<Built, 'strikers' | 'nemeses' | 'actions'> {
  const strikers: Striker[] = [];
  const injectionOf = ({ when, ...fault }: FaultSpec): Injection => {
    const trigger = when == null ? null : bindCondition(when, world, () => strikers);
    return new Injection(world, fault, trigger, scenario.durationUs);
  };
  for (const fault of scenario.faults) strikers.push(injectionOf(fault));
  const actions = (scenario.actions ?? []).map(injectionOf);
  const nemeses = (scenario.nemeses ?? []).map(
    (spec) => new Nemesis(world, spec, scenario.durationUs, () => strikers),
  );
  strikers.push(...nemeses);
  return { strikers, nemeses, actions };
}

/** What metrics read of messages; over the whole run without arguments the counts are enough. */
function messageRows({ expect, show = [] }: Scenario): MessageDetail {
  let detail: MessageDetail = 'none';
  for (const { metric } of show) {
    if (metric.reads === 'bytes') return 'bytes';
    if (metric.reads === 'times') detail = 'times';
  }
  for (const one of expect) {
    if (one.kind !== 'metric') continue;
    const { metric, args, window } = one;
    if (metric.reads === 'bytes') return 'bytes';
    const isNarrow = window.when !== 'run' || args.length > 0;
    if (metric.reads === 'times' && isNarrow) detail = 'times';
  }
  return detail;
}

function asksForCuts({ expect, show = [] }: Scenario): boolean {
  const asked = expect.flatMap((one) => (one.kind === 'metric' ? [one] : []));
  return [...asked, ...show].some(({ metric }) => metric.reads === 'cuts');
}

/** The labels of notes that an expectation counts, or the condition of a fault or a command. */
function askedNotes(scenario: Scenario): ReadonlySet<string> {
  const { expect, show = [], faults, actions = [] } = scenario;
  const expected = expect.flatMap((one) => {
    if (one.kind === 'metric') return one.metric.readsNotes ?? [];
    return one.kind === 'sometimes' ? [one.label] : [];
  });
  const shown = show.flatMap(({ metric }) => metric.readsNotes ?? []);
  const forbidden = expect.flatMap((one) => (one.kind === 'never' ? [one.condition] : []));
  const awaited = [...[...faults, ...actions].map(({ when }) => when), ...forbidden]
    .flatMap((condition) => (condition == null ? [] : comparesOf(condition.root)))
    .flatMap(({ measured }) => (measured.kind === 'noted' ? [measured.label] : []));
  return new Set([...expected, ...shown, ...awaited]);
}

function serverNodes(scenario: Scenario, places: Places, group: GroupSpec): WorldNode[] {
  const { system, spare = [], labels = new Map(), machines = new Map() } = group;
  const notes = notesOf(group);
  const measures = measuresOf(group);
  const guard = guardOf(scenario, group);
  const spares = new Set(spare);
  return group.nodes.map((self, index) => {
    const own = group.different?.get(self);
    const settings: MemberSettings = own === undefined ? group : { ...group, ...own };
    const machine = places.machineOf(self);
    let { params } = settings;
    const operated = operatedBy(scenario, places, group, settings.params, self);
    return {
      id: self,
      group: group.name,
      members: group.nodes,
      region: group.regions[index] ?? null,
      role: places.roleOf(self),
      labels: { ...labelsOf(labels, self), ...machineLabel(machine) },
      ...(system.leads === undefined ? {} : { leads: system.leads }),
      spare: spares.has(self),
      client: false,
      kind: group.kind,
      measures,
      ...(notes === null ? {} : { notes }),
      sync: settings.disk.sync,
      writeBackUs: settings.disk.writeBackUs ?? null,
      retriesFlush: system.bugs[settings.bug ?? '']?.retriesFlush === true,
      cpuMessageUs: settings.cpuMessageUs,
      cores: machines.get(self)?.cores ?? settings.cores ?? 1,
      machine,
      ...(operated === null ? {} : { operates: operated }),
      clock: settings.clock,
      // Its place is made when it boots: nodes keep little of it.
      create: () => {
        const place = places.of(group, self, index);
        return guard(system.create(params, place, settings.bug), place.answers);
      },
      configure: (values) => {
        params = { ...params, ...values };
      },
    };
  });
}

/** A machine is what its nodes bear in common: `crash: machine:m-1`. */
function machineLabel(machine: string | null): { readonly [name: string]: string } {
  return machine === null ? {} : { [MACHINE_LABEL]: machine };
}

/** The nodes that a node may start and stop; null for a kind that operates none. */
function operatedBy(
  { groups }: Scenario,
  places: Places,
  { system, machines }: GroupSpec,
  params: { readonly [name: string]: unknown },
  self: NodeId,
): readonly NodeId[] | null {
  const { operates } = system;
  if (operates === undefined) return null;
  const others = groups.flatMap(({ nodes }) => nodes).filter((node) => node !== self);
  if (operates !== 'machine') {
    const named = params[operates.of] as readonly NodeId[] | undefined;
    return others.filter((node) => named?.includes(node) === true);
  }
  const own = machines?.get(self)?.name;
  return others.filter((node) => own !== undefined && places.machineOf(node) === own);
}

function labelsOf(
  labels: NonNullable<GroupSpec['labels']>,
  node: NodeId,
): { readonly [name: string]: string } {
  const own: { [name: string]: string } = {};
  for (const [name, values] of labels) {
    const value = values.get(node);
    if (value !== undefined) own[name] = value;
  }
  return own;
}

function clientNodes(places: Places, load: LoadSpec, dial: LoadDial): WorldNode[] {
  const generator = load.workload.generator(load.params);
  const specs = clientSpecs(load);
  const { name, clients: nodes, regions = [], calls = new Map() } = load;
  const home: Home = { name, nodes, regions, calls };
  return load.clients.map((self, index) => {
    const memory = new ClientMemory();
    const spec = specs[index] as ClientSpec;
    const place = places.of(home, self, index);
    return {
      id: self,
      group: load.name,
      members: [self],
      region: place.region,
      client: true,
      sync: { kind: 'constant', value: 0 },
      cpuMessageUs: 0,
      clock: { offsetUs: 0, driftPpm: 0 },
      create: (journal: Journal) => {
        const actor = actorOf(load, spec);
        return actor === null
          ? new Client(spec, generator, journal, dial, memory)
          : new ActingClient(spec, generator, actor, journal, place, dial, memory);
      },
    };
  });
}

/** null: each operation is one request, with nothing around it. */
function actorOf(load: LoadSpec, spec: ClientSpec): Actor | null {
  if (load.workload.act !== undefined) return load.workload.act(load.params);
  return load.calls === undefined || load.calls.size === 0 ? null : oneCall(spec);
}

/**
 * The link of a pair: the network's own, with the overrides that name both ends, later ones
 * winning.
 *
 * Clients talk over connections, which double nothing. On datagrams no refusal of theirs could be
 * believed: a server refuses a request, reboots, gets its copy, and executes it.
 */
function linkTable(
  network: NetworkSpec,
  nodes: readonly WorldNode[],
): (from: number, to: number) => LinkSpec {
  const ofClients: LinkSpec = { ...network, duplicate: 0 };
  const rules = network.links.map(({ from, to, link }) => ({
    from: new Set(from),
    to: new Set(to),
    link,
  }));
  // In a large group, where most links are used once, a look at each end's object is dear.
  const isClient = Uint8Array.from(nodes, (node) => (node.client ? 1 : 0));
  return (from, to) => {
    const client = isClient[from] === 1 || isClient[to] === 1;
    let link = client ? ofClients : network;
    for (const rule of rules) {
      const source = nodes[from] as WorldNode;
      const target = nodes[to] as WorldNode;
      if (rule.from.has(source.id) && rule.to.has(target.id)) {
        link = { ...link, ...rule.link };
      }
    }
    return client && link.duplicate !== 0 ? { ...link, duplicate: 0 } : link;
  };
}
