/**
 * Raft under a random and hostile world: messages are lost, doubled, delayed and swapped, servers
 * crash and keep any part of their last writes, links are cut or starved, timers fire early and
 * late, an operator changes the members, hands leadership over and has snapshots taken. One seed,
 * one run: the style of the world, the settings and the hostility are all drawn from it.
 *
 * Beside the servers runs a witness that they do not know of. It sees every entry that anybody
 * applies, applies it to a reference state machine once, and compares: with what others applied,
 * with the logs of new leaders, and with every answer that a client gets, definite errors included.
 */

import type { RegisterRequest } from '../../src/interfaces/register.ts';
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import { includes, isJoint } from '../../src/nodes/consensus/raft/configuration.ts';
import { invariants } from '../../src/nodes/consensus/raft/invariants.ts';
import { type Entry, isInternal, type NoOp } from '../../src/nodes/consensus/raft/messages.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { Settings } from '../../src/nodes/consensus/raft/settings.ts';
import type { ClientReply } from '../../src/nodes/parts/machines/askers.ts';
import { type RegisterCommand, Registers } from '../../src/nodes/parts/machines/registers.ts';
import { Sessions } from '../../src/nodes/parts/machines/sessions.ts';
import type { Detail, NodeId, Plain, Random } from '../../src/sim/node.ts';
import { errors } from '../../src/sim/rpc.ts';
import type { Driven, Sent } from '../support/drive.ts';
import { HandCluster } from '../support/drive.ts';
import { fixedRandom } from '../support/fixed-random.ts';
import { type PlotName, plots, type Stage, type Theatre } from './plots.ts';
import { settings as allSettings, names, PAPER, registersOf, server } from './raft-cluster.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly steps?: number;
  readonly bug?: Bug | null;
  readonly settings?: Partial<Settings>;
  /** Makes the world hostile in a certain way; the rest is drawn. */
  readonly temper?: Partial<Temper>;
}

/**
 * What went wrong, in one sentence that begins with the name of the property; thrown by the
 * witness.
 */
export class Violation extends Error {
  constructor(property: string, text: string) {
    super(`${property}: ${text}`);
    this.name = 'Violation';
  }
}

/** What happened in a run, so that a test can see that anything did. */
export interface ChaosResult {
  readonly violation: string | null;
  /** The style of the world. */
  readonly style: string;
  readonly terms: number;
  readonly committed: number;
  readonly crashes: number;
  readonly answered: number;
  readonly failed: number;
  readonly retried: number;
  /** Definite errors `abort`: another entry took the place. */
  readonly aborted: number;
  /** Commands that stood in the log a second time. */
  readonly repeated: number;
  /**
   * Configurations that were committed, snapshots installed, and other leaders told to take over.
   */
  readonly changed: number;
  readonly installed: number;
  readonly transferred: number;
}

/** How hostile this seed is. */
export interface Temper {
  readonly servers: number;
  readonly loss: number;
  readonly duplicate: number;
  /** Chance that the oldest message is delivered, and not just any. */
  readonly order: number;
  readonly crash: number;
  readonly cut: number;
  readonly flush: number;
  /**
   * Chance that a timer fires in a step, though messages are under way; and that it is not the next
   * one due.
   */
  readonly timers: number;
  readonly skew: number;
  /** Chance that a client asks, or asks again, in a step. */
  readonly ask: number;
  /** Share of an operator's commands that add learners or make voters learners. */
  readonly learners: number;
  /** Chance that those that are down come back in a step. */
  readonly reboot: number;
  /** Chance that an operator gives a command in a step. */
  readonly operate: number;
  /** Chance that a link is held up in a step: what is on it comes late, and is not lost. */
  readonly starve: number;
  /** Share of the other commands that are transfers. */
  readonly transfers: number;
  /** Chance that a server in the midst of something delicate is hit just then. */
  readonly ambush: number;
  /** Servers besides those that the group begins with. */
  readonly spares: number;
  /** Crashes tear what was being written. */
  readonly tears: boolean;
  /** Chance that a crash of the first server damages an entry of its log. */
  readonly damage: number;
}

/**
 * Worlds that go for certain mistakes, one of them for each seed. `mixed` draws everything.
 * Elections that cross reboots; entries of old terms (Figure 8) and leaders that overwrite each
 * other; power cuts; members that change, one by one and jointly; reads beside the log; leases and
 * slow links; snapshots and late pieces; damaged disks.
 */
