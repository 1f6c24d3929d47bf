/**
 * The single-purpose judges on the published histories of Jepsen's own tests and of elle-cli: every
 * row of the index, and the numbers that the tests state. Needs the folder of corpora
 * (`DSIM_CORPORA`, or `shared/corpora` beside the project).
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/checker.ts';
import { counterReads } from '../../src/checks/counter/counter.ts';
import { partsOf } from '../../src/checks/findings/parts.ts';
import { judges as listedJudges } from '../../src/checks/index.ts';
import { followUnseen, realtimeLags } from '../../src/checks/log/freshness.ts';
import { errorsOf } from '../../src/checks/log/judge-log.ts';
import type { LogError } from '../../src/checks/log/log-error.ts';
import { logHistoryOf } from '../../src/checks/log/log-history.ts';
import { pnCounter } from '../../src/checks/pn-counter/pn-counter.ts';
import { DEFAULT_BUDGET } from '../../src/checks/search/turns.ts';
import { setFinal } from '../../src/checks/set-final/set-final.ts';
import { setFull } from '../../src/checks/set-full/set-full.ts';
import { countsOf, totalQueue } from '../../src/checks/total-queue/total-queue.ts';
import { uniqueIds } from '../../src/checks/unique-ids/unique-ids.ts';
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
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
  const listed = listedJudges.get(name);
  if (listed === undefined) throw new Error(`no judge is named ${name}`);
  const { judge: found } = await listed.load();
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

// --- Numbers -----------------------------------------------------------------------------------

type Expected = { readonly [field: string]: Plain };

/** Files of one checker with what the published test says of them besides the verdict. */
function withNumbers(prefix: RegExp): readonly (readonly [string, Expected])[] {
  if (!isThere) return [];
  return rows()
    .map(({ file }) => file)
    .filter((file) => prefix.test(file) && existsSync(expectedFile(file)))
    .map((file) => [file, JSON.parse(readFileSync(expectedFile(file), 'utf8')) as Expected]);
}

function expectedFile(file: string): string {
  return `${folder}/${file.replace('.jsonl', '.expected.json')}`;
}

const ascending = (a: Plain, b: Plain) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const sorted = (values: readonly Plain[]) => values.toSorted(ascending);

/** The counts that a result must have: `ok_count` is `okCount`. */
function countsIn(expected: Expected): { [name: string]: Plain } {
  const counts = Object.entries(expected).filter(([name]) => name.endsWith('_count'));
  return Object.fromEntries(
    counts.map(([name, n]) => [name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), n]),
  );
}

