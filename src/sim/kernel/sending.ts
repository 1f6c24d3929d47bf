/**
 * Sending over a link on which more can happen than delay. The loop comes here for such links only.
 */
import type { Message } from '../node.ts';
import type { Sent } from './connection.ts';
import type { Connections } from './connections.ts';
import { deepFreeze } from './freeze.ts';
import { ADMITTED } from './link.ts';
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
      if (why !== ADMITTED)
        return world.recorder.drop(from, to, id, type, why, message, special.blamed);
    }
    const { first, copy } = fate;
    if (first.delayUs === LOST)
      world.recorder.drop(from, to, id, type, first.why, message, first.by);
    else world.post(first.delayUs, to, link, type, id, this.arriving(first, message));
    if (copy.delayUs !== LOST) {
      this.countCopy(link);
      world.post(copy.delayUs, to, link, type, id, this.arriving(copy, message));
    }
  }

  /** Puts a message of a connection on its way. */
  post({ link, to, type, id, message }: Sent, parcel: Parcel): void {
    this.world.post(parcel.delayUs, to, link, type, id, this.arriving(parcel, message));
  }

  /** The same for a second copy of one that is on its way. */
  postCopy(sent: Sent, parcel: Parcel): void {
    this.countCopy(sent.link);
    this.post(sent, parcel);
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
}
