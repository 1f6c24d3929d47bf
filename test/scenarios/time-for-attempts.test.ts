/** Warnings of kinds that try again by themselves, in front of callers that do not wait for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadScenario } from '../../src/scenarios/host/load.ts';

async function warningsOf(target: string, timeoutMs: number): Promise<string[]> {
  const cwd = mkdtempSync(join(tmpdir(), 'dsim-attempts-'));
  const yaml = `
nodes:
  web: { kind: server }
  lb: { kind: load-balancer, targets: web, timeout: 100ms, attempts: 2 }
  connections: { kind: load-balancer, targets: web, layer: 4, timeout: 100ms, attempts: 2 }
  unbounded: { kind: load-balancer, targets: web }
  calling: { kind: load-balancer, targets: web, attempts: 2, calls: { web: { timeout: 70ms } } }
  once: { kind: timeout, target: web, after: 50ms }
  thrice: { kind: retry, target: once, attempts: 3, backoff: fixed, wait: 10ms, jitter: none }
clients:
  load: { workload: request, target: ${target}, rate: 1/s, timeout: ${timeoutMs}ms }
expect:
  - availability >= 90%
`;
  try {
    writeFileSync(join(cwd, 'it.yaml'), yaml);
    const { diagnostics } = await loadScenario('it.yaml', { cwd });
    return diagnostics.map(({ code, message }) => `${code} ${message}`);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

test.each([
  ['lb', 200],
  ['calling', 140],
  // Three attempts of 50 ms, and two waits.
  ['thrice', 170],
])('who gives up before the attempts of %s have ended is warned', async (target, ms) => {
  expect(await warningsOf(target, ms)).toEqual([
    `DS155 \`load\` gives up after ${ms}ms, and the attempts of \`${target}\` may take ${ms}ms`,
  ]);
  expect(await warningsOf(target, ms + 1)).toEqual([]);
});

test('no time is told where nothing bounds it, nor where there is one attempt', async () => {
  expect(await warningsOf('unbounded', 10)).toEqual([]);
  expect(await warningsOf('connections', 100)).toEqual([]);
  expect(await warningsOf('once', 50)).toEqual([]);
});
