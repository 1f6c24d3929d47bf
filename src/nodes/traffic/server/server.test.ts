/**
 * The server: echo, service time, queue, tiers behind. (Waits against the formulas:
 * test/sim/service-queue.)
 */
import { expect, test } from 'vitest';
import { answering, bind, ok } from '../../../../test/support/services.ts';
import { fastLink, placeOf, Stage } from '../../../../test/support/stage.ts';
import { constant } from '../../../sim/distribution.ts';
import { defaultsOf, type Params } from '../../../sim/params.ts';
import { policy as retry } from '../retry/index.ts';
import system from './index.ts';
import type { serverParams } from './server.ts';

type Given = Partial<Params<typeof serverParams>>;

function served(given: Given, policies = {}): Stage {
  const params = defaultsOf(system.params, given);
  return new Stage().add('web', () => system.create(params, placeOf('web', { policies }), null));
}

test('echoes the fields of any request after the service time', () => {
  const stage = served({ 'service-time': { kind: 'constant', value: 4 } });
  stage.ask('web', { type: 'request', key: 'k1' });
  stage.ask('web', { type: 'search', text: 'x' });
  stage.untilQuiet();
  expect(stage.transcript()).toMatchInlineSnapshot(`
    "4ms web→client request_ok inReplyTo=1 key=k1
    8ms web→client search_ok inReplyTo=2 text=x"
  `);
});

test('answers with as many bytes as it was asked for', () => {
  const stage = served({});
  stage.ask('web', { type: 'request', bytes: 100 });
  stage.ask('web', { type: 'request', bytes: 100, replyBytes: 5000 });
  stage.untilQuiet();
  expect(stage.answers().get(1)).toMatchObject({ bytes: 100 });
  expect(stage.answers().get(2)).toMatchObject({ bytes: 5000 });
});

test('has as many places as `concurrency`, and a queue as long as `queue`', () => {
  const stage = served({
    concurrency: 2,
    queue: 1,
    'service-time': { kind: 'constant', value: 9 },
  });
  for (let i = 0; i < 4; i++) stage.ask('web', { type: 'request' });
  expect(stage.node('web').inspect?.()).toEqual({ active: 2, queued: 1, served: 0 });
  expect(stage.answers().get(4)).toMatchObject({ type: 'error', code: 'overloaded' });
  stage.untilQuiet();
  expect(stage.node('web').inspect?.()).toEqual({ active: 0, queued: 0, served: 3 });
});

test('works on requests that nobody waits for any more, unless `expired` says otherwise', () => {
  for (const [expired, count] of [
    ['handle', 3],
    ['drop', 2],
    ['refuse', 2],
  ] as const) {
    const stage = served({ expired, 'service-time': { kind: 'constant', value: 10 } });
    for (let i = 0; i < 3; i++) stage.ask('web', { type: 'request' }, 15);
    stage.untilQuiet();
    expect(stage.node('web').inspect?.()).toMatchObject({ served: count });
  }
});

test.each(['fifo', 'lifo'] as const)(
  'asks the tiers behind it first, its place stays taken meanwhile: %s',
  (order) => {
    const stage = served({ needs: ['db-1', 'db-2'], order });
    for (const id of ['db-1', 'db-2']) stage.add(id, () => answering(5, ok));
    for (let i = 0; i < 2; i++) stage.ask('web', { type: 'request', key: 'k1' });
    stage.untilQuiet();
    const answers = stage.sent.filter(({ to }) => to === 'client');
    // Each: 1 ms of service, 1 + 5 + 1 ms for the database.
    expect(answers.map(({ atMs }) => atMs)).toEqual([8, 16]);
    expect(answers[0]?.message).toEqual({ type: 'request_ok', inReplyTo: 1, key: 'k1' });
    expect(stage.sent.filter(({ to }) => to === 'db-2')).toHaveLength(1);
  },
);

test('puts the policies of the group around calls to its nodes', () => {
  const policies = { 'db-1': [bind(retry, { attempts: 2, jitter: 'none' })] };
  const stage = served({ needs: ['db-1', 'db-2'] }, policies);
  stage.add('db-1', () => answering(1, () => ({ type: 'error', code: 'overloaded' })));
  stage.add('db-2', () => answering(1, ok));
  stage.ask('web', { type: 'request' });
  stage.untilQuiet();
  expect(stage.answers().get(1)).toMatchObject({ type: 'request_ok' });
  expect(stage.sent.map(({ to }) => to)).toEqual(['db-1', 'web', 'db-2', 'web', 'client']);
});

test('a server that leaves ends what it has: twenty requests of mean time 1 take 3.6 in the mean', () => {
  const runs = 300;
  let total = 0;
  for (let run = 0; run < runs; run++) {
    const stage = new Stage({ seed: `${run}`, link: { ...fastLink, latency: constant(0) } });
    const given = { concurrency: 20, 'service-time': { kind: 'exponential', mean: 1, min: 0 } };
    stage.addSystem('web', system, { params: given });
    for (let i = 0; i < 20; i++) stage.ask('web', { type: 'request' });
    stage.step(0).levers().tellToLeave('web');
    const late = stage.after(0.001, () => void stage.ask('web', { type: 'request' }));
    late.untilQuiet();
    const answers = [...stage.answers().values()];
    expect(answers.filter(({ type }) => type === 'request_ok')).toHaveLength(20);
    expect(answers.filter(({ type }) => type === 'error')).toHaveLength(1);
    total += stage.sent.at(-1)?.atMs ?? 0;
  }
  // 1 + 1/2 + ... + 1/20; the longest of twenty has a standard deviation of 1.263.
  expect(Math.abs(total / runs - 3.598)).toBeLessThan((3 * 1.263) / Math.sqrt(runs));
});
