/**
 * One client on the stage, against servers that a test writes as one function. Links take no time:
 * all delay is the server's. The history is the world's own.
 */
import { constant } from '../../src/sim/distribution.ts';
import type { History, Journal } from '../../src/sim/history.ts';
import type { Host } from '../../src/sim/kernel/host.ts';
import type { Context, Message, NodeId } from '../../src/sim/node.ts';
import type { Reply, Request } from '../../src/sim/rpc.ts';
import type { Place } from '../../src/sim/system.ts';
import { ActingClient } from '../../src/workloads/client/actor.ts';
import { Client } from '../../src/workloads/client/client.ts';
import type { ClientSpec } from '../../src/workloads/client/load.ts';
import type { Actor, Generator } from '../../src/workloads/workload.ts';
import { type Body, fastLink, Stage } from './stage.ts';

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

/** How operations are carried out, if they are more than one request. */
export interface DrivenActor {
  readonly actor: Actor;
  readonly place: Place;
}

const CLIENT = 'load-1';

export class ClientDrive {
  private readonly stage: Stage;

  constructor(
    spec: ClientSpec,
    generator: Generator,
    server: Server,
    seed = 1,
    acting: DrivenActor | null = null,
  ) {
    const make = (journal: Journal) =>
      acting === null
        ? new Client(spec, generator, journal)
        : new ActingClient(spec, generator, acting.actor, journal, acting.place);
    this.stage = new Stage({ seed: `${seed}`, link: { ...fastLink, latency: constant(0) } });
    this.stage.add(CLIENT, make, { client: true });
    const servers = new Set([...spec.targets, ...(spec.pinned === null ? [] : [spec.pinned])]);
    for (const id of servers) this.stage.addBody(id, () => serverBody(server));
    this.stage.until(0);
  }

  /** Runs everything that is due up to this moment. */
  until(ms: number): this {
    this.stage.until(ms);
    return this;
  }

  get client(): Client | ActingClient {
    return this.stage.node(CLIENT) as unknown as Client | ActingClient;
  }

  get ctx(): Context {
    const { world } = this.stage;
    return world.hosts[world.indexOf(CLIENT)] as Host;
  }

  /** The requests that it has sent. */
  get sent(): readonly SentRequest[] {
    return this.stage.sent
      .filter(({ from }) => from === CLIENT)
      .map(({ atMs, to, message }) => ({ atMs, to, message: message as Request }));
  }

  /** Timers that are set: `arrival 0`. */
  get armed(): readonly string[] {
    return this.stage.timersOf(CLIENT);
  }

  get history(): History {
    return this.stage.world.recorder.operations;
  }

  /** A message that the client did not ask for arrives now. */
  push(from: NodeId, message: Message): void {
    this.stage.inject(from, CLIENT, message);
  }
}

function serverBody(server: Server): Body {
  const replies: { readonly to: NodeId; readonly reply: Message }[] = [];
  return {
    receive: (ctx, from, message) => {
      const request = message as Request;
      for (const [afterMs, body] of server(request, ctx.self, ctx.now())) {
        replies.push({ to: from, reply: { ...body, inReplyTo: request.id } as Reply });
        ctx.setTimer('answer', afterMs, replies.length);
      }
    },
    timeout: (ctx, _tag, number) => {
      const due = replies[number - 1];
      if (due !== undefined) ctx.send(due.to, due.reply);
    },
  };
}