const styles = {
  mixed: {},
  reboots: {
    settings: PAPER,
    temper: { servers: 3, crash: 0.08, reboot: 0.05, skew: 0.5, flush: 0.1, loss: 0.1, order: 1 },
  },
  'figure-8': {
    settings: { ...PAPER, batchEntries: 1, inFlightMax: 1 },
    temper: {
      servers: 3,
      crash: 0.08,
      reboot: 0.02,
      skew: 0.3,
      flush: 0.1,
      loss: 0,
      order: 1,
      cut: 0.01,
    },
  },
  overwrites: {
    plots: ['overwritten'],
    settings: { ...PAPER, batchEntries: 1 },
    temper: {
      servers: 5,
      spares: 0,
      crash: 0.004,
      cut: 0.01,
      skew: 0.1,
      ask: 0.1,
      timers: 0.02,
      loss: 0,
      order: 1,
      flush: 0.4,
    },
  },
  'power-cuts': { temper: { servers: 3, crash: 0.04, skew: 0.8, flush: 0.1 } },
  'one-by-one': {
    plots: ['cut-off'],
    settings: { ...PAPER, membership: 'single', snapshotEvery: 0, reads: 'log' },
    temper: {
      servers: 4,
      spares: 1,
      operate: 0.05,
      transfers: 0,
      learners: 0,
      cut: 0.015,
      crash: 0,
      skew: 0.3,
      timers: 0.05,
      ambush: 0.1,
      loss: 0.02,
    },
  },
  jointly: {
    settings: { ...PAPER, membership: 'joint', snapshotEvery: 3, snapshotKeep: 0 },
    temper: {
      servers: 3,
      spares: 3,
      operate: 0.03,
      transfers: 0.1,
      cut: 0.005,
      crash: 0.004,
      skew: 0.1,
      timers: 0.05,
      ambush: 0.05,
      loss: 0,
    },
  },
  learners: {
    settings: { ...PAPER, snapshotEvery: 3, snapshotKeep: 0 },
    temper: {
      servers: 3,
      spares: 3,
      operate: 0.02,
      cut: 0.003,
      timers: 0.05,
      learners: 0.7,
      ambush: 0.02,
      loss: 0,
    },
  },
  reads: {
    plots: ['stale-read'],
    settings: { reads: 'read-index', sessionsMax: 10_000 },
    temper: {
      servers: 3,
      spares: 0,
      starve: 0.01,
      timers: 0.03,
      cut: 0,
      crash: 0,
      operate: 0.004,
      ask: 0.1,
      order: 0.9,
      flush: 0.4,
    },
  },
  leases: {
    plots: ['stale-read', 'hand-over', 'broken-promise'],
    settings: { reads: 'lease', sessionsMax: 10_000, snapshotEvery: 0 },
    temper: {
      servers: 3,
      spares: 0,
      starve: 0.01,
      timers: 0.03,
      flush: 0.4,
      skew: 0,
      operate: 0.01,
      transfers: 1,
      learners: 0,
      ask: 0.1,
      ambush: 0.1,
      crash: 0.001,
      cut: 0,
      loss: 0,
    },
  },
  snapshots: {
    settings: { snapshotEvery: 3, snapshotKeep: 0, batchEntries: 64 },
    temper: { starve: 0.01, duplicate: 0.2, order: 0.7, loss: 0.02, ask: 0.1, timers: 0.03 },
  },
  damage: { temper: { servers: 3, damage: 0.7, crash: 0.01, spares: 0, operate: 0, skew: 0.3 } },
} satisfies { readonly [style: string]: World };
type World = {
  readonly plots?: readonly PlotName[];
  readonly settings?: Partial<Settings>;
  readonly temper?: Partial<Temper>;
};

/**
 * Chance of a step to begin a plot, and for how many steps a plot waits for each of its moments.
 */
const PLOT = 0.02;
const PATIENCE = 500;

/** Clients ask nothing while this many messages are under way: they would only make a queue. */
const MAIL_MAX = 40;

interface Operation {
  readonly command: RegisterCommand;
  /** What was known to be done before it began: the index of the last entry answered for. */
  readonly since: number;
  /** Requests sent for it, and which of them were definitely refused. */
  readonly requests: Set<number>;
  open: number;
  attempts: number;
}

interface Process {
  session: string;
  serial: number;
  operation: Operation | null;
}

