/**
 * Sequence nodes in a directory of a coordination service, as clients make and find them: what the
 * recipes for locks, elections and queues have in common (Hunt et al. 2010, ZooKeeper, section 2.4;
 * with the care that Curator had to learn).
 *
 * The answer to `create` may be lost although the node was made. So its name has a mark, and the
 * client looks for it before it makes another one.
 */
import type coordination from '../../interfaces/coordination.ts';
import { CallError, type Failure, type Flow } from '../../sim/call.ts';
import type { ReplyOf } from '../../sim/interface.ts';
import type { Plain } from '../../sim/node.ts';
import { type ActorContext, OperationFailed } from '../workload.ts';
import type { CoordinationLease } from './coordination-lease.ts';

export const LEASE_OVER = 'lease-over';
/** How long a client waits for the answer to a change before it looks what became of it, in ms. */
const PATIENCE_MS = 1000;
const SEQUENCE_DIGITS = 10;

export interface NewNode {
  readonly directory: string;
  /** How its name begins. */
  readonly mark: string;
  /** Whether no other node has this mark, so that it is found again. */
  readonly isUnique: boolean;
  readonly value: Plain;
  /** Whether it goes with the lease. */
  readonly ephemeral: boolean;
}

export class SequenceNodes {
  readonly #lease: CoordinationLease;

  constructor(lease: CoordinationLease) {
    this.#lease = lease;
  }

  *makeDirectory(ctx: ActorContext, path: string): Flow {
    const there = yield* this.#lease.ask(ctx, { type: 'exists', path });
    if (there.ok && (there.reply as ReplyOf<typeof coordination, 'exists'>).version !== null)
      return;
    const body = { type: 'create', path, value: null };
    const made = yield* this.#lease.ask(ctx, body, { timeoutMs: PATIENCE_MS });
    if (made.ok || made.code === 'key-already-exists') return;
    if (made.code !== 'timeout' || isLate(ctx)) fail(ctx, made);
    yield* this.makeDirectory(ctx, path);
  }

  /** Makes a node, and finds it again if the answer was lost; gives its path. */
  *make(ctx: ActorContext, node: NewNode): Flow<string> {
    const { directory, mark, isUnique, value, ephemeral } = node;
    for (;;) {
      const path = `${directory}/${mark}`;
      const body = { type: 'create', path, value, ephemeral, sequence: true };
      const made = yield* this.#lease.ask(ctx, body, { timeoutMs: PATIENCE_MS });
      if (made.ok) return (made.reply as ReplyOf<typeof coordination, 'create'>).path;
      if (made.code === 'precondition-failed') throw new OperationFailed(LEASE_OVER, made.text);
      if (isLate(ctx)) fail(ctx, made);
      if (!isUnique) continue;
      const lost = (yield* this.list(ctx, directory)).find((name) => name.startsWith(mark));
      if (lost !== undefined) return `${directory}/${lost}`;
    }
  }

  /** The names in a directory, the oldest first; with `fired` it is watched. */
  *list(
    ctx: ActorContext,
    path: string,
    fired: (() => void) | null = null,
  ): Flow<readonly string[]> {
    const body = { type: 'children', path };
    const outcome =
      fired === null
        ? yield* this.#lease.ask(ctx, body)
        : yield* this.#lease.watch(ctx, body, fired);
    if (!outcome.ok) return fail(ctx, outcome);
    const { children } = outcome.reply as ReplyOf<typeof coordination, 'children'>;
    return [...children].sort((a, b) => (sequenceOf(a) < sequenceOf(b) ? -1 : 1));
  }

  /** Until it is gone: by this, or with the lease. */
  *remove(ctx: ActorContext, path: string): Flow {
    const { number } = this.#lease;
    while (number === this.#lease.number) {
      const options = { timeoutMs: PATIENCE_MS };
      const outcome = yield* this.#lease.ask(ctx, { type: 'delete', path }, options);
      if (outcome.ok || outcome.code === 'key-does-not-exist') return;
      if (isLate(ctx)) fail(ctx, outcome);
    }
  }
}

function sequenceOf(name: string): string {
  return name.slice(-SEQUENCE_DIGITS);
}

/** At its deadline an operation gets no answer, and no time passes between its tries. */
function isLate(ctx: ActorContext): boolean {
  return ctx.deadline !== null && ctx.now() >= ctx.deadline;
}

export function fail(ctx: ActorContext, { code, text, from }: Failure): never {
  throw new CallError(code, ctx.target, from, text);
}
