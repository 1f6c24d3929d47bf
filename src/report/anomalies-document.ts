/** What went wrong, in JSON: the same for runs and for histories made elsewhere. */
import type { CheckResult } from './result-parts.ts';

/** What went wrong by name, as `--json` has it everywhere. */
export function anomaliesDocument({ anomalies = [] }: CheckResult) {
  return anomalies.map(({ name, count, sentence, operations, edges }) => ({
    name,
    count,
    sentence,
    operations,
    edges,
  }));
}
