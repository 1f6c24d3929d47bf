/**
 * Drives one client by hand: a clock, its timers, a journal, and a server that a test writes as a
 * function. No kernel: what is tested is the client alone.
 */
import type {
  Journal,
  Operation,
  OperationOutcome,
  OperationStart,
} from '../../src/sim/history.ts';
import type { Context, Message, NodeId, Plain } from '../../src/sim/node.ts';
import type { Reply, Request } from '../../src/sim/rpc.ts';
import type { Place } from '../../src/sim/system.ts';
import { ActingClient } from '../../src/workloads/client/actor.ts';
import { Client } from '../../src/workloads/client/client.ts';
import type { ClientSpec } from '../../src/workloads/client/load.ts';
import type { Actor, Generator } from '../../src/workloads/workload.ts';
import { fixedRandom } from './fixed-random.ts';

/** What a server does with a request: answers after so many ms, as often as it says, or never. */
export type Server = (
  request: Request,
  node: NodeId,
  atMs: number,
) => readonly (readonly [afterMs: number, body: Omit<Reply, 'inReplyTo'>])[];

export interface SentRequest {
  readonly atMs: number;
  readonly to: NodeId;
  readonly message: Request;
}

interface Due {
  readonly atUs: number;
  readonly n: number;
  readonly run: () => void;
}

interface Row extends OperationStart {
  readonly client: NodeId;
  readonly invokedAtUs: number;
  outcome: OperationOutcome;
  output: Plain;
  error: string | null;
  endedAtUs: number;
}

/** How operations are carried out, if they are more than one request. */
export interface DrivenActor {
  readonly actor: Actor;
  readonly place: Place;
}

export class ClientDrive implements Journal {
  readonly client: Client | ActingClient;
  readonly sent: SentRequest[] = [];
  readonly notes: string[] = [];
  readonly ctx: Context;
  private readonly server: Server;
  private readonly rows: Row[] = [];
  private processes = 0;
  private due: Due[] = [];
  private n = 0;
  private clockUs = 0;
  private readonly timers = new Map<string, number>();

  constructor(
    spec: ClientSpec,
    generator: Generator,
    server: Server,
    seed = 1,
    acting: DrivenActor | null = null,
  ) {
    this.server = server;
    this.client =
      acting === null
        ? new Client(spec, generator, this)
        : new ActingClient(spec, generator, acting.actor, this, acting.place);
    this.ctx = this.context(fixedRandom(seed));
    this.client.start(this.ctx);
  }

  /** Runs everything that is due up to this moment. */
  until(ms: number): this {
    for (;;) {
      this.due.sort((a, b) => a.atUs - b.atUs || a.n - b.n);
      const next = this.due[0];
      if (next === undefined || next.atUs > ms * 1000) break;
      this.due.shift();
      this.clockUs = next.atUs;
      next.run();
    }
    this.clockUs = ms * 1000;
    return this;
  }

  /** Timers that are set. */
  get armed(): readonly string[] {
    return [...this.timers.keys()];
  }

  get history(): readonly Operation[] {
    return this.rows.map((row, index) => ({
      ...row,
      index,
      completedAtUs: row.outcome === 'info' ? Infinity : row.endedAtUs,
    }));
  }

  nextProcess(): number {
    return this.processes++;
  }

  invoke(client: NodeId, start: OperationStart): number {
    const unended = { outcome: 'info', output: null, error: null, endedAtUs: Infinity } as const;
    return this.rows.push({ ...start, client, invokedAtUs: this.clockUs, ...unended }) - 1;
  }

  complete(index: number, outcome: OperationOutcome, output: Plain, error: string | null): void {
    const row = this.rows[index];
    if (row === undefined || row.endedAtUs !== Infinity) throw new Error(`#${index} ended twice`);
    Object.assign(row, { outcome, output, error, endedAtUs: this.clockUs });
  }

  sentTo(index: number, node: NodeId): void {
    const row = this.rows[index];
    if (row !== undefined) Object.assign(row, { node });
  }

  /** A message that the client did not ask for arrives now. */
  push(from: NodeId, message: Message): void {
    this.client.receive(this.ctx, from, message);
  }

  private at(atUs: number, run: () => void): number {
    this.due.push({ atUs, n: this.n, run });
    return this.n++;
  }

  private context(random: Context['random']): Context {
    const timerKey = (tag: string, key: number) => `${tag} ${key}`;
    return {
      self: 'load-1',
      peers: [],
      life: 1,
      random,
      get storage(): never {
        throw new Error('a client keeps nothing on disk');
      },
      now: () => this.clockUs / 1000,
      elapsed: () => this.clockUs / 1000,
      compute: () => undefined,
      cancelCompute: () => undefined,
      get machines(): never {
        throw new Error('a client operates no nodes');
      },
      send: (to, message) => this.deliver(to, message as Request),
      sendNow: () => undefined,
      broadcast: () => undefined,
      note: (label) => void this.notes.push(label),
      measure: () => undefined,
      setTimer: (tag, afterMs, key = 0) => {
        const name = timerKey(tag, key);
        const n = this.at(this.clockUs + Math.round(afterMs * 1000), () => {
          if (this.timers.get(name) !== n) return;
          this.timers.delete(name);
          this.client.timeout(this.ctx, tag, key);
        });
        this.timers.set(name, n);
      },
      cancelTimer: (tag, key = 0) => void this.timers.delete(timerKey(tag, key)),
    };
  }

  private deliver(to: NodeId, message: Request): void {
    const atMs = this.clockUs / 1000;
    this.sent.push({ atMs, to, message });
    for (const [afterMs, body] of this.server(message, to, atMs)) {
      const reply: Message = { ...body, inReplyTo: message.id } as Reply;
      this.at(this.clockUs + afterMs * 1000, () => this.client.receive(this.ctx, to, reply));
    }
  }
}
