/**
 * A server of actors: each request goes into the mailbox of the actor that its key belongs to,
 * which handles one message at a time, and nobody else sees its state. A supervisor starts those
 * again that end.
 *
 * Hewitt, Bishop and Steiger 1973: the actor model. Mailboxes and what to do when they are full are
 * those of Akka; the supervisor is Erlang's.
 */
import {
  bodyOf,
  errorBody,
  type Flow,
  type FlowContext,
  type ReplyBody,
} from '../../../sim/call.ts';
import type { Detail } from '../../../sim/node.ts';
import type { Params } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Service } from '../../../sim/service.ts';
import { costOf, textOf } from '../../parts/request-fields.ts';
import { textHash } from '../../parts/text-hash.ts';
import { timeLeft } from '../../parts/time-left.ts';
import { Actor, Letter } from './actor.ts';
import type { actorsParams, Bug } from './declared.ts';
import { type Exit, Supervisor } from './supervisor.ts';

type Given = Params<typeof actorsParams>;

const GONE = errorBody('temporarily-unavailable', 'no actor has this mailbox');
const FULL = errorBody('overloaded', 'the mailbox is full');
const CRASHED = errorBody('crash', 'the actor ended at work on this');

export class Actors implements Service {
  readonly #given: Given;
  readonly #bug: Bug | null;
  readonly #mailboxMax: number;
  readonly #actors: readonly Actor[];
  #supervisor: Supervisor;
  #served = 0;

  constructor(given: Given, bug: Bug | null) {
    this.#given = given;
    this.#bug = bug;
    this.#mailboxMax = given.mailbox ?? Infinity;
    this.#actors = Array.from({ length: given.actors }, (_, i) => new Actor(i));
    this.#supervisor = this.#newSupervisor();
  }

  start(ctx: FlowContext): undefined {
    for (const actor of this.#actors) this.#run(ctx, actor);
  }

  *handle(ctx: FlowContext, request: Request): Flow<ReplyBody> {
    const body = bodyOf(request);
    const actor = this.#actorOf(textOf(body, 'key'));
    const letter = new Letter(body);
    const refusal = yield* this.#post(ctx, actor, letter);
    if (refusal !== null) return refusal;
    const askMs = this.#given['ask-timeout'];
    if (askMs === undefined) yield* answered(ctx, letter);
    else yield* ctx.race([answered(ctx, letter), ctx.sleep(askMs)]);
    if (letter.reply !== null) return letter.reply;
    // The message stays in the mailbox: nobody can take it back.
    ctx.measure('ask-timeouts');
    return errorBody('timeout', 'the actor has not answered');
  }

  inspect(): Detail {
    const count = (wanted: Actor['state']) =>
      this.#actors.filter(({ state }) => state === wanted).length;
    return {
      up: count('up'),
      gone: count('gone'),
      served: this.#served,
      waiting: this.#waiting(),
      atOnce: Math.max(...this.#actors.map(({ working }) => working.size)),
    };
  }

  // --- Mailboxes --------------------------------------------------------------------------------

  #actorOf(key: string): Actor {
    return this.#actors[textHash(key) % this.#actors.length] as Actor;
  }

  /** Puts a message into a mailbox; gives the answer at once where that cannot be. */
  *#post(ctx: FlowContext, actor: Actor, letter: Letter): Flow<ReplyBody | null> {
    const whenFull = this.#given['when-full'];
    while (this.#isOpen(actor) && actor.mailbox.length >= this.#mailboxMax) {
      if (whenFull === 'drop-new') return this.#dropped(ctx);
      if (whenFull === 'drop-old') {
        actor.mailbox.shift()?.answer(this.#dropped(ctx));
        continue;
      }
      yield* ctx.wait(actor.room);
      if (timeLeft(ctx) > 0) continue;
      // Too late for it: the room is for the next.
      actor.room.wakeOne();
      return this.#dropped(ctx);
    }
    if (!this.#isOpen(actor)) return this.#dead(ctx);
    actor.mailbox.push(letter);
    actor.letters.wakeOne();
    ctx.measure('mailbox', this.#waiting());
    return null;
  }

  /** A restarting actor of Erlang has no mailbox yet, one of Akka has kept its own. */
  #isOpen({ state }: Actor): boolean {
    return state === 'up' || (state === 'restarting' && this.#given['keep-mailbox']);
  }

  #dropped(ctx: FlowContext): ReplyBody {
    ctx.measure('dropped');
    return FULL;
  }

  #dead(ctx: FlowContext): ReplyBody {
    ctx.measure('dead-letters');
    return GONE;
  }

  #waiting(): number {
    return this.#actors.reduce((sum, { mailbox }) => sum + mailbox.length, 0);
  }

  // --- Work -------------------------------------------------------------------------------------

