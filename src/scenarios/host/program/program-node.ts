/**
 * A program that speaks Maelstrom's protocol, as a node of a run. What reaches the node is written
 * to the program as a line of JSON; virtual time stands still until the program has said all that
 * it has to say to it, and what it said is sent.
 *
 * Beside the protocol there is one more address, `dsim`, for programs that want runs that repeat:
 * `{"type": "timer", "tag": "election", "after_ms": 150}` is given back as it was when its virtual
 * time has come, `{"type": "disk", "key": "a", "value": 1}` is on the simulated disk, which `init`
 * gives back at the next boot, `{"type": "note", "label": "leader"}` is a note, and `{"type":
 * "done"}` after each line says that there is nothing more to say. Lines to `init`, and to those
 * that say so, carry the node's clock (`now`) and the time since the run began (`elapsed`), in ms.
 */
import { outsideGuard } from '../../../sim/kernel/guard.ts';
import type { Context, Detail, Message, Node, NodeId, Plain } from '../../../sim/node.ts';
import { CONSOLE_NOTE } from '../../../sim/notes.ts';
import { isReply, isRequest, type Request, refuse, requestOf } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import {
  answerFields,
  type Body,
  creatingRequest,
  neighbours,
  requestBody,
  serviceAnswer,
  serviceRequest,
  type Topology,
} from './dialect.ts';
import { hostMs, type LockStepProcess, sleep, type Wait } from './lock-step.ts';
import type { ProgramGroup } from './program-group.ts';

export interface ProgramSettings {
  readonly topology: Topology;
  /** `auto`: in lock-step, unless the program works by a clock of its own. */
  readonly pace: 'auto' | 'lock-step' | 'real-time';
  readonly watchdog: number;
}

/** A message from program to program. */
interface Passed extends Message {
  readonly body: Body;
  /** Its sender has been told its neighbours. */
  readonly knows?: true;
  /** Whose it is, where its sender passes on the request of another, as leaders are asked. */
  readonly by?: string;
}

/** A line of the program. */
interface Said {
  readonly src: unknown;
  readonly dest: string;
  readonly body: Body;
}

/** What a program has asked of a service. */
interface Asked {
  readonly service: string;
  readonly body: Body;
  /** What is to be asked in case there is no such key. */
  readonly creating: Body | null;
}

const BOOT_MS = 30_000;
/** How long a program may work on after it has said what it says to `init`. */
const SETTLES_MS = 500;
const TICK = 'tick';
const TICK_MS = 5;
/** In real time: the longest that a program which keeps running is listened to after a line. */
const LISTEN_MS = 10;
const TIMER = 'timer';
const SHOWN_MAX = 200;

export class ProgramNode implements Node {
  private readonly group: ProgramGroup;
  private readonly place: Place;
  private readonly given: ProgramSettings;
  private readonly self: string;
  private process: LockStepProcess | null = null;
  /** Host time of its boot, in ms, without what the group had stalled by then. */
  private bornAtMs = 0;
  /** It has answered `init`. */
  private booted = false;
  /** What came before that. */
  private readonly held: (readonly [NodeId, Message])[] = [];
  private hasSpoken = false;
  private isRealTime: boolean;
  private knowsNeighbours = false;
  /** It says when it is done. */
  private saysDone = false;
  private isDone = false;
  private readonly said: Said[] = [];
  private readonly asked = new Map<number, Asked>();
  private readonly timers = new Map<number, Body>();
  private count = 0;
  /** What its last note says: all that can be seen of it. */
  private noted: Detail = {};

  constructor(group: ProgramGroup, place: Place, given: ProgramSettings) {
    this.group = group;
    this.place = place;
    this.given = given;
    this.isRealTime = given.pace === 'real-time';
    this.self = this.memberName(place.self) ?? place.self;
  }

  start(ctx: Context): void {
    outsideGuard(() => this.boot(ctx));
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    this.group.program.tap?.received(ctx.self, from, message);
    outsideGuard(() => this.take(ctx, from, message));
  }

  timeout(ctx: Context, tag: string, key: number): void {
    outsideGuard(() => this.wake(ctx, tag, key));
  }

  inspect(): Detail {
    return this.noted;
  }