/** Runs one seed to its end, or to the first violation. */
export function chaos(options: ChaosOptions): ChaosResult {
  const run = new Chaos(options);
  let violation: string | null = null;
  try {
    run.run(options.steps ?? 3000);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error.message;
  }
  return { ...run.counts, style: run.style, violation, terms: run.witness.leaders.size };
}

class Chaos {
  readonly witness: Witness;
  readonly style: string;
  readonly counts = {
    committed: 0,
    crashes: 0,
    answered: 0,
    failed: 0,
    retried: 0,
    aborted: 0,
    repeated: 0,
    changed: 0,
    installed: 0,
    transferred: 0,
  };
  private readonly starved = new Set<string>();
  private readonly plots: readonly PlotName[];
  private plot: { stages: readonly Stage[]; patience: number } | null = null;
  private readonly random: Random;
  private readonly temper: Temper;
  private readonly group: HandCluster<Raft>;
  private readonly nodes: readonly Driven<Raft>[];
  private readonly processes: Process[];
  private sessions = 0;
  private requests = 0;
  private nowMs = 0;

  constructor({ seed, bug = null, settings, temper }: ChaosOptions) {
    const random = fixedRandom(seed * 7919 + 13);
    this.random = random;
    this.style = random.pick(Object.keys(styles));
    const world: World = styles[this.style as keyof typeof styles];
    this.plots = world.plots ?? [];
    this.temper = {
      servers: random.pick([3, 3, 4, 5]),
      loss: random.pick([0, 0.02, 0.1]),
      duplicate: random.pick([0, 0.05, 0.2]),
      order: random.pick([0.5, 0.9, 1]),
      crash: random.pick([0, 0.001, 0.004]),
      cut: random.pick([0, 0.001, 0.004]),
      flush: random.pick([0.15, 0.4]),
      timers: random.pick([0.01, 0.02, 0.05]),
      skew: random.pick([0.02, 0.1, 0.3]),
      reboot: random.pick([0.01, 0.05]),
      ask: random.pick([0.1, 0.2]),
      learners: 0.1,
      transfers: 0.3,
      ambush: random.pick([0, 0.02]),
      operate: random.pick([0, 0.002, 0.01]),
      starve: random.pick([0, 0, 0.01]),
      spares: random.pick([0, 1, 2]),
      tears: random.chance(0.3),
      damage: 0,
      ...world.temper,
      ...temper,
    };
    const members = names(this.temper.servers + this.temper.spares);
    const initial = names(this.temper.servers);
    const reads = random.pick(['log', 'read-index', 'lease'] as const);
    const drawn: Partial<Settings> = {
      preVote: random.chance(0.5),
      checkQuorum: random.chance(0.5),
      reads,
      membership: random.pick(['single', 'joint']),
      snapshotEvery: random.pick([0, 3, 8, 20]),
      snapshotKeep: random.pick([0, 0, 3]),
      snapshotChunk: random.pick([200, 1000, 100_000]),
      sessionsMax: random.pick([3, 10_000, 10_000]),
      onCorruptLog: 'repair',
      parallelWrite: random.chance(0.5),
      batchEntries: random.pick([1, 2, 64]),
      batchDelayMs: random.pick([0, 0, 10]),
      inFlightMax: random.pick([1, 2, 8]),
      ...world.settings,
      ...settings,
    };
    // Without the promise of the voters there are no leases.
    const usable = drawn.reads === 'lease' ? { ...drawn, checkQuorum: true } : drawn;
    this.nodes = members.map((id, i) =>
      server(id, members, {
        settings: usable,
        initial,
        bug,
        disk: 'by-hand',
        quiet: true,
        random: fixedRandom(seed * 104729 + i),
      }),
    );
    if (this.temper.tears) for (const node of this.nodes) node.tearInCrashes();
    this.group = new HandCluster(this.nodes);
    this.witness = new Witness(this.nodes, allSettings(usable).sessionsMax);
    this.processes = Array.from({ length: 5 }, () => this.newProcess());
  }

  run(steps: number): void {
    for (let i = 0; i < steps; i++) {
      this.step();
      this.listen();
    }
    this.settle();
  }

