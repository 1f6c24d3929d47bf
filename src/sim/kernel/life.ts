/** Who is up: nodes boot, crash, pause, resume and leave. Records when each was not up. */
import { assert } from '../assert.ts';
import type { Detail, Node, NodeState, StorageError } from '../node.ts';
import { COMMAND_NOTE, LEAVE_NOTE, STORAGE_NOTE } from '../notes.ts';
import { SET } from '../system.ts';
import type { Arrivals } from './arrivals.ts';
import { DiskError } from './disk-faults.ts';
import type { Host } from './host.ts';
import { newTally, removeOne, type Tally } from './network.ts';
import type { Recorder } from './recorder.ts';
import { BOOT, CRASH, PAUSE, RESUME } from './rows.ts';
import type { DownRecord, WorldNode } from './world-spec.ts';

/** What lives need of the world. */
export interface Stage {
  readonly now: number;
  readonly nodes: readonly WorldNode[];
  readonly recorder: Recorder;
  readonly connections: { crashed(node: number): void };
  readonly arrivals: Pick<Arrivals, 'wake' | 'drop' | 'halt'>;
  /** Runs a handler of a node, and what has to follow one. */
  handle(host: Host, handler: () => void): void;
  /** Runs an action at a time. */
  at(atUs: number, action: () => void): void;
  /** A node that is down now has had an event. */
  look(host: Host): void;
}

export class Lives {
  /** Stretches of time in which a node was down or paused, in the order in which they began. */
  readonly down: DownRecord[] = [];
  private readonly world: Stage;
  /** Keeps nodes down that nobody has started yet, or that were stopped until somebody does. */
  private readonly stopped: Tally = newTally();
  /** Nodes that are leaving and will be stopped; whether they start again after that. */
  private readonly leaving = new Map<Host, { bootsAgain: boolean }>();

  constructor(world: Stage) {
    this.world = world;
  }

  /** The start of the run: boots the node, unless something keeps it out. */
  bootFirst(host: Host): void {
    if (host.downBy.length === 0) this.boot(host);
  }

  /** Boots a node that is down; one that is paused boots when it resumes. */
  boot(host: Host): void {
    if (host.node !== null) return;
    assert(host.inbox.isEmpty && host.jobs.size === 0, 'nothing waits for a node that is down');
    host.bootDue = host.pausedBy.length !== 0;
    if (host.bootDue) {
      for (const tally of host.pausedBy) tally.nodesPaused++;
      return;
    }
    const { nodes, recorder } = this.world;
    this.world.handle(host, () => {
      const node = nodes[host.index]!.create(recorder);
      host.live(node);
      this.markUp(host);
      recorder.life(BOOT, host.index);
      node.start(host);
    });
  }

  /**
   * Stops a node dead. `power`: its machine has no power either, and loses its page cache; a disk
   * without one loses in any crash what is not durable.
   */
  crash(host: Host, power = false): void {
    host.bootDue = false;
    if (host.node === null) {
      if (power) this.losePower(host);
      return;
    }
    this.world.recorder.life(CRASH, host.index);
    if (this.world.nodes[host.index]!.client) this.world.recorder.abandon(host.self);
    this.markCrashed(host);
    const timersSet = host.timersSet().length;
    const lost = host.die(power);
    for (const tally of host.downBy) {
      // A stop counts by itself: memory is gone, whether or not a message misses the node.
      tally.nodesStopped++;
      tally.writesLost += lost;
      tally.eventsSuppressed += timersSet;
    }
    this.world.connections.crashed(host.index);
    this.world.arrivals.drop(host);
    this.world.look(host);
  }

  /** The power fails of a node that is down: its page cache has outlived it until now. */
  private losePower(host: Host): void {
    const lost = host.losePower();
    for (const tally of host.downBy) tally.writesLost += lost;
  }

  /** Kills a node that let an error of its disk through. */
  dieOfDisk(host: Host, error: StorageError): void {
    this.world.recorder.note(host.index, STORAGE_NOTE, { error: error.message });
    // It would die again: it stays down until the fault lets go of its disk.
    if (error instanceof DiskError && host.disk.heldBy.includes(error.tally)) {
      host.downBy.push(error.tally);
    }
    this.crash(host);
  }

  /** Stops a node that is up, and boots it at once, or when it resumes. */
  restart(host: Host): void {
    if (host.node === null) return;
    this.crash(host);
    this.boot(host);
  }

  pause(host: Host, tally: Tally): void {
    host.pausedBy.push(tally);
    host.unready = true;
    if (host.pausedBy.length > 1) return;
    this.world.recorder.life(PAUSE, host.index);
    if (host.node !== null) tally.nodesPaused++;
    if (host.jobs.size > 0) this.world.arrivals.halt(host);
    if (host.node !== null) this.markDown(host);
  }