  private boot(ctx: Context): void {
    if (ctx.life === 1 && this.place.index === 0) this.group.forget();
    const sinceMs = hostMs();
    this.process = this.group.start(ctx.self, ctx.random.int(0, 0x7fffffff));
    const ids = this.place.members.map((_, i) => `n${i + 1}`);
    const { storage } = ctx;
    const keys = storage.keys();
    const disk = Object.fromEntries(keys.map((key) => [key, storage.get(key) ?? null]));
    const init: Body = {
      type: 'init',
      msg_id: this.next(),
      node_id: this.self,
      node_ids: ids,
      ...(keys.length > 0 ? { disk } : {}),
    };
    this.tell(ctx, 'c0', init, BOOT_MS);
    this.expectBooted(ctx);
    this.group.stalledMs += hostMs() - sinceMs;
    this.bornAtMs = hostMs() - this.group.stalledMs;
    if (this.isRealTime) ctx.setTimer(TICK, TICK_MS);
  }

  /** A program may ask services before it answers `init`; one that asks nothing will not answer. */
  private expectBooted(ctx: Context): void {
    if (this.booted || this.asked.size > 0) return;
    throw this.failure(`did not answer \`init\`${this.lastWords(ctx)}`);
  }

  private take(ctx: Context, from: NodeId, message: Message): void {
    if (!this.booted && !isReply(message)) {
      this.held.push([from, message]);
      return;
    }
    const peer = this.memberName(from);
    if ('body' in message && peer !== undefined) {
      const { body, knows, by = peer } = message as Passed;
      if (knows === true) this.tellNeighbours(ctx);
      return this.tell(ctx, by, body);
    }
    if (isReply(message)) return this.answered(ctx, message);
    if (isRequest(message)) this.ask(ctx, from, message);
  }

  private wake(ctx: Context, tag: string, key: number): void {
    if (tag === TICK) {
      sleep(this.aheadMs(ctx));
      this.process?.drain();
      this.listen(ctx);
      return ctx.setTimer(TICK, TICK_MS);
    }
    const body = this.timers.get(key);
    this.timers.delete(key);
    if (body !== undefined) this.tell(ctx, 'dsim', body);
  }

  // --- To the program ----------------------------------------------------------------------------

  private ask(ctx: Context, from: NodeId, request: Request): void {
    const { type, id, session, serial, attempt, timeoutMs, context, ...fields } =
      request as Request & { readonly [field: string]: Plain };
    const body = requestBody(type, fields);
    if (body === null) {
      this.pass(ctx, from, { type: `${type}_ok`, inReplyTo: id } as Message);
      return;
    }
    if (type === 'broadcast') this.tellNeighbours(ctx);
    const src = this.group.clientName(from);
    this.group.open.set(`${src} ${id}`, { request, body });
    this.tell(ctx, src, { ...body, msg_id: id });
  }

  /** A service has answered. */
  private answered(ctx: Context, message: Message & { readonly inReplyTo: number }): void {
    const asked = this.asked.get(message.inReplyTo);
    if (asked === undefined) return;
    this.asked.delete(message.inReplyTo);
    const { inReplyTo: _, ...answer } = message as unknown as Body;
    const { service, body, creating } = asked;
    if (creating !== null && answer['code'] === 'precondition-failed') {
      return this.send(ctx, service, body, creating, null);
    }
    const reply = serviceAnswer(body, answer as Body);
    this.tell(ctx, service, { ...reply, in_reply_to: body['msg_id'] ?? null });
    if (!this.isRealTime) this.expectBooted(ctx);
  }

  /** Before the first message that needs it: programs of other workloads do not know the word. */
  private tellNeighbours(ctx: Context): void {
    if (this.knowsNeighbours) return;
    this.knowsNeighbours = true;
    const ids = this.place.members.map((_, i) => `n${i + 1}`);
    const topology = neighbours(ids, this.given.topology);
    this.tell(ctx, 'c0', { type: 'topology', msg_id: this.next(), topology });
  }

  private tell(ctx: Context, src: string, body: Body, patienceMs = this.patienceMs(ctx)): void {
    const { process } = this;
    if (process === null) return;
    this.isDone = false;
    const isKnown = this.saysDone || body.type === 'init';
    const times = isKnown ? { now: ctx.now(), elapsed: ctx.elapsed() } : {};
    process.write(JSON.stringify({ src, dest: this.self, body, ...times }));
    const wait = this.rest(process, patienceMs);
    if (wait === 'ended') {
      this.hear();
      this.abandon(ctx, process, 'has ended');
    }
    if (wait === 'busy' && body.type === 'init') this.followItsClock(ctx);
    // One that keeps running in real time is heard at each tick.
    if (wait === 'busy' && !(this.isRealTime && this.hasSpoken)) {
      this.abandon(
        ctx,
        process,
        `did not come to rest within ${this.booted && body.type === 'init' ? this.settlesMs : patienceMs} ms after \`${body.type}\`: it hangs, or works by a clock of its own (then say \`pace: real-time\`)`,
      );
    }
    this.listen(ctx);
  }