  private step(): void {
    const { random, temper } = this;
    if (this.plot === null && this.plots.length > 0 && random.chance(PLOT)) this.conspire();
    if (this.plot !== null) this.thicken(this.plot);
    else {
      if (random.chance(temper.crash)) return this.crash();
      if (random.chance(temper.cut)) return this.cut();
      if (random.chance(temper.operate)) return this.operate();
      if (random.chance(temper.starve)) return this.starve();
      if (random.chance(temper.ambush)) this.ambush();
    }
    if (random.chance(temper.reboot)) return this.restart();
    const dice = random.between(0, 1);
    if (dice < temper.ask) {
      if (this.group.mail.length >= MAIL_MAX) return this.deliver();
      return this.ask(random.pick(this.processes));
    }
    if (dice < temper.ask + temper.timers) return this.fire();
    if (dice < temper.ask + temper.timers + temper.flush) return this.flush();
    this.deliver();
  }

  private conspire(): void {
    const theatre: Theatre = {
      random: this.random,
      nodes: this.nodes,
      group: this.group,
      starved: this.starved,
      answeredFor: 0,
      ask: (node, kind) => this.askAt(node, kind),
      command: (node, name, params) => this.tell(node, name, params),
      hand: (sent) => this.hand(sent),
      reboot: (node) => this.reboot(node),
    };
    Object.defineProperty(theatre, 'answeredFor', { get: () => this.witness.answeredFor });
    this.group.heal();
    this.starved.clear();
    this.plot = { stages: plots[this.random.pick(this.plots)](theatre), patience: PATIENCE };
  }

  /** Goes on with the plot if its moment has come; drops it if that takes too long. */
  private thicken(plot: { stages: readonly Stage[]; patience: number }): void {
    const [stage, ...rest] = plot.stages;
    if (stage?.() === true) {
      plot.stages = rest;
      plot.patience = PATIENCE;
    } else plot.patience--;
    if (plot.stages.length > 0 && plot.patience > 0) return;
    this.plot = null;
    this.group.heal();
    this.starved.clear();
  }

  private askAt(node: Driven<Raft>, kind: 'write' | 'read'): void {
    const process = this.random.pick(this.processes);
    Object.assign(process, this.newProcess());
    process.operation = this.newOperation(process, kind);
    this.request(process.operation, node);
    const sent = this.group.mail.pop();
    if (sent !== undefined && node.up) this.hand(sent);
    this.listen();
  }

  private tell(node: Driven<Raft>, name: string, params = {}): void {
    node.tick(this.nowMs).command(name, params);
    this.group.collect();
    this.witness.look(node);
  }

  private reboot(node: Driven<Raft>): void {
    node.crash();
    this.group.drop(({ from, to }) => from === 'client' && to === node.self);
    this.witness.forget(node);
    this.restart();
  }

  private deliver(): void {
    const { mail } = this.group;
    const { random, temper } = this;
    if (mail.length === 0)
      return this.nodes.some((node) => node.up && node.dirty > 0) ? this.flush() : this.fire();
    const place = this.nextPlace();
    if (place < 0) return this.fire();
    const sent = mail[place] as Sent;
    if (!random.chance(temper.duplicate)) mail.splice(place, 1);
    if (random.chance(temper.loss)) return;
    this.hand(sent);
  }

  /** Which message comes next: mostly the oldest, of those on links that are not held up. */
  private nextPlace(): number {
    const { mail } = this.group;
    const { random, temper, starved } = this;
    const place = random.chance(temper.order) ? 0 : random.int(0, mail.length - 1);
    if (starved.size === 0) return place;
    for (let i = 0; i < mail.length; i++) {
      const at = (place + i) % mail.length;
      const { from, to } = mail[at] as Sent;
      if (!starved.has(`${from}→${to}`)) return at;
    }
    return -1;
  }

  /** Holds up all links to or from a server, or one link; or lets everything go. */
  private starve(): void {
    const { random, starved } = this;
    if (random.chance(0.4)) return starved.clear();
    const { self } = random.chance(0.5) ? random.pick(this.nodes) : this.someLeader();
    const others = this.nodes.filter((node) => node.self !== self).map((node) => node.self);
    const chosen = random.chance(0.5) ? others : [random.pick(others)];
    const ways = random.pick(['out', 'in', 'both']);
    for (const other of chosen) {
      if (ways !== 'in') starved.add(`${self}→${other}`);
      if (ways !== 'out') starved.add(`${other}→${self}`);
    }
  }

  private someLeader(): Driven<Raft> {
    const leaders = this.nodes.filter((node) => node.up && node.node.role === 'leader');
    return this.random.pick(leaders.length > 0 ? leaders : this.nodes);
  }

