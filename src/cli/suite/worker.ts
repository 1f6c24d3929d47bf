/**
 * `dsim worker`: the other end of `worker-process.ts`. Runs what its parent sends until it goes.
 */
import { UsageError } from '../console.ts';
import { HELD } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import type { RunReply } from './run-worker.ts';
import { type RunOrder, ScenarioRead, testRun } from './tested-run.ts';

/** Throws UsageError where nobody sends anything. */
export async function workerCommand(host: Host): Promise<number> {
  if (process.send === undefined) throw new UsageError('`dsim test` starts workers, people do not');
  const engine = await host.engine();
  const waiting: { readonly id: number; readonly order: RunOrder }[] = [];
  let wake = () => {};
  let gone = false;
  process.on('message', (message) => {
    waiting.push(message as { id: number; order: RunOrder });
    wake();
  });
  process.on('disconnect', () => {
    gone = true;
    wake();
  });
  const read = new ScenarioRead();
  while (!gone) {
    const next = waiting.shift();
    if (next === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const run = await testRun(next.order, engine, host, read);
    await reply({ id: next.id, run: run === 'interrupted' ? null : run });
  }
  return HELD;
}

/** Waits until it is sent, so that a parent that is gone is noticed. */
function reply(message: RunReply): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
