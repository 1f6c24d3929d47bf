/**
 * Sending over a link on which more can happen than delay. The loop comes here for such links only.
 */
import type { Message } from '../node.ts';
import type { Sent } from './connection.ts';
import type { Connections } from './connections.ts';
import { deepFreeze } from './freeze.ts';
import { ADMITTED, type Link } from './link.ts';
import { Fate, LOST, type Parcel } from './link-fate.ts';
import { CLIENT, FLAGS, type Network, ROW } from './network.ts';
import type { Recorder } from './recorder.ts';

/** What it needs of the world. */
export interface Post {
  readonly now: number;
  readonly strict: boolean;
  readonly connections: Connections;
  readonly network: Network;
  readonly recorder: Recorder;
  /** Puts a message on its way to arrive after so long. */
  post(delayUs: number, to: number, link: number, type: number, id: number, message: Message): void;
}

export class Sending {
  private readonly world: Post;
  /** Of the message that is being sent. */
  private readonly fate = new Fate();

  constructor(world: Post) {
    this.world = world;
  }

  /** Its latency has been drawn. */
  send(
    link: number,
    from: number,
    to: number,
    type: number,
    id: number,
    message: Message,
    latencyUs: number,
  ): void {
    const { fate, world } = this;
    const special = world.network.special(link);
    if (special.ordered) {
      return world.connections.send({ link, from, to, type, id, message, latencyUs }, special);
    }
    fate.first.delayUs = latencyUs;
    special.decide(fate, message, world.now);
    if (special.isBarred) {
      const why = special.refusal(id);
      if (why !== ADMITTED) return world.recorder.drop(from, to, id, type, why, message);
    }
    const { first, copy } = fate;
    if (first.delayUs === LOST) world.recorder.drop(from, to, id, type, first.why, message);
    else world.post(first.delayUs, to, link, type, id, this.arriving(first, message));
    if (copy.delayUs !== LOST) {
      this.countCopy(link);
      world.post(copy.delayUs, to, link, type, id, this.arriving(copy, message));
    }
  }

  /** A copy counts as one message more between nodes, so that the sums of drops come out right. */
  private countCopy(link: number): void {
    const { network, recorder } = this.world;
    if ((network.table[link * ROW + FLAGS]! & CLIENT) === 0) recorder.copied++;
  }

  /** What arrives: a message damaged on its way is a new object. */
  private arriving({ altered }: Parcel, message: Message): Message {
    if (altered === null) return message;
    if (this.world.strict) deepFreeze(altered);
    return altered;
  }

  /** Puts a message on its way over a connection that is open. */
  transmit(sent: Sent, special: Link): void {
    const { now } = this.world;
    this.fate.first.delayUs = sent.latencyUs;
    special.decide(this.fate, sent.message, now);
    if (special.isBarred && this.isRefused(sent, special)) return;
    this.carry(sent, special, now);
  }

  /** Puts a message that was stopped on its way again, at a time to come. */
  resend(sent: Sent, special: Link, atUs: number): void {
    this.fate.first.delayUs = sent.latencyUs;
    special.decide(this.fate, sent.message, atUs, true);
    this.carry(sent, special, atUs);
  }

  private carry(sent: Sent, special: Link, atUs: number): void {
    const { fate, world } = this;
    special.arrange(fate, atUs, sent.message);
    const { first, copy } = fate;
    if (first.delayUs === LOST) {
      this.drop(sent, first.why);
      if (fate.brokenBy !== null) world.connections.doom(special, sent, fate.brokenBy);
      return;
    }
    const waitUs = atUs - world.now;
    world.connections.leaves(special, sent.from, sent.to, waitUs + first.delayUs);
    this.post(sent, first, waitUs);
    // A script may have doubled it.
    if (copy.delayUs === LOST) return;
    this.countCopy(sent.link);
    this.post(sent, copy, waitUs);
  }

  private post({ to, link, type, id, message }: Sent, parcel: Parcel, waitUs: number): void {
    const delayUs = waitUs + parcel.delayUs;
    this.world.post(delayUs, to, link, type, id, this.arriving(parcel, message));
  }

  private isRefused(sent: Sent, special: Link): boolean {
    const why = special.refusal(sent.id);
    if (why === ADMITTED) return false;
    this.drop(sent, why);
    return true;
  }

  private drop({ from, to, id, type, message }: Sent, why: number): void {
    this.world.recorder.drop(from, to, id, type, why, message);
  }
}
