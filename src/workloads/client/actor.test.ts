/** Operations that are flows, driven by hand against servers written as functions. */
import { describe, expect, test } from 'vitest';
import { ClientDrive, type Server } from '../../../test/support/drive-client.ts';
import { placeOf } from '../../../test/support/stage.ts';
import type { Flow } from '../../sim/call.ts';
import type { Operation } from '../../sim/history.ts';
import { defineInterface } from '../../sim/interface.ts';
import type { Message, Plain } from '../../sim/node.ts';
import type { BoundPolicy } from '../../sim/policy.ts';
import type { Reply, Request } from '../../sim/rpc.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
  OperationFailed,
} from '../workload.ts';
import { oneCall } from './actor.ts';
import { type ClientSpec, clientSpecs, type Load } from './load.ts';

const workload = defineWorkload({
  name: 'steps',
  summary: 'Operations in steps.',
  params: {},
  asks: defineInterface({
    name: 'steps',
    summary: 'Steps.',
    requests: {
      step: { doc: 'Takes a step.', fields: {}, reply: { value: 'plain' }, harmless: true },
    },
  }),
  generator: () => once(1),
  outputOf: (_f, reply) => (reply as unknown as { value?: Plain }).value ?? null,
});

const step: Invocation = { f: 'step', key: null, input: null, request: { type: 'step' } };

function once(count: number): Generator {
  let left = count;
  return { next: () => (left-- > 0 ? step : null), last: () => null };
}

function spec(given: Partial<Load> = {}): ClientSpec {
  const [first] = clientSpecs({
    name: 'load',
    workload,
    clients: ['load-1'],
    target: 'kv',
    targets: ['kv-1', 'kv-2'],
    pinned: [null],
    timeoutUs: 100_000,
    pace: { kind: 'open', arrivals: 'constant', perSecond: 10 },
    startUs: 0,
    stopUs: 1_000_000,
    operationsMax: Infinity,
    ...given,
  });
  if (first === undefined) throw new Error('a load has a client');
  return first;
}

const answers: Server = ({ type }) => [[10, { type: `${type}_ok`, value: 7 } as { type: string }]];

/** Answers each type of request as it says: a code is an error, null silence. */
const byType =
  (codes: { readonly [type: string]: string | null }): Server =>
  (request) => {
    const code = codes[request.type];
    if (code === undefined) return answers(request, 'kv', 0);
    return code === null ? [] : [[10, { type: 'error', code } as { type: string }]];
  };

interface Given {
  readonly load?: Partial<Load>;
  readonly server?: Server;
  readonly generator?: Generator;
  readonly policies?: readonly BoundPolicy[];
}

function drive(actor: Actor, given: Given = {}): ClientDrive {
  const { load = {}, server = answers, generator = once(1), policies = [] } = given;
  const place = placeOf('load-1', {
    groups: { kv: ['kv-1', 'kv-2'] },
    policies: { kv: policies },
  });
  return new ClientDrive(spec(load), generator, server, 1, { actor, place });
}

const does = (invoke: (ctx: ActorContext) => Flow<Plain>): Actor => ({ invoke });

function line({ process, f, node, invokedAtUs, endedAtUs, outcome, output, error }: Operation) {
  return `p${process} ${f} at ${node} ${invokedAtUs / 1000}-${endedAtUs / 1000} ${outcome} ${output} ${error}`;
}

