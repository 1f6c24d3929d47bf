/**
 * Raft under a random and hostile world: messages are lost, doubled, delayed and swapped, servers
 * crash and keep any part of their last writes, links are cut, timers fire early and late. One
 * seed, one run.
 *
 * Beside the servers runs a witness that they do not know of. It sees every entry that anybody
 * applies, applies it to a reference state machine once, and compares: with what others applied,
 * with the logs of new leaders, and with every answer that a client gets, definite errors included.
 */

import type { RegisterRequest } from '../../src/interfaces/register.ts';
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import { invariants } from '../../src/nodes/consensus/raft/invariants.ts';
import type { ClientReply, Entry, NoOp } from '../../src/nodes/consensus/raft/messages.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { Settings } from '../../src/nodes/consensus/raft/settings.ts';
import { type RegisterCommand, Registers } from '../../src/nodes/parts/machines/registers.ts';
import type { Detail, NodeId, Plain, Random } from '../../src/sim/node.ts';
import { errors } from '../../src/sim/rpc.ts';
import type { Driven, Sent } from '../support/drive.ts';
import { HandCluster } from '../support/drive.ts';
import { fixedRandom } from '../support/fixed-random.ts';
import { names, registersOf, server } from './raft-cluster.ts';

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
  /** Chance that those that are down come back in a step. */
  readonly reboot: number;
}

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
    run.run(options.steps ?? 2500);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error.message;
  }
  return { ...run.counts, violation, terms: run.witness.leaders.size };
}

