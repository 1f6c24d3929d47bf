/** One connection between two nodes: what is known of it, for both of its directions. */
import type { ConnectionSpec } from '../link.ts';
import type { Disconnection, Message } from '../node.ts';
import type { Host } from './host.ts';
import type { Parcel } from './link-fate.ts';
import type { Mail } from './mail.ts';
import type { Network } from './network.ts';
import type { EventQueue } from './queue.ts';
import type { Stream, Streams } from './random.ts';
import type { Recorder } from './recorder.ts';

/** A message and its way. */
export interface Sent {
  readonly link: number;
  readonly from: number;
  readonly to: number;
  readonly type: number;
  readonly id: number;
  readonly message: Message;
  /** Its latency, drawn when it was sent. */
  readonly latencyUs: number;
}

type State = 'closed' | 'opening' | 'open';

/** What is known of one connection, for both of its directions. */
export class Connection {
  readonly ends: readonly [number, number];
  readonly spec: ConnectionSpec;
  readonly stream: Stream;
  state: State = 'closed';
  /** Who opened it last, and who accepted. */
  opener = -1;
  acceptor = -1;
  /** Counts how often it was opened or broke: what belongs to an earlier time is void. */
  epoch = 0;
  /** An end that does not know yet that it is over; -1: both know. */
  unaware = -1;
  /** If there is such an end: why it is over. */
  over: Disconnection = 'closed';
  /** The accepting end has heard of it. */
  accepted = false;
  /** The news that it is over has come, but waits for a message that was sent before it. */
  newsWaits = false;
  /** When the accepting end last sent or got something. */
  usedAtUs = 0;
  waiting: Sent[] = [];

  constructor(ends: readonly [number, number], spec: ConnectionSpec, stream: Stream) {
    this.ends = ends;
    this.spec = spec;
    this.stream = stream;
  }

  other(end: number): number {
    return end === this.ends[0] ? this.ends[1] : this.ends[0];
  }
}

/** What connections need of the world. */
export interface Carriage {
  readonly now: number;
  readonly hosts: readonly Host[];
  readonly network: Network;
  readonly queue: EventQueue;
  readonly recorder: Recorder;
  readonly streams: Streams;
  readonly arrivals: { holds(host: Host, slot: number): boolean };
  readonly mail: Mail;
  readonly sending: {
    /** Puts a message on its way, or a second copy of it. */
    post(sent: Sent, parcel: Parcel): void;
    postCopy(sent: Sent, parcel: Parcel): void;
  };
  /** A message has come: its node gets it, now or when it can. */
  handOver(to: number, slot: number, link: number): void;
  handle(host: Host, handler: () => void): void;
}