describe('a flow', () => {
  const threeSteps = does(function* (ctx) {
    yield* ctx.call(ctx.target, { type: 'find' }, { to: 'kv-2' });
    yield* ctx.sleep(5);
    const { from } = (yield* ctx.attempt('kv', { type: 'write' }, { to: 'kv-1' })) as {
      from: string;
    };
    return from;
  });

  test('is one operation of several requests, each with a serial of its own', () => {
    const seen = drive(threeSteps).until(90);
    expect(seen.history.map(line)).toEqual(['p1 step at kv-2 0-25 ok kv-1 null']);
    const sent = seen.sent.map(({ atMs, to, message }) => {
      const { type, session, serial, timeoutMs } = message;
      return `${atMs} ${to} ${type} ${session} #${serial} ${timeoutMs}`;
    });
    expect(sent).toEqual(['0 kv-2 find load-1/2 #1 100', '15 kv-1 write load-1/2 #2 85']);
    expect(seen.armed).toEqual(['arrival 0']);
  });

  test('calls that are under way at once are in sessions of their own', () => {
    const actor = does(function* (ctx) {
      const own = { session: 'own' } as const;
      yield* ctx.all([ctx.call('kv', { type: 'a' }), ctx.call('kv', { type: 'b' }, own)]);
      yield* ctx.call('kv', { type: 'c' });
      return null;
    });
    const { sent } = drive(actor).until(90);
    expect(sent.map(({ message: { session, serial } }) => `${session} #${serial}`)).toEqual([
      'load-1/2 #1',
      'load-1/2/2 #1',
      'load-1/2/2 #2',
    ]);
  });

  test('the load bounds the whole of it, and its finally blocks run', () => {
    const left: string[] = [];
    const actor = does(function* (ctx) {
      try {
        yield* ctx.sleep(60);
        yield* ctx.sleep(60);
        return 'never';
      } finally {
        left.push(`${ctx.now()}`);
      }
    });
    expect(drive(actor).until(500).history.map(line)).toEqual([
      'p1 step at null 0-100 info null timeout',
    ]);
    expect(left).toEqual(['100']);
  });

  test('several at once, one process each', () => {
    const actor = does(function* (ctx) {
      yield* ctx.sleep(150);
      return ctx.mine.size;
    });
    const given = { load: { timeoutUs: 300_000 }, generator: once(3) };
    expect(drive(actor, given).until(900).history.map(line)).toEqual([
      'p1 step at null 0-150 ok 0 null',
      'p2 step at null 100-250 ok 0 null',
      'p1 step at null 200-350 ok 0 null',
    ]);
  });

  test('one that ends at once, again and again, is no trouble', () => {
    const actor: Actor = { invoke: () => 'done' };
    const pace = { kind: 'closed', think: { kind: 'constant', value: 0 } } as const;
    const given = { load: { pace, operationsMax: 20 }, generator: once(100) };
    expect(drive(actor, given).until(900).history).toHaveLength(20);
  });

  test('any other exception stops the run', () => {
    const actor = does(function* (ctx) {
      yield* ctx.sleep(1);
      throw new Error('a mistake of mine');
    });
    expect(() => drive(actor).until(10)).toThrow('a mistake of mine');
  });

  test('a call that nobody waits for stops the run', () => {
    const actor = does(function* (ctx) {
      ctx.call('kv', { type: 'read' });
      yield* ctx.sleep(1);
      return null;
    });
    expect(() => drive(actor).until(10)).toThrow('never yielded');
  });
});

describe('how an error ends it', () => {
  const twoCalls = does(function* (ctx) {
    yield* ctx.call('kv', { type: 'first' });
    yield* ctx.call('kv', { type: 'second' });
    return null;
  });
  const endOf = (actor: Actor, server: Server) =>
    drive(actor, { server })
      .until(500)
      .history.map(({ outcome, error }) => `${outcome} ${error}`);

  test('a definite one is `fail` if nothing was done before', () => {
    expect(endOf(twoCalls, byType({ first: 'overloaded' }))).toEqual(['fail overloaded']);
  });

  test('after something that may have happened it is `info`', () => {
    expect(endOf(twoCalls, byType({ second: 'overloaded' }))).toEqual(['info crash']);
  });

  test('an indefinite one is `info`', () => {
    expect(endOf(twoCalls, byType({ first: 'crash' }))).toEqual(['info crash']);
    expect(endOf(twoCalls, byType({ second: null }))).toEqual(['info timeout']);
  });

  test('the actor may vouch that nothing happened', () => {
    const vouches = does(function* (ctx) {
      yield* ctx.call('kv', { type: 'first' });
      throw new OperationFailed('not-mine');
    });
    expect(endOf(vouches, answers)).toEqual(['fail not-mine']);
  });

  test('after `info` another process goes on, and knows nothing of what the first one kept', () => {
    const actor = does(function* (ctx) {
      const before = ctx.mine.get('n') ?? 0;
      ctx.mine.set('n', (before as number) + 1);
      yield* ctx.call('kv', { type: ctx.now() < 150 && ctx.now() > 50 ? 'second' : 'first' });
      return before;
    });
    const server = byType({ second: null });
    const given = { server, generator: once(4), load: { timeoutUs: 50_000 } };
    expect(drive(actor, given).until(900).history.map(line)).toEqual([
      'p1 step at kv-1 0-10 ok 0 null',
      'p1 step at kv-2 100-150 info null timeout',
      'p2 step at kv-1 200-210 ok 0 null',
      'p2 step at kv-2 300-310 ok 1 null',
    ]);
  });
});

describe('what nobody asked for', () => {
  const subscriber: Actor = {
    *start(ctx) {
      yield* ctx.call(ctx.target, { type: 'subscribe' });
    },
    invoke: () => null,
    receive(ctx, from, message) {
      const { value } = message as Message & { readonly value: Plain };
      ctx.record('deliver', null, null, value, from);
    },
  };

  test('is written into the history by a process of its own', () => {
    const seen = drive(subscriber, { generator: once(1) });
    seen.until(40);
    seen.push('kv-1', { type: 'event', value: 1 } as Message);
    seen.until(45);
    seen.push('kv-2', { type: 'event', value: 2 } as Message);
    expect(seen.sent.map(({ message }) => message.type)).toEqual(['subscribe']);
    expect(seen.history.map(line)).toEqual([
      'p1 step at null 0-0 ok null null',
      'p2 deliver at kv-1 40-40 ok 1 null',
      'p2 deliver at kv-2 45-45 ok 2 null',
    ]);
    expect(seen.history.map(({ recorded }) => recorded)).toEqual([undefined, true, true]);
  });

  test('a client that takes none drops it', () => {
    const { receive: _, ...deaf } = subscriber;
    const seen = drive(deaf).until(40);
    seen.push('kv-1', { type: 'event' } as Message);
    expect(seen.history).toHaveLength(1);
  });
});

