/** `dsim run --twin` where nothing comes back: the loop that keeps it down, and how long the fault must last. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestCli } from '../support/cli-host.ts';
import { dsimIn } from './dsim-in.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  writeFileSync(
    join(cli.folder, 'web.yaml'),
    `
duration: 60s
settle: 1s
nodes:
  db: { kind: server, service-time: { exponential: { mean: 100ms } } }
  app: { kind: load-balancer, targets: db, attempts: 1, calls: { db: { timeout: 2s, retry: 2 } } }
network: { latency: 0.5ms }
clients:
  load: { workload: request, target: app, rate: 7/s, timeout: 5s }
faults:
  - { at: 15s, for: 8s, pause: db }
expect:
  - recovers within 30s after pause
`,
  );
});
afterEach(() => cli.close());

function run(...argv: readonly string[]) {
  return dsimIn(cli.folder, ['run', 'web.yaml', '--no-keep', ...argv]);
}

test('the screen names the loop and the degree, and JSON has both', async () => {
  const screen = await run('--twin');
  expect(screen.code).toBe(1);
  expect(screen.out).toContain('METASTABLE  recovers within 30s after pause');
  expect(screen.out).toMatch(/✓ retries \(app to db\) +a cause: without it it recovers/);
  expect(screen.out).toMatch(
    /degree: pause sticks when it lasts .*s, and passes at .*s \(here 8s\)/,
  );
  const { out } = await run('--twin', '--json');
  const [one] = JSON.parse(out).runs[0].metastable;
  expect(one.text).toBe('recovers within 30s after pause');
  expect(one.loops.map(({ name }: { name: string }) => name)).toContain('retries (app to db)');
  expect(one.degree.passesUs).toBeLessThan(one.degree.sticksUs);
});

test('a run that comes back has no such section', async () => {
  const { code, out } = await run('--twin', '--set', 'clients.load.rate=3/s');
  expect([code, out.includes('METASTABLE')]).toEqual([0, false]);
});