  /** Strikes where mistakes hide: in the midst of a change, of handing over, of an election. */
  private ambush(): void {
    const leader = this.someLeader();
    if (!leader.up || leader.node.role !== 'leader') return;
    const { node, self } = leader;
    const all = this.nodes.map((each) => each.self).filter((id) => id !== self);
    if (node.transfer?.told === true) {
      // The old leader hears nothing of the election.
      for (const id of all) this.starved.add(`${id}→${self}`);
      return;
    }
    const { voters, learners } = node.configuration;
    if (node.log.latest.index > node.commitIndex) {
      // A configuration that is not committed: with those who shall vote, or with anybody.
      const side = this.random.chance(0.5) ? voters : this.random.shuffle(all).slice(0, 2);
      return this.separate([self, ...side], all);
    }
    if (learners.length > 1) return this.separate([self, ...learners], all);
    if (node.settings.reads === 'lease') this.rebootVoter(leader);
  }

  private separate(side: readonly NodeId[], all: readonly NodeId[]): void {
    this.group.heal().cut(
      side,
      all.filter((id) => !side.includes(id)),
    );
  }

  /**
   * Somebody campaigns while the leader has a lease: a voter that had promised not to vote reboots.
   */
  private rebootVoter(leader: Driven<Raft>): void {
    const campaigns = ({ up, node }: Driven<Raft>) => up && /candidate/.test(node.role);
    const candidate = this.nodes.find((each) => each.up && campaigns(each));
    const voter = this.nodes.find((each) => each !== leader && each !== candidate && each.up);
    if (candidate === undefined || voter === undefined) return;
    for (const { self } of [candidate, voter]) {
      this.starved.add(`${leader.self}→${self}`).add(`${self}→${leader.self}`);
    }
    this.reboot(voter);
  }

  /** An operator's command to whomever. */
  private operate(): void {
    const { random } = this;
    const up = this.nodes.filter((node) => node.up);
    if (up.length === 0) return;
    const node = random.pick(up);
    node.tick(this.nowMs);
    const { voters } = node.node.configuration;
    const all = this.nodes.map(({ self }) => self);
    const server = [random.pick(all)];
    const dice = random.between(0, 1);
    if (random.chance(this.temper.learners)) {
      const learners = random.shuffle(all).slice(0, random.int(1, 2));
      const others = voters.filter((id) => !learners.includes(id));
      if (random.chance(0.5)) node.command('add-learner', { server });
      else if (others.length > 1) node.command('change', { voters: others, learners });
    } else if (random.chance(this.temper.transfers)) {
      node.command('transfer', random.chance(0.5) ? {} : { to: server });
    } else if (dice < 0.1) node.command('snapshot');
    else if (dice < 0.4) node.command('add', { server });
    else if (dice < 0.7 && voters.length > 2) node.command('remove', { server });
    else {
      const shuffled = random.shuffle(all);
      const count = random.int(2, shuffled.length);
      node.command('change', { voters: shuffled.slice(0, count), learners: [] });
    }
    this.group.collect();
    this.witness.look(node);
  }

  private hand(sent: Sent): void {
    const node = this.group.at(sent.to);
    node.tick(this.nowMs);
    if (sent.message.type === 'timeoutNow') this.counts.transferred++;
    this.group.hand(sent);
    if (node.up) this.witness.look(node);
  }

  /** Mostly the timer that is due next; now and then another, since clocks differ. */
  private fire(): void {
    const up = this.nodes.filter((node) => node.up);
    if (up.length === 0) return;
    const node = this.random.chance(this.temper.skew)
      ? this.random.pick(up)
      : up.reduce((a, b) => (b.nextTimerAtMs < a.nextTimerAtMs ? b : a));
    if (node.nextTimerAtMs === Infinity) return;
    node.fireNext();
    if (node.now() > this.nowMs) this.nowMs = node.now();
    this.group.collect();
    this.witness.look(node);
  }

  private flush(): void {
    const dirty = this.nodes.filter((each) => each.up && each.dirty > 0);
    if (dirty.length === 0) return;
    const node = this.random.pick(dirty);
    this.flushOf(node, this.random.chance(0.7) ? Infinity : this.random.int(0, node.dirty));
  }

