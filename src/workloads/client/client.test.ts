/** The client driven by hand against servers written as functions. */
import { describe, expect, test } from 'vitest';
import { ClientDrive, type Server } from '../../../test/support/drive-client.ts';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import { constant } from '../../sim/distribution.ts';
import type { Operation } from '../../sim/history.ts';
import { defaultsOf } from '../../sim/params.ts';
import type { Request } from '../../sim/rpc.ts';
import register from '../register.ts';
import type { Generator, Invocation } from '../workload.ts';
import { FINAL_READ } from './client.ts';
import { type ClientSpec, clientSpecs, type Load } from './load.ts';

const registerParams = defaultsOf(register.params, { keys: 2 });

function load(given: Partial<Load> = {}): Load {
  return {
    name: 'load',
    workload: register,
    clients: ['load-1'],
    target: 'kv',
    targets: ['kv-1', 'kv-2', 'kv-3'],
    pinned: ['kv-2'],
    timeoutUs: 300_000,
    pace: { kind: 'open', arrivals: 'constant', perSecond: 10 },
    startUs: 0,
    stopUs: 1_000_000,
    operationsMax: Infinity,
    ...given,
  };
}

function spec(given: Partial<Load> = {}): ClientSpec {
  const [first] = clientSpecs(load(given));
  if (first === undefined) throw new Error('a load has a client');
  return first;
}

const generator = () => register.generator(registerParams);

/** Answers after so many ms. */
const answers =
  (afterMs: number): Server =>
  (request) => [[afterMs, { type: `${request.type}_ok`, value: 7 } as { type: string }]];

const silent: Server = () => [];

const refuses =
  (code: string): Server =>
  () => [[2, { type: 'error', code } as { type: string }]];

function line(op: Operation): string {
  const at = (us: number) => (us === Infinity ? '…' : `${us / 1000}`);
  const error = op.error === null ? '' : ` ${op.error}`;
  const ends = `${at(op.invokedAtUs)}-${at(op.endedAtUs)}`;
  return `p${op.process} ${op.f} ${op.key} at ${op.node} ${ends} ${op.outcome}${error}`;
}

/** Reads of one key, so many of them. */
function reads(count: number): Generator {
  let left = count;
  const next = (): Invocation | null =>
    left-- > 0 ? { f: 'read', key: 'k', input: null, request: { type: 'read', key: 'k' } } : null;
  return { next, last: next };
}

describe('one operation', () => {
  test('the request carries the session, its serial, the attempt and the patience', () => {
    const drive = new ClientDrive(spec(), reads(2), answers(5)).until(150);
    expect(drive.sent).toMatchInlineSnapshot(`
      [
        {
          "atMs": 0,
          "message": {
            "attempt": 1,
            "id": 1,
            "key": "k",
            "serial": 1,
            "session": "load-1/1",
            "timeoutMs": 300,
            "type": "read",
          },
          "to": "kv-2",
        },
        {
          "atMs": 100,
          "message": {
            "attempt": 1,
            "id": 2,
            "key": "k",
            "serial": 2,
            "session": "load-1/1",
            "timeoutMs": 300,
            "type": "read",
          },
          "to": "kv-2",
        },
      ]
    `);
    expect(drive.history.map(line)).toEqual([
      'p0 read k at kv-2 0-5 ok',
      'p0 read k at kv-2 100-105 ok',
    ]);
    expect(drive.history[0]?.output).toBe(7);
  });

  test.each([
    ['temporarily-unavailable', 'fail'],
    ['precondition-failed', 'fail'],
    ['overloaded', 'fail'],
    ['crash', 'info'],
    ['timeout', 'info'],
    ['never-heard-of', 'info'],
  ])('the error %s ends it with %s', (code, outcome) => {
    const drive = new ClientDrive(spec(), reads(1), refuses(code)).until(50);
    expect(drive.history).toMatchObject([{ outcome, error: code, output: null, endedAtUs: 2000 }]);
    expect(drive.armed).toEqual(['arrival 0']);
  });

  test('without an answer it is info at the timeout, and a late answer changes nothing', () => {
    const drive = new ClientDrive(spec({ stopUs: 50_000 }), reads(1), answers(301)).until(300);
    expect(drive.history.map(line)).toEqual(['p0 read k at kv-2 0-300 info timeout']);
    drive.until(400);
    expect(drive.history).toMatchObject([{ outcome: 'info', completedAtUs: Infinity }]);
  });

  test('an answer before the timeout disarms it; a second answer is ignored', () => {
    const twice: Server = (request, ...rest) => [
      ...answers(4)(request, ...rest),
      ...answers(9)(request, ...rest),
    ];
    const drive = new ClientDrive(spec({ stopUs: 50_000 }), reads(1), twice).until(400);
    expect(drive.history.map(line)).toEqual(['p0 read k at kv-2 0-4 ok']);
    expect(drive.armed).toEqual([]);
  });

  test('answers to nobody, and messages that answer nothing, are ignored', () => {
    const drive = new ClientDrive(spec(), reads(1), silent).until(10);
    const stray = { type: 'read_ok', inReplyTo: 99 };
    drive.client.receive(drive.ctx, 'kv-1', stray);
    drive.client.receive(drive.ctx, 'kv-1', { type: 'gossip' });
    expect(drive.history).toMatchObject([{ outcome: 'info', endedAtUs: Infinity }]);
  });

  test('an answer of the wrong type stops the run in words', () => {
    const wrong: Server = () => [[1, { type: 'write_ok' }]];
    const drive = new ClientDrive(spec(), reads(1), wrong);
    expect(() => drive.until(5)).toThrow('kv-2 answered read with write_ok');
  });

  test('patience without end sets no timer', () => {
    const endless = spec({ timeoutUs: Infinity, stopUs: 50_000 });
    const drive = new ClientDrive(endless, reads(1), silent).until(10);
    expect(drive.armed).toEqual([]);
    expect(drive.sent[0]?.message.timeoutMs).toBeNull();
  });
});

