// What all machines promise, by random commands; and what each of them does.
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { Plain, Random } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import { type MachineName, machineNames, makeMachine } from './kinds.ts';
import { type Command, Commands, type Machine } from './machine.ts';

type Body = { readonly type: string; readonly [field: string]: Plain };

/** A random request of each machine, good and bad ones. */
const draws: { readonly [name in MachineName]: (random: Random) => Body } = {
  registers(random) {
    const key = random.pick(['x', 'y']);
    const value = random.int(0, 2);
    return random.pick<Body>([
      { type: 'read', key },
      { type: 'write', key, value },
      { type: 'cas', key, from: random.int(0, 2), to: value },
    ]);
  },
  locks(random) {
    const key = random.pick(['x', 'y']);
    const token = random.int(0, 4);
    return random.pick<Body>([
      { type: 'acquire', key },
      { type: 'release', key, token },
      { type: 'renew', key, token },
      { type: 'write', key, token, value: random.int(0, 9) },
      { type: 'read', key },
    ]);
  },
  queue(random) {
    const value = random.int(0, 99);
    return random.pick<Body>([
      { type: 'enqueue', value },
      { type: 'enqueue', value, dedup: `d${random.int(0, 5)}` },
      { type: 'dequeue' },
      random.chance(0.1) ? { type: 'drain' } : { type: 'dequeue' },
      { type: 'ack', receipt: 'r' },
    ]);
  },
  ids: () => ({ type: 'generate' }),
  counter: (random) =>
    random.pick<Body>([{ type: 'add', delta: random.int(0, 9) }, { type: 'read' }]),
  decisions: (random) => ({
    type: 'propose',
    key: random.pick(['x', 'y']),
    value: random.int(0, 9),
  }),
  coordination(random) {
    const path = random.pick(['/a', '/b', '/a/c']);
    const lease = `lease-${random.int(1, 9)}`;
    const version = random.int(0, 2);
    return random.pick<Body>([
      { type: 'open', leaseMs: 1000 },
      { type: 'close', lease },
      { type: 'create', path, value: random.int(0, 9) },
      { type: 'create', path: '/a/s', value: null, ephemeral: true, sequence: true, lease },
      { type: 'set', path, value: random.int(0, 9), version },
      { type: 'delete', path },
      { type: 'get', path },
      { type: 'exists', path },
      { type: 'children', path: '/a' },
      { type: 'acquire', key: 'x' },
      { type: 'release', key: 'x', token: random.int(1, 40) },
      { type: 'write', key: 'x', token: random.int(0, 40), value: random.int(0, 9) },
      { type: 'read', key: 'x' },
    ]);
  },
};

function command(machine: Machine, body: Body, session: string, serial: number): Command {
  const request = { ...body, id: serial, session, serial, attempt: 1, timeoutMs: null } as Request;
  const found = new Commands(machine).of(request);
  if (found === null) throw new Error(`no ${body.type}`);
  return found;
}

/** The same commands for each machine of this kind, and what they answered. */
function run(
  machines: readonly Machine[],
  draw: (random: Random) => Body,
  random: Random,
  count: number,
) {
  const answers: ReplyBody[][] = machines.map(() => []);
  for (let i = 0; i < count; i++) {
    const body = draw(random);
    const session = random.pick(['s', 't']);
    for (const [at, machine] of machines.entries()) {
      answers[at]?.push(machine.apply(command(machine, body, session, i)));
    }
  }
  return answers;
}

describe.each(machineNames)('%s', (name) => {
  test('a machine that takes up a snapshot goes on as the one that gave it', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = fixedRandom(seed);
      const old = makeMachine(name);
      run([old], draws[name], random, random.int(0, 100));
      const copy = makeMachine(name);
      // It had another state before, of which nothing may be left.
      run([copy], draws[name], random, random.int(0, 30));
      const snapshot = old.snapshot();
      const text = JSON.stringify(snapshot);
      copy.restore(JSON.parse(text) as Plain);
      expect(copy.snapshot()).toEqual(snapshot);
      const [a, b] = run([old, copy], draws[name], random, 100);
      expect(b).toEqual(a);
      expect(copy.snapshot()).toEqual(old.snapshot());
      // The snapshot is a thing of its own.
      expect(JSON.stringify(snapshot)).toBe(text);
    }
  });

  test('reads and refusals change nothing', () => {
    const random = fixedRandom(7);
    const machine = makeMachine(name);
    for (let i = 0; i < 500; i++) {
      const before = JSON.stringify(machine.snapshot());
      const one = command(machine, draws[name](random), 's', i);
      const { type } = machine.apply(one);
      if (machine.isRead(one.type) || type === 'error') {
        expect(JSON.stringify(machine.snapshot())).toBe(before);
      }
    }
  });

  test('answers with the type of the request', () => {
    const random = fixedRandom(8);
    const machine = makeMachine(name);
    for (let i = 0; i < 200; i++) {
      const one = command(machine, draws[name](random), 's', i);
      const { type } = machine.apply(one);
      expect([`${one.type}_ok`, 'error']).toContain(type);
    }
  });
});

