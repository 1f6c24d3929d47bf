/**
 * Events that may not reach their node at once: it is paused, its processor is busy, or a fault
 * makes trouble for its requests. The loop comes here only for hosts that are `unready`.
 */
import type { RequestTrouble } from '../fault.ts';
import type { Message } from '../node.ts';
import { isRequest, type Request } from '../rpc.ts';
import { CONNECTION, DELAYED, DELIVERY, TIMEOUT, WAKE } from './event-kinds.ts';
import type { DelayedRequest, Host } from './host.ts';
import type { Mail } from './mail.ts';
import { FROM, HASH, type Network, ROW } from './network.ts';
import type { EventQueue } from './queue.ts';
import type { Recorder } from './recorder.ts';
import { errorOf } from './request-troubles.ts';
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
}

export class Arrivals {
  private readonly world: Ways;
  /** Requests that faults have delayed so far. */
  private delays = 0;

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

  /** Handles what waited, until the processor is busy again. */
  wake(host: Host): void {
    const { inbox } = host;
    while (!inbox.isEmpty) {
      if (host.node === null || host.pausedBy.length !== 0) return;
      if (host.busyUntilUs > this.world.now) {
        this.wakeLater(host);
        return;
      }
      const { kind, b, c } = inbox.take();
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
    host.refreshReadiness();
  }

  /**
   * Messages that wait for a node die with it; its timers are void already. To be called when the
   * node is gone, so that delivering them drops them.
   */
  drop(host: Host): void {
    const waiting = host.inbox.takeAll();
    const delayed = [...host.delayed.values()];
    host.delayed.clear();
    for (const { kind, b, c } of waiting) {
      if (kind === DELIVERY) this.world.deliver(host, b, c);
      // It finds that it belongs to an earlier life.
      else if (kind === CONNECTION) this.world.connections.due(b);
    }
    for (const { slot, link } of delayed) this.world.deliver(host, slot, link);
  }

  private mustWait(host: Host): boolean {
    for (const tally of host.pausedBy) tally.eventsSuppressed++;
    return host.pausedBy.length !== 0 || host.busyUntilUs > this.world.now || !host.inbox.isEmpty;
  }

  private wait(host: Host, kind: number, b: number, c: number): void {
    const first = host.inbox.isEmpty;
    host.inbox.add(kind, b, c);
    if (first && host.pausedBy.length === 0) this.wakeLater(host);
  }

  private wakeLater(host: Host): void {
    const { now, queue } = this.world;
    queue.push(Math.max(now, host.busyUntilUs), WAKE, host.index, 0, 0);
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