describe('processes', () => {
  test('one that ended with info is retired; fail and ok go on', () => {
    const codes = ['crash', 'abort', 'ok', 'crash', 'ok'];
    const scripted: Server = ({ id, type }) => {
      const code = codes[id - 1] ?? 'ok';
      const body = code === 'ok' ? { type: `${type}_ok`, value: null } : { type: 'error', code };
      return [[1, body as { type: string }]];
    };
    const drive = new ClientDrive(spec(), reads(5), scripted).until(600);
    expect(drive.history.map(({ process, outcome }) => `p${process} ${outcome}`)).toEqual([
      'p0 info',
      'p1 fail',
      'p1 ok',
      'p1 info',
      'p2 ok',
    ]);
    expect(drive.sent.map(({ message }) => `${message.session} ${message.serial}`)).toEqual([
      'load-1/1 1',
      'load-1/2 1',
      'load-1/2 2',
      'load-1/2 3',
      'load-1/3 1',
    ]);
  });

  test('are sequential: who waits does not ask, somebody else does', () => {
    const drive = new ClientDrive(spec(), reads(6), answers(250)).until(2000);
    const busyUntil = new Map<number, number>();
    for (const { process, invokedAtUs, endedAtUs } of drive.history) {
      expect(busyUntil.get(process) ?? 0).toBeLessThanOrEqual(invokedAtUs);
      busyUntil.set(process, endedAtUs);
    }
    // 250 ms of waiting at one arrival each 100 ms: three at a time.
    expect(busyUntil.size).toBe(3);
  });
});

describe('whom it asks', () => {
  test('pinned: always the same node', () => {
    const drive = new ClientDrive(spec(), generator(), answers(1)).until(1000);
    expect(new Set(drive.sent.map(({ to }) => to))).toEqual(new Set(['kv-2']));
  });

  test('unpinned: any target, as its stream says, and the history names it', () => {
    const free = spec({
      pinned: [null],
      pace: { kind: 'open', arrivals: 'constant', perSecond: 300 },
    });
    const drive = new ClientDrive(free, generator(), answers(1)).until(1000);
    const counts = new Map<string, number>();
    for (const { to } of drive.sent) counts.set(to, (counts.get(to) ?? 0) + 1);
    // 300 draws among 3: 100 each, with a standard deviation of 8.2.
    for (const target of ['kv-1', 'kv-2', 'kv-3']) {
      expect(Math.abs((counts.get(target) ?? 0) - 100)).toBeLessThan(35);
    }
    expect(drive.history.map(({ node }) => node)).toEqual(drive.sent.map(({ to }) => to));
  });
});

