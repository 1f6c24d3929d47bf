/** The mistake that can be switched on: the check that is named sees it. */
import { expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { serverBugs } from './doors.ts';

/** A burst of many at once, and then a few a second, each as long as an instance is kept for. */
test('oldest-first', async () => {
  const { caughtBy } = serverBugs['oldest-first'];
  const sets = [
    'duration=40s',
    'nodes.web={ kind: server, concurrency: 100, queue: 0, service-time: 50ms, cold-start: 200ms, keep-warm: 5s }',
    'clients.load.rate=20/s',
    'faults=[{ at: 5s, for: 1s, load-spike: 20 }]',
    'expect=["mean instances(web) <= 25 after load-spike"]',
  ];
  expect(caughtBy).toBe('instances');
  await expectCaught('oldest-first', {
    file: 'src/nodes/traffic/server/example.yaml',
    node: 'web',
    sets,
    caughtBy,
  });
});
