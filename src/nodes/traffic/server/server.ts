/**
 * A server: answers any request after a service time, some at a time, the rest in a queue. With
 * Poisson arrivals and an exponential service time it is the queue M/M/c of the textbooks (M/D/1
 * with a constant one, M/M/c/K with a bound).
 *
 * With `needs` it is one tier of several: each request is answered once the tiers behind have
 * answered theirs.
 */
import {
  bodyOf,
  type Flow,
  type FlowContext,
  type ReplyBody,
  type RequestBody,
} from '../../../sim/call.ts';
import type { DistributionSpec } from '../../../sim/distribution.ts';
import type { NodeId } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import { answerTypeOf, type Request } from '../../../sim/rpc.ts';
import type { ServeOptions, Service } from '../../../sim/service.ts';
import { ORDERS } from '../../parts/admission.ts';
import { DoorsServer, type DoorsSpec, MODELS, type ServerBug } from './doors.ts';

const codel = defineParams({
  target: {
    type: 'duration',
    min: 0.001,
    default: 5,
    doc: 'A wait longer than this is too long.',
  },
  interval: {
    type: 'duration',
    min: 0.001,
    default: 100,
    doc: 'Waits are too long for this time before requests are dropped.',
  },
});

export const serverParams = defineParams({
  concurrency: {
    type: 'integer',
    min: 1,
    default: 1,
    doc: 'Requests served at a time: threads, or cores; more raise the throughput, not the speed of one.',
  },
  queue: {
    type: 'integer',
    min: 0,
    optional: true,
    doc: 'Requests that may wait; one more is refused as `overloaded`. Absent, the queue has no end.',
  },
  'service-time': {
    type: 'distribution',
    default: { kind: 'constant', value: 1 },
    doc: 'How long one request occupies a place; `{ exponential: { mean: 10ms } }` makes M/M/c.',
  },
  expired: {
    type: 'choice',
    options: ['handle', 'drop', 'refuse'],
    default: 'handle',
    doc: 'What to do with a request whose caller has given up while it queued; to handle it is wasted work.',
  },
  model: {
    type: 'choice',
    options: MODELS,
    default: 'queue',
    doc: 'How it works: a place held for the service time, or processor time and waiting, by one of the models of servers.',
  },
  compute: {
    type: 'distribution',
    default: { kind: 'constant', value: 1 },
    doc: 'Models but `queue`: the processor time of one request; half of it comes before `io`, half after.',
  },
  io: {
    type: 'distribution',
    default: { kind: 'constant', value: 0 },
    doc: 'Models but `queue`: how long a request waits for something else, holding no core.',
  },
  workers: {
    type: 'integer',
    min: 1,
    default: 10,
    doc: 'Requests that a `thread-pool` serves at a time.',
  },
  switch: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'What a context switch costs, before each stretch of work.',
  },
  spawn: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'What a new process costs, with `process-per-request`.',
  },
  slice: {
    type: 'duration',
    min: 0.001,
    optional: true,
    doc: 'A stretch of work is interrupted after this time, and goes on after the others. Absent: never.',
  },
  order: {
    type: 'choice',
    options: ORDERS,
    default: 'fifo',
    doc: 'Who is served next: the oldest, the newest, the newest while there is too much, by class, or by deadline.',
  },
  codel: {
    type: 'object',
    fields: codel,
    optional: true,
    doc: 'Drops requests from the queue when they wait too long for some time.',
  },
  'admit-if-fits': {
    type: 'boolean',
    default: false,
    doc: 'Refuses a request at once that cannot end in time, by the mean service time; times that are neither constant, uniform nor exponential count as 0.',
  },
  fair: {
    type: 'boolean',
    default: false,
    doc: 'Tenants take turns, and a full queue gives up the one that has most of it.',
  },
  'refuse-cost': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'The processor time of a refusal: with many of them a server does nothing else.',
  },
  'warm-up': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long after a boot work takes longer, less and less.',
  },
  'cold-factor': {
    type: 'number',
    min: 1,
    default: 5,
    doc: 'How many times as long work takes at first, with `warm-up`.',
  },
  contention: {
    type: 'number',
    min: 0,
    default: 0,
    doc: 'Of the Universal Scalability Law: each other request that is served makes all of them take longer by this share.',
  },
  coherency: {
    type: 'number',
    min: 0,
    default: 0,
    doc: 'The same for each pair of requests that are served: what they have to tell each other.',
  },
  backlog: {
    type: 'integer',
    min: 0,
    optional: true,
    doc: 'Connections that wait, beyond `queue`, to be accepted: one more is dropped without a word. Absent: what finds the queue full is refused.',
  },
  'memory-per-worker': {
    type: 'number',
    min: 0,
    default: 0,
    doc: 'Memory of each request that is served, in MB; 0: none.',
  },
  memory: {
    type: 'number',
    min: 1,
    default: 1000,
    doc: 'Memory for all of them, in MB. When they need more, the server is killed with all that it has, and is away for `restart`.',
  },
  restart: {
    type: 'duration',
    min: 0,
    default: 1000,
    doc: 'How long it is away when it was killed for lack of memory.',
  },
  'cold-start': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'Serverless: how long a new instance takes before its first request. A request that finds no warm instance starts one; `concurrency` is the most of them.',
  },
  'keep-warm': {
    type: 'duration',
    min: 0,
    default: 300_000,
    doc: 'Serverless: how long an instance without a request is kept.',
  },
  provisioned: {
    type: 'integer',
    min: 0,
    default: 0,
    doc: 'Serverless: instances that are always warm.',
  },
  'half-speed-at': {
    type: 'number',
    min: 0.001,
    optional: true,
    doc: 'With as many requests inside, waiting or served, work takes twice as long, with twice as many three times: memory, garbage collection, contention. Absent: they do not disturb each other.',
  },
  handshake: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'What a new connection costs before its first request is served. A caller that gives up a request closes its connection, and its next request opens another.',
  },
  needs: {
    type: 'nodes',
    optional: true,
    doc: 'Nodes behind: each request is sent on to one of them, in turn, and answered after it. `calls:` may put policies around.',
  },
});