describe('open loop', () => {
  const open = (given: Partial<Load>, server: Server, seed = 1) =>
    new ClientDrive(spec(given), generator(), server, seed).until(60_000);

  test('constant arrivals keep their distance, from the start until the stop', () => {
    const drive = open({ startUs: 200_000, stopUs: 700_000 }, answers(1));
    expect(drive.sent.map(({ atMs }) => atMs)).toEqual([200, 300, 400, 500, 600]);
  });

  test('an interval of no whole µs does not drift', () => {
    const pace = { kind: 'open', arrivals: 'constant', perSecond: 30 } as const;
    const drive = open({ pace, stopUs: 10_000_000 }, answers(1));
    expect(drive.sent).toHaveLength(300);
    expect(drive.sent[299]?.atMs).toBe(9966.667);
  });

  test('arrivals know nothing of answers', () => {
    const pace = { kind: 'open', arrivals: 'poisson', perSecond: 200 } as const;
    const times = (server: Server) =>
      new ClientDrive(spec({ pace, stopUs: 2_000_000 }), reads(1e9), server)
        .until(3000)
        .sent.map(({ atMs }) => atMs);
    expect(times(silent)).toEqual(times(answers(1)));
  });

  test('Poisson arrivals: count, mean gap and variance as the law says', () => {
    const pace = { kind: 'open', arrivals: 'poisson', perSecond: 100 } as const;
    const drive = open({ pace, stopUs: 60_000_000 }, answers(1), 5);
    const times = drive.sent.map(({ atMs }) => atMs);
    // 6000 expected, standard deviation 77; four of them are allowed.
    expect(Math.abs(times.length - 6000)).toBeLessThan(310);
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    let sum = 0;
    let squares = 0;
    for (const gap of gaps) {
      sum += gap;
      squares += gap * gap;
    }
    const mean = sum / gaps.length;
    // Exponential: mean 10 ms and as large a standard deviation; of 6000 gaps the means vary by 0.13 and 0.18.
    expect(Math.abs(mean - 10)).toBeLessThan(0.52);
    expect(Math.abs(Math.sqrt(squares / gaps.length - mean * mean) - 10)).toBeLessThan(0.75);
    // A share of exp(-1) is longer than the mean: 0.368, standard deviation 0.0062.
    const long = gaps.filter((gap) => gap > 10).length / gaps.length;
    expect(Math.abs(long - 0.3679)).toBeLessThan(0.025);
  });

  test('the limit holds', () => {
    expect(open({ operationsMax: 4 }, answers(1)).sent).toHaveLength(4);
    expect(open({ operationsMax: 0 }, answers(1)).sent).toHaveLength(0);
  });

  test('a generator with nothing more ends it', () => {
    const drive = new ClientDrive(spec(), reads(3), answers(1)).until(60_000);
    expect(drive.sent).toHaveLength(3);
    expect(drive.armed).toEqual([]);
  });

  test('rates beyond one a microsecond still end', () => {
    const pace = { kind: 'open', arrivals: 'poisson', perSecond: 20_000_000 } as const;
    const drive = new ClientDrive(spec({ pace, stopUs: 50 }), reads(1e9), silent).until(1);
    expect(Math.abs(drive.sent.length - 1000)).toBeLessThan(160);
  });
});

describe('closed loop', () => {
  const closed = { pace: { kind: 'closed', think: constant(10) } } as const;

  test('thinks, asks, waits for the answer, thinks', () => {
    const drive = new ClientDrive(
      spec({ ...closed, startUs: 100_000, stopUs: 160_000 }),
      reads(99),
      answers(5),
    ).until(1000);
    expect(drive.sent.map(({ atMs }) => atMs)).toEqual([110, 125, 140, 155]);
    expect(new Set(drive.history.map(({ process }) => process)).size).toBe(1);
  });

  test('goes on as another process after a timeout', () => {
    const drive = new ClientDrive(spec({ ...closed, timeoutUs: 40_000 }), reads(3), silent).until(
      1000,
    );
    expect(drive.history.map(line)).toEqual([
      'p0 read k at kv-2 10-50 info timeout',
      'p1 read k at kv-2 60-100 info timeout',
      'p2 read k at kv-2 110-150 info timeout',
    ]);
  });

  test('the limit holds', () => {
    const drive = new ClientDrive(spec({ ...closed, operationsMax: 2 }), reads(99), answers(1));
    expect(drive.until(1000).sent).toHaveLength(2);
  });

  test('never two at once', () => {
    const drive = new ClientDrive(
      spec({
        pace: { kind: 'closed', think: { kind: 'uniform', min: 0, max: 4 } },
        stopUs: 9_000_000,
      }),
      reads(999),
      (request, _node, atMs) => (atMs % 7 < 1 ? [] : answers(3)(request, '', 0)),
    ).until(20_000);
    expect(drive.history.length).toBeGreaterThan(20);
    drive.history.forEach((op, i) => {
      expect(op.invokedAtUs).toBeGreaterThanOrEqual(drive.history[i - 1]?.endedAtUs ?? 0);
    });
  });
});