describe.skipIf(!isThere)('published numbers', () => {
  it.each(withNumbers(/set_final/))('%s', async (file, expected) => {
    const [part] = partsOf(read(file));
    const set = setFinal(part!);
    for (const name of ['ok', 'lost', 'recovered', 'unexpected'] as const) {
      expect(sorted(set[name])).toEqual(expected[name]);
    }
    expect((await judge('set-final', read(file))).numbers).toMatchObject(countsIn(expected));
  });

  it.each(withNumbers(/set_full/))('%s', async (file, expected) => {
    const { fates } = setFull(partsOf(read(file))[0]!);
    const of = (outcome: string) => fates.filter((fate) => fate.outcome === outcome);
    const elements = (some: typeof fates) => sorted(some.map(({ element }) => element));
    expect(elements(of('lost'))).toEqual(expected['lost'] ?? []);
    if (expected['never_read']) expect(elements(of('never-read'))).toEqual(expected['never_read']);
    const stale = of('stable').filter(({ latencyUs }) => latencyUs > 0);
    if (expected['stale']) expect(elements(stale)).toEqual(expected['stale']);
    const { numbers } = await judge('set-full', read(file));
    expect(numbers).toMatchObject(countsIn(expected));
    const { min, max } = (expected['lost_latencies_ms'] ?? {}) as { min?: number; max?: number };
    const single = expected['lost_latency_ms'] as number | undefined;
    const stable = (expected['stable_latency_ms'] ?? expected['stable_latencies_max']) as number;
    expect([numbers['lostLatencyMinMs'], numbers['lostLatencyMaxMs']]).toEqual(
      max === undefined && single === undefined && of('lost').length > 0
        ? [expect.anything(), expect.anything()]
        : [min ?? single, max ?? single],
    );
    expect(numbers['stableLatencyMaxMs']).toBe(stable);
  });

  it.each(withNumbers(/total_queue/))('%s', async (file, expected) => {
    const { fates } = totalQueue(partsOf(read(file))[0]!);
    for (const name of ['lost', 'unexpected', 'recovered', 'duplicated'] as const) {
      const values = fates.filter((fate) => countsOf(fate)[name] > 0).map(({ value }) => value);
      expect([name, sorted(values)]).toEqual([name, expected[name]]);
    }
    expect((await judge('total-queue', read(file))).numbers).toMatchObject(countsIn(expected));
  });

  it.each(withNumbers(/unique_ids/))('%s', async (file, expected) => {
    const { duplicated, range } = uniqueIds(partsOf(read(file))[0]!);
    expect(Object.fromEntries(duplicated.map(({ id, given }) => [id, given.length]))).toEqual(
      expected['duplicated'],
    );
    expect(range).toEqual(expected['range']);
    expect((await judge('unique-ids', read(file))).numbers).toMatchObject(countsIn(expected));
  });

  it.each(withNumbers(/counter_/))('%s', (file, expected) => {
    const reads = counterReads(partsOf(read(file))[0]!).map(
      ({ lower, value, upper }) => [lower, value, upper] as const,
    );
    expect(reads).toEqual(expected['reads']);
    const errors = reads.filter(([lower, value, upper]) => value < lower || value > upper);
    expect(errors).toEqual(expected['errors']);
  });

  it.each(withNumbers(/pn_/))('%s', (file, expected) => {
    const { acceptable, finalReads, badReads } = pnCounter(partsOf(read(file))[0]!);
    expect(acceptable).toEqual(expected['acceptable']);
    expect(finalReads.map(({ output }) => output)).toEqual(expected['final_reads']);
    expect(badReads.map(({ output }) => output)).toEqual(expected['bad_reads'] ?? []);
  });

  it('of the banks', async () => {
    const set = { total: 100, accounts: '0..9' };
    expect((await judge('bank', read('elle-cli/bank.jsonl'), set)).numbers).toMatchObject({
      readCount: 168,
      errorCount: 0,
    });
    const tidb = await judge('bank', read('elle-cli/bank-tidb.jsonl'), set);
    expect(tidb.numbers).toMatchObject({ readCount: 1805, rightTotals: 74, distinctTotals: 147 });
    expect(tidb.anomalies?.map(({ name }) => name)).toEqual(['wrong-total']);
    const overdrawn = 'elle-cli/bank-negative-balances.jsonl';
    expect((await judge('bank', read(overdrawn))).anomalies?.[0]?.name).toBe('negative-value');
    const allowed = { 'negative-balances': true };
    expect((await judge('bank', read(overdrawn), allowed)).verdict).toBe('pass');
  });

  it('of the comments', async () => {
    const { anomalies } = await judge('causal-reverse', read('elle-cli/comments.jsonl'));
    expect(anomalies?.[0]?.sentence).toContain('saw 430 without 425');
  });

  describe('of the logs', () => {
    const files = withNumbers(/kafka_/);

    it('are all there', () => {
      expect(files).toHaveLength(34);
    });

    it.each(files)('%s', (file, { errors }) => {
      const history = logHistoryOf(read(file));
      const found = [...errorsOf(history, 'strict')];
      for (const [name, instances] of Object.entries(errors as Expected)) {
        const same = found.filter((error) => error.name === name);
        expect([name, same.length]).toEqual([name, (instances as readonly Plain[]).length]);
        for (const instance of instances as readonly Expected[]) {
          expect(same.map(toldOf)).toContainEqual(expect.objectContaining(comparable(instance)));
        }
      }
    });

    it('how many messages nobody has polled yet', () => {
      const series: unknown[] = [];
      followUnseen(
        logHistoryOf(read('jepsen-unit/kafka_unseen.jsonl')),
        ({ endedAtUs }, unseen) => {
          series.push({ time: endedAtUs / 1000, unseen: Object.fromEntries(unseen) });
        },
      );
      const [, expected] = files.find(([file]) => file.includes('unseen')) ?? [];
      expect(series).toEqual(expected?.['unseen']);
    });

    it('how old what a poll saw last was', async () => {
      const history = read('jepsen-unit/kafka_realtime_lag.jsonl');
      const lags = Array.from(realtimeLags(logHistoryOf(history)), ({ poll, key, lagUs }) => [
        poll.invokedAtUs / 1000,
        poll.process,
        key,
        lagUs / 1000,
      ]);
      const [, expected] = files.find(([file]) => file.includes('realtime_lag')) ?? [];
      expect(sorted(lags)).toEqual(sorted(expected?.['lag'] as readonly Plain[]));
      expect((await judge('log', history)).numbers['worstRealtimeLagMs']).toBe(17);
    });
  });
});

/** An error as the published tests write it: operations by the line of their completion. */
function toldOf({ key, facts, operations }: LogError): { [name: string]: unknown } {
  const lines = operations.map(({ operation }) => Math.round(operation.endedAtUs / 1000));
  const told: { [name: string]: unknown } = { key, ...facts() };
  if (told['cycle'] !== undefined) return { cycle: sorted(lines) };
  if (lines.length === 1) return { ...told, op: lines[0] };
  return { ...told, ops: lines };
}

/** A cycle may begin anywhere; its first operation is told twice. */
function comparable(instance: Expected): { [name: string]: unknown } {
  const { cycle } = instance;
  if (Array.isArray(cycle)) return { cycle: sorted([...new Set(cycle as Plain[])]) };
  return instance;
}
