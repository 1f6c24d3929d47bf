/** The table of metrics in docs/SCENARIOS.md, written from the metrics themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metrics } from '../src/checks/metrics/index.ts';
import type { GeneratedFile } from './lists.ts';

const PATH = 'docs/SCENARIOS.md';
const BEGIN = '<!-- metrics: written by `npm run generate` -->\n';
const END = '<!-- end of metrics -->\n';

const UNITS = {
  ratio: 'ratio',
  ms: 'duration',
  count: 'count',
  'per-second': 'rate',
  bytes: 'bytes',
} as const;

/** The page with its table as it should be. Throws if the page has no place for it. */
export function renderMetricTable(root: string): GeneratedFile {
  const page = readFileSync(join(root, PATH), 'utf8');
  const from = page.indexOf(BEGIN);
  const until = page.indexOf(END);
  if (from === -1 || until < from) throw new Error(`${PATH} lacks the marks of the metrics' table`);
  const rows = [...metrics.values()].map(({ name, unit, summary, overTime }) => {
    const drawn = overTime === false ? '' : 'yes';
    return `| \`${name}\` | ${UNITS[unit]} | ${drawn} | ${summary} |\n`;
  });
  const table = `| metric | unit | \`show:\` | |\n|---|---|---|---|\n${rows.join('')}`;
  return { path: PATH, text: page.slice(0, from) + BEGIN + table + page.slice(until) };
}