describe('final reads', () => {
  test('come when told, one after the other, and nothing is asked besides', () => {
    const drive = new ClientDrive(spec({ stopUs: 9_000_000 }), generator(), answers(5)).until(250);
    const before = drive.sent.length;
    drive.client.finalRead(drive.ctx);
    drive.client.finalRead(drive.ctx);
    drive.until(2000);
    expect(drive.history.slice(before).map(line)).toEqual([
      'p0 read k1 at kv-2 250-255 ok',
      'p0 read k2 at kv-2 255-260 ok',
    ]);
    expect(drive.armed).toEqual([]);
  });

  test('a timer of their name starts them', () => {
    const drive = new ClientDrive(spec({ stopUs: 0 }), generator(), answers(1)).until(10);
    drive.ctx.setTimer(FINAL_READ, 20);
    expect(drive.until(100).sent.map(({ atMs }) => atMs)).toEqual([30, 31]);
  });

  test('one without an answer is asked three times, each by another process', () => {
    const halfDeaf: Server = (request, ...rest) =>
      (request as Request & { key: string }).key === 'k1' ? [] : answers(1)(request, ...rest);
    const drive = new ClientDrive(spec({ stopUs: 0 }), generator(), halfDeaf).until(10);
    drive.client.finalRead(drive.ctx);
    expect(drive.until(2000).history.map(line)).toEqual([
      'p0 read k1 at kv-2 10-310 info timeout',
      'p1 read k1 at kv-2 410-710 info timeout',
      'p2 read k1 at kv-2 810-1110 info timeout',
      'p3 read k2 at kv-2 1110-1111 ok',
    ]);
  });

  test('closed loops stop thinking', () => {
    const closed = spec({ pace: { kind: 'closed', think: constant(10) }, stopUs: 9_000_000 });
    // The first operation takes from 10 to 15 ms: final reads begin during it, and during the next thought.
    for (const beginMs of [12, 16]) {
      const drive = new ClientDrive(closed, generator(), answers(5)).until(beginMs);
      drive.client.finalRead(drive.ctx);
      const history = drive.until(1000).history;
      expect(history.slice(1).map(({ f, key }) => `${f} ${key}`)).toEqual(['read k1', 'read k2']);
    }
  });
});

describe('shares of a load', () => {
  test('rate, limit and constant arrivals divide among the clients', () => {
    const three = load({
      clients: ['load-1', 'load-2', 'load-3'],
      pinned: ['kv-1', null],
      pace: { kind: 'open', arrivals: 'constant', perSecond: 30 },
      operationsMax: 8,
    });
    const specs = clientSpecs(three);
    expect(specs.map(({ pinned, operationsMax }) => [pinned, operationsMax])).toEqual([
      ['kv-1', 3],
      [null, 3],
      [null, 2],
    ]);
    const pace = (intervalUs: number, phaseUs: number) => ({
      ...{ kind: 'open', arrivals: 'constant' },
      intervalUs,
      phaseUs,
      curve: null,
    });
    expect(specs.map((one) => one.pace)).toEqual([
      pace(100_000, 0),
      pace(100_000, 100_000 / 3),
      pace(100_000, 200_000 / 3),
    ]);
    const times = specs
      .flatMap((one) => new ClientDrive(one, reads(99), answers(1)).until(1000).sent)
      .map(({ atMs }) => atMs)
      .sort((a, b) => a - b);
    expect(times.slice(0, 4)).toEqual([0, 33.333, 66.667, 100]);
    expect(times).toHaveLength(8);
  });

  test('a client has somebody to ask', () => {
    const drive = () => new ClientDrive(spec({ pinned: [null], targets: [] }), reads(1), silent);
    expect(drive).toThrow('a client has somebody to ask');
  });
});

test('one seed, one run; another seed, another', () => {
  const pace = { kind: 'open', arrivals: 'poisson', perSecond: 100 } as const;
  const run = (seed: number) => {
    const fickle: Server = (request, _node, atMs) =>
      request.id % 5 === 0 ? [] : answers(1 + (atMs % 3))(request, '', 0);
    const one = spec({ pace, pinned: [null] });
    return new ClientDrive(one, generator(), fickle, seed).until(3000).history;
  };
  expect(run(3)).toEqual(run(3));
  expect(run(3)).not.toEqual(run(4));
  expect(fixedRandom(3).int(0, 1e9)).not.toBe(fixedRandom(4).int(0, 1e9));
});
