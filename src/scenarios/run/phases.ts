/**
 * What follows chaos. *Settle*: what was to last for a time is healed, members that died are
 * started again, and every group that says how many members it needs must answer those who can
 * reach such a core. *Verify*: the clients' final reads.
 */
import type { LivenessFact } from '../../checks/checker.ts';
import { isAnswered } from '../../checks/metrics/parts/request.ts';
import type { Operation } from '../../sim/history.ts';
import type { World } from '../../sim/kernel/world.ts';
import type { NodeId } from '../../sim/node.ts';
import { formatDurationUs } from '../../sim/units.ts';
import { FINAL_READ, PROBE } from '../../workloads/client/client.ts';
import {
  type GroupSpec,
  initialOf,
  type LoadSpec,
  roleCounts,
  type Scenario,
  SETTLE_US,
  VERIFY_US,
} from '../scenario.ts';
import type { Built } from './build.ts';
import { coreOf } from './connected-core.ts';

/** How often the phases look whether they may end. */
const LOOK_US = 100_000;
/** An answer that comes in the second half of settling is slow. */
const SLOW_SHARE = 0.5;

/** A group that must make progress, and those who ask it. */
interface Trial {
  readonly group: GroupSpec;
  readonly quorum: number;
  readonly loads: readonly LoadSpec[];
  core: readonly NodeId[];
  /** Clients that can reach the core and have had no answer yet. */
  readonly waiting: Set<NodeId>;
  asked: number;
  /** When the last of them had one; true time. */
  lastAnswerUs: number;
}

/** Runs both phases; one fact for each group that declares a quorum and is asked by somebody. */
export function settleAndVerify(scenario: Scenario, built: Built): readonly LivenessFact[] {
  const { world, strikers, actions, clients } = built;
  for (const striker of [...strikers, ...actions]) striker.endChaos();
  // What heals now, heals as events of this instant; who died of its own is started after that.
  world.run(world.now);
  restart(world);
  const startUs = world.now;
  const settleUs = scenario.settleUs ?? SETTLE_US;
  const trials = trialsOf(scenario, world, settleUs);
  settle(world, trials, settleUs);
  for (const client of clients) world.poke(client, FINAL_READ);
  wait(
    world,
    scenario.verifyUs ?? VERIFY_US,
    () => isQuiet(world) && !clients.some((client) => isReading(world, client)),
  );
  const active = strikers.flatMap(({ strikes }) => strikes.filter((strike) => strike.isHeld));
  const names = [...new Set(active.map(({ spec }) => spec.name))];
  return trials.map((trial) => factOf(trial, startUs, settleUs, names));
}

function restart(world: World): void {
  for (const host of world.hosts) {
    if (host.node === null && host.downBy.length === 0)
      world.at(world.now, () => world.lives.boot(host));
  }
  world.run(world.now);
}

/** How many members a group needs, of those it begins with; undefined if it has no such number. */
export function quorumOf(group: GroupSpec): number | undefined {
  return group.system.quorum?.(group.params, initialOf(group).length, roleCounts(group));
}

function trialsOf(scenario: Scenario, world: World, settleUs: number): Trial[] {
  return scenario.groups.flatMap((group) => {
    const quorum = quorumOf(group);
    const loads = scenario.loads.filter(({ targets }) =>
      targets.some((target) => group.nodes.includes(target)),
    );
    if (quorum === undefined || loads.length === 0) return [];
    const trial: Trial = {
      group,
      quorum,
      loads,
      core: coreOf(world, group.nodes, settleUs),
      waiting: new Set(),
      asked: 0,
      lastAnswerUs: world.now,
    };
    if (trial.core.length >= quorum) {
      for (const client of whoReaches(trial)) if (isUp(world, client)) trial.waiting.add(client);
      trial.asked = trial.waiting.size;
    }
    return [trial];
  });
}

/** A client that a fault keeps down, or paused, asks nothing. */
function isUp(world: World, client: NodeId): boolean {
  const host = world.hosts[world.indexOf(client)];
  return host !== undefined && host.node !== null && host.pausedBy.length === 0;
}

/** Clients pinned to a member of the core, and those that ask members by turns. */
function whoReaches({ core, loads, group }: Trial): readonly NodeId[] {
  return loads.flatMap(({ clients, pinned, targets }) =>
    clients.filter((_, i) => {
      const node = pinned[i] ?? null;
      if (node !== null) return core.includes(node);
      return targets.every((target) => group.nodes.includes(target));
    }),
  );
}

