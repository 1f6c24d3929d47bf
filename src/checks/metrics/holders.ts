/** How many believed at once that they hold a lock, as clients saw it. */
import lock from '../../interfaces/lock.ts';
import { formatMomentUs } from '../../sim/units.ts';
import type { Measurement, Metric } from '../checker.ts';
import { objectOfLoad } from '../checker.ts';
import { partsOf } from '../findings/parts.ts';
import { crashesOf, holdsOf } from '../mutual-exclusion/mutual-exclusion.ts';
import { disjoint, windowAt } from './parts/windows.ts';

const holders: Metric = {
  name: 'holders at once',
  summary: 'The most clients that held one lock at a time, each until it let it go by itself.',
  unit: 'count',
  doc: 'Arguments: loads. From the answer to an acquire until the same process invokes its release; of holds that begin in the window, those of readers that share it too.',
  accepts: ({ loads }) => loads,
  measure(args, windows, history, facts): Measurement {
    const { loads } = facts;
    const crashAfterUs = crashesOf(facts);
    const judged = loads.filter(
      ({ name, asks }) => asks.name === lock.name && (args.length === 0 || args.includes(name)),
    );
    const objects = new Map(judged.map((load) => [load.name, objectOfLoad(load)]));
    const operations = history.filter(({ load }) => objects.has(load));
    const within = disjoint(windows);
    let most = 0;
    let atUs = 0;
    let count = 0;
    for (const part of partsOf(operations, ({ load }) => objects.get(load) as string)) {
      const holds = holdsOf(part, { leaseUs: null, reentrant: false, crashAfterUs });
      for (const { fromUs } of holds) {
        if (windowAt(within, fromUs) === -1) continue;
        count++;
        const now = holds.filter((one) => one.fromUs <= fromUs && fromUs < one.untilUs).length;
        if (now > most) {
          most = now;
          atUs = fromUs;
        }
      }
    }
    if (count === 0) return { value: null, samples: 0, because: 'nobody held a lock' };
    const because = `${count} holds, ${most} at once at ${formatMomentUs(atUs)}`;
    return { value: most, samples: count, because };
  },
};

export default [holders] satisfies readonly Metric[];
