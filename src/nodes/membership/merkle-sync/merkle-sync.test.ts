/** Anti-entropy by hash trees, by hand and under faults. */
import { describe, expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import system from './index.ts';

function pair(params: object = {}, bug?: string) {
  const stage = new Stage();
  const place = { members: ['a', 'b'], group: 'kv' };
  const given = { depth: 3, interval: 1000, replicate: false, ...params } as never;
  for (const id of place.members) {
    stage.addSystem(id, system, { params: given, place, ...(bug === undefined ? {} : { bug }) });
  }
  return stage;
}

const write = (stage: Stage, to: string, key: string, value: number | null) =>
  stage.ask(to, { type: 'write', key, value });
function read(stage: Stage, at: string, key: string) {
  const asked = stage.ask(at, { type: 'read', key });
  return (stage.answers().get(asked) as unknown as { value: unknown }).value;
}
const listOf = (message: object, field: string) =>
  (message as { readonly [field: string]: readonly unknown[] })[field]?.length ?? 0;
const types = (stage: Stage) =>
  stage.sent.filter(({ to }) => to !== 'client').map(({ message }) => message.type);

describe('two replicas', () => {
  test('that are equal send one hash in each comparison', () => {
    const stage = pair().until(3000);
    expect(new Set(types(stage))).toEqual(new Set(['compare']));
    expect(stage.measured().every((line) => line.endsWith('hashes-sent 1'))).toBe(true);
  });

  test('walk down to the ranges that differ, and exchange these both ways', () => {
    const stage = pair().until(10);
    write(stage, 'a', 'x', 1);
    write(stage, 'b', 'y', 2);
    stage.until(1200);
    expect(['x', 'y'].map((key) => [read(stage, 'a', key), read(stage, 'b', key)])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    // Root, three levels, the leaves, and what the other had more.
    expect(types(stage).slice(0, 6)).toEqual([
      'compare',
      'compare',
      'compare',
      'compare',
      'range',
      'repair',
    ]);
  });

  test('pay for each hash, and for the number of its node', () => {
    const stage = pair({ 'hash-bytes': 32, exchange: 'whole', depth: 2 }).until(1500);
    const [compare] = stage.sent.filter(({ message }) => message.type === 'compare');
    expect(compare?.message).toMatchObject({ bytes: 4 * (32 + 4) });
  });

  test('keep the later write of a key', () => {
    const stage = pair().until(10);
    write(stage, 'a', 'x', 1);
    stage.step(5);
    write(stage, 'b', 'x', 2);
    stage.until(2500);
    expect([read(stage, 'a', 'x'), read(stage, 'b', 'x')]).toEqual([2, 2]);
  });

  test('of which one was down find out what it missed', () => {
    const stage = pair({ replicate: true }).until(10);
    stage.crash('b');
    write(stage, 'a', 'x', 1);
    stage.until(500).boot('b');
    stage.until(2500);
    expect(read(stage, 'b', 'x')).toBe(1);
  });

  test.each(['whole', 'full'])('agree by exchange: %s too', (exchange) => {
    const stage = pair({ exchange }).until(10);
    write(stage, 'a', 'x', 1);
    stage.until(2500);
    expect(read(stage, 'b', 'x')).toBe(1);
  });
});

// One of 64 keys differs, in a tree of ten levels: 1 + 2 * 10 hashes lead to it.
test.each([
  [undefined, { below: 20, keys: 1 }],
  [64, { below: 0, keys: 64 }],
  [8, { below: 8, keys: 6 }],
])('keys-per-leaf %s: a range with so few keys is sent as it is', (keysPerLeaf, wanted) => {
  const more = keysPerLeaf === undefined ? {} : { 'keys-per-leaf': keysPerLeaf };
  const stage = pair({ depth: 10, replicate: true, ...more }).until(10);
  for (let i = 0; i < 64; i++) write(stage, 'a', `k${i}`, i);
  stage.step(5).crash('b');
  write(stage, 'a', 'k7', 100);
  stage.step(5).boot('b');
  stage.transcript();
  stage.until(1100);
  expect(read(stage, 'b', 'k7')).toBe(100);
  let [below, keys] = [0, 0];
  for (const { message } of stage.sent) {
    if (message.type === 'compare' && (message as never)['level'] > 0)
      below += listOf(message, 'hashes');
    if (message.type === 'range') keys += listOf(message, 'entries');
  }
  expect({ below, keys }).toEqual(wanted);
});

test('a deletion that one replica missed spreads like any other version', () => {
  const readAfter = (bug?: string) => {
    const stage = pair({}, bug).until(10);
    write(stage, 'a', 'x', 1);
    stage.until(2500);
    write(stage, 'a', 'x', null);
    stage.until(5000);
    return read(stage, 'b', 'x');
  };
  expect([readAfter(), readAfter('hash-ignores-tombstone')]).toEqual([null, 1]);
});

test('hash-ignores-tombstone: a replica that missed a deletion keeps the old value', async () => {
  const file = 'src/nodes/membership/merkle-sync/example.yaml';
  const sets = ['clients.load.deletes=30%', 'expect=[converged, no-lost-writes]'];
  expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
  const wrong = await runLaidOver({ file, sets: [...sets, 'nodes.kv.bug=hash-ignores-tombstone'] });
  expect(violatedIn(wrong)).toEqual(['converged']);
});

test('stale-tree: ranges that were repaired are sent again and again', {
  timeout: 30_000,
}, async () => {
  const file = 'scenarios/merkle-repair.yaml';
  const sets = [
    'clients.look.rate=1/s',
    'verify=100ms',
    'expect=["bytes(compare, range, repair) <= 300KiB"]',
    'nodes.kv.interval=500ms',
  ];
  expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
  const wrong = await runLaidOver({ file, sets: [...sets, 'nodes.kv.bug=stale-tree'] });
  expect(violatedIn(wrong)).toEqual(['bytes(compare, range, repair) <= 300KiB']);
});
