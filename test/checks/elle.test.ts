/**
 * Transactions on the histories of Elle's own tests and of elle-cli, with the verdicts that Elle
 * gave: `DSIM_CORPORA`, or `shared/corpora` beside the project. Elle reports the worst anomaly of
 * each cycle only, and looks no further than it was asked; so its anomalies must be among ours.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/checker.ts';
import { DEFAULT_BUDGET } from '../../src/checks/search/turns.ts';
import {
  listAppendJudge as listAppend,
  rwRegisterJudge as rwRegister,
} from '../../src/checks/transactions/index.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { readNeutral } from '../support/histories.ts';

const folder =
  process.env['DSIM_CORPORA'] ??
  fileURLToPath(new URL('../../../shared/corpora/', import.meta.url));

interface Row {
  readonly name: string;
  readonly file: string;
  readonly model: string;
  readonly verdict: CheckResult['verdict'];
  readonly anomalies: readonly string[];
  readonly options: ElleOptions;
  readonly not: readonly string[] | null;
  readonly alsoNot: readonly string[];
}

interface ElleOptions {
  readonly 'consistency-models'?: readonly string[];
  readonly anomalies?: readonly string[];
  readonly 'linearizable-keys?'?: boolean;
  readonly 'sequential-keys?'?: boolean;
  readonly 'wfr-keys?'?: boolean;
}

const verdicts = { valid: 'pass', invalid: 'fail', unknown: 'unknown' } as const;

function rows(): Row[] {
  const lines = readFileSync(`${folder}/index.tsv`, 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line, i) => {
    const [file = '', model = '', expected = '', , check = '', , , , notes = ''] = line.split('\t');
    const [, kind, of] = /^(list-append|rw-register)(?:\((.*)\))?$/.exec(model) ?? [];
    if (kind === undefined) return [];
    const [word = '', names = ''] = expected.split(': ');
    const options: ElleOptions =
      of === undefined
        ? (JSON.parse(check) as ElleOptions)
        : of === 'default options'
          ? {}
          : { 'consistency-models': [of] };
    return [
      {
        name: `${i + 2} ${file} ${JSON.stringify(options)}`,
        file,
        model: kind,
        verdict: verdicts[word as keyof typeof verdicts],
        anomalies: names
          .split(',')
          .filter((name) => !['', 'empty-transaction-graph'].includes(name)),
        options,
        not: listOf(/\bnot=(\[.*?\])/.exec(notes)?.[1]),
        alsoNot: listOf(/also_not=(\[.*?\])/.exec(notes)?.[1]) ?? [],
      },
    ];
  });
}

function listOf(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const names = JSON.parse(text.replaceAll("'", '"')) as string[];
  return names.map((name) => (name === 'strong-serializable' ? 'strict-serializable' : name));
}

/** Elle takes several models at once: we are asked one by one. */
function judgeAs({ file, model, options }: Row): CheckResult[] {
  const history = readNeutral(readFileSync(`${folder}/${file}`, 'utf8'));
  const asked = options['consistency-models'] ?? ['strict-serializable'];
  const anomalies = options.anomalies ?? [];
  return asked.map((consistency) => {
    if (model === 'list-append') {
      const params = defaultsOf(listAppend.params, { anomalies });
      return listAppend.judge(history, params, consistency, DEFAULT_BUDGET);
    }
    const params = defaultsOf(rwRegister.params, {
      anomalies,
      'wfr-keys': options['wfr-keys?'] ?? false,
      'sequential-keys': options['sequential-keys?'] ?? false,
      'linearizable-keys': options['linearizable-keys?'] ?? false,
    });
    return rwRegister.judge(history, params, consistency, DEFAULT_BUDGET);
  });
}

describe.skipIf(process.env['DSIM_CORPORA'] === undefined && !existsSync(folder))(
  "Elle's histories",
  () => {
    const all = existsSync(folder) ? rows() : [];

    it('are there', () => {
      expect(all.length).toBeGreaterThan(80);
    });

    it.each(all)('$name: $verdict $anomalies', (row) => {
      const results = judgeAs(row);
      const seen = results.map(({ verdict }) => verdict);
      const worst = seen.includes('fail') ? 'fail' : seen.includes('unknown') ? 'unknown' : 'pass';
      const told = results.map(({ summary }) => summary).join('\n');
      expect(worst, told).toBe(row.verdict);
      const found = results.flatMap(({ anomalies = [] }) => anomalies.map(({ name }) => name));
      expect(found).toEqual(expect.arrayContaining([...row.anomalies]));
      if (row.not === null) return;
      const models = results[0]?.models;
      const out = [...(models?.ruledOut ?? []), ...(models?.alsoRuledOut ?? [])];
      expect(out).toEqual(expect.arrayContaining([...row.not, ...row.alsoNot]));
      // Beyond Elle's only what needs orders that it did not look at.
      const more = out.filter((name) => !row.not?.includes(name) && !row.alsoNot.includes(name));
      expect(more.filter((name) => !/^(strong|strict)-/.test(name))).toEqual([]);
      expect(models?.ruledOut.filter((name) => !/^strong-/.test(name))).toEqual(
        row.not.filter((name) => !/^strong-/.test(name)),
      );
    });
  },
);
