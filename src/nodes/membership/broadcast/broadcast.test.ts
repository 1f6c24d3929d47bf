/**
 * Flooding: what it costs and how long it takes on each graph; loss, crashes and acknowledgements.
 */
import { describe, expect, test } from 'vitest';
import { fastLink, placeOf, Stage } from '../../../../test/support/stage.ts';
import { constant } from '../../../sim/distribution.ts';
import type { Message, NodeId } from '../../../sim/node.ts';
import { defaultsOf, type Params } from '../../../sim/params.ts';
import { edgesOf, neighbours, topologies } from '../../parts/topology.ts';
import type { broadcastParams } from './broadcast.ts';
import system from './index.ts';

type Given = Partial<Params<typeof broadcastParams>>;

interface ClusterOptions {
  readonly lossRatio?: number;
  readonly latencyMs?: number;
  readonly diskMs?: number;
}

/** n1, n2, … with these parameters. */
function cluster(count: number, given: Given, options: ClusterOptions = {}): Stage {
  const members = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  const params = defaultsOf(system.params, given);
  const { lossRatio: loss = 0, latencyMs = 100, diskMs = 0 } = options;
  const link = { ...fastLink, latency: constant(latencyMs), loss };
  const stage = new Stage({ diskMs, link });
  for (const id of members) {
    stage.add(id, () => system.create(params, placeOf(id, { members }), null));
  }
  return stage;
}

/** What a node answers to a read. */
function known(stage: Stage, id: NodeId): readonly unknown[] {
  const request = stage.ask(id, { type: 'read' });
  stage.until(stage.nowMs + 50);
  return (stage.answers().get(request) as unknown as { messages: unknown[] }).messages;
}

const isBetweenNodes = ({ to }: { to: NodeId }) => to !== 'client';

/**
 * Broadcasts from every node in turn; messages between nodes for each, and the longest until all
 * know it.
 */
function measure(count: number, given: Given) {
  const counts = new Set<number>();
  let slowestMs = 0;
  for (let origin = 1; origin <= count; origin++) {
    const stage = cluster(count, given);
    stage.ask(`n${origin}`, { type: 'broadcast', message: 7 });
    stage.untilQuiet();
    const sent = stage.sent.filter(isBetweenNodes);
    counts.add(sent.length);
    const learnt = new Map<NodeId, number>();
    for (const { to, atMs } of sent) if (!learnt.has(to)) learnt.set(to, atMs + 100);
    learnt.delete(`n${origin}`);
    expect(learnt.size).toBe(count - 1);
    slowestMs = Math.max(slowestMs, ...learnt.values());
  }
  return { messages: [...counts], slowestMs };
}

describe('one broadcast costs 2E - (n - 1) messages and takes as many delays as the graph is wide', () => {
  /** Maelstrom, doc/03-broadcast/02-performance: half of these per operation at 50% reads. */
  test.each([
    ['grid', 5, 5, 6, 3],
    ['grid', 25, 40, 56, 8],
    ['line', 25, 24, 24, 24],
    ['total', 25, 300, 576, 1],
    ['tree', 25, 24, 24, 5],
    ['ring', 25, 25, 26, 12],
  ] as const)(
    '%s of %i nodes: %i edges, %i messages, %i hops',
    (topology, n, edges, cost, hops) => {
      expect(edgesOf(topology, n, 4)).toBe(edges);
      expect(cost).toBe(2 * edges - (n - 1));
      const seen = measure(n, { topology });
      expect(seen.messages).toEqual([cost]);
      expect(seen.slowestMs).toBe(hops * 100);
    },
  );

  test('and with acknowledgements exactly twice as many', () => {
    expect(measure(25, { topology: 'grid', retry: 1000 }).messages).toEqual([112]);
    expect(measure(25, { topology: 'tree', retry: 1000 }).messages).toEqual([48]);
  });
});

describe('the graphs', () => {
  test('have mutual neighbours and are connected, whatever their size', () => {
    for (const topology of topologies) {
      for (let count = 1; count <= 40; count++) {
        const all = Array.from({ length: count }, (_, i) => neighbours(topology, i, count, 3));
        const reached = new Set([0]);
        for (const index of reached) for (const next of all[index] ?? []) reached.add(next);
        expect(reached.size).toBe(count);
        // Those that name themselves, or one that does not name them.
        const wrong = all.flatMap((list, index) =>
          list.filter((other) => other === index || all[other]?.includes(index) !== true),
        );
        expect([topology, count, wrong]).toEqual([topology, count, []]);
      }
    }
  });

  test('a tree has the fan-out that is set', () => {
    expect(neighbours('tree', 0, 25, 2)).toEqual([1, 2]);
    expect(neighbours('tree', 1, 25, 2)).toEqual([0, 3, 4]);
    expect(neighbours('tree', 24, 25, 4)).toEqual([5]);
  });

  test('a grid of five has a short last row', () => {
    const rows = [0, 1, 2, 3, 4].map((index) => neighbours('grid', index, 5, 4));
    expect(rows).toEqual([[1, 3], [0, 2, 4], [1], [0, 4], [1, 3]]);
  });
});

