/**
 * Scenario → World: makes the hosts, the clients, the links and the faults, each with its own named
 * streams.
 */
import type { Journal } from '../../sim/history.ts';
import { Injection, type Striker } from '../../sim/kernel/injection.ts';
import { World } from '../../sim/kernel/world.ts';
import type { WorldNode, WorldOptions } from '../../sim/kernel/world-spec.ts';
import { LoadDial } from '../../sim/load-dial.ts';
import type { NodeId } from '../../sim/node.ts';
import type { BoundPolicy } from '../../sim/policy.ts';
import type { Invariant, Place } from '../../sim/system.ts';
import { ActingClient, oneCall } from '../../workloads/client/actor.ts';
import { Client } from '../../workloads/client/client.ts';
import { type ClientSpec, clientSpecs } from '../../workloads/client/load.ts';
import { ClientMemory } from '../../workloads/client/process.ts';
import type { Actor } from '../../workloads/workload.ts';
import { Nemesis } from '../nemesis/nemesis.ts';
import type { GroupSpec, LinkSpec, LoadSpec, NetworkSpec, Scenario } from '../scenario.ts';
import { bindCondition } from './trigger.ts';

export interface Built {
  readonly world: World;
  /** What strikes, in the order written: entries of `faults`, then nemeses. */
  readonly strikers: readonly Striker[];
  readonly nemeses: readonly Nemesis[];
  /** Node numbers of the clients, by load. */
  readonly clients: readonly number[];
}

export function build(scenario: Scenario, options: WorldOptions = {}): Built {
  const servers = scenario.groups.flatMap((group) => serverNodes(scenario, group));
  const loads = scenario.loads.map(({ name, clients }) => {
    return { name, clients, dial: new LoadDial() };
  });
  const clients = scenario.loads.flatMap((load, i) =>
    clientNodes(scenario, load, loads[i]?.dial ?? new LoadDial()),
  );
  const nodes = [...servers, ...clients];
  const world = new World(
    {
      seed: scenario.seed,
      nodes,
      loads,
      link: linkTable(scenario.network, nodes),
      invariants: new Map(
        scenario.groups.map((group): [string, readonly Invariant[]] => [
          group.name,
          group.system.invariants,
        ]),
      ),
    },
    options,
  );
  const { strikers, nemeses } = strikersOn(world, scenario);
  return { world, strikers, nemeses, clients: clients.map((client) => world.indexOf(client.id)) };
}

function strikersOn(world: World, scenario: Scenario): Pick<Built, 'strikers' | 'nemeses'> {
  const strikers: Striker[] = [];
  for (const { when, ...fault } of scenario.faults) {
    const trigger = when == null ? null : bindCondition(when, world, () => strikers);
    strikers.push(new Injection(world, fault, trigger));
  }
  const nemeses = (scenario.nemeses ?? []).map(
    (spec) => new Nemesis(world, spec, scenario.durationUs),
  );
  strikers.push(...nemeses);
  return { strikers, nemeses };
}

function serverNodes(scenario: Scenario, group: GroupSpec): WorldNode[] {
  return group.nodes.map((self, index) => {
    const region = group.regions[index] ?? null;
    const { name, nodes: members, calls } = group;
    const place = placeOf(scenario, { name, members, calls }, self, index, region);
    return {
      id: self,
      group: group.name,
      members: group.nodes,
      region,
      client: false,
      sync: group.disk.sync,
      cpuMessageUs: group.cpuMessageUs,
      clock: group.clock,
      create: () => group.system.create(group.params, place, group.bug),
    };
  });
}

/** A group or a load, as its members see it. */
interface Home {
  readonly name: string;
  readonly members: readonly NodeId[];
  readonly calls: GroupSpec['calls'];
}

function placeOf(
  scenario: Scenario,
  home: Home,
  self: NodeId,
  index: number,
  region: string | null,
): Place {
  return {
    self,
    group: home.name,
    index,
    members: home.members,
    region,
    resolve: (name) => resolve(scenario, name),
    policiesFor: (target) => policiesFor(scenario, home.calls, target),
    policyNameOf: (node) => policyNameOf(scenario, home.calls, node),
  };
}

/** The nodes that a name stands for. */
function resolve(scenario: Scenario, name: string): readonly NodeId[] {
  for (const group of scenario.groups) {
    if (group.name === name) return group.nodes;
    if (group.nodes.includes(name)) return [name];
  }
  return [];
}

/**
 * `calls:` of the target's own name, else of the group that the target belongs to; outermost first.
 */
function policiesFor(
  scenario: Scenario,
  calls: GroupSpec['calls'],
  target: string,
): readonly BoundPolicy[] {
  const specs = calls.get(policyNameOf(scenario, calls, target)) ?? [];
  return specs
    .map(({ policy, params }) => ({
      name: policy.name,
      layer: policy.layer,
      create: () => policy.create(params),
    }))
    .sort((a, b) => a.layer - b.layer || (a.name < b.name ? -1 : 1));
}

/** The name whose `calls:` hold for a target: its own if it is there, else its group's. */
function policyNameOf(scenario: Scenario, calls: GroupSpec['calls'], target: string): string {
  if (calls.has(target)) return target;
  return scenario.groups.find((other) => other.nodes.includes(target))?.name ?? target;
}

function clientNodes(scenario: Scenario, load: LoadSpec, dial: LoadDial): WorldNode[] {
  const generator = load.workload.generator(load.params);
  const specs = clientSpecs(load);
  return load.clients.map((self, index) => {
    const region = load.regions?.[index] ?? null;
    const memory = new ClientMemory();
    const spec = specs[index] as ClientSpec;
    const home = { name: load.name, members: load.clients, calls: load.calls ?? new Map() };
    const place = placeOf(scenario, home, self, index, region);
    return {
      id: self,
      group: load.name,
      members: [self],
      region,
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
  return (from, to) => {
    const ends = [nodes[from], nodes[to]];
    const client = ends.some((node) => node?.client === true);
    let link = client ? ofClients : network;
    for (const rule of rules) {
      if (rule.from.has(ends[0]?.id ?? '') && rule.to.has(ends[1]?.id ?? '')) {
        link = { ...link, ...rule.link };
      }
    }
    return client && link.duplicate !== 0 ? { ...link, duplicate: 0 } : link;
  };
}
