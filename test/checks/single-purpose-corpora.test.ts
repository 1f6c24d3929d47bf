/**
 * The single-purpose judges on the published histories of Jepsen's own tests and of elle-cli: every
 * row of the index, and the numbers that the tests state. Needs the folder of corpora
 * (`DSIM_CORPORA`, or `shared/corpora` beside the project).
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/checker.ts';
import { setFinal } from '../../src/checks/collections/set-final.ts';
import { setFull } from '../../src/checks/collections/set-full.ts';
import { counterReads } from '../../src/checks/counters/counter.ts';
import { pnCounter } from '../../src/checks/counters/pn-counter.ts';
import { partsOf } from '../../src/checks/findings/parts.ts';
import { uniqueIds } from '../../src/checks/identifiers/unique-ids.ts';
import type { AnyJudge } from '../../src/checks/judge.ts';
import { countsOf, totalQueue } from '../../src/checks/queues/total-queue.ts';
import { DEFAULT_BUDGET } from '../../src/checks/search/turns.ts';
import type { History } from '../../src/sim/history.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { readJepsen } from '../support/jepsen-histories.ts';

const folder =
  process.env['DSIM_CORPORA'] ??
  fileURLToPath(new URL('../../../shared/corpora/', import.meta.url));
const isThere = existsSync(folder);

/** `model` as the index names it: the judge, and what is set for it. */
const judges: { readonly [model: string]: readonly [string, object?] } = {
  'set-final-read': ['set-final'],
  'set-full': ['set-full'],
  'unordered-queue': ['unordered-queue'],
  'total-queue': ['total-queue'],
  'unique-ids': ['unique-ids'],
  'counter(increments only)': ['counter'],
  'pn-counter': ['pn-counter'],
  'bank(total=100, accounts 0..9)': ['bank', { total: 100, accounts: '0..9' }],
  'bank(total=30, accounts 0..2)': ['bank', { total: 30, accounts: '0..2' }],
  'bank(no negative balances)': ['bank'],
  'long-fork(n=3)': ['long-fork', { n: 3 }],
  'causal-reverse': ['causal-reverse'],
  'causal-reverse/comments': ['causal-reverse'],
  'kafka-log': ['log'],
};

interface Row {
  readonly file: string;
  readonly model: string;
  readonly expected: string;
}

function rows(): Row[] {
  const lines = readFileSync(`${folder}/index.tsv`, 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [file = '', model = '', expected = ''] = line.split('\t');
    if (!/^(jepsen-unit|elle-cli)\//.test(file)) return [];
    // Transactions are judged elsewhere.
    if (/^(list-append|rw-register)/.test(model)) return [];
    return [{ file, model, expected }];
  });
}

async function judge(name: string, history: History, set: object = {}): Promise<CheckResult> {
  const module = (await import(`../../src/checks/judges/${name}.ts`)) as { default: AnyJudge };
  const { default: found } = module;
  const params = defaultsOf(found.params, set);
  return found.judge(history, params, found.consistencies[0] ?? '', DEFAULT_BUDGET);
}

function read(file: string): History {
  return readJepsen(readFileSync(`${folder}/${file}`, 'utf8'));
}

describe.skipIf(!isThere && process.env['DSIM_CORPORA'] === undefined)('published verdicts', () => {
  const all = isThere ? rows() : [];

  it('has all the rows', () => {
    expect(all.filter(({ file }) => file.startsWith('jepsen-unit/'))).toHaveLength(76);
    expect(all.filter(({ file }) => file.startsWith('elle-cli/'))).toHaveLength(8);
    expect(all.filter(({ model }) => judges[model] === undefined)).toEqual([]);
  });

  it.each(all)('$file: $expected', async ({ file, model, expected }) => {
    const [name = '', set] = judges[model] ?? [];
    const result = await judge(name, read(file), set);
    const [word, named = ''] = expected.split(': ');
    const anomalies = new Set((result.anomalies ?? []).map((anomaly) => anomaly.name));
    if (word === 'no such error') {
      expect(anomalies).not.toContain(absentErrorOf(file));
      return;
    }
    expect(result.verdict).toBe({ valid: 'pass', invalid: 'fail', unknown: 'unknown' }[word ?? '']);
    for (const anomaly of named.split(',').filter((text) => text !== '')) {
      expect([...anomalies]).toContain(anomaly);
    }
    if (result.verdict === 'fail') expect(result.evidence.length).toBeGreaterThan(0);
  });
});

/** The error whose absence the published test asserts, by the file's name. */
function absentErrorOf(file: string): string {
  if (file.includes('info_conflict')) return 'inconsistent-offsets';
  if (file.includes('lost_write')) return 'lost-write';
  if (file.includes('nonmonotonic_poll')) return 'nonmonotonic-poll';
  if (file.includes('nonmonotonic_send')) return 'nonmonotonic-send';
  return 'poll-skip';
}