  /** One flush after the other, each looked at: what is applied may be compacted by the next. */
  private flushOf(node: Driven<Raft>, flushes: number): void {
    node.tick(this.nowMs);
    for (let n = 0; n < flushes && node.dirty > 0; n++) {
      node.flush(1);
      this.group.collect();
      this.witness.look(node);
    }
  }

  private crash(): void {
    const node = this.random.pick(this.nodes);
    if (!node.up) return;
    node.crash(this.random.chance(0.5) ? 0 : this.random.int(0, node.dirty));
    if (node === this.nodes[0] && this.random.chance(this.temper.damage)) this.damage(node);
    // Its connections to clients break: no copy of a request outlives the server that it was sent
    // to.
    this.group.drop(({ from, to }) => from === 'client' && to === node.self);
    this.counts.crashes++;
    this.witness.forget(node);
  }

  /** An entry that was durable cannot be read any more. */
  private damage(node: Driven<Raft>): void {
    const { start, end } = node.storage.log('entries');
    if (end > start) node.damageRecord('entries', this.random.int(start, end - 1));
  }

  private restart(): void {
    for (const node of this.nodes) {
      if (node.up) continue;
      node.tick(this.nowMs).restart();
      this.witness.look(node);
    }
  }

  private cut(): void {
    this.group.heal();
    if (this.random.chance(0.3)) return;
    const order = this.random.shuffle(this.nodes.map((node) => node.self));
    const size = this.random.int(1, order.length - 1);
    if (this.random.chance(0.3)) this.group.cutOneWay(order[0] as NodeId, order[1] as NodeId);
    else this.group.cut(order.slice(0, size), order.slice(size));
  }

  // ---- clients -------------------------------------------------------------------------------

  private newProcess(): Process {
    return { session: `s${++this.sessions}`, serial: 0, operation: null };
  }

  /** Asks something new, asks again, or gives up. */
  private ask(process: Process): void {
    const { operation } = process;
    if (operation === null) {
      process.operation = this.newOperation(process);
      return this.request(process.operation);
    }
    if (operation.attempts < 4 && this.random.chance(0.6)) {
      this.counts.retried++;
      this.forgetFirstAttempts(operation);
      this.request(operation);
    } else if (this.random.chance(0.3)) {
      // It may still happen, so nobody speaks for this session again.
      Object.assign(process, this.newProcess());
    }
  }

  /**
   * A first attempt registers its session. So one that comes after its session was forgotten would
   * be executed again: that is where the promise ends, and it is not what is tried here.
   */
  private forgetFirstAttempts({ command }: Operation): void {
    const { session, serial } = command;
    this.group.drop(({ message }) => {
      const { request = message } = message as unknown as { request?: RegisterRequest };
      const asked = request as RegisterRequest;
      return asked.session === session && asked.serial === serial && asked.attempt === 1;
    });
  }

  private newOperation(process: Process, kind?: 'write' | 'read'): Operation {
    process.serial++;
    const { session, serial } = process;
    const key = this.random.pick(['x', 'y']);
    const common = { session, serial, key };
    const dice = kind === undefined ? this.random.between(0, 1) : kind === 'write' ? 0.5 : 0;
    const command: RegisterCommand =
      dice < 0.35
        ? { type: 'read', ...common }
        : dice < 0.7
          ? { type: 'write', ...common, value: `${session}.${serial}` }
          : { type: 'cas', ...common, from: this.witness.value(key), to: `${session}.${serial}` };
    return { command, since: this.witness.answeredFor, requests: new Set(), open: 0, attempts: 0 };
  }

  private request(operation: Operation, node = this.random.pick(this.nodes)): void {
    const id = ++this.requests;
    operation.requests.add(id);
    operation.open++;
    operation.attempts++;
    const attempt = operation.attempts;
    const request: RegisterRequest = { ...operation.command, id, attempt, timeoutMs: null };
    // The client's link loses, doubles and delays as any other.
    this.group.mail.push({
      from: 'client',
      to: node.self,
      message: request,
    });
  }

  private listen(): void {
    for (const { message } of this.group.answers.splice(0)) {
      const reply = message as ClientReply;
      for (const process of this.processes) {
        const { operation } = process;
        if (operation?.requests.delete(reply.inReplyTo) === true) {
          this.hear(process, operation, reply);
        }
      }
    }
    const { committed, repeated, changed, installed } = this.witness;
    Object.assign(this.counts, { committed: committed.length, repeated, changed, installed });
  }