describe('a node', () => {
  test('sends to all but the one it came from, and to none twice', () => {
    const stage = cluster(3, { topology: 'total' }, { latencyMs: 1 });
    stage.ask('n1', { type: 'broadcast', message: 7 });
    stage.untilQuiet();
    expect(stage.transcript()).toMatchInlineSnapshot(`
      "0ms n1→n2 spread message=7
      0ms n1→n3 spread message=7
      0ms n1→client broadcast_ok inReplyTo=1
      1ms n2→n3 spread message=7
      1ms n3→n2 spread message=7"
    `);
  });

  test('answers a read with what it knew then, in the order it learned it', () => {
    const stage = cluster(1, {});
    for (const message of [3, 'a', 2]) stage.ask('n1', { type: 'broadcast', message });
    const before = known(stage, 'n1');
    stage.ask('n1', { type: 'broadcast', message: 1 });
    expect(before).toEqual([3, 'a', 2]);
    expect(known(stage, 'n1')).toEqual([3, 'a', 2, 1]);
  });

  test('takes a message that is handed in twice once', () => {
    const stage = cluster(2, { topology: 'line' });
    for (const id of ['n1', 'n2', 'n1']) {
      stage.ask(id, { type: 'broadcast', message: 7 });
      stage.untilQuiet();
    }
    expect(known(stage, 'n2')).toEqual([7]);
    expect(stage.sent.filter(isBetweenNodes)).toHaveLength(1);
  });

  test('refuses what it does not know', () => {
    const stage = cluster(1, {});
    stage.ask('n1', { type: 'write', key: 'x' });
    expect([...stage.answers().values()]).toMatchObject([{ type: 'error', code: 'not-supported' }]);
  });

  test('acknowledges nothing before it is durable, but passes it on at once', () => {
    const stage = cluster(2, { topology: 'line', retry: 1000 }, { latencyMs: 1, diskMs: 10 });
    stage.ask('n1', { type: 'broadcast', message: 7 });
    stage.untilQuiet();
    expect(stage.transcript()).toMatchInlineSnapshot(`
      "0ms n1→n2 spread message=7
      10ms n1→client broadcast_ok inReplyTo=1
      11ms n2→n1 received message=7"
    `);
  });

  test('keeps through a crash what it acknowledged, and nothing else', () => {
    const stage = cluster(2, { topology: 'line' }, { diskMs: 10 });
    stage.ask('n1', { type: 'broadcast', message: 1 });
    stage.until(15);
    stage.ask('n1', { type: 'broadcast', message: 2 });
    stage.until(20);
    stage.crash('n1');
    stage.boot('n1');
    expect(known(stage, 'n1')).toEqual([1]);
  });
});

describe('with retries', () => {
  const everywhere = (stage: Stage, count: number) =>
    Array.from({ length: count }, (_, i) => known(stage, `n${i + 1}`).length);

  test('all know everything although a third of the messages is lost; without, they do not', () => {
    for (const retry of [300, undefined]) {
      const given = retry === undefined ? {} : { retry };
      const stage = cluster(9, { topology: 'tree', ...given }, { lossRatio: 0.33 });
      for (let message = 1; message <= 20; message++) {
        stage.ask(`n${1 + (message % 9)}`, { type: 'broadcast', message });
      }
      stage.until(30_000);
      const counts = everywhere(stage, 9);
      if (retry === undefined) expect(Math.min(...counts)).toBeLessThan(20);
      else expect(counts).toEqual(Array(9).fill(20));
    }
  });

  test('nothing is sent once everything is acknowledged', () => {
    const stage = cluster(9, { retry: 300 }, { lossRatio: 0.2 });
    stage.ask('n1', { type: 'broadcast', message: 7 });
    stage.untilQuiet();
    for (let i = 1; i <= 9; i++) {
      expect(stage.timersOf(`n${i}`)).toEqual([]);
      expect(stage.node(`n${i}`).inspect?.()).toEqual({ known: 1, unacknowledged: 0 });
    }
  });

  test('a copy is sent again until the neighbour is back', () => {
    const stage = cluster(2, { topology: 'line', retry: 300 });
    stage.crash('n2');
    stage.ask('n1', { type: 'broadcast', message: 7 });
    stage.until(950);
    stage.boot('n2');
    stage.untilQuiet();
    const copies = stage.sent.filter(({ message }) => message.type === 'spread');
    expect(copies.map(({ atMs }) => atMs)).toEqual([0, 300, 600, 900]);
    expect(known(stage, 'n2')).toEqual([7]);
  });

  test('a node that crashed before it could pass a message on does so after its reboot', () => {
    // All that n1 sends before the crash is lost.
    const members = ['n1', 'n2'];
    const params = defaultsOf(system.params, { topology: 'line', retry: 300 });
    const stage = new Stage();
    for (const id of members) {
      stage.add(id, () => system.create(params, placeOf(id, { members }), null));
    }
    const heal = stage.levers().cut('n1', 'n2');
    stage.ask('n1', { type: 'broadcast', message: 7 });
    stage.crash('n1').until(10);
    heal();
    stage.boot('n1');
    stage.untilQuiet();
    expect(known(stage, 'n2')).toEqual([7]);
  });

  test('a late or repeated acknowledgement does no harm', () => {
    const stage = cluster(2, { topology: 'line', retry: 300 });
    const received = { type: 'received', message: 7 } as Message;
    stage.inject('n2', 'n1', received);
    stage.ask('n1', { type: 'broadcast', message: 7 });
    expect(stage.timersOf('n1')).toEqual(['retry 1']);
    for (let i = 0; i < 2; i++) stage.inject('n2', 'n1', received);
    expect(stage.timersOf('n1')).toEqual([]);
    stage.untilQuiet();
    expect(stage.node('n1').inspect?.()).toEqual({ known: 1, unacknowledged: 0 });
  });
});
