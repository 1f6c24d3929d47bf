/** The digest of a history: all fields of all operations. */
import type { History } from '../history.ts';
import { Digest } from './hash.ts';

export function historyDigest(history: History): string {
  const digest = new Digest();
  const words = new Array<string>(15).fill(' ');
  for (const op of history) {
    words[0] = `${op.process}`;
    words[2] = op.client;
    words[4] = op.node ?? '';
    words[6] = op.load;
    words[8] = op.f;
    words[10] = op.key ?? '';
    words[12] = op.outcome;
    words[14] = op.error ?? '';
    digest.joined(words);
    const { input, output } = op;
    digest.text(input === null && output === null ? NOTHING : JSON.stringify([input, output]));
    digest.time(op.invokedAtUs);
    digest.time(op.endedAtUs === Infinity ? 0 : op.endedAtUs);
  }
  return digest.hex();
}

const NOTHING = '[null,null]';
