/**
 * Every cell of the litmus matrix: 24 histories, 14 levels, with verdicts by brute force from the
 * definitions; those kept here, and those of the whole folder of corpora where there is one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkLevel } from '../../src/checks/hierarchy/level-check.ts';
import { readNeutral } from '../support/histories.ts';

/** Column of the matrix to level. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ['linearizable', 'linearizable'],
  ['sequential', 'sequential'],
  ['causal(CM)', 'causal'],
  ['CCv', 'causal-convergence'],
  ['CC', 'causal-consistency'],
  ['PRAM', 'pram'],
  ['RYW', 'read-your-writes'],
  ['MR', 'monotonic-reads'],
  ['MW', 'monotonic-writes'],
  ['WFR', 'writes-follow-reads'],
  ['RYW+MW', 'read-your-writes+monotonic-writes'],
  ['MR+MW', 'monotonic-reads+monotonic-writes'],
  ['MR+WFR', 'monotonic-reads+writes-follow-reads'],
  ['RYW+MR+MW+WFR', 'session-guarantees'],
]);

const own = fileURLToPath(new URL('../corpora/litmus/', import.meta.url));
const whole =
  process.env['DSIM_CORPORA'] ??
  fileURLToPath(new URL('../../../shared/corpora/', import.meta.url));

const folders: [string, string, string][] = [['kept here', `${own}matrix.tsv`, own]];
if (process.env['DSIM_CORPORA'] !== undefined || existsSync(`${whole}/litmus-matrix.tsv`)) {
  folders.push(['of the whole folder', `${whole}/litmus-matrix.tsv`, `${whole}/litmus/`]);
}

describe.each(folders)('the litmus matrix %s', (_, matrix, folder) => {
  const [header = '', ...rows] = readFileSync(matrix, 'utf8').trim().split('\n');
  const names = header.split('\t');

  it('has the columns that we know', () => {
    expect(names).toEqual(['file', ...COLUMNS.keys(), 'text']);
    expect(rows).toHaveLength(24);
  });

  it.each(rows.map((row) => [row.split('\t')[0] ?? '', row]))('%s', (file, row) => {
    const cells = row.split('\t');
    const history = readNeutral(readFileSync(`${folder}${file.replace('litmus/', '')}`, 'utf8'));
    const verdicts = [...COLUMNS.values()].map((level) => {
      const { verdict } = checkLevel(history, level);
      return { pass: 'yes', fail: 'NO', unknown: 'unknown' }[verdict];
    });
    expect(verdicts).toEqual(cells.slice(1, 15));
  });
});