  private hear(process: Process, operation: Operation, reply: ClientReply): void {
    if (reply.type !== 'error' || errors.get(reply.code)?.answers === true) {
      this.witness.answered(operation.command, operation.since, reply);
      this.counts.answered++;
      process.operation = null;
    } else if (reply.code === 'timeout') {
      // Nobody knows, and nobody will: it goes on in a new session.
      Object.assign(process, this.newProcess());
    } else if (errors.get(reply.code)?.definite === true) {
      if (reply.code === 'abort') this.counts.aborted++;
      operation.open--;
      if (operation.open > 0) return;
      // Every request sent for it was definitely refused: it did not happen and never will.
      this.witness.failed(operation.command);
      this.counts.failed++;
      process.operation = null;
    }
  }

  // ---- the end -------------------------------------------------------------------------------

  /** Heals everything: a new write must be answered, and all servers must end up with the same. */
  private settle(): void {
    this.plot = null;
    this.group.heal();
    this.starved.clear();
    this.restart();
    const last = this.newProcess();
    for (let round = 0; round < 600; round++) {
      if (last.operation === null && last.serial === 1 && this.agree()) return;
      if (last.operation === null && last.serial === 0) {
        last.operation = this.newOperation(last, 'write');
        this.processes.push(last);
      }
      if (last.operation !== null && round % 20 === 0) this.request(last.operation);
      this.fire();
      for (let i = 0; i < 6; i++) {
        for (const sent of this.group.mail.splice(0)) this.hand(sent);
        for (const node of this.nodes) this.flushOf(node, Infinity);
      }
      this.listen();
    }
    throw new Violation('progress', 'healed, and yet no write is answered and applied everywhere');
  }

  private agree(): boolean {
    const { committed } = this.witness;
    const leader = this.nodes.find(({ node }) => node.role === 'leader')?.node;
    if (leader === undefined || isJoint(leader.configuration)) return false;
    for (const { self, node } of this.nodes) {
      if (!includes(leader.configuration, self)) continue;
      if (node.lastApplied !== committed.length) return false;
      this.witness.sameState(node);
    }
    return true;
  }
}

/** What the witness knows. */
class Witness {
  /** Every entry that anybody has applied, index 1 first. */
  readonly committed: Entry[] = [];
  readonly leaders = new Map<number, NodeId>();
  /** The index of the last entry whose answer a client has. */
  answeredFor = 0;
  /** Commands found in the log again. */
  repeated = 0;
  changed = 0;
  installed = 0;
  /** The hash of all that was applied up to each index; 0 for none. */
  private readonly hashes: number[] = [0];
  private readonly seen = new Map<NodeId, number>();
  private readonly views = new Map<NodeId, Detail>();
  private readonly state = new Registers();
  /** By session and serial: where it was executed first, and how it ended. */
  private readonly done = new Map<string, { index: number; outcome: string }>();
  private readonly never = new Set<string>();
  /** By key: every value it has had, and from which index on. */
  private readonly values = new Map<string, { index: number; value: Plain }[]>();

  /** Which sessions are kept. */
  private readonly sessions: Sessions;

  constructor(nodes: readonly Driven<Raft>[], sessionsMax: number) {
    this.sessions = new Sessions(sessionsMax);
    for (const node of nodes) this.look(node);
  }

  value(key: string): Plain {
    return this.state.read(key);
  }

  /** A server has done something: looks at it, and at all together. */
  look(driven: Driven<Raft>): void {
    const { self, node } = driven;
    if (node.role === 'leader') this.led(self, node);
    const { baseIndex } = node.log;
    const seen = this.seen.get(self) ?? 0;
    if (node.lastApplied < seen) {
      throw new Violation('state-machine-safety', `${self} has gone back to ${node.lastApplied}`);
    }
    if (baseIndex > seen) this.installed++;
    for (let index = Math.max(seen, baseIndex) + 1; index <= node.lastApplied; index++) {
      this.applied(self, index, node.log.at(index));
      this.hashes[index] ??= node.log.hashAt(index);
    }
    this.seen.set(self, node.lastApplied);
    if (this.hashes[node.lastApplied] !== node.appliedHash) {
      const what = `${self} has applied something else up to ${node.lastApplied}`;
      throw new Violation('state-machine-safety', what);
    }
    this.views.set(self, driven.inspect());
    for (const { name, check } of invariants) {
      const broken = check(this.views);
      if (broken !== null) throw new Violation(name, broken);
    }
  }