/** Asks on behalf of whoever waits, until nobody does and nothing is in flight. */
function settle(world: World, trials: readonly Trial[], settleUs: number): void {
  const history = world.recorder.operations;
  const first = history.length;
  const look = (): boolean => {
    for (const operation of history.slice(first)) {
      if (!isAnswered(operation)) continue;
      const { client, completedAtUs } = operation;
      for (const trial of trials) {
        if (!trial.waiting.has(client) || isForNobody(operation, history)) continue;
        trial.waiting.delete(client);
        trial.lastAnswerUs = completedAtUs;
      }
    }
    for (const trial of trials) spareThoseDone(trial, world);
    const waiting = trials.flatMap((trial) => [...trial.waiting]);
    for (const client of waiting) world.poke(world.indexOf(client), PROBE);
    return waiting.length === 0 && isQuiet(world);
  };
  if (!look()) wait(world, settleUs, look);
  else world.run(world.now + LOOK_US);
}

/**
 * Whether a client heard that another has the lock, and no client had it: a lock that is free
 * goes to somebody (deadlock freedom), else the answer says no more than silence.
 */
function isForNobody(told: Operation, history: readonly Operation[]): boolean {
  if (told.f !== 'acquire' || told.error !== 'lock-held') return false;
  const holders = new Set<number>();
  for (const { f, key, outcome, process, completedAtUs, invokedAtUs } of history) {
    if (key !== told.key) continue;
    if (f === 'release' && invokedAtUs < told.invokedAtUs) holders.delete(process);
    const isOk = f === 'acquire' && outcome === 'ok';
    if (isOk && completedAtUs <= told.completedAtUs) holders.add(process);
  }
  return holders.size === 0;
}

/** A client that has nothing to ask, such as one that only listens, waits for no answer. */
function spareThoseDone(trial: Trial, world: World): void {
  for (const client of trial.waiting) {
    if (world.viewOf(world.indexOf(client))['done'] !== true) continue;
    trial.waiting.delete(client);
    trial.asked--;
  }
}

/** Runs at least one look, at most `mostUs`, until there is no more to wait for. */
function wait(world: World, mostUs: number, done: () => boolean): void {
  const end = world.now + mostUs;
  while (world.now < end && world.error === null) {
    world.run(Math.min(end, world.now + LOOK_US));
    if (done()) return;
  }
}

function isQuiet(world: World): boolean {
  return world.recorder.inFlight === 0;
}

function isReading(world: World, client: number): boolean {
  return world.viewOf(client)['reading'] === true;
}

/** `active`: names of faults that last. */
function factOf(
  trial: Trial,
  startUs: number,
  settleUs: number,
  active: readonly string[],
): LivenessFact {
  const { group, quorum, core, waiting, asked, lastAnswerUs } = trial;
  const members = Math.max(initialOf(group).length, core.length);
  const fact = { group: group.name, core, quorum, members };
  if (core.length < quorum) {
    const talking = core.length === 0 ? 'none' : core.join(' ');
    const because = `it needs ${quorum} of ${members} members that can talk to each other, and has ${core.length}: ${talking}`;
    return { ...fact, state: 'unavailable-by-design', afterUs: null, because };
  }
  if (asked === 0) {
    const because = `no client can reach the core ${core.join(' ')}`;
    return { ...fact, state: 'not asked', afterUs: null, because };
  }
  if (waiting.size > 0) {
    const who = [...waiting].slice(0, 3).join(', ');
    const rest = waiting.size > 3 ? ` and ${waiting.size - 3} more` : '';
    const blame = active.length === 0 ? '' : `; still active: ${active.join(', ')}`;
    const because = `${who}${rest} had no answer in ${formatDurationUs(settleUs)}, though ${core.join(' ')} were up and could talk to each other${blame}`;
    return { ...fact, state: 'stuck', afterUs: null, because };
  }
  const afterUs = lastAnswerUs - startUs;
  const who = asked === 1 ? 'the client that reaches it' : `all ${asked} clients that reach it`;
  const because = `${who} had an answer within ${formatDurationUs(afterUs)} of healing`;
  return { ...fact, state: afterUs > SLOW_SHARE * settleUs ? 'slow' : 'live', afterUs, because };
}