type Given = Params<typeof serverParams>;

/** Whether it takes more than places, a queue and a service time. */
export function hasDoors(given: Given): boolean {
  return (
    given.model !== 'queue' ||
    given.order !== 'fifo' ||
    given.codel !== undefined ||
    given['admit-if-fits'] ||
    given.fair ||
    given['refuse-cost'] > 0 ||
    given['warm-up'] > 0 ||
    given['half-speed-at'] !== undefined ||
    given.contention + given.coherency > 0 ||
    given.backlog !== undefined ||
    given['memory-per-worker'] > 0 ||
    given['cold-start'] > 0 ||
    given.handshake > 0
  );
}

/** Requests served at a time. */
export function placesOf({ model, concurrency, workers }: Given): number {
  if (model === 'queue') return concurrency;
  if (model === 'blocking') return 1;
  return model === 'thread-pool' ? workers : Infinity;
}

export function doorsOf(given: Given, cores: number, bug: ServerBug | null): DoorsServer {
  const { model, order, fair, codel: dropping, io, backlog, queue } = given;
  const serviceTime = given['service-time'];
  const spec: DoorsSpec = {
    model,
    order,
    fair,
    places: placesOf(given),
    queueMax: backlog === undefined ? (queue ?? Infinity) : (queue ?? 0) + backlog,
    dropsFull: backlog !== undefined,
    dropsExpired: given.expired !== 'handle',
    fitsMs: given['admit-if-fits']
      ? meanOf(model === 'queue' ? [serviceTime] : [given.compute, io])
      : 0,
    codelTargetMs: dropping?.target ?? 0,
    codelIntervalMs: dropping?.interval ?? 0,
    serviceTime,
    cpu: given.compute,
    io,
    cores,
    switchMs: given.switch,
    spawnMs: given.spawn,
    sliceMs: given.slice ?? Infinity,
    refuseMs: given['refuse-cost'],
    warmUpMs: given['warm-up'],
    coldFactor: given['cold-factor'],
    halfSpeedAt: given['half-speed-at'] ?? Infinity,
    contention: given.contention,
    coherency: given.coherency,
    mostWorkers:
      given['memory-per-worker'] > 0
        ? Math.floor(given.memory / given['memory-per-worker'])
        : Infinity,
    restartMs: given.restart,
    coldStartMs: given['cold-start'],
    keepWarmMs: given['keep-warm'],
    provisioned: given.provisioned,
    bug,
    handshakeMs: given.handshake,
  };
  return new DoorsServer(spec, given.needs ?? [], answerTo);
}

/** Why these values make no sense together; null if they do. */
export function refuseServer(given: Given): string | null {
  const { provisioned, concurrency, model } = given;
  if (given['cold-start'] === 0) return null;
  if (model !== 'queue') return '`cold-start` is for `model: queue`: an instance has one request';
  return provisioned <= concurrency
    ? null
    : `\`provisioned: ${provisioned}\` is more than the ${concurrency} instances of \`concurrency\``;
}

/** The mean of the sum; one of a kind that is not looked at here counts as 0. */
function meanOf(specs: readonly DistributionSpec[]): number {
  return specs.reduce((sum, spec) => {
    if (spec.kind === 'constant') return sum + spec.value;
    if (spec.kind === 'exponential') return sum + spec.mean;
    return spec.kind === 'uniform' ? sum + (spec.min + spec.max) / 2 : sum;
  }, 0);
}

/** The answer to any request: its fields again. */
function answerTo(body: RequestBody): ReplyBody {
  const { replyBytes } = body;
  const reply: { type: string; [field: string]: unknown } = { type: answerTypeOf(body.type) };
  for (const field in body) {
    if (field !== 'type' && field !== 'replyBytes') reply[field] = body[field];
  }
  if (replyBytes !== undefined) reply['bytes'] = replyBytes;
  return reply;
}

export class Server implements Service {
  private readonly needs: readonly NodeId[];
  private served = 0;

  constructor(params: Params<typeof serverParams>) {
    this.needs = params.needs ?? [];
  }

  handle(ctx: FlowContext, request: Request): Flow<ReplyBody> | ReplyBody {
    const body = bodyOf(request);
    return this.needs.length === 0 ? this.answer(body) : this.callThenAnswer(ctx, body);
  }

  inspect() {
    return { served: this.served };
  }

  private *callThenAnswer(ctx: FlowContext, body: RequestBody): Flow<ReplyBody> {
    yield* ctx.call(this.needs, body);
    return this.answer(body);
  }

  private answer(body: RequestBody): ReplyBody {
    this.served++;
    return answerTo(body);
  }
}

export function serveOptions(params: Params<typeof serverParams>): ServeOptions {
  const { concurrency, queue, expired } = params;
  const options = {
    concurrency,
    expired,
    serviceTime: params['service-time'],
    measured: true,
  };
  return queue === undefined ? options : { ...options, queue };
}
