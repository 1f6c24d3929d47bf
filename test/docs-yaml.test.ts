/**
 * Every YAML block of the documents says what it is, and is it:
 *
 * - "yaml" alone: a whole scenario, of which lint says nothing;
 * - "yaml fragment": laid over the document's first whole scenario, else over the manual's, likewise;
 * - "yaml refused DS104": laid over it too, and refused by exactly this code.
 */
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { checkers } from '../src/checks/index.ts';
import { metrics } from '../src/checks/metrics/index.ts';
import { faults } from '../src/faults/index.ts';
import { selectorWords } from '../src/faults/parts/select.ts';
import { loadScenario } from '../src/host.ts';
import { NETWORK_TABLE } from '../src/scenarios/sections/section-tables.ts';
import { readTestConfig } from '../src/scenarios/sections/test-config.ts';
import { diagnosticCodes } from '../src/scenarios/text/diagnostic-codes.ts';
import { distributionKinds } from '../src/scenarios/values/distribution-reader.ts';
import { namedLatencies } from '../src/scenarios/values/named-latencies.ts';
import { CLIENT_KEYS, FAULT_KEYS, NODE_KEYS, TOP_KEYS } from '../src/scenarios/values/names.ts';

const root = resolve(import.meta.dirname, '..');

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
  ...readdirSync(join(root, 'src', 'nodes'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('README.md'))
    .map((file) => `src/nodes/${file}`),
];

interface Block {
  readonly document: string;
  readonly line: number;
  /** What stands behind `yaml` in the fence. */
  readonly sort: string;
  readonly text: string;
}

function blocksOf(document: string): readonly Block[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```ya?ml\b[ \t]*(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    document,
    line: text.slice(0, match.index).split('\n').length,
    sort: (match[1] ?? '').trim(),
    text: match[2] ?? '',
  }));
}

const blocks = documents.flatMap(blocksOf);
const scenarios = blocks.filter(({ sort }) => sort === '');
const fragments = blocks.filter(({ sort }) => sort === 'fragment');
const refused = blocks.filter(({ sort }) => sort.startsWith('refused '));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-yaml-'));
  // Files of the reader's own, as the documents call them.
  const own = join(root, 'examples', 'counter', 'counter.ts');
  copyFileSync(own, join(folder, 'counter.ts'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The codes of all diagnostics, with their sentences. */
async function lint(text: string, without = false): Promise<readonly string[]> {
  writeFileSync(join(folder, 'block.yaml'), text);
  const { diagnostics } = await loadScenario('block.yaml', { cwd: folder, without });
  return diagnostics.map(({ code, message }) => `${code} ${message}`);
}

const MANUAL = 'docs/SCENARIOS.md';

/** The block laid over a whole scenario, which is there as `base.yaml`. */
function laidOver({ document, text }: Block): string {
  const base =
    scenarios.find((scenario) => scenario.document === document) ??
    scenarios.find((scenario) => scenario.document === MANUAL);
  if (base === undefined) throw new Error(`${MANUAL} has no whole scenario`);
  writeFileSync(join(folder, 'base.yaml'), base.text);
  return /^extends:/m.test(text) ? text : `extends: base.yaml\n${text}`;
}

test('there are blocks of every sort, and of no other', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(2);
  expect(fragments.length).toBeGreaterThan(8);
  expect(refused.length).toBeGreaterThan(5);
  const strange = blocks.filter(({ sort }) => !/^(fragment|config|refused DS\d{3})?$/.test(sort));
  expect(strange).toEqual([]);
});

test.each(blocks.filter(({ sort }) => sort === 'config'))(
  '$document:$line is a configuration without a flaw',
  ({ text }) => {
    const { config, diagnostics } = readTestConfig('dsim.config.yaml', text);
    expect(diagnostics.list()).toEqual([]);
    expect(config).toMatchObject({ seeds: [{ first: 1, last: 20 }], jobs: 4 });
  },
);

test('the manual names every key, fault, metric, check, distribution and selecting word', () => {
  const manual = readFileSync(join(root, MANUAL), 'utf8');
  const named = new Set([...manual.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]));
  const inSnippets = new Set(
    blocks
      .filter(({ document }) => document === MANUAL)
      .flatMap(({ text }) => [...text.matchAll(/[a-z][\w-]*/g)].map(([word]) => word)),
  );
  const keys = [...TOP_KEYS, ...NODE_KEYS, ...CLIENT_KEYS, ...FAULT_KEYS];
  const things = [...keys, ...Object.keys(NETWORK_TABLE), ...faults.keys(), ...metrics.keys()];
  things.push(...checkers.keys(), ...selectorWords.keys(), ...namedLatencies.keys());
  expect(things.length).toBeGreaterThan(70);
  expect(things.filter((thing) => !named.has(thing))).toEqual([]);
  expect(distributionKinds.filter((kind) => !inSnippets.has(kind))).toEqual([]);
  const codes = [...manual.matchAll(/\bDS\d{3}\b/g)].map(([code]) => code);
  expect(
    codes.filter((code) => !(diagnosticCodes as ReadonlyMap<string, unknown>).has(code)),
  ).toEqual([]);
});

describe.each(scenarios)('$document:$line', ({ text }) => {
  test('is a scenario without a flaw', async () => {
    expect((parseDocument(text).toJS() as object) ?? {}).toHaveProperty('nodes');
    expect(await lint(text)).toEqual([]);
  });
});

describe.each(fragments)('$document:$line', (block) => {
  test('is a part of a scenario without a flaw', async () => {
    const text = laidOver(block);
    expect(await lint(text)).toEqual([]);
    if (/^without:/m.test(text)) expect(await lint(text, true)).toEqual([]);
  });
});

describe.each(refused)('$document:$line', (block) => {
  test('is refused as it says', async () => {
    const codes = (await lint(laidOver(block))).map((said) => said.slice(0, 'DS100'.length));
    expect(codes).toEqual([block.sort.replace('refused ', '')]);
  });
});
