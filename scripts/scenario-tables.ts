/**
 * The tables of docs/SCENARIOS.md that are written from what they list: the metrics, the faults by
 * family, and the scenarios that ship with dsim.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { metrics } from '../src/checks/metrics/index.ts';
import type { GeneratedFile, Items } from './lists.ts';

const PATH = 'docs/SCENARIOS.md';

const UNITS = {
  ratio: 'ratio',
  ms: 'duration',
  count: 'count',
  'per-second': 'rate',
  bytes: 'bytes',
} as const;

/** The page with its tables as they should be. Throws if the page has no place for one. */
export function renderScenarioTables(root: string, { faults }: Items): GeneratedFile {
  const tables = [
    ['metrics', metricTable()],
    ['fault families', familyTable(faults)],
    ['gallery', galleryTable(root)],
  ] as const;
  let text = readFileSync(join(root, PATH), 'utf8');
  for (const [name, table] of tables) text = placed(text, name, table);
  return { path: PATH, text };
}

function placed(page: string, name: string, table: string): string {
  const begin = `<!-- ${name}: written by \`npm run generate\` -->\n`;
  const end = `<!-- end of ${name} -->\n`;
  const from = page.indexOf(begin);
  const until = page.indexOf(end);
  if (from === -1 || until < from) throw new Error(`${PATH} lacks the marks of the table: ${name}`);
  return page.slice(0, from) + begin + table + page.slice(until);
}

function metricTable(): string {
  const rows = [...metrics.values()].map(({ name, unit, summary, overTime }) => {
    const drawn = overTime === false ? '' : 'yes';
    return `| \`${name}\` | ${UNITS[unit]} | ${drawn} | ${summary} |\n`;
  });
  return `| metric | unit | \`show:\` | |\n|---|---|---|---|\n${rows.join('')}`;
}

function familyTable(faults: Items['faults']): string {
  const families = new Map<string, string[]>();
  for (const { family, name } of faults) {
    families.set(family, [...(families.get(family) ?? []), `\`${name}\``]);
  }
  const rows = [...families].map(([family, names]) => `| ${family} | ${names.join(', ')} |\n`);
  return `| family | faults |\n|---|---|\n${rows.join('')}`;
}

function galleryTable(root: string): string {
  const files = readdirSync(join(root, 'scenarios')).filter((file) => file.endsWith('.yaml'));
  const rows = files.sort().map((file) => {
    const name = file.slice(0, -'.yaml'.length);
    const { summary } = parse(readFileSync(join(root, 'scenarios', file), 'utf8'));
    return `| [\`${name}\`](../scenarios/${file}) | ${summary} |\n`;
  });
  return `| scenario | shows |\n|---|---|\n${rows.join('')}`;
}