class Chaos {
  readonly witness: Witness;
  readonly counts = {
    committed: 0,
    crashes: 0,
    answered: 0,
    failed: 0,
    retried: 0,
    aborted: 0,
    repeated: 0,
  };
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
    this.temper = {
      servers: random.pick([3, 3, 5]),
      loss: random.pick([0, 0.02, 0.1]),
      duplicate: random.pick([0, 0.05, 0.2]),
      order: random.pick([0.5, 0.9, 1]),
      crash: random.pick([0, 0.001, 0.004]),
      cut: random.pick([0, 0.001, 0.004]),
      flush: random.pick([0.15, 0.4]),
      timers: random.pick([0.01, 0.02, 0.05]),
      skew: random.pick([0.02, 0.1, 0.3]),
      reboot: random.pick([0.01, 0.05]),
      ...temper,
    };
    const members = names(this.temper.servers);
    const drawn: Partial<Settings> = {
      preVote: random.chance(0.5),
      checkQuorum: random.chance(0.5),
      parallelWrite: random.chance(0.5),
      batchEntries: random.pick([1, 2, 64]),
      batchDelayMs: random.pick([0, 0, 10]),
      inFlightMax: random.pick([1, 2, 8]),
      ...settings,
    };
    this.nodes = members.map((id, i) =>
      server(id, members, {
        settings: drawn,
        bug,
        disk: 'by-hand',
        quiet: true,
        random: fixedRandom(seed * 104729 + i),
      }),
    );
    this.group = new HandCluster(this.nodes);
    this.witness = new Witness(this.nodes);
    this.processes = Array.from({ length: 4 }, () => this.newProcess());
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
    if (random.chance(temper.crash)) return this.crash();
    if (random.chance(temper.cut)) return this.cut();
    if (random.chance(temper.reboot)) return this.restart();
    const dice = random.between(0, 1);
    if (dice < 0.1) return this.ask(random.pick(this.processes));
    if (dice < 0.1 + temper.timers) return this.fire();
    if (dice < 0.1 + temper.timers + temper.flush) return this.flush();
    this.deliver();
  }

  private deliver(): void {
    const { mail } = this.group;
    const { random, temper } = this;
    if (mail.length === 0)
      return this.nodes.some((node) => node.up && node.dirty > 0) ? this.flush() : this.fire();
    const place = random.chance(temper.order) ? 0 : random.int(0, mail.length - 1);
    const sent = mail[place] as Sent;
    if (!random.chance(temper.duplicate)) mail.splice(place, 1);
    if (random.chance(temper.loss)) return;
    this.hand(sent);
  }

  private hand(sent: Sent): void {
    const node = this.group.at(sent.to);
    node.tick(this.nowMs);
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
    node.flush(this.random.chance(0.7) ? Infinity : this.random.int(0, node.dirty));
    this.group.collect();
    this.witness.look(node);
  }

  private crash(): void {
    const node = this.random.pick(this.nodes);
    if (!node.up) return;
    node.crash(this.random.chance(0.5) ? 0 : this.random.int(0, node.dirty));
    // Its connections to clients break: no copy of a request outlives the server that it was sent
    // to.
    this.group.drop(({ from, to }) => from === 'client' && to === node.self);
    this.counts.crashes++;
    this.witness.forget(node);
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
      this.request(operation);
    } else if (this.random.chance(0.3)) {
      // It may still happen, so nobody speaks for this session again.
      Object.assign(process, this.newProcess());
    }
  }

  private newOperation(process: Process): Operation {
    process.serial++;
    const { session, serial } = process;
    const key = this.random.pick(['x', 'y']);
    const common = { session, serial, key };
    const dice = this.random.between(0, 1);
    const command: RegisterCommand =
      dice < 0.35
        ? { type: 'read', ...common }
        : dice < 0.7
          ? { type: 'write', ...common, value: `${session}.${serial}` }
          : { type: 'cas', ...common, from: this.witness.value(key), to: `${session}.${serial}` };
    return { command, since: this.witness.answeredFor, requests: new Set(), open: 0, attempts: 0 };
  }

  private request(operation: Operation): void {
    const id = ++this.requests;
    operation.requests.add(id);
    operation.open++;
    operation.attempts++;
    const attempt = operation.attempts;
    const request: RegisterRequest = { ...operation.command, id, attempt, timeoutMs: null };
    // The client's link loses, doubles and delays as any other.
    this.group.mail.push({
      from: 'client',
      to: this.random.pick(this.nodes).self,
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
    this.counts.committed = this.witness.committed.length;
    this.counts.repeated = this.witness.repeated;
  }

  private hear(process: Process, operation: Operation, reply: ClientReply): void {
    if (reply.type !== 'error' || errors.get(reply.code)?.answers === true) {
      this.witness.answered(operation.command, operation.since, reply);
      this.counts.answered++;
      process.operation = null;
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
    this.group.heal();
    this.restart();
    const last = this.newProcess();
    for (let round = 0; round < 600; round++) {
      if (last.operation === null && last.serial === 1 && this.agree()) return;
      if (last.operation === null && last.serial === 0) {
        last.operation = this.newOperation(last);
        this.processes.push(last);
      }
      if (last.operation !== null && round % 20 === 0) this.request(last.operation);
      this.fire();
      for (let i = 0; i < 6; i++) {
        for (const sent of this.group.mail.splice(0)) this.hand(sent);
        for (const node of this.nodes) {
          node.flush();
          this.group.collect();
          this.witness.look(node);
        }
      }
      this.listen();
    }
    throw new Violation('progress', 'healed, and yet no write is answered and applied everywhere');
  }

  private agree(): boolean {
    const { committed } = this.witness;
    for (const { node } of this.nodes) {
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
  private readonly seen = new Map<NodeId, number>();
  private readonly views = new Map<NodeId, Detail>();
  private readonly state = new Registers();
  /** By session and serial: where it was executed first, and how it ended. */
  private readonly done = new Map<string, { index: number; outcome: string }>();
  private readonly never = new Set<string>();
  /** By key: every value it has had, and from which index on. */
  private readonly values = new Map<string, { index: number; value: Plain }[]>();

  constructor(nodes: readonly Driven<Raft>[]) {
    for (const node of nodes) this.look(node);
  }

  value(key: string): Plain {
    return this.state.read(key);
  }

  /** A server has done something: looks at it, and at all together. */
  look(driven: Driven<Raft>): void {
    const { self, node } = driven;
    if (node.role === 'leader') this.led(self, node);
    for (let index = (this.seen.get(self) ?? 0) + 1; index <= node.lastApplied; index++) {
      this.applied(self, index, node.log.at(index));
      this.seen.set(self, index);
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
    for (const [i, entry] of this.committed.entries()) {
      if (node.log.lastIndex <= i || node.log.at(i + 1) !== entry) {
        const what = `${id} leads in term ${node.currentTerm} without entry ${i + 1}`;
        throw new Violation('leader-completeness', what);
      }
    }
  }

  private applied(id: NodeId, index: number, entry: Entry): void {
    const before = this.committed[index - 1];
    if (before === undefined) {
      this.committed.push(entry);
      this.execute(index, entry);
    } else if (before !== entry) {
      throw new Violation('state-machine-safety', `${id} applied another entry at ${index}`);
    }
  }

  private execute(index: number, entry: Entry): void {
    const command = entry.command as RegisterCommand | NoOp;
    if (command.type === 'no-op' || command.type === 'read') return;
    const name = `${command.session}/${command.serial}`;
    if (this.never.has(name)) {
      throw new Violation('definite errors', `${name} was refused for good, and then happened`);
    }
    if (this.done.has(name)) {
      this.repeated++;
      return;
    }
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
