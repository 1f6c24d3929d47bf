/**
 * Events that may not reach their node at once: it is paused, its processor is busy, or a fault
 * makes trouble for its requests; and computations, which wait for the same cores. The loop comes
 * here only for hosts that are `unready`.
 */
import type { RequestTrouble } from '../fault.ts';
import type { Message } from '../node.ts';
import { isRequest, type Request } from '../rpc.ts';
import { COMPUTED, CONNECTION, DELAYED, DELIVERY, TIMEOUT, WAKE } from './event-kinds.ts';
import type { Host } from './host.ts';
import { Inbox, NO_INBOX } from './inbox.ts';
import type { Mail } from './mail.ts';
import { FROM, HASH, type Network, ROW } from './network.ts';
import { type Job, NO_JOBS, type Processor } from './processor.ts';
import type { EventQueue } from './queue.ts';
import type { Recorder } from './recorder.ts';
import { type DelayedRequest, errorOf, NO_REQUESTS } from './request-troubles.ts';
import type { Timer, TimerTable } from './timers.ts';

/** In place of a link, of a message to oneself. */
export const TO_ONESELF = -1;

/** What it needs of the world, and the ways on for what has waited. */
export interface Ways {
  readonly now: number;
  readonly hosts: readonly Host[];
  readonly mail: Mail;
  readonly network: Network;
  readonly queue: EventQueue;
  readonly recorder: Recorder;
  readonly timers: TimerTable;
  send(from: number, to: number, message: Message): void;
  deliver(host: Host, slot: number, link: number): void;
  fire(host: Host, timer: Timer): void;
  readonly connections: { due(slot: number): void };
  /** Runs a handler that is no message's and no timer's. */
  handle(host: Host, handler: () => void): void;
}

export class Arrivals {
  private readonly world: Ways;
  /** Requests that faults have delayed so far. */
  private delays = 0;
  private computations = 0;

  constructor(world: Ways) {
    this.world = world;
  }

  /** A message has arrived at an up node, and no cut is in its way. */
  arrive(host: Host, slot: number, link: number): void {
    if (this.mustWait(host)) {
      this.wait(host, DELIVERY, slot, link);
      return;
    }
    host.occupy();
    if (host.troubles === null || !this.isTroubled(host, slot, link)) {
      this.world.deliver(host, slot, link);
    }
  }

  /** A timer has come due. */
  expire(host: Host, timer: Timer, slot: number, epoch: number): void {
    if (this.mustWait(host)) this.wait(host, TIMEOUT, slot, epoch);
    else this.world.fire(host, timer);
  }

  /** A request has waited as long as a fault wants it to. */
  arriveDelayed(host: Host, number: number): void {
    const delayed = host.delayed.get(number);
    if (delayed === undefined) return;
    if (host.unready && this.mustWait(host)) this.wait(host, DELAYED, number, 0);
    else this.endDelay(host, number, delayed);
  }

  /** True if news of a connection has to wait for its node. */
  holds(host: Host, slot: number): boolean {
    if (!host.unready || !this.mustWait(host)) return false;
    this.wait(host, CONNECTION, slot, 0);
    return true;
  }

  /** The event that wakes a processor has come. */
  wakeUp(host: Host): void {
    const { processor } = host;
    if (processor.wakeAtUs <= this.world.now) processor.wakeAtUs = Infinity;
    this.wake(processor);
    host.refreshReadiness();
  }

  /** Hands the cores to what waits, the oldest first, until none is free or nothing waits. */
  wake(processor: Processor): void {
    for (;;) {
      const isFree = processor.hasFreeCore(this.world.now);
      const host = this.nextHost(processor, isFree);
      const job = isFree ? this.nextJob(processor) : null;
      if (job !== null && (host === null || job.turn < host.inbox.firstTurn)) {
        processor.leave(job);
        this.start(processor, job);
      } else if (host !== null) {
        this.handleNext(host);
        if (host.inbox.isEmpty) host.refreshReadiness();
      } else break;
    }
    if (this.isContended(processor)) this.wakeLater(processor);
  }

