/**
 * What Raft costs in time and messages, on the kernel's network with disks that take no time: facts
 * that follow from the algorithm (Ongaro's thesis, chapters 6.4, 9 and 10), with the tolerance of
 * the number of samples.
 */
import { describe, expect, test } from 'vitest';
import raft from '../../src/nodes/consensus/raft/index.ts';
import type { DistributionSpec } from '../../src/sim/distribution.ts';
import { constant } from '../../src/sim/distribution.ts';
import { isReply } from '../../src/sim/rpc.ts';
import { fixedRandom } from '../support/fixed-random.ts';
import { isLong, times } from '../support/long.ts';
import { fastLink, type Sent, Stage } from '../support/stage.ts';
import { names } from './raft-cluster.ts';

interface Given {
  readonly latency?: DistributionSpec;
  readonly params?: object;
  readonly seed?: string;
}

function group(n: number, { latency = constant(1), params = {}, seed = '1' }: Given = {}): Stage {
  const stage = new Stage({ seed, link: { ...fastLink, latency } });
  const place = { group: 'kv', members: names(n) };
  for (const id of names(n)) stage.addSystem(id, raft, { params: { ...params }, place });
  while (leaderOf(stage) === undefined) stage.step(50);
  // Its no-op is committed, and all know whom to pass requests on to.
  stage.step(200);
  return stage;
}

function leaderOf(stage: Stage): string | undefined {
  return [...stage.views()].find(([, { role }]) => role === 'leader')?.[0];
}

/** How long one request takes from its arrival to the answer, in ms, and the messages meanwhile. */
function timeOf(stage: Stage, to: string, request: object): { ms: number; messages: Sent[] } {
  stage.sent.length = 0;
  const fromMs = stage.nowMs;
  const id = stage.ask(to, { ...request } as never);
  stage.step(60);
  const at = stage.sent.findIndex(({ message }) => isReply(message) && message.inReplyTo === id);
  const reply = stage.sent[at] as Sent;
  return { ms: reply.atMs - fromMs, messages: stage.sent.slice(0, at + 1) };
}

function meanAndError(values: readonly number[]): { mean: number; sd: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = Math.sqrt(squares / values.length);
  return { mean, sd, error: sd / Math.sqrt(values.length) };
}

const write = { type: 'write', key: 'x', value: 1 };

describe('a write', { timeout: 600_000 }, () => {
  /** The (n-1)/2-th fastest of n-1 round trips: the mean and the 99th percentile. */
  test.each([
    [3, 17.66, 25.6],
    [5, 18.72, 24.7],
    [7, 19.13, 24.1],
  ])('is committed after the round trip that makes a majority of %i: %f ms', (n, mean, p99) => {
    const stage = group(n, { latency: { kind: 'uniform', min: 5, max: 15 } });
    const leader = leaderOf(stage) as string;
    const count = times(600, 5000);
    const took = Array.from({ length: count }, () => timeOf(stage, leader, write).ms);
    const seen = meanAndError(took);
    // Five thousand are within 1%; few within that and two of their errors.
    const slack = 0.01 * mean + (isLong ? 0 : 2 * seen.error);
    expect(Math.abs(seen.mean - mean)).toBeLessThanOrEqual(slack);
    const above = took.filter((ms) => ms > p99).length / count;
    // One in a hundred, and three deviations of that.
    expect(above).toBeLessThanOrEqual(0.01 + 3 * Math.sqrt(0.0099 / count));
    expect(above).toBeGreaterThan(0);
  });

  test.each([3, 5, 7])('costs 2(n-1) messages in a group of %i', (n) => {
    const stage = group(n, { params: { heartbeat: 100 } });
    const leader = leaderOf(stage) as string;
    // Right after a heartbeat and its answers.
    stage.transcript();
    while (stage.sent.length === 0) stage.step(1);
    stage.step(3);
    const { messages } = timeOf(stage, leader, write);
    expect(messages.filter(({ to }) => to !== 'client')).toHaveLength(2 * (n - 1));
  });

  test('of links of 10 ms takes 40 ms from a client of the leader, 60 ms from one of a follower', () => {
    const stage = group(3, { latency: constant(10), params: { heartbeat: 100 } });
    const leader = leaderOf(stage) as string;
    const follower = names(3).find((id) => id !== leader) as string;
    // The client is 10 ms away, too.
    expect([leader, follower].map((at) => timeOf(stage, at, write).ms + 20)).toEqual([40, 60]);
  });
});

test('a leader that crashes is replaced after lo + (hi-lo)/5 - h/2 + 5d on average, of five', {
  timeout: 600_000,
}, () => {
  const random = fixedRandom(7);
  const tickMs = 4;
  const took = Array.from({ length: times(70, 300) }, (_, i) => {
    const stage = group(5, { seed: String(i + 1) });
    const old = leaderOf(stage) as string;
    stage.step(random.between(0, 50)).crash(old);
    const fromMs = stage.nowMs;
    while (leaderOf(stage) === undefined) stage.step(tickMs);
    return stage.nowMs - fromMs - tickMs / 2;
  });
  const { mean, sd, error } = meanAndError(took);
  // 150 to 300 ms, heartbeats every 50 ms, links of 1 ms, Pre-Vote.
  expect(Math.abs(mean - 160)).toBeLessThanOrEqual(8 + (isLong ? 0 : 2 * error));
  expect(Math.abs(sd - 28)).toBeLessThanOrEqual(8);
});

test('leadership is handed over three delays after it was asked for', () => {
  const stage = group(5, { latency: constant(4) });
  const old = leaderOf(stage) as string;
  const next = names(5).find((id) => id !== old) as string;
  stage.levers().command(old, 'transfer', { to: [next] });
  stage.step(11.9);
  expect(stage.views().get(next)).toMatchObject({ role: 'candidate' });
  stage.step(0.1);
  expect(stage.views().get(next)).toMatchObject({ role: 'leader' });
});
