/**
 * 100,000 list-append transactions of 20 processes on a strictly serializable store, judged as
 * strict serializable: ten keys in use at a time, exponentially more on the first ones, each left
 * for a new one after 256 appends, one to five micro-operations, a few aborted and a few of unknown
 * outcome. One line of JSON; an event is a transaction, the time is of the whole verdict.
 */

import { DEFAULT_BUDGET } from '../src/checks/search/turns.ts';
import { listAppendJudge as judge } from '../src/checks/transactions/index.ts';
import { defaultsOf } from '../src/sim/params.ts';
import { simulateStore } from '../test/support/simulated-store.ts';
import { cpuNs, report } from './measure.ts';

const transactions = 100_000;

function main(): void {
  const load = {
    datatype: 'list-append',
    processes: 20,
    isolation: 'strict-serializable',
  } as const;
  const judgeOne = (count: number, seed: number) => {
    const history = simulateStore({ ...load, seed, transactions: count });
    globalThis.gc?.();
    const before = process.memoryUsage();
    const startNs = cpuNs();
    const result = judge.judge(
      history,
      defaultsOf(judge.params),
      'strict-serializable',
      DEFAULT_BUDGET,
    );
    const spentNs = cpuNs() - startNs;
    const after = process.memoryUsage();
    if (result.verdict !== 'pass') throw new Error(result.summary);
    const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    return { spentNs, bytes, edges: result.numbers['edges'] ?? 0 };
  };
  judgeOne(5000, 2);
  const { spentNs, bytes, edges } = judgeOne(transactions, 1);
  report({
    name: 'list-append, strict serializable',
    events: transactions,
    cpuNs: spentNs,
    edges,
    bytesPerEvent: Math.round(bytes / transactions),
  });
}

main();
