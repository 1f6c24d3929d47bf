/** What holds of all replicas together at every moment. */
import type { Plain } from '../../../sim/node.ts';
import type { Invariant, Views } from '../../../sim/system.ts';
import { samePlain } from '../../parts/same-plain.ts';

type Shown = readonly [number: number, by: string, value: Plain];

/** A stamp stands for one value, wherever it is kept. */
function oneValuePerStamp(views: Views): string | null {
  const values = new Map<string, { value: Plain; node: string }>();
  for (const [node, view] of views) {
    for (const [key, shown] of Object.entries(view['latest'] as { [key: string]: Shown })) {
      const [number, by, value] = shown;
      const stamp = `${number}.${by}`;
      const other = values.get(`${key} ${stamp}`);
      if (other === undefined) values.set(`${key} ${stamp}`, { value, node });
      else if (!samePlain(other.value, value)) {
        const both = `${JSON.stringify(other.value)} on ${other.node}, ${JSON.stringify(value)} on ${node}`;
        return `${key} has two values under the stamp ${stamp}: ${both}`;
      }
    }
  }
  return null;
}

export const invariants: readonly Invariant[] = [
  {
    name: 'one-value-per-stamp',
    source: 'Lynch & Shvartsman 1997, section 4: tags are unique',
    check: oneValuePerStamp,
  },
];
