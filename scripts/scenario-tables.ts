/**
 * The tables of pages that are written from what they list: in docs/SCENARIOS.md the metrics, the
 * faults by family, and the scenarios that ship with dsim; in the README and in docs/README.md the
 * systems.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { metrics } from '../src/checks/metrics/index.ts';
import type { GeneratedFile, Item, Items } from './lists.ts';

const PATH = 'docs/SCENARIOS.md';

const UNITS = {
  ratio: 'ratio',
  ms: 'duration',
  count: 'count',
  'per-second': 'rate',
  bytes: 'bytes',
} as const;

/** The manual of scenarios with its tables. Throws if the page has no place for one. */
export function renderScenarioTables(root: string, { faults }: Items): GeneratedFile {
  return rendered(root, PATH, [
    ['metrics', metricTable()],
    ['fault families', familyTable('faults', faults, ({ name }) => `\`${name}\``)],
    ['gallery', galleryTable(root)],
  ]);
}

/**
 * The README, which is packed without the pages, and the list of pages: each with its table of
 * systems. Throws if one has no place for it.
 */
export function renderReadmes(root: string, { systems }: Items): readonly GeneratedFile[] {
  const sorted = systems.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const link = ({ family, name }: Item) =>
    `[\`${name}\`](../src/nodes/${family}/${name}/README.md)`;
  return [
    rendered(root, 'README.md', [
      ['systems', familyTable('systems', sorted, ({ name }) => `\`${name}\``)],
    ]),
    rendered(root, 'docs/README.md', [['systems', familyTable('systems', sorted, link)]]),
  ];
}

function rendered(
  root: string,
  path: string,
  tables: readonly (readonly [name: string, table: string])[],
): GeneratedFile {
  let text = readFileSync(join(root, path), 'utf8');
  for (const [name, table] of tables) text = placed(path, text, name, table);
  return { path, text };
}

function placed(path: string, page: string, name: string, table: string): string {
  const begin = `<!-- ${name}: written by \`npm run generate\` -->\n`;
  const end = `<!-- end of ${name} -->\n`;
  const from = page.indexOf(begin);
  const until = page.indexOf(end);
  if (from === -1 || until < from) throw new Error(`${path} lacks the marks of the table: ${name}`);
  return page.slice(0, from) + begin + table + page.slice(until);
}

function metricTable(): string {
  const rows = [...metrics.values()].map(({ name, unit, summary, overTime }) => {
    const drawn = overTime === false ? '' : 'yes';
    return `| \`${name}\` | ${UNITS[unit]} | ${drawn} | ${summary} |\n`;
  });
  return `| metric | unit | \`show:\` | |\n|---|---|---|---|\n${rows.join('')}`;
}

function familyTable(what: string, items: readonly Item[], shown: (item: Item) => string): string {
  const families = new Map<string, string[]>();
  for (const item of items) {
    families.set(item.family, [...(families.get(item.family) ?? []), shown(item)]);
  }
  const rows = [...families].map(([family, names]) => `| ${family} | ${names.join(', ')} |\n`);
  return `| family | ${what} |\n|---|---|\n${rows.join('')}`;
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
