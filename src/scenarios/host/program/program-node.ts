/**
 * A program that speaks Maelstrom's protocol, as a node of a run. What reaches the node is written
 * to the program as a line of JSON; virtual time stands still until the program has said all that
 * it has to say to it, and what it said is sent.
 *
 * Beside the protocol there is one more address, `dsim`, for programs that want runs that repeat:
 * `{"type": "timer", "tag": "election", "after_ms": 150}` is given back as it was when its virtual
 * time has come, and `{"type": "done"}` after each line says that there is nothing more to say.
 */
import { outsideGuard } from '../../../sim/kernel/guard.ts';
import type { Context, Message, Node, NodeId, Plain } from '../../../sim/node.ts';
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
import { hostMs, LockStepProcess, sleep, type Wait } from './lock-step.ts';

export interface Program {
  readonly words: readonly string[];
  /** How people call it: `python3 raft.py`. */
  readonly shown: string;
  /** Where it runs: the folder of the scenario. */
  readonly folder: string;
}

export interface ProgramSettings {
  readonly topology: Topology;
  readonly pace: 'lock-step' | 'real-time';
  readonly watchdog: number;
}

/** What would differ from machine to machine, or from run to run. */
const SAME_EVERYWHERE = {
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  PYTHONHASHSEED: '0',
  PYTHONUNBUFFERED: '1',
};

/** What the nodes of one group share: who is called what, and the process of each. */
export class ProgramGroup {
  readonly program: Program;
  private readonly processes = new Map<NodeId, LockStepProcess>();
  private readonly clients = new Map<NodeId, string>();
  private readonly clientNames = new Map<string, NodeId>();

  constructor(program: Program) {
    this.program = program;
  }

  /** A new process for a node; one that it had before ends, as after a crash. */
  start(node: NodeId, seed: number): LockStepProcess {
    this.processes.get(node)?.end();
    const env = { ...SAME_EVERYWHERE, DSIM_SEED: String(seed) };
    const { words, folder } = this.program;
    const started = new LockStepProcess(words, folder, env);
    this.processes.set(node, started);
    return started;
  }

  /** Another run begins: nobody is known yet. */
  forget(): void {
    for (const one of this.processes.values()) one.end();
    this.processes.clear();
    this.clients.clear();
    this.clientNames.clear();
  }

  /** `c1` and so on, in the order in which they ask. */
  clientName(node: NodeId): string {
    const known = this.clients.get(node) ?? `c${this.clients.size + 1}`;
    this.clients.set(node, known);
    this.clientNames.set(known, node);
    return known;
  }

  clientOf(name: string): NodeId | undefined {
    return this.clientNames.get(name);
  }
}

/** A message from program to program. */
interface Passed extends Message {
  readonly body: Body;
  /** Its sender has been told its neighbours. */
  readonly knows?: true;
}

/** What a program has asked of a service. */
interface Asked {
  readonly service: string;
  readonly body: Body;
  /** What is to be asked in case there is no such key. */
  readonly creating: Body | null;
}

const BOOT_MS = 30_000;
const TICK = 'tick';
const TICK_MS = 5;
/** In real time: how long a program that keeps running is listened to after each line. */
const LISTEN_MS = 10;
const TIMER = 'timer';
const SHOWN_MAX = 200;

export class ProgramNode implements Node {
  private readonly group: ProgramGroup;
  private readonly place: Place;
  private readonly given: ProgramSettings;
  private readonly self: string;
  private process: LockStepProcess | null = null;
  private bootedAtMs = 0;
  private booted = false;
  private knowsNeighbours = false;
  /** It says when it is done. */
  private saysDone = false;
  private isDone = false;
  private readonly said: { readonly dest: string; readonly body: Body }[] = [];
  /** Requests of clients that it has not answered, by who asked and the number. */
  private readonly open = new Map<string, { readonly request: Request; readonly body: Body }>();
  private readonly asked = new Map<number, Asked>();
  private readonly timers = new Map<number, Body>();
  private count = 0;

  constructor(group: ProgramGroup, place: Place, given: ProgramSettings) {
    this.group = group;
    this.place = place;
    this.given = given;
    this.self = this.memberName(place.self) ?? place.self;
  }

  start(ctx: Context): void {
    outsideGuard(() => this.boot(ctx));
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    outsideGuard(() => this.take(ctx, from, message));
  }

  timeout(ctx: Context, tag: string, key: number): void {
    outsideGuard(() => this.wake(ctx, tag, key));
  }

  private boot(ctx: Context): void {
    if (ctx.life === 1 && this.place.index === 0) this.group.forget();
    this.process = this.group.start(ctx.self, ctx.random.int(0, 0x7fffffff));
    const ids = this.place.members.map((_, i) => `n${i + 1}`);
    const init = { type: 'init', msg_id: this.next(), node_id: this.self, node_ids: ids };
    this.tell(ctx, 'c0', init, BOOT_MS);
    if (!this.booted) {
      throw new Error(`${this.group.program.shown} did not answer \`init\`${this.lastWords(ctx)}`);
    }
    this.bootedAtMs = hostMs();
    if (this.given.pace === 'real-time') ctx.setTimer(TICK, TICK_MS);
  }

