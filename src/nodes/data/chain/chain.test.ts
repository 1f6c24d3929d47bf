/** The chain by hand: latencies, deaths at each place, joining, leases, CRAQ, retries. */
import { describe, expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { Reply } from '../../../sim/rpc.ts';
import { type Bug, bugs } from './declared.ts';
import system from './index.ts';
import { params, refuseSettings } from './settings.ts';

interface Chain {
  readonly length?: number;
  readonly params?: { readonly [name: string]: unknown };
  readonly bug?: string;
}

/** A master m and members c1 (the head) to c<length>, with links of 1 ms. */
function chain({ length = 3, params: given = {}, bug }: Chain = {}): Stage {
  const stage = new Stage();
  const replica = Array.from({ length }, (_, i) => `c${i + 1}`);
  const members = ['m', ...replica];
  for (const id of members) {
    stage.addSystem(id, system, {
      params: given,
      place: {
        members,
        roles: { master: ['m'], replica },
        role: id === 'm' ? 'master' : 'replica',
      },
      ...(bug === undefined ? {} : { bug }),
    });
  }
  return stage.until(250);
}

const write = (value: unknown) => ({ type: 'write', key: 'x', value });
const read = { type: 'read', key: 'x' };
const ok = (value: unknown) => expect.objectContaining({ type: 'read_ok', value });

function answer(stage: Stage, to: string, body: { type: string }, waitMs = 40): Reply | null {
  const id = stage.ask(to, body);
  return stage.step(waitMs).answers().get(id) ?? null;
}
const role = (stage: Stage, id: string) => stage.views().get(id)?.['role'];

/** From the hand-over of a request to the arrival of its answer; 1 ms more for the way there. */
function latency(stage: Stage, to: string, body: { type: string }): number {
  const before = stage.nowMs;
  const id = stage.ask(to, body);
  for (let i = 0; i < 200; i++) {
    const sent = stage.sent.find(
      ({ message }) => 'inReplyTo' in message && message.inReplyTo === id,
    );
    if (sent !== undefined) return sent.atMs - before + 2;
    stage.step(0.5);
  }
  throw new Error('no answer');
}

describe('latencies', () => {
  test.each([1, 2, 3, 5])('of a chain of %i: a write takes n + 1 ms, a read 2 ms', (length) => {
    const stage = chain({ length });
    expect(latency(stage, 'c1', write(1))).toBe(length + 1);
    expect(latency(stage, `c${length}`, read)).toBe(2);
  });

  test('of CRAQ: a clean read 2 ms at every member, a dirty one 4 ms', () => {
    const stage = chain({ params: { mode: 'craq' } });
    answer(stage, 'c1', write(1));
    for (const id of ['c1', 'c2', 'c3']) expect(latency(stage, id, read)).toBe(2);
    // The acknowledgement of this write is under way for 4 ms more.
    stage.ask('c1', write(2));
    expect(latency(stage, 'c1', read)).toBe(4);
  });
});

describe('deaths', () => {
  test.each([
    ['head', 'c1', 'c2', 'c3'],
    ['middle', 'c2', 'c1', 'c3'],
    ['tail', 'c3', 'c1', 'c2'],
  ])('of the %s: the others go on, with all that was answered', (_, dead, head, tail) => {
    const stage = chain();
    answer(stage, 'c1', write(1));
    stage.crash(dead).step(1000);
    expect(role(stage, head)).toBe('head');
    expect(role(stage, tail)).toBe('tail');
    expect(answer(stage, head, read)).toEqual(ok(1));
    expect(answer(stage, head, write(2))?.type).toBe('write_ok');
    expect(answer(stage, tail, read)).toEqual(ok(2));
  });

  test('of the middle with a write in its hands: the head sends it again', () => {
    const stuck = (bug?: string) => {
      const stage = chain(bug === undefined ? {} : { bug });
      stage.onSent = ({ to, message }) => {
        if (to === 'c2' && message.type === 'forwarded')
          stage.after(0, () => void stage.crash('c2'));
      };
      const id = stage.ask('c1', write(1));
      return stage.step(1500).answers().get(id)?.type;
    };
    expect(stuck()).toBe('write_ok');
    expect(stuck('skip-resend')).toBeUndefined();
  });

  test('of the tail with a write in its hands: the next tail answers it', () => {
    const stage = chain();
    stage.onSent = ({ to, message }) => {
      const carries = 'updates' in message && (message.updates as unknown[]).length > 0;
      if (to === 'c3' && carries) stage.after(0, () => void stage.crash('c3'));
    };
    const id = stage.ask('c1', write(1));
    expect(stage.step(1500).answers().get(id)?.type).toBe('write_ok');
    expect(answer(stage, 'c2', read)).toEqual(ok(1));
  });

  test('of all but one: it goes on alone', () => {
    const stage = chain();
    stage.crash('c1').crash('c3').step(1000);
    expect(role(stage, 'c2')).toBe('single');
    expect(answer(stage, 'c2', write(1))?.type).toBe('write_ok');
  });

  test('that nobody noticed: who boots soon goes on at its place', () => {
    const stage = chain();
    answer(stage, 'c1', write(1));
    stage.crash('c2');
    const id = stage.ask('c1', write(2));
    stage.step(50).boot('c2').step(400);
    expect(stage.answers().get(id)?.type).toBe('write_ok');
    expect(role(stage, 'c2')).toBe('middle');
    expect(stage.views().get('m')).toMatchObject({ epoch: 1 });
  });
});

describe('joining', () => {
  test('who comes back is the new tail, with everything, while writes go on', () => {
    const stage = chain();
    answer(stage, 'c1', write(1));
    stage.crash('c1').step(1000).boot('c1');
    for (let i = 2; i < 40; i++) answer(stage, 'c2', write(i), 20);
    expect(role(stage, 'c1')).toBe('tail');
    expect(answer(stage, 'c1', read)).toEqual(ok(39));
    expect(stage.notes.some((note) => note.includes('copies to {"node":"c1"}'))).toBe(true);
  });

  test('who has lost its disk copies all, even if nobody noticed that it was away', () => {
    const stage = chain();
    answer(stage, 'c1', write(1));
    stage.crash('c3').levers().wipeDisk('c3');
    stage.boot('c3').step(2);
    // It was the tail, and has nothing: it must not say so.
    expect(answer(stage, 'c3', read, 5)).not.toEqual(ok(null));
    stage.step(1500);
    expect(role(stage, 'c3')).toBe('tail');
    expect(answer(stage, 'c3', read)).toEqual(ok(1));
  });
});

describe('leases', () => {
  test('a tail that the master does not hear stops answering before another one serves', () => {
    const serving = (bug?: string) => {
      const stage = chain(bug === undefined ? {} : { bug });
      answer(stage, 'c1', write(0));
      const levers = stage.levers();
      levers.cut('m', 'c3');
      levers.cut('c3', 'm');
      let stale = 0;
      for (let i = 1; i < 60; i++) {
        const wrote = answer(stage, 'c1', write(i), 20)?.type === 'write_ok';
        const got = answer(stage, 'c3', read, 10) as (Reply & { value?: unknown }) | null;
        if (wrote && got?.type === 'read_ok' && got.value !== i) stale++;
      }
      return stale;
    };
    expect(serving()).toBe(0);
    expect(serving('tail-without-lease')).toBeGreaterThan(10);
  });

  test('without its master a chain answers no reads any more, and comes back with it', () => {
    const stage = chain();
    answer(stage, 'c1', write(1));
    stage.crash('m').step(600);
    expect(answer(stage, 'c3', read)).toMatchObject({ code: 'temporarily-unavailable' });
    stage.boot('m').step(300);
    expect(answer(stage, 'c3', read)).toEqual(ok(1));
  });
});

describe('retries and compares', () => {
  test('a retry is not executed again', () => {
    const stage = chain();
    const request = { ...write(1), session: 's', serial: 1, timeoutMs: null, id: 1, attempt: 1 };
    stage.inject('client', 'c1', request).step(40);
    answer(stage, 'c1', write(2));
    const again = { ...request, id: 900, attempt: 2 };
    stage.inject('client', 'c1', again).step(40);
    expect(stage.answers().get(900)?.type).toBe('write_ok');
    expect(answer(stage, 'c3', read)).toEqual(ok(2));
  });

  test('a compare that does not match is refused by the tail', () => {
    const stage = chain();
    answer(stage, 'c1', write(1));
    const cas = (from: number) => ({ type: 'cas', key: 'x', from, to: 9 });
    expect(answer(stage, 'c2', cas(7))).toMatchObject({ code: 'precondition-failed' });
    expect(answer(stage, 'c2', cas(1))?.type).toBe('cas_ok');
    expect(answer(stage, 'c1', read)).toEqual(ok(9));
  });
});

test('without forward a member refuses what another one serves', () => {
  const stage = chain({ params: { forward: false } });
  for (const [id, body] of [
    ['c2', write(1)],
    ['c1', read],
  ] as const) {
    expect(answer(stage, id, body)).toMatchObject({ code: 'temporarily-unavailable' });
  }
  expect(answer(stage, 'c1', write(1))?.type).toBe('write_ok');
});

test('settings that make no sense together are refused', () => {
  const given = (set: object) => defaultsOf(params, set);
  expect(refuseSettings(given({}))).toBeNull();
  expect(refuseSettings(given({ lease: 500 }))).toContain('shorter than failure-timeout');
  expect(refuseSettings(given({ heartbeat: 450 }))).toContain('shorter than lease');
});

describe('mistakes', () => {
  const craq = 'nodes.kv.mode=craq';
  const dies = (node: number) =>
    `faults=[{ every: 1500ms, for: 900ms, until: 9s, crash: kv-replica-${node} }]`;
  const stages: { readonly [B in Bug]: readonly string[] } = {
    'tail-without-lease': ['expect=[linearizable]'],
    'skip-resend': [
      'expect=[availability(write) >= 80% after crash]',
      'faults=[{ at: 3s, for: 1s, crash: kv-replica-2 }]',
    ],
    'ack-at-head': [
      'faults=[{ every: 2s, for: 1s, until: 9s, partition: { of: kv, isolate: kv-replica-1 } }]',
      ...['clients.load.keys=400', 'clients.load.reads=10%', 'clients.load.stop=9s'],
      'expect=[no-lost-writes]',
    ],
    'join-at-head': [craq, dies(2), 'expect=[linearizable]'],
    'answer-newest-dirty': [
      ...[craq, 'faults=[]', 'duration=5s', 'expect=[linearizable]'],
      'network.links=[{ from: kv-replica-1, to: kv-replica-2, latency: 20ms }]',
    ],
  };

  test.each(Object.entries(stages))('%s', { timeout: 30_000 }, async (bug, more) => {
    const file = 'scenarios/chain-cut.yaml';
    const sets = ['duration=11s', ...more];
    expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
    const wrong = await runLaidOver({ file, sets: [...sets, `nodes.kv.bug=${bug}`] });
    const { caughtBy } = bugs[bug as Bug];
    expect(violatedIn(wrong).filter((text) => text.includes(caughtBy))).not.toEqual([]);
  });
});
