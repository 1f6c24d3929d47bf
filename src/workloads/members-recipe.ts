/**
 * The membership recipe: clients are the members of a group, each by an ephemeral node of its name
 * in the tree of a coordination service (Hunt et al. 2010, ZooKeeper, section 2.4, "group
 * membership"). A member lists the nodes and watches the list: one that crashed, or was cut off,
 * is gone from it when its lease is over.
 *
 * The operations are those of the interface `members`: a client answers from its own view, which
 * its watches keep. It says nothing while it has no lease, for then it hears of nothing.
 *
 * A member that starts again finds the node of its previous session, which goes when that lease is
 * over (apache/kafka, KAFKA-1387). It waits for that and makes its own; who takes the old node for
 * its own is up and missing a little later.
 */
import coordination from '../interfaces/coordination.ts';
import members from '../interfaces/members.ts';
import { type Flow, type Outcome, type RequestBody, Signal } from '../sim/call.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Message, NodeId, Plain } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import membersWorkload from './members.ts';
import { CoordinationLease } from './parts/coordination-lease.ts';
import { leaseParams } from './parts/lease-params.ts';
import { type Actor, type ActorContext, defineWorkload } from './workload.ts';

const params = defineParams({
  'own-session': {
    type: 'boolean',
    doc: 'Whether a member that finds its node there makes sure that it is of its own session. Without, the node of an earlier one goes, and the member is missing.',
    default: true,
  },
  ...leaseParams,
});

type MembersParams = Params<typeof params>;

const DIRECTORY = '/members';
const PATIENCE_MS = 1000;
const PAUSE_MS = 100;

export default defineWorkload({
  name: 'members-recipe',
  summary: 'Clients are members of a group, by ephemeral nodes, and say who else is.',
  params,
  asks: members,
  speaks: coordination,
  tell: (f) => f,
  generator: () => membersWorkload.generator({}),
  act: (given) => new MembersActor(given),
  outputOf: () => null,
});

class MembersActor implements Actor {
  readonly #lease: CoordinationLease;
  readonly #makesSure: boolean;
  readonly #changed = new Signal();
  /** Who is there, and by which lease it knows; null before it is a member itself. */
  #view: { readonly names: readonly string[]; readonly lease: number } | null = null;

  constructor(given: MembersParams) {
    this.#lease = new CoordinationLease(given);
    this.#makesSure = given['own-session'];
  }

  *start(ctx: ActorContext): Flow {
    ctx.fork((own) => this.#belong(own));
    yield* this.#lease.keep(ctx);
  }

  *invoke(ctx: ActorContext): Flow<Plain> {
    while (!this.#lease.isSafe(ctx) || this.#view?.lease !== this.#lease.number) {
      yield* ctx.race([ctx.wait(this.#changed), ctx.sleep(PAUSE_MS)]);
    }
    return this.#view.names.map((member) => ({ member, state: 'alive', incarnation: 0 }));
  }

  receive(ctx: ActorContext, from: NodeId, message: Message): void {
    this.#lease.receive(ctx, from, message);
  }

  /** Registers in each of its leases, and follows the list; forever. */
  *#belong(ctx: ActorContext): Flow {
    for (;;) {
      const lease = yield* this.#lease.whenOpen(ctx);
      if (!(yield* this.#register(ctx))) yield* ctx.sleep(PAUSE_MS);
      else while (this.#isIn(lease)) yield* this.#follow(ctx, lease);
    }
  }

  #isIn(lease: number): boolean {
    return this.#lease.number === lease && this.#lease.name !== null;
  }

  /** Whether its node is there and goes with its lease. */
  *#register(ctx: ActorContext): Flow<boolean> {
    const path = `${DIRECTORY}/${ctx.self}`;
    const session = this.#lease.name;
    const body = { type: 'create', path, value: session, ephemeral: true };
    const made = yield* this.#change(ctx, body);
    if (made.ok) return true;
    if (made.code === 'key-does-not-exist') {
      yield* this.#change(ctx, { type: 'create', path: DIRECTORY, value: null });
    }
    if (made.code !== 'key-already-exists') return false;
    if (!this.#makesSure) return true;
    const there = yield* this.#lease.ask(ctx, { type: 'get', path });
    return there.ok && (there.reply as ReplyOf<typeof coordination, 'get'>).value === session;
  }

  #change(ctx: ActorContext, body: RequestBody): Flow<Outcome> {
    return this.#lease.ask(ctx, body, { timeoutMs: PATIENCE_MS });
  }

  /** Reads the list, and waits until it is another. */
  *#follow(ctx: ActorContext, lease: number): Flow {
    const woken = new Signal();
    let isFired = false;
    const body = { type: 'children', path: DIRECTORY };
    const listed = yield* this.#lease.watch(ctx, body, () => {
      isFired = true;
      woken.wakeAll();
    });
    if (!listed.ok) return yield* ctx.sleep(PAUSE_MS);
    this.#take(ctx, (listed.reply as ReplyOf<typeof coordination, 'children'>).children, lease);
    while (!isFired) yield* ctx.wait(woken);
  }

  #take(ctx: ActorContext, names: readonly string[], lease: number): void {
    const known = this.#view?.names ?? names;
    for (const of of known) if (!names.includes(of)) ctx.note('declares dead', { of });
    for (const of of names) if (!known.includes(of)) ctx.note('trusts', { of });
    this.#view = { names, lease };
    this.#changed.wakeAll();
  }
}