  private take(ctx: Context, from: NodeId, message: Message): void {
    const peer = this.memberName(from);
    if ('body' in message && peer !== undefined) {
      const { body, knows } = message as Passed;
      if (knows === true) this.tellNeighbours(ctx);
      return this.tell(ctx, peer, body);
    }
    if (isReply(message)) return this.answered(ctx, message);
    if (isRequest(message)) this.ask(ctx, from, message);
  }

  private wake(ctx: Context, tag: string, key: number): void {
    if (tag === TICK) {
      sleep(this.bootedAtMs + ctx.elapsed() - hostMs());
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
      ctx.send(from, { type: `${type}_ok`, inReplyTo: id } as Message);
      return;
    }
    if (type === 'broadcast') this.tellNeighbours(ctx);
    const src = this.group.clientName(from);
    this.open.set(`${src} ${id}`, { request, body });
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
  }

  /** Before the first message that needs it: programs of other workloads do not know the word. */
  private tellNeighbours(ctx: Context): void {
    if (this.knowsNeighbours) return;
    this.knowsNeighbours = true;
    const ids = this.place.members.map((_, i) => `n${i + 1}`);
    const topology = neighbours(ids, this.given.topology);
    this.tell(ctx, 'c0', { type: 'topology', msg_id: this.next(), topology });
  }

  private tell(ctx: Context, src: string, body: Body, patienceMs = this.patienceMs): void {
    const { process } = this;
    if (process === null) return;
    this.isDone = false;
    process.write(JSON.stringify({ src, dest: this.self, body }));
    const wait = this.rest(process, patienceMs);
    if (wait === 'ended') {
      this.hear();
      process.end();
      this.process = null;
      throw new Error(`${this.group.program.shown} has ended${this.lastWords(ctx, process)}`);
    }
    // One that keeps running in real time is heard at each tick.
    if (wait === 'busy' && (this.given.pace === 'lock-step' || !this.booted)) {
      process.end();
      this.process = null;
      throw new Error(
        `${this.group.program.shown} did not come to rest within ${patienceMs} ms after \`${body.type}\`: it hangs, or works by a clock of its own (then say \`pace: real-time\`)${this.lastWords(ctx, process)}`,
      );
    }
    this.listen(ctx);
  }

  /**
   * Waits until it has said all that it has to say: first, at boot, until it has answered `init`. A
   * launcher may sleep meanwhile, while a process works that is not its child any more.
   */
  private rest(process: LockStepProcess, patienceMs: number): Wait {
    if (!this.booted) {
      const wait = process.rest(patienceMs, true, false, () => {
        this.hear();
        return this.booted;
      });
      if (wait !== 'rest' || !this.booted || this.isDone) return wait;
    }
    return process.rest(patienceMs, false, this.saysDone, () => {
      this.hear();
      return this.saysDone && this.isDone;
    });
  }

  private get patienceMs(): number {
    return this.given.pace === 'real-time' ? LISTEN_MS : this.given.watchdog;
  }

  // --- From the program --------------------------------------------------------------------------

  /** Reads the lines that it has said. */
  private hear(): void {
    for (const line of this.process?.said() ?? []) {
      const { dest, body } = this.messageIn(line);
      if (dest === 'dsim' && body.type === 'done') {
        this.saysDone = true;
        this.isDone = true;
      } else if (body.type === 'init_ok') this.booted = true;
      else this.said.push({ dest, body });
    }
  }

  /** Sends what it has said, in its order. */
  private listen(ctx: Context): void {
    this.hear();
    for (const line of this.process?.complained() ?? []) ctx.note(CONSOLE_NOTE, { text: line });
    for (const { dest, body } of this.said.splice(0)) this.deliver(ctx, dest, body);
  }

  private messageIn(line: string): { readonly dest: string; readonly body: Body } {
    try {
      const { dest, body } = JSON.parse(line);
      if (typeof dest === 'string' && typeof body?.type === 'string') return { dest, body };
    } catch {
      // It is no JSON.
    }
    throw new Error(
      `${this.group.program.shown} wrote what is no message: ${line.slice(0, SHOWN_MAX)} (only messages go to standard output; write everything else to standard error)`,
    );
  }

  private deliver(ctx: Context, dest: string, body: Body): void {
    const member = this.memberOf(dest);
    if (dest === 'dsim') return this.setTimer(ctx, body);
    if (member !== undefined) {
      const knows = this.knowsNeighbours ? ({ knows: true } as const) : {};
      ctx.send(member, { type: body.type, body, ...knows } as Passed);
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
    const open = this.open.get(key);
    // A second answer, or one to a question that was never asked.
    if (open === undefined) return;
    this.open.delete(key);
    const answer = answerFields(open.body, body);
    if (answer.type === 'error') {
      const { code, text } = answer as unknown as { code: never; text?: string };
      ctx.send(client, refuse(open.request, code, text));
    } else ctx.send(client, { ...answer, inReplyTo: open.request.id } as Message);
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
    ctx.send(node, requestOf(request, id, ctx.self, id, 1, null));
  }

  private setTimer(ctx: Context, body: Body): void {
    if (body.type !== TIMER || typeof body['after_ms'] !== 'number') {
      throw new Error(
        `${this.group.program.shown} sent dsim \`${JSON.stringify(body).slice(0, SHOWN_MAX)}\`: it takes {"type": "timer", "after_ms": 150} and {"type": "done"}`,
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
