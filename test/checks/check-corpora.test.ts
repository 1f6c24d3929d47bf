/**
 * Every history with a published verdict through `dsim check`, with the options that a user would
 * type; `docs/CHECK.md` says which. The folder of corpora lies beside the project, or where
 * `DSIM_CORPORA` says.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judges } from '../../src/checks/index.ts';
import { optionsOf } from '../support/corpus-options.ts';
import { runCheck } from '../support/run-check.ts';

const folder =
  process.env['DSIM_CORPORA'] ??
  fileURLToPath(new URL('../../../shared/corpora/', import.meta.url));

function rowsOf(file: string): readonly (readonly string[])[] {
  const path = join(folder, file);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
}

describe.skipIf(process.env['DSIM_CORPORA'] === undefined && !existsSync(folder))(
  'the corpora',
  () => {
    const index = rowsOf('index.tsv').slice(1);

    it('are there', () => {
      expect(index.length).toBeGreaterThan(200);
    });

    const asked = index.flatMap(([file = '', model = '', expected = '', events = '', check = '']) =>
      optionsOf(model, check, expected, file).map((question) => ({
        file,
        ...question,
        // Jepsen calls an empty history valid; here nothing was shown.
        ...(events === '0' ? { verdict: 'unknown' } : {}),
      })),
    );

    it('ask of judges that exist, all of them', () => {
      const missing = asked.filter(({ options }) => !judges.has(options[1] ?? ''));
      expect([...new Set(missing.map(({ options }) => options[1]))]).toEqual([]);
    });

    it.each(asked.filter(({ options }) => judges.has(options[1] ?? '')))(
      '$file $options: $verdict $anomalies',
      async ({ file, options, verdict, anomalies, absent }) => {
        const checks = await Promise.all(
          options
            .join(' ')
            .split(' | ')
            .map((words) => runCheck(join(folder, file), words.split(' '))),
        );
        const verdicts = checks.map((check) => check.verdict);
        const worst = verdicts.includes('fail') ? 'fail' : (verdicts[0] ?? 'unknown');
        const found = checks.flatMap((check) => check.anomalies.map(({ name }) => name));
        expect([worst, found]).toEqual([verdict ?? worst, expect.arrayContaining([...anomalies])]);
        for (const name of absent) expect(found).not.toContain(name);
      },
    );

    const [head = [], ...matrix] = rowsOf('litmus-matrix.tsv');
    const levels = head.slice(1, -1);
    const cells = matrix.flatMap(([file = '', ...answers]) =>
      levels.map((level, i) => ({ file, level, holds: answers[i] === 'yes' })),
    );

    it('has a matrix of levels', () => {
      expect(cells.length).toBe(24 * 14);
    });

    it.each(judges.has('register') ? cells : [])(
      '$file is $level: $holds',
      async ({ file, level, holds }) => {
        const [question] = optionsOf(
          'register per key (init=null)',
          'consistency lattice',
          `${level}=yes`,
        );
        const check = await runCheck(join(folder, file), question?.options ?? []);
        expect(check.verdict).toBe(holds ? 'pass' : 'fail');
      },
    );
  },
);