describe('final reads and probes', () => {
  test('are carried out by the actor too, until there is nothing left', () => {
    const backlog = ['a', 'b'];
    let empty = false;
    const drain: Generator = {
      next: () => null,
      last: () => (empty ? null : step),
      heard: (_process, _invocation, _outcome, output) => {
        empty = output === null;
      },
    };
    const actor = does(function* (ctx) {
      yield* ctx.call('kv', { type: 'take' });
      return backlog.shift() ?? null;
    });
    const seen = drive(actor, { generator: drain }).until(200);
    seen.client.finalRead(seen.ctx);
    seen.until(300);
    expect(seen.history.map(({ output }) => output)).toEqual(['a', 'b', null]);
    expect(seen.client.inspect()).toMatchObject({ reading: false, inFlight: 0 });
  });
});

describe('a plain workload with policies around its calls', () => {
  /** Sends a call a second time if the first try was refused. */
  const twice: BoundPolicy = {
    name: 'twice',
    layer: 30,
    create: () => ({
      *around(_ctx, call, next) {
        const outcome = yield* next(call);
        if (outcome.ok || outcome.from === null) return outcome;
        return yield* next({ ...call, attempt: 2, options: { avoid: [outcome.from] } });
      },
      inspect: () => ({ tries: 2 }),
    }),
  };
  const refusesOnce: Server = (request, node) =>
    node === 'kv-1'
      ? [[5, { type: 'error', code: 'overloaded' } as { type: string }]]
      : answers(request, node, 0);

  test('is one call through them, under one serial', () => {
    const seen = drive(oneCall(spec()), { server: refusesOnce, policies: [twice] }).until(90);
    expect(seen.history.map(line)).toEqual(['p1 step at kv-1 0-15 ok 7 null']);
    expect(seen.sent.map(({ to, message }) => [to, message.serial, message.attempt])).toEqual([
      ['kv-1', 1, 1],
      ['kv-2', 1, 2],
    ]);
    expect(seen.client.inspect()).toMatchObject({ calls: { kv: { tries: 2 } } });
  });

  test('a timeout of the load is one for the layers too', () => {
    const ends: string[] = [];
    const listening: BoundPolicy = {
      name: 'listens',
      layer: 60,
      create: () => ({
        *around(_ctx, call, next) {
          const outcome = yield* next(call);
          ends.push(outcome.ok ? 'ok' : outcome.code);
          return outcome;
        },
      }),
    };
    const silent: Server = () => [];
    const seen = drive(oneCall(spec()), { server: silent, policies: [listening] }).until(500);
    expect(seen.history.map(line)).toEqual(['p1 step at kv-1 0-100 info null timeout']);
    expect(ends).toEqual(['timeout']);
  });
});

describe.each([
  ['one request', false],
  ['a flow', true],
])('options and context, %s', (_name, acts) => {
  const run = (load: Partial<Load>, server: Server, generator = once(3)): ClientDrive => {
    const own = spec(load);
    if (acts) return drive(oneCall(own), { load, server, generator }).until(900);
    return new ClientDrive(own, generator, server).until(900);
  };
  const fieldsOf = (seen: ClientDrive, field: string) =>
    seen.sent.map(({ message }) => (message as Request & { [name: string]: Plain })[field]);

  test('options are fields of every request; its own stay', () => {
    const options = { level: 'quorum', type: 'other' };
    const seen = run({ options }, answers);
    expect(fieldsOf(seen, 'level')).toEqual(['quorum', 'quorum', 'quorum']);
    expect(fieldsOf(seen, 'type')).toEqual(['step', 'step', 'step']);
  });

  test('the context of an answer comes back with the next request of the session', () => {
    let version = 0;
    const server: Server = (request) => {
      version++;
      const reply = { type: `${request.type}_ok`, ...(version === 2 ? {} : { context: version }) };
      return [[10, reply as Omit<Reply, 'inReplyTo'>]];
    };
    const seen = run({}, server, once(4));
    expect(fieldsOf(seen, 'context')).toEqual([undefined, 1, 1, 3]);
    expect(seen.sent[0]?.message).not.toHaveProperty('context');
  });

  test('a session that begins anew brings nothing along', () => {
    const server: Server = (request, _node, atMs) =>
      atMs === 100 ? [] : [[10, { type: `${request.type}_ok`, context: atMs } as never]];
    const seen = run({ timeoutUs: 50_000 }, server, once(4));
    expect(fieldsOf(seen, 'context')).toEqual([undefined, 0, undefined, 200]);
  });
});
