/** The digest of a history: all fields of all operations. */
import type { History } from '../history.ts';
import { Digest } from './hash.ts';

export function historyDigest(history: History): string {
  const digest = new Digest();
  for (const op of history) {
    digest.text(
      `${op.process} ${op.client} ${op.node ?? ''} ${op.load} ${op.f} ${op.key ?? ''} ${op.outcome} ${op.error ?? ''}`,
    );
    digest.text(JSON.stringify([op.input, op.output]));
    digest.time(op.invokedAtUs);
    digest.time(op.endedAtUs === Infinity ? 0 : op.endedAtUs);
  }
  return digest.hex();
}
