import { test } from 'vitest';
import { chaos } from './chaos.ts';
test('none', () => {
  const out: string[] = [];
  const sum: any = {};
  const t = Date.now();
  for (let seed = 1; seed <= 300; seed++) {
    const r = chaos({ seed }) as any;
    if (r.violation) out.push(seed + ' ' + r.violation);
    for (const k of Object.keys(r)) if (typeof r[k] === 'number') sum[k] = (sum[k] ?? 0) + r[k];
  }
  out.push(JSON.stringify(sum) + ' ' + (Date.now() - t));
  const go = (bug: any, temper: any, settings: any, n = 150) => {
    let found = 0; const kinds: any = {}; let first = 0; const t = Date.now();
    for (let seed = 1; seed <= n; seed++) {
      const r = chaos({ seed, bug, temper, settings });
      if (r.violation) { found++; first ||= seed; const k = r.violation.split(':')[0]!; kinds[k] = (kinds[k] ?? 0) + 1; }
    }
    out.push([bug, found, 'first', first, JSON.stringify(kinds), JSON.stringify(temper), Date.now() - t].join(' '));
  };
  const P = { preVote: false, checkQuorum: false };
  const V = { crash: 0.08, reboot: 0.05, skew: 0.5, timers: 0.02, servers: 3, flush: 0.1, loss: 0.1, order: 1, cut: 0.004 };
  const C = { crash: 0.08, reboot: 0.02, skew: 0.3, timers: 0.05, servers: 3, flush: 0.1, loss: 0, order: 1, cut: 0.01 };
  for (const b of [null, 'vote-twice', 'commit-old-term', 'ack-before-durable', 'no-log-check','truncate-always','local-reads','no-dedup']) go(b, {}, {});
  go('vote-twice', V, P); go(null, V, P);
  go('commit-old-term', C, { ...P, batchEntries: 1 });  go(null, C, { ...P, batchEntries: 1 });
  go('commit-old-term', { servers: 5 }, P);
  go('commit-old-term', { servers: 5, crash: 0.01 }, P);
  go('commit-old-term', { servers: 5, crash: 0.01, cut: 0.01, skew: .3 }, P);
  process.stdout.write(out.join('\n') + '\n');
}, 200000);