  /** It has crashed: it will apply everything anew. */
  forget(driven: Driven<Raft>): void {
    this.seen.delete(driven.self);
    this.views.delete(driven.self);
  }

  private led(id: NodeId, node: Raft): void {
    const other = this.leaders.get(node.currentTerm);
    if (other === id) return;
    if (other !== undefined) {
      throw new Violation(
        'election-safety',
        `${other} and ${id} both led in term ${node.currentTerm}`,
      );
    }
    this.leaders.set(node.currentTerm, id);
    const { baseIndex } = node.log;
    for (const [i, entry] of this.committed.entries()) {
      if (i < baseIndex) continue;
      if (node.log.lastIndex <= i || node.log.at(i + 1) !== entry) {
        const what = `${id} leads in term ${node.currentTerm} without entry ${i + 1}`;
        throw new Violation('leader-completeness', what);
      }
    }
  }

  private applied(id: NodeId, index: number, entry: Entry): void {
    const before = this.committed[index - 1];
    if (before === undefined) {
      if (index !== this.committed.length + 1) throw new RangeError(`nobody saw ${index - 1}`);
      this.committed.push(entry);
      if (entry.command.type === 'configuration') this.changed++;
      this.execute(index, entry);
    } else if (before !== entry) {
      throw new Violation('state-machine-safety', `${id} applied another entry at ${index}`);
    }
  }

  private execute(index: number, entry: Entry): void {
    const command = entry.command as RegisterCommand | NoOp;
    if (isInternal(entry.command) || command.type === 'no-op') return;
    if (command.type === 'read') return;
    const name = `${command.session}/${command.serial}`;
    if (this.never.has(name)) {
      throw new Violation('definite errors', `${name} was refused for good, and then happened`);
    }
    if (this.done.has(name)) {
      this.repeated++;
      return;
    }
    // Neither does the group execute it: nobody knows any more whether it was executed before.
    if (entry.retry === true && this.sessions.mayHaveForgotten(command)) return;
    this.sessions.record(command, { type: '' });
    let outcome = 'write_ok';
    let value: Plain = command.type === 'write' ? command.value : command.to;
    if (command.type === 'write') this.state.write(command.key, value);
    else if (this.state.compareAndSet(command.key, command.from, command.to)) outcome = 'cas_ok';
    else {
      outcome = 'precondition-failed';
      value = this.state.read(command.key);
    }
    this.done.set(name, { index, outcome });
    const history = this.values.get(command.key) ?? [{ index: 0, value: null }];
    history.push({ index, value });
    this.values.set(command.key, history);
  }

  /** A client got an answer. */
  answered(command: RegisterCommand, since: number, reply: ClientReply): void {
    const name = `${command.session}/${command.serial}`;
    if (reply.type === 'read_ok') {
      this.readable(name, command.key, since, reply.value);
      return;
    }
    const done = this.done.get(name);
    const outcome = reply.type === 'error' ? reply.code : reply.type;
    if (done === undefined) {
      throw new Violation('exactly once', `${name} was answered ${outcome} and is not committed`);
    }
    if (done.outcome !== outcome) {
      throw new Violation('exactly once', `${name} was answered ${outcome}, not ${done.outcome}`);
    }
    if (done.index > this.answeredFor) this.answeredFor = done.index;
  }

  /** Linearizable: the value at some moment since the read began. */
  private readable(name: string, key: string, since: number, value: Plain): void {
    const history = this.values.get(key) ?? [{ index: 0, value: null }];
    const fits = history.some(
      (each, i) => each.value === value && (history[i + 1]?.index ?? Infinity) > since,
    );
    const written = history.find((each) => each.value === value)?.index ?? 0;
    if (written > this.answeredFor) this.answeredFor = written;
    if (fits) return;
    throw new Violation('linearizable', `${name} read ${value} of ${key}, which was the past`);
  }

  /** A client has a definite answer that it did not happen. */
  failed(command: RegisterCommand): void {
    const name = `${command.session}/${command.serial}`;
    if (command.type !== 'read' && this.done.has(name)) {
      throw new Violation('definite errors', `${name} has happened, and yet was refused for good`);
    }
    this.never.add(name);
  }

  sameState(node: Raft): void {
    for (const key of this.values.keys()) {
      if (registersOf(node).read(key) !== this.state.read(key)) {
        throw new Violation('exactly once', `${node.self} holds another value of ${key}`);
      }
    }
  }
}
