/**
 * docs/faults.md: every fault with its parameters and the gallery scenarios that show it, written
 * from the files themselves.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { expectedOfSpec } from '../src/scenarios/values/param-text.ts';
import { writtenForm } from '../src/scenarios/values/written-form.ts';
import type { ParamSpec } from '../src/sim/params.ts';
import type { GeneratedFile, Item } from './lists.ts';

const FAMILIES: ReadonlyMap<string, string> = new Map([
  ['network', 'Network'],
  ['message', 'Single messages'],
  ['process', 'Processes'],
  ['disk', 'Disks'],
  ['clock', 'Clocks'],
  ['load', 'Load'],
  ['dependency', 'Dependencies'],
]);

const INTRO = `# Faults

Everything that can go wrong, one file each under \`src/faults/\`. Written by \`npm run generate\` from
those files; do not edit.

A fault is an entry of \`faults:\`. Its own key names it, and beside that stand \`at\` (when it
strikes), \`for\` (how long it lasts; without it, to the end), \`every\` and \`until\` (again and again),
\`when\` (once a condition holds), \`of\` (the nodes that it may strike) and \`name\`.
[SCENARIOS.md](SCENARIOS.md) says more. Faults that overlap heal apart: each
releases what it holds itself and nothing else.

Every fault counts what it touched. \`expect: [felt]\` demands that each touched something, and
\`dsim run --twin\` runs the same seed again with each fault disabled in turn and says what it
changed.`;

/** The page as it should be. */
export function renderFaultPage(root: string, faults: readonly Item[]): GeneratedFile {
  const seen = scenariosByFault(root);
  const families = [...new Set([...FAMILIES.keys(), ...faults.map(({ family }) => family)])];
  const sections = families.flatMap((family) => {
    const members = faults.filter((fault) => fault.family === family);
    if (members.length === 0) return [];
    const heading = FAMILIES.get(family) ?? family;
    return [
      `## ${heading}\n\n${overview(members, seen)}`,
      ...members.filter(({ params }) => Object.keys(params).length > 0).map(parameters),
    ];
  });
  return { path: 'docs/faults.md', text: `${[INTRO, ...sections].join('\n\n')}\n` };
}

function overview(members: readonly Item[], seen: ReadonlyMap<string, readonly string[]>): string {
  return table(
    ['fault', 'what it does', 'scenarios'],
    members.map(({ name, summary }) => [
      `\`${name}\``,
      summary,
      (seen.get(name) ?? []).map((file) => `[${file}](../scenarios/${file}.yaml)`).join(', '),
    ]),
  );
}

function parameters({ name, params, shorthand }: Item): string {
  const rows = Object.entries(params as { readonly [key: string]: ParamSpec });
  const bare = shorthand === null ? '' : `A bare value sets \`${shorthand}\`.\n\n`;
  const lines = rows.map(([key, spec]) => [
    `\`${key}\``,
    expectedOfSpec(spec),
    defaultText(spec),
    spec.doc,
  ]);
  return `### ${name}\n\n${bare}${table(['parameter', 'takes', 'default', ''], lines)}`;
}

function defaultText(spec: ParamSpec): string {
  if (spec.default !== undefined) {
    const written = writtenForm(spec, spec.default);
    return `\`${typeof written === 'string' ? written : JSON.stringify(written)}\``;
  }
  return spec.optional === true ? 'none' : 'must be given';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** By fault: the gallery scenarios whose `faults` have it, in the order of their names. */
function scenariosByFault(root: string): ReadonlyMap<string, readonly string[]> {
  const seen = new Map<string, string[]>();
  const folder = join(root, 'scenarios');
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => file.endsWith('.yaml'))
    : [];
  for (const file of files.sort((a, b) => (a < b ? -1 : 1))) {
    const scenario: unknown = parse(readFileSync(join(folder, file), 'utf8'));
    for (const key of faultKeys(scenario)) {
      const name = file.slice(0, -'.yaml'.length);
      seen.set(key, [...(seen.get(key) ?? []), name]);
    }
  }
  return seen;
}

function faultKeys(scenario: unknown): ReadonlySet<string> {
  const list = (scenario as { readonly faults?: unknown } | null)?.faults;
  const entries = Array.isArray(list) ? (list as readonly object[]) : [];
  return new Set(entries.flatMap((entry) => Object.keys(entry)));
}
