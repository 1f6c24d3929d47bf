import { test } from 'vitest';
import { chaos } from './chaos.ts';

test('none', () => {
  const sum: any = {};
  const t = Date.now();
  for (let seed = 1; seed <= 300; seed++) {
    const r = chaos({ seed }) as any;
    if (r.violation) console.log(seed, r.violation);
    for (const k of Object.keys(r)) if (typeof r[k] === 'number') sum[k] = (sum[k] ?? 0) + r[k];
  }
  console.log(sum, Date.now() - t);
  const go = (bug: any, temper: any, settings: any, n = 150) => {
    let found = 0;
    const kinds: any = {};
    let first = 0;
    const t = Date.now();
    for (let seed = 1; seed <= n; seed++) {
      const r = chaos({ seed, bug, temper, settings });
      if (r.violation) {
        found++;
        first ||= seed;
        const k = r.violation.split(':')[0]!;
        kinds[k] = (kinds[k] ?? 0) + 1;
      }
    }
    console.log(bug, found, 'first', first, kinds, JSON.stringify(temper), Date.now() - t);
  };
  const P = { preVote: false, checkQuorum: false };
  go('vote-twice', { crash: 0.02, reboot: 0.2, skew: 0.5, timers: 0.05 }, P);
  go('vote-twice', { crash: 0.05, reboot: 0.2, skew: 0.5, timers: 0.1, servers: 3, flush: 0.3 }, P);
  go('vote-twice', { crash: 0.05, reboot: 0.2, skew: 0.8, timers: 0.2, servers: 3, flush: 0.3 }, P);
  go(
    'commit-old-term',
    { crash: 0.01, reboot: 0.05, skew: 0.5, timers: 0.05, servers: 5 },
    { ...P, batchEntries: 1 },
  );
  go(
    'commit-old-term',
    { crash: 0.02, reboot: 0.02, skew: 0.8, timers: 0.1, servers: 5, loss: 0.02, order: 1 },
    { ...P, batchEntries: 1, inFlightMax: 1 },
  );
  go(
    'commit-old-term',
    { crash: 0.01, reboot: 0.02, skew: 0.8, timers: 0.1, servers: 3, loss: 0.02, order: 1 },
    { ...P, batchEntries: 1, inFlightMax: 1 },
  );
}, 200000);