  /** It has said what it says to `init`, and works on: only in real time can that mean anything. */
  private followItsClock(ctx: Context): void {
    const { group } = this;
    if (this.given.pace !== 'auto' || !this.hasSpoken) return;
    this.isRealTime = true;
    group.worksByClock = true;
    if (!group.warnsNow()) return;
    const text = `${group.program.shown} goes on working after \`init\`, so it runs in real time: a simulated second takes a real one, and runs do not repeat exactly`;
    ctx.note(CONSOLE_NOTE, { text });
  }

  private abandon(ctx: Context, process: LockStepProcess, how: string): never {
    process.end();
    this.process = null;
    throw this.failure(`${how}${this.lastWords(ctx, process)}`);
  }

  /** An error of the program, without a stack: that would show files of dsim. */
  private failure(how: string): Error {
    const error = new Error(`${this.group.program.shown} ${how}`);
    error.stack = `Error: ${error.message}`;
    return error;
  }

  /**
   * Waits until it has said all that it has to say. At boot, until it has said anything: a launcher
   * may sleep meanwhile, while a process works that is not its child any more.
   */
  private rest(process: LockStepProcess, patienceMs: number): Wait {
    if (!this.hasSpoken) {
      const wait = process.rest(patienceMs, 'boots', false, () => {
        this.hear();
        return this.hasSpoken;
      });
      if (wait !== 'rest' || !this.hasSpoken || this.isDone) return wait;
      if (this.isRealTime || this.group.worksByClock) return 'busy';
      return process.rest(this.settlesMs, 'settles', this.saysDone, () => this.hasSaidDone());
    }
    return process.rest(patienceMs, 'works', this.saysDone, () => this.hasSaidDone());
  }

  private hasSaidDone(): boolean {
    this.hear();
    return this.saysDone && this.isDone;
  }

  private get settlesMs(): number {
    return this.given.pace === 'auto' ? SETTLES_MS : this.given.watchdog;
  }

  /** In real time no longer than the time of the run is ahead of the time of the program. */
  private patienceMs(ctx: Context): number {
    if (!this.isRealTime) return this.given.watchdog;
    return Math.max(0, Math.min(LISTEN_MS, this.aheadMs(ctx)));
  }

  private aheadMs(ctx: Context): number {
    return this.bornAtMs + this.group.stalledMs + ctx.elapsed() - hostMs();
  }

  // --- From the program --------------------------------------------------------------------------

  /** Reads the lines that it has said. */
  private hear(): void {
    for (const line of this.process?.said() ?? []) {
      const said = this.messageIn(line);
      const { dest, body } = said;
      this.hasSpoken = true;
      if (dest === 'dsim' && body.type === 'done') {
        this.saysDone = true;
        this.isDone = true;
      } else if (body.type === 'init_ok') this.booted = true;
      else this.said.push(said);
    }
  }

  /** Sends what it has said, in its order. */
  private listen(ctx: Context): void {
    this.hear();
    for (const line of this.process?.complained() ?? []) ctx.note(CONSOLE_NOTE, { text: line });
    for (const said of this.said.splice(0)) this.deliver(ctx, said);
    if (!this.booted) return;
    for (const [from, message] of this.held.splice(0)) this.take(ctx, from, message);
  }

  private messageIn(line: string): Said {
    try {
      const { src, dest, body } = JSON.parse(line);
      if (typeof dest === 'string' && typeof body?.type === 'string') return { src, dest, body };
    } catch {
      // It is no JSON.
    }
    throw this.failure(
      `wrote what is no message: ${line.slice(0, SHOWN_MAX)} (only messages go to standard output; write everything else to standard error)`,
    );
  }