  resume(host: Host, tally: Tally): void {
    assert(host.pausedBy.includes(tally), 'a strike lets go of a node that it has paused');
    removeOne(host.pausedBy, tally);
    if (host.pausedBy.length > 0) return;
    host.refreshReadiness();
    this.world.recorder.life(RESUME, host.index);
    if (host.bootDue) return this.boot(host);
    if (host.node === null) return;
    this.markUp(host);
    host.releaseHeld();
    this.world.arrivals.wake(host.processor);
  }

  /** Keeps a node that has not booted yet from its first boot. */
  keepOut(host: Host, tally: Tally): void {
    host.downBy.push(tally);
    this.markDown(host);
  }

  /** A strike no longer keeps a node down: it boots if none does. */
  letBoot(host: Host, tally: Tally): void {
    removeOne(host.downBy, tally);
    if (host.downBy.length === 0) this.boot(host);
  }

  /** A strike lets go of a disk: a node that it has killed boots. */
  letLive(host: Host, tally: Tally): void {
    if (host.downBy.includes(tally)) this.letBoot(host, tally);
  }

  /** A spare node: it does not boot as the run begins, but when somebody starts it. */
  keepSpare(host: Host): void {
    this.keepOut(host, this.stopped);
  }

  /** Nobody has started it yet, or it was stopped until somebody does: no failure. */
  isStopped(host: Host): boolean {
    return host.downBy.includes(this.stopped);
  }

  /**
   * Starts a node that is stopped; it boots unless something else keeps it down. One that is
   * leaving starts again once it has stopped.
   */
  start(host: Host): void {
    const leaving = this.leaving.get(host);
    if (leaving !== undefined) leaving.bootsAgain = true;
    else if (this.isStopped(host)) this.letBoot(host, this.stopped);
    else if (host.downBy.length === 0) this.boot(host);
  }

  /** Tells a node to leave, and stops it after some time, until somebody starts it. */
  stopAfter(host: Host, graceUs: number): void {
    const earlier = this.leaving.get(host);
    if (earlier !== undefined) earlier.bootsAgain = false;
    else if (graceUs === 0 || this.isStopped(host) || !this.tellToLeave(host)) this.stop(host);
    else {
      const leaving = { bootsAgain: false };
      this.leaving.set(host, leaving);
      this.world.at(this.world.now + graceUs, () => {
        if (this.leaving.get(host) !== leaving) return;
        this.stop(host);
        if (leaving.bootsAgain) this.start(host);
      });
    }
  }

  stateOf(host: Host): NodeState {
    if (host.node === null) return this.isStopped(host) ? 'stopped' : 'down';
    return this.leaving.has(host) ? 'leaving' : 'up';
  }

  /** Stops a node at once, until somebody starts it. */
  stop(host: Host): void {
    this.leaving.delete(host);
    if (this.isStopped(host)) return;
    host.downBy.push(this.stopped);
    if (host.node === null) this.markDown(host);
    this.crash(host);
  }

  /** Tells a node that it will be stopped; false if it is not running or does not listen. */
  tellToLeave(host: Host): boolean {
    if (host.node?.leave === undefined || host.pausedBy.length !== 0) return false;
    this.tell(host, LEAVE_NOTE, {}, (node) => node.leave?.(host));
    return true;
  }

  /** Gives a node an operator's command; null, or why it does not hear it, after its name. */
  command(host: Host, name: string, params: { readonly [name: string]: unknown }): string | null {
    if (host.node === null) return 'was down';
    if (host.pausedBy.length !== 0) return 'was paused';
    if (host.node.command === undefined) return 'does not listen to commands';
    const { configure } = this.world.nodes[host.index]!;
    const detail = { name, params: params as Detail };
    this.tell(host, COMMAND_NOTE, detail, (node) => {
      if (name === SET) configure?.(params);
      node.command?.(host, name, params);
    });
    return null;
  }

  /**
   * Runs a handler of a node as an event of its own at this instant. Whoever asks for it is in the
   * midst of something, a strike for one: a handler that throws must kill its node only.
   */
  private tell(host: Host, note: string, detail: Detail, handler: (node: Node) => void): void {
    const { world } = this;
    const { life } = host;
    world.at(world.now, () => {
      const { node } = host;
      if (node === null || host.life !== life) return;
      world.recorder.note(host.index, note, detail);
      world.handle(host, () => handler(node));
    });
  }

  private markDown(host: Host): void {
    if (this.openRecord(host) !== undefined) return;
    this.down.push({ node: host.self, fromUs: this.world.now, untilUs: Infinity });
  }

  private markCrashed(host: Host): void {
    this.markDown(host);
    const open = this.openRecord(host);
    if (open !== undefined) open.crashedAtUs ??= this.world.now;
  }

  private markUp(host: Host): void {
    const open = this.openRecord(host);
    if (open !== undefined && host.pausedBy.length === 0) open.untilUs = this.world.now;
  }

  private openRecord(host: Host): DownRecord | undefined {
    return this.down.findLast((record) => record.node === host.self && record.untilUs === Infinity);
  }
}