test('a command is the type and declared fields of a request, and whose it is, in one order', () => {
  const machine = makeMachine('registers');
  const request = {
    value: 1,
    more: 2,
    key: 'x',
    type: 'write',
    id: 9,
    session: 's',
    serial: 4,
    attempt: 2,
    timeoutMs: 5,
  };
  expect(JSON.stringify(new Commands(machine).of(request as Request))).toBe(
    '{"type":"write","session":"s","serial":4,"key":"x","value":1}',
  );
  expect(new Commands(machine).of({ ...request, type: 'acquire' } as Request)).toBe(null);
});

describe('locks', () => {
  function asking() {
    const machine = makeMachine('locks');
    let serial = 0;
    return (session: string, body: Body) => {
      serial++;
      const { type, ...fields } = machine.apply(command(machine, body, session, serial));
      return type === 'error' ? (fields as { code: string }).code : fields;
    };
  }
  const acquire = { type: 'acquire', key: 'k' };

  test('have one holder, and tokens that grow with each holder', () => {
    const ask = asking();
    expect(ask('a', acquire)).toEqual({ token: 1 });
    expect(ask('b', acquire)).toBe('lock-held');
    expect(ask('b', { type: 'release', key: 'k', token: 2 })).toBe('precondition-failed');
    expect(ask('a', { type: 'release', key: 'k', token: 1 })).toEqual({});
    expect(ask('a', { type: 'release', key: 'k', token: 1 })).toBe('precondition-failed');
    expect(ask('b', acquire)).toEqual({ token: 2 });
    expect(ask('a', { ...acquire, key: 'other' })).toEqual({ token: 1 });
  });

  test('are given again to the session that has them, and one release is enough', () => {
    const ask = asking();
    expect([ask('a', acquire), ask('a', acquire)]).toEqual([{ token: 1 }, { token: 1 }]);
    expect(ask('a', { type: 'release', key: 'k', token: 1 })).toEqual({});
    expect(ask('b', acquire)).toEqual({ token: 2 });
  });

  test('guard writes: a holder of the past is refused once a later token was seen', () => {
    const ask = asking();
    const write = (token: number, value: number) =>
      ask('a', { type: 'write', key: 'k', token, value });
    expect([write(1, 10), write(2, 20), write(1, 11), write(2, 21)]).toEqual([
      {},
      {},
      'precondition-failed',
      {},
    ]);
    expect(ask('b', { type: 'read', key: 'k' })).toEqual({ value: 21 });
    expect(ask('b', { type: 'read', key: 'none' })).toEqual({ value: null });
  });

  test('say whether a token still holds', () => {
    const ask = asking();
    ask('a', acquire);
    const renew = { type: 'renew', key: 'k', token: 1 };
    expect(ask('a', renew)).toEqual({});
    ask('a', { type: 'release', key: 'k', token: 1 });
    expect(ask('a', renew)).toBe('precondition-failed');
  });
});

test('a queue gives each message once, in order of arrival, and one of a dedup', () => {
  const machine = makeMachine('queue');
  const ask = (body: Body) => {
    const { type, ...fields } = machine.apply(command(machine, body, 's', 1));
    return type === 'error' ? fields['code' as never] : fields;
  };
  for (let value = 0; value < 100; value++) ask({ type: 'enqueue', value });
  ask({ type: 'enqueue', value: 'once', dedup: 'd' });
  ask({ type: 'enqueue', value: 'twice', dedup: 'd' });
  const taken = Array.from({ length: 99 }, () => ask({ type: 'dequeue' }));
  expect(taken).toEqual(Array.from({ length: 99 }, (_, value) => ({ value })));
  expect(ask({ type: 'drain' })).toEqual({ values: [99, 'once'] });
  expect(ask({ type: 'dequeue' })).toEqual({ value: null });
  expect(ask({ type: 'ack', receipt: 'r' })).toBe('not-supported');
  // A drain that is repeated under its id gives the list again, also after a snapshot.
  ask({ type: 'enqueue', value: 7 });
  expect(ask({ type: 'drain', dedup: 'x' })).toEqual({ values: [7] });
  machine.restore(machine.snapshot());
  expect(ask({ type: 'drain', dedup: 'x' })).toEqual({ values: [7] });
  expect(ask({ type: 'drain', dedup: 'y' })).toEqual({ values: [] });
});