  #run(ctx: FlowContext, actor: Actor): void {
    actor.state = 'up';
    actor.handled = 0;
    const loops = this.#bug === 'two-at-once' ? 2 : 1;
    actor.runs = Array.from({ length: loops }, () => ctx.fork((own) => this.#loop(own, actor)));
  }

  /** One message after the other, until one ends the actor. */
  *#loop(ctx: FlowContext, actor: Actor): Flow<void> {
    for (;;) {
      const letter = actor.mailbox.shift();
      if (letter === undefined) {
        yield* ctx.wait(actor.letters);
        continue;
      }
      actor.room.wakeOne();
      actor.working.add(letter);
      ctx.measure('mailbox', this.#waiting());
      yield* ctx.sleep(ctx.random.draw(this.#given['service-time']) * costOf(letter.body));
      actor.working.delete(letter);
      const exit = this.#exitOf(ctx, letter);
      if (exit !== 'crash') this.#answer(ctx, actor, letter);
      if (exit !== null) return this.#ended(ctx, actor, exit, letter);
    }
  }

  #exitOf(ctx: FlowContext, { body }: Letter): Exit | null {
    const { poison, ends } = this.#given;
    const chance = this.#given['crash-chance'];
    const key = textOf(body, 'key');
    if (key !== '' && key === poison) return 'crash';
    if (chance > 0 && ctx.random.chance(chance)) return 'crash';
    return key !== '' && key === ends ? 'normal' : null;
  }

  #answer(ctx: FlowContext, actor: Actor, letter: Letter): void {
    this.#served++;
    actor.handled++;
    ctx.measure('served');
    const key = textOf(letter.body, 'key');
    const reply = { type: `${letter.body.type}_ok`, actor: actor.index, handled: actor.handled };
    letter.answer(key === '' ? reply : { ...reply, key });
  }

  // --- Supervision ------------------------------------------------------------------------------

  #ended(ctx: FlowContext, actor: Actor, exit: Exit, letter: Letter): void {
    const decision = this.#supervisor.exited(actor.index, exit, ctx.elapsed());
    // Its own loop ends by returning.
    actor.runs = [];
    if (decision.kind === 'escalate') this.#escalate(ctx);
    else if (decision.kind === 'leave') this.#stop(ctx, actor, 'gone');
    else this.#restart(ctx, decision.children);
    if (exit === 'normal') return;
    ctx.measure('crashes');
    // Who hands the message to the next actor gives that one the same end.
    if (this.#bug === 'keep-poison' && decision.kind === 'restart') actor.mailbox.unshift(letter);
    else letter.answer(CRASHED);
  }

  #restart(ctx: FlowContext, children: readonly number[]): void {
    ctx.measure('restarts');
    ctx.note('restarted', { actors: children.length });
    const actors = children.map((i) => this.#actors[i] as Actor);
    for (const actor of [...actors].reverse()) this.#stop(ctx, actor, 'restarting');
    const supervisor = this.#supervisor;
    this.#later(ctx, this.#given['restart-time'], (own) => {
      // It may have given up meanwhile; or another restart has taken some of them along.
      if (supervisor !== this.#supervisor) return;
      for (const actor of actors) if (actor.state === 'restarting') this.#run(own, actor);
    });
  }

  #escalate(ctx: FlowContext): void {
    ctx.measure('escalations');
    ctx.note('escalated');
    for (const actor of [...this.#actors].reverse()) this.#stop(ctx, actor, 'gone');
    this.#supervisor = this.#newSupervisor();
    const parentMs = this.#given['parent-restart'];
    if (parentMs === undefined) return;
    this.#later(ctx, parentMs, (own) => {
      for (const actor of this.#actors) this.#run(own, actor);
    });
  }

  /** Ends an actor in the middle of its work, if it is at work. */
  #stop(ctx: FlowContext, actor: Actor, state: 'restarting' | 'gone'): void {
    for (const run of actor.runs) run.cancel();
    actor.runs = [];
    actor.state = state;
    for (const letter of actor.working) letter.answer(CRASHED);
    actor.working.clear();
    if (!this.#isOpen(actor)) {
      for (const letter of actor.mailbox.splice(0)) letter.answer(this.#dead(ctx));
    }
    actor.room.wakeAll();
  }

  #later(ctx: FlowContext, ms: number, then: (own: FlowContext) => void): void {
    ctx.fork(function* (own) {
      if (ms > 0) yield* own.sleep(ms);
      then(own);
    });
  }

  #newSupervisor(): Supervisor {
    const given = this.#given;
    return new Supervisor({
      strategy: given.strategy,
      restart: given.restart,
      maxRestarts: given['max-restarts'],
      withinMs: given.within,
      children: given.actors,
    });
  }
}

function* answered(ctx: FlowContext, letter: Letter): Flow<void> {
  while (letter.reply === null) yield* ctx.wait(letter.done);
}
