/**
 * What faults do to the requests that reach one node: they wait, or end in an error. A node without
 * such faults has none of this.
 *
 * Whether a request fails depends on its sender and its number, not on a draw at its arrival, so a
 * second copy ends like the first. Otherwise the caller would hear that nothing happened while the
 * copy is executed.
 */
import { assert } from '../assert.ts';
import type { RequestTrouble } from '../fault.ts';
import type { Message, NodeId } from '../node.ts';
import { isReply, type Reply, type Request, refuse } from '../rpc.ts';
import { compile, type Distribution } from './distribution.ts';
import { hash32 } from './hash.ts';
import type { Tally } from './network.ts';
import type { Stream } from './random.ts';

const TWO_TO_32 = 4294967296;

/** A trouble that one strike makes. */
interface Held {
  readonly tally: Tally;
  readonly stream: Stream;
  readonly trouble: RequestTrouble;
  readonly delay: Distribution | null;
  /** Of the strike: makes its choice of requests independent of other strikes. */
  readonly salt: number;
}

/** What is to become of a request. */
export interface Fate {
  /** To wait so long before the node gets it, in µs; 0: not at all. */
  readonly delayUs: number;
  /** The trouble that ends it in an error, before or after the node has done its work. */
  readonly failed: RequestTrouble | null;
}

/** An answer that is not to reach who asked. */
interface Spoiled {
  readonly held: Held;
  readonly request: Request;
}

/** A request that has arrived, and waits for the node to get it, or for an error. */
export interface DelayedRequest {
  readonly slot: number;
  readonly link: number;
  readonly failed: RequestTrouble | null;
}

/** Empty, and always: all nodes share it whose requests no fault has delayed. */
export const NO_REQUESTS = new Map<number, DelayedRequest>();

export class RequestTroubles {
  private readonly held: Held[] = [];
  /** By caller and number. */
  private readonly spoiled = new Map<string, Spoiled>();

  /** Returns how to undo it. */
  add(trouble: RequestTrouble, tally: Tally, stream: Stream): () => void {
    const delay = trouble.delay === undefined ? null : compile(trouble.delay);
    const held: Held = { tally, stream, trouble, delay, salt: stream.word() };
    this.held.push(held);
    return () => {
      const at = this.held.indexOf(held);
      assert(at >= 0, 'requests are let go of once');
      this.held.splice(at, 1);
      for (const [key, spoiled] of [...this.spoiled]) {
        if (spoiled.held === held) this.spoiled.delete(key);
      }
    };
  }

  get isEmpty(): boolean {
    return this.held.length === 0;
  }

  /** Decides on a request that has arrived. The first trouble that fails it decides how. */
  fateOf(from: NodeId, request: Request): Fate {
    let delayUs = 0;
    let failing: Held | null = null;
    for (const held of this.held) {
      if (held.delay !== null) {
        const waitUs = held.delay.sampleUs(held.stream);
        if (waitUs > 0) held.tally.requestsDelayed++;
        delayUs += waitUs;
      }
      if (failing === null && isChosen(held, from, request)) failing = held;
    }
    if (failing === null) return { delayUs, failed: null };
    const { trouble, tally } = failing;
    if (trouble.when === 'before') tally.requestsFailed++;
    else this.spoiled.set(keyOf(from, request.id), { held: failing, request });
    return { delayUs, failed: trouble };
  }

  /** What leaves in place of a message: an error, nothing for null, or the message itself. */
  answer(to: NodeId, message: Message): Message | null {
    if (!isReply(message)) return message;
    const key = keyOf(to, (message as Reply).inReplyTo);
    const spoiled = this.spoiled.get(key);
    if (spoiled === undefined) return message;
    this.spoiled.delete(key);
    const { tally, trouble } = spoiled.held;
    tally.requestsFailed++;
    return errorOf(trouble, spoiled.request);
  }

  /** The node has died: it answers none of them. */
  clear(): void {
    this.spoiled.clear();
  }
}

/** The error that the caller gets; null for silence. */
export function errorOf(trouble: RequestTrouble, request: Request): Message | null {
  return trouble.code === null ? null : refuse(request, trouble.code, 'by a fault');
}

function isChosen({ salt, trouble }: Held, from: NodeId, request: Request): boolean {
  if (trouble.errors === 0) return false;
  const hash = hash32(`${salt} ${from} ${request.id}`);
  return (hash >>> 0) / TWO_TO_32 < trouble.errors;
}

function keyOf(caller: NodeId, id: number): string {
  return `${id} ${caller}`;
}
