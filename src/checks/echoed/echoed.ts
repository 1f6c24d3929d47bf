/** Every payload comes back as it was sent (Maelstrom, workload `echo`). */
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, type Part, strangerAmong } from '../findings/parts.ts';
import { count, keyOf, show } from '../findings/values.ts';

export function judgeEchoed(checker: string, parts: readonly Part[]): CheckResult {
  const stranger = strangerAmong(parts, ['echo']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['changed']);
  let judged = 0;
  for (const { operations, key } of parts) {
    for (const operation of operations) {
      const { outcome, input, output } = operation;
      if (outcome !== 'ok') continue;
      judged++;
      if (keyOf(input) === keyOf(output)) continue;
      findings.add('changed', 1, () => ({
        sentence: `#${operation.index} sent ${show(input)} and got ${show(output)} back`,
        operations: [operation],
        key,
      }));
    }
  }
  return conclude({
    checker,
    findings,
    numbers: { judged },
    passed: `All ${count(judged, 'payload')} came back as sent.`,
  });
}
