/**
 * `bank`: money that is moved between accounts is neither made nor lost. The workload makes
 * `transfer { from, to, amount }` and `read` whose output is a map of account to balance; the total
 * is that of the first read. No account may be overdrawn.
 */
import { judgeBank } from './accounts/bank.ts';
import { checkerOver } from './findings/parts.ts';
import judge from './judges/bank.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['bank'],
  judge: (parts) =>
    judgeBank(parts, { checker: name, total: null, accounts: null, allowNegative: false }),
});