  private deliver(ctx: Context, { src, dest, body }: Said): void {
    const member = this.memberOf(dest);
    if (dest === 'dsim') return this.serve(ctx, body);
    if (member !== undefined) {
      const knows = this.knowsNeighbours ? ({ knows: true } as const) : {};
      const isPassedOn = typeof src === 'string' && this.group.clientOf(src) !== undefined;
      const by = isPassedOn ? { by: src } : {};
      this.pass(ctx, member, { type: body.type, body, ...knows, ...by } as Passed);
      return;
    }
    const client = this.group.clientOf(dest);
    if (client !== undefined) return this.reply(ctx, client, dest, body);
    // The answer to `topology` says nothing.
    if (dest === 'c0') return;
    if (this.place.resolve(dest).length > 0) {
      this.send(ctx, dest, body, serviceRequest(body), creatingRequest(body));
      return;
    }
    const text = `there is no node ${dest} (a service is a group of that name: \`${dest}: { kind: naive-store }\`)`;
    ctx.note(CONSOLE_NOTE, { text });
    const missing = { type: 'error', code: 1, text, in_reply_to: body['msg_id'] ?? null };
    if (body['msg_id'] !== undefined) this.tell(ctx, dest, missing);
  }

  private reply(ctx: Context, client: NodeId, src: string, body: Body): void {
    const key = `${src} ${body['in_reply_to']}`;
    const open = this.group.open.get(key);
    // A second answer, or one to a question that was never asked.
    if (open === undefined) return this.group.program.tap?.sent(ctx.self, client, body);
    this.group.open.delete(key);
    const answer = answerFields(open.body, body);
    if (answer.type === 'error') {
      const { code, text } = answer as unknown as { code: never; text?: string };
      this.pass(ctx, client, refuse(open.request, code, text));
    } else this.pass(ctx, client, { ...answer, inReplyTo: open.request.id } as Message);
  }

  /** Asks a service, each node its own member where there are several. */
  private send(
    ctx: Context,
    service: string,
    body: Body,
    request: Body,
    creating: Body | null,
  ): void {
    const nodes = this.place.resolve(service);
    const node = nodes[this.place.index % nodes.length];
    if (node === undefined) return;
    const id = this.next();
    this.asked.set(id, { service, body, creating });
    this.pass(ctx, node, requestOf(request, id, ctx.self, id, 1, null));
  }

  private pass(ctx: Context, to: NodeId, message: Message): void {
    this.group.program.tap?.sent(ctx.self, to, message);
    ctx.send(to, message);
  }

  /** What dsim does for a program: a timer, a value on the simulated disk, a note. */
  private serve(ctx: Context, body: Body): void {
    const { key, value = null, label, detail } = body;
    if (body.type === 'disk' && typeof key === 'string') {
      if (value === null) ctx.storage.delete(key);
      else ctx.storage.set(key, value);
    } else if (body.type === 'note' && typeof label === 'string') {
      // Notes name nodes as the scenario does.
      const fields = Object.entries((detail ?? {}) as Detail).map(([field, each]) => [
        field,
        typeof each === 'string' ? (this.memberOf(each) ?? each) : each,
      ]);
      this.noted = Object.fromEntries(fields);
      ctx.note(label, this.noted);
    } else this.setTimer(ctx, body);
  }

  private setTimer(ctx: Context, body: Body): void {
    if (body.type !== TIMER || typeof body['after_ms'] !== 'number') {
      throw this.failure(
        `sent dsim \`${JSON.stringify(body).slice(0, SHOWN_MAX)}\`: it takes {"type": "timer", "after_ms": 150}, {"type": "disk", "key": "a", "value": 1}, {"type": "note", "label": "a"} and {"type": "done"}`,
      );
    }
    const id = this.next();
    this.timers.set(id, body);
    ctx.setTimer(TIMER, body['after_ms'], id);
  }

  // --- Names -------------------------------------------------------------------------------------

  private memberName(node: NodeId): string | undefined {
    const index = this.place.members.indexOf(node);
    return index < 0 ? undefined : `n${index + 1}`;
  }

  private memberOf(name: string): NodeId | undefined {
    const match = /^n([1-9]\d*)$/.exec(name);
    return match === null ? undefined : this.place.members[Number(match[1]) - 1];
  }

  private next(): number {
    this.count++;
    return this.count;
  }

  /** What it last said on standard error, for the end of a message. */
  private lastWords(ctx: Context, process = this.process): string {
    const lines = process?.complained() ?? [];
    for (const line of lines) ctx.note(CONSOLE_NOTE, { text: line });
    const words = lines.slice(-3).map((line) => line.slice(0, SHOWN_MAX));
    return words.length === 0 ? '' : `; it said: ${words.join(' / ')}`;
  }
}