  /** The node of the oldest event that can be handled now. */
  private nextHost(processor: Processor, isFree: boolean): Host | null {
    let next: Host | null = null;
    for (const index of processor.hosts) {
      const host = this.world.hosts[index]!;
      if (host.inbox.isEmpty || !host.runs || (!isFree && this.needsCore(host))) continue;
      if (next === null || host.inbox.firstTurn < next.inbox.firstTurn) next = host;
    }
    return next;
  }

  private nextJob(processor: Processor): Job | null {
    return processor.waiting.find(({ host }) => this.world.hosts[host]!.runs) ?? null;
  }

  /** Something of a node that runs waits. */
  private isContended(processor: Processor): boolean {
    return (
      processor.hosts.some((index) => {
        const host = this.world.hosts[index]!;
        return !host.inbox.isEmpty && host.runs;
      }) || this.nextJob(processor) !== null
    );
  }

  /** What costs no time of a processor waits for none. */
  private needsCore(host: Host): boolean {
    return host.pace.messageUs !== 0 || host.busyUntilUs > this.world.now;
  }

  private handleNext(host: Host): void {
    const { kind, b, c } = host.inbox.take();
    if (kind === DELIVERY) {
      host.occupy();
      if (host.troubles === null || !this.isTroubled(host, b, c)) this.world.deliver(host, b, c);
    } else if (kind === DELAYED) {
      const delayed = host.delayed.get(b);
      if (delayed !== undefined) this.endDelay(host, b, delayed);
    } else if (kind === CONNECTION) this.world.connections.due(b);
    else {
      const timer = this.world.timers.due(b, c, this.world.now);
      if (timer !== null) this.world.fire(host, timer);
    }
  }

  // Computations.

  /** A node begins a computation that takes `workUs` µs on an unhindered core. */
  compute(host: Host, tag: string, key: number, workUs: number): void {
    const { processor } = host;
    const number = ++this.computations;
    const turn = processor.nextTurn();
    const where = { core: -1, startedUs: 0, factor: 1, endUs: 0 };
    const job: Job = { number, host: host.index, tag, key, turn, leftUs: workUs, ...where };
    processor.mergesWakes = true;
    if (host.jobs === NO_JOBS) host.jobs = new Map();
    host.jobs.set(number, job);
    if (processor.hasFreeCore(this.world.now) && !this.isContended(processor)) {
      this.start(processor, job);
      return;
    }
    processor.enqueue(job);
    this.wakeLater(processor);
  }

  private start(processor: Processor, job: Job): void {
    const host = this.world.hosts[job.host]!;
    processor.start(job, this.world.now, host.pace.slowness);
    host.pace.countComputation(job.leftUs);
    this.world.queue.push(job.endUs, COMPUTED, job.host, job.number, 0);
  }

  /** A computation is done, unless it was stopped, or goes on longer than it was to. */
  computed(host: Host, number: number): void {
    const { now } = this.world;
    const job = host.jobs.get(number);
    if (job === undefined || job.core < 0 || job.endUs > now) return;
    host.jobs.delete(number);
    host.processor.release(job, now);
    this.world.handle(host, () => {
      this.world.recorder.timer(host.index, job.tag, job.key);
      host.node?.timeout?.(host, job.tag, job.key);
    });
    this.wake(host.processor);
  }

  /** The node gives up its computations with this tag and key. */
  cancelJobs(host: Host, tag: string, key: number): void {
    for (const job of [...host.jobs.values()]) {
      if (job.tag === tag && job.key === key) this.removeJob(host, job);
    }
    if (this.isContended(host.processor)) this.wakeLater(host.processor);
  }

  private removeJob(host: Host, job: Job): void {
    host.jobs.delete(job.number);
    if (job.core < 0) host.processor.leave(job);
    else host.processor.release(job, this.world.now);
  }

  /** The pace of a node's processor has changed: what runs goes on at the new one. */
  retime(host: Host): void {
    const { now, queue } = this.world;
    for (const job of host.jobs.values()) {
      if (job.core < 0 || job.factor === host.pace.slowness) continue;
      host.processor.retime(job, now, host.pace.slowness);
      host.pace.countComputation(job.leftUs);
      queue.push(job.endUs, COMPUTED, host.index, job.number, 0);
    }
  }

  /** A paused node computes nothing: others may have its cores. It keeps its turns. */
  halt(host: Host): void {
    const { processor } = host;
    for (const job of host.jobs.values()) {
      if (job.core < 0) continue;
      processor.release(job, this.world.now);
      processor.enqueue(job);
    }
    if (this.isContended(processor)) this.wakeLater(processor);
  }

  /**
   * Messages that wait for a node die with it; its timers are void already. To be called when the
   * node is gone, so that delivering them drops them.
   */
  drop(host: Host): void {
    const waiting = host.inbox.takeAll();
    const delayed = [...host.delayed.values()];
    host.delayed.clear();
    for (const job of [...host.jobs.values()]) this.removeJob(host, job);
    host.processor.free(host.index, this.world.now);
    for (const { kind, b, c } of waiting) {
      if (kind === DELIVERY) this.world.deliver(host, b, c);
      // It finds that it belongs to an earlier life.
      else if (kind === CONNECTION) this.world.connections.due(b);
    }
    for (const { slot, link } of delayed) this.world.deliver(host, slot, link);
    if (this.isContended(host.processor)) this.wakeLater(host.processor);
  }

  private mustWait(host: Host): boolean {
    for (const tally of host.pausedBy) tally.eventsSuppressed++;
    if (host.pausedBy.length !== 0 || !host.inbox.isEmpty) return true;
    if (!this.needsCore(host)) return false;
    return !host.processor.hasFreeCore(this.world.now) || this.isContended(host.processor);
  }

  private wait(host: Host, kind: number, b: number, c: number): void {
    if (host.inbox === NO_INBOX) host.inbox = new Inbox();
    const first = host.inbox.isEmpty;
    host.inbox.add({ kind, b, c, turn: host.processor.nextTurn() });
    if (first && host.pausedBy.length === 0) this.wakeLater(host.processor);
  }

  private wakeLater(processor: Processor): void {
    const { now, queue } = this.world;
    const atUs = Math.max(now, processor.freeAtUs);
    if (processor.mergesWakes && processor.wakeAtUs <= atUs) return;
    processor.wakeAtUs = atUs;
    queue.push(atUs, WAKE, processor.hosts[0]!, 0, 0);
  }

  // Requests in trouble.

  /** True if the message is a request that has to wait, or that the node never sees. */
  private isTroubled(host: Host, slot: number, link: number): boolean {
    const { hosts, mail, network, now, queue } = this.world;
    const request = mail.look(slot);
    if (link === TO_ONESELF || !isRequest(request)) return false;
    const from = network.table[link * ROW + FROM]!;
    const { delayUs, failed } = host.troubles!.fateOf(hosts[from]!.self, request);
    if (delayUs > 0) {
      const number = ++this.delays;
      if (host.delayed === NO_REQUESTS) host.delayed = new Map();
      host.delayed.set(number, { slot, link, failed });
      queue.push(now + delayUs, DELAYED, host.index, number, 0);
      return true;
    }
    if (failed?.when !== 'before') return false;
    this.fail(host, slot, link, failed);
    return true;
  }

  /** The node gets a request that has waited, or its caller gets an error. */
  private endDelay(host: Host, number: number, { slot, link, failed }: DelayedRequest): void {
    host.delayed.delete(number);
    if (failed?.when === 'before') this.fail(host, slot, link, failed);
    else this.world.deliver(host, slot, link);
  }

  /** Answers a request with an error, in place of the node. */
  private fail(host: Host, slot: number, link: number, trouble: RequestTrouble): void {
    const { mail, network, recorder } = this.world;
    const type = mail.labels[2 * slot]!;
    const id = mail.labels[2 * slot + 1]!;
    const request = mail.take(slot);
    const { table } = network;
    const from = table[link * ROW + FROM]!;
    recorder.deliver(from, host.index, id, type, table[link * ROW + HASH]!, request);
    const error = errorOf(trouble, request as Request);
    if (error !== null) this.world.send(host.index, from, error);
  }
}
