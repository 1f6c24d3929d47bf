/** Generated files are what `npm run generate` would write. Nothing of the repository is written here. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderApi, strayPages } from '../scripts/api-pages.ts';
import { declarationsOf } from '../scripts/declarations.ts';
import { renderFaultPage } from '../scripts/fault-page.ts';
import { type Items, loadItems, renderLists } from '../scripts/lists.ts';
import { renderReadmes, renderScenarioTables } from '../scripts/scenario-tables.ts';

const root = resolve(import.meta.dirname, '..');

describe('the repository', () => {
  test('every item found can be listed', async () => {
    expect((await loadItems(root)).problems).toEqual([]);
  });

  test('npm run generate has been run', async () => {
    const items = await loadItems(root);
    const pages = [
      renderFaultPage(root, items.faults),
      renderScenarioTables(root, items),
      ...renderReadmes(root, items),
    ];
    for (const { path, text } of [...renderLists(items), ...pages]) {
      const file = join(root, path);
      expect(existsSync(file) ? readFileSync(file, 'utf8') : '', path).toBe(text);
    }
  });
});

describe('the pages of the library', () => {
  test('are those of the build', () => {
    const pages = renderApi(root, join(root, 'dist/declarations'));
    for (const { path, text } of pages) {
      const file = join(root, path);
      expect(existsSync(file) ? readFileSync(file, 'utf8') : '', path).toBe(text);
    }
    expect(strayPages(root, pages)).toEqual([]);
    const index = pages[0]?.text ?? '';
    for (const name of ['simulate', 'explore', 'loadScenario', 'assertHolds', 'Node', 'Result']) {
      expect(index).toContain(`[\`${name}\`](api/`);
    }
  });

  test('have each declaration with its own comment', () => {
    const text = `/** A file. */
import type { A } from './a.ts';
/** One; with a { brace. */
export interface One<T> {
    /** Its \`}\`. */
    readonly of: ';}' | A;
}
interface Hidden {
}
// plain
export declare const two: {
    readonly f: () => void;
};
/** Three. */
export type Three = {
    a: 1;
} | One<2>;
export declare abstract class Four {
    g(): void;
}
/** Five. */
export declare function five(a: { b: string }): void;
export {};
`;
    expect(declarationsOf(text).map(({ name, sort, comment }) => [name, sort, comment])).toEqual([
      ['One', 'interface', 'One; with a { brace.'],
      ['two', 'value', ''],
      ['Three', 'type', 'Three.'],
      ['Four', 'class', ''],
      ['five', 'function', 'Five.'],
    ]);
    expect(declarationsOf(text)[0]?.code).toBe(
      "interface One<T> {\n  /** Its `}`. */\n  readonly of: ';}' | A;\n}",
    );
  });
});

describe('a tree', () => {
  /** What the generator reads from a tree of these files. */
  async function items(files: { readonly [path: string]: string }): Promise<Items> {
    const tree = mkdtempSync(join(tmpdir(), 'dsim-lists-'));
    try {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, path)), { recursive: true });
        writeFileSync(join(tree, path), text);
      }
      return await loadItems(tree);
    } finally {
      rmSync(tree, { recursive: true });
    }
  }

  const doc = '/** An item. */\n';
  const item = (name: string, rest = '') =>
    `${doc}export default { name: '${name}', summary: 'It is ${name}.', ${rest} };`;

  const tree = {
    'src/nodes/traffic/circuit-breaker/index.ts': `
      import { summary } from '../../parts/summary.ts';
      export default { name: 'circuit-breaker', summary, params: { 'per-node': {} } };
      export const policy = { name: 'breaker', summary: "It's \\\\ a breaker." };`,
    'src/nodes/consensus/raft/index.ts': item('raft'),
    'src/nodes/consensus/raft/raft.ts': `${doc}export const x: number = 1;`,
    'src/nodes/consensus/unfinished/README.md': '',
    'src/nodes/parts/summary.ts': `${doc}export const summary: string = 'It breaks.';`,
    'src/nodes/_template/index.ts': item('template'),
    'src/faults/crash.ts': item('crash', "family: 'process'"),
    'src/faults/crash.test.ts': 'throw new Error();',
    'src/faults/parts/select.ts': `${doc}export const select = 1;`,
    'src/workloads/workload.ts': doc,
    'src/workloads/client/client.ts': doc,
    'src/workloads/history-buffer.ts': doc,
    'src/workloads/register.ts': item('register'),
    'src/checks/checker.ts': doc,
    'src/checks/linearizable/index.ts': item('linearizable', 'check() {}'),
    'src/checks/log/index.ts': `${item('log')}\nexport const judge = { name: 'logs', summary: 'It judges logs.' };`,
    'src/checks/levels/index.ts': `
      const level = (name: string) => ({ name, summary: 'It is ' + name + '.' });
      export default [level('weak'), level('strong')];`,
    'src/checks/judge.ts': doc,
    'src/checks/search/turns.ts': `${doc}export const turns = 1;`,
    'src/checks/models/register.ts': `${doc}export const register = 1;`,
    'src/checks/models/judges/register.ts': item('register').replace(
      'export default',
      'export const judge =',
    ),
    'src/checks/metrics/leaders.ts': `${doc}export default [
      { name: 'leaders', summary: 'How many lead.' }, { name: 'terms', summary: 'How many terms.' }];`,
    'src/checks/metrics/gap.ts': item('gap'),
    'src/checks/metrics/index.ts': 'throw new Error();',
    'src/checks/metrics/parts/windows.ts': `${doc}export const windows = 1;`,
  };

  test('is listed by name, each item by what it says of itself', async () => {
    const read = await items(tree);
    expect(read.problems).toEqual([]);
    expect(Object.keys(read.systems[0]?.params ?? {})).toEqual(['per-node']);
    const text = Object.fromEntries(renderLists(read).map((file) => [file.path, file.text]));
    expect(text['src/nodes/index.ts']).toMatchInlineSnapshot(`
      "/**
       * What src/nodes/ has, found by its place. Written by \`npm run generate\`; do not edit.
       *
       * An item is imported when it is asked for, so that a run loads what it uses.
       */

      import type { AnyPolicy } from '../sim/policy.ts';
      import type { AnySystem } from '../sim/system.ts';

      export interface ListedSystem {
        readonly family: string;
        readonly summary: string;
        load(): Promise<{ readonly default: AnySystem }>;
      }

      /** Every kind of node, by the name that a scenario gives it. */
      export const systems: ReadonlyMap<string, ListedSystem> = new Map<string, ListedSystem>([
        ['circuit-breaker', { family: 'traffic', summary: 'It breaks.', load: () => import('./traffic/circuit-breaker/index.ts') }],
        ['raft', { family: 'consensus', summary: 'It is raft.', load: () => import('./consensus/raft/index.ts') }],
      ]);

      export interface ListedPolicy {
        readonly family: string;
        readonly summary: string;
        load(): Promise<{ readonly policy: AnyPolicy }>;
      }

      /** Every policy on calls, by its key under \`calls:\`. */
      export const policies: ReadonlyMap<string, ListedPolicy> = new Map<string, ListedPolicy>([
        ['breaker', { family: 'traffic', summary: 'It\\'s \\\\ a breaker.', load: () => import('./traffic/circuit-breaker/index.ts') }],
      ]);
      "
    `);
    expect(text['src/workloads/index.ts']).toMatchInlineSnapshot(`
      "/**
       * What src/workloads/ has, found by its place. Written by \`npm run generate\`; do not edit.
       *
       * An item is imported when it is asked for, so that a run loads what it uses.
       */

      import type { AnyWorkload } from './workload.ts';

      export interface ListedWorkload {
        readonly summary: string;
        load(): Promise<{ readonly default: AnyWorkload }>;
      }

      /** Every workload, by name. */
      export const workloads: ReadonlyMap<string, ListedWorkload> = new Map<string, ListedWorkload>([
        ['register', { summary: 'It is register.', load: () => import('./register.ts') }],
      ]);
      "
    `);
    expect(text['src/checks/metrics/index.ts']).toMatchInlineSnapshot(`
      "/**
       * What src/checks/metrics/ has, found by its place. Written by \`npm run generate\`; do not edit.
       */

      import type { Metric } from '../checker.ts';
      import gap from './gap.ts';
      import leaders from './leaders.ts';

      const all: readonly (Metric | readonly Metric[])[] = [gap, leaders];

      /** Every metric, by the name that \`expect:\` gives it. They are few and small, and come together. */
      export const metrics: ReadonlyMap<string, Metric> = new Map(
        all.flat().map((item) => [item.name, item]),
      );
      "
    `);
    const lines = (path: string) => text[path]?.match(/^ {2}\[.*$/gm);
    expect([
      ...(lines('src/faults/index.ts') ?? []),
      ...(lines('src/checks/index.ts') ?? []),
    ]).toMatchInlineSnapshot(`
      [
        "  ['crash', { family: 'process', summary: 'It is crash.', load: () => import('./crash.ts') }],",
        "  ['linearizable', { summary: 'It is linearizable.', load: () => import('./linearizable/index.ts') }],",
        "  ['log', { summary: 'It is log.', load: () => import('./log/index.ts') }],",
        "  ['strong', { summary: 'It is strong.', load: async () => ({ default: named((await import('./levels/index.ts')).default, 'strong') }) }],",
        "  ['weak', { summary: 'It is weak.', load: async () => ({ default: named((await import('./levels/index.ts')).default, 'weak') }) }],",
        "  ['logs', { summary: 'It judges logs.', load: () => import('./log/index.ts') }],",
        "  ['register', { summary: 'It is register.', load: () => import('./models/judges/register.ts') }],",
      ]
    `);
  });

  const broken: readonly (readonly [problem: string, files: object])[] = [
    ['has no default export', { 'src/faults/crash.ts': doc }],
    ['has no default export', { 'src/nodes/data/chain/index.ts': doc }],
    ['has no default export and no export `judge`', { 'src/checks/lost/index.ts': doc }],
    ['has no export `judge`', { 'src/checks/models/judges/set.ts': item('set') }],
    ['is named sets, its place says set', { 'src/checks/set/index.ts': item('sets') }],
    ['there is another weak', { 'src/checks/weak/index.ts': item('weak', 'check() {}') }],
    [
      'lacks a name or a summary',
      { 'src/checks/metrics/late.ts': "export default [{ name: 'late' }];" },
    ],
    ['lacks a name or a summary', { 'src/faults/crash.ts': "export default { name: 'crash' };" }],
    ['is named raft, its place says paxos', { 'src/nodes/consensus/paxos/index.ts': item('raft') }],
    [
      'there is another raft',
      {
        'src/nodes/consensus/raft/index.ts': item('raft'),
        'src/nodes/data/raft/index.ts': item('raft'),
      },
    ],
    ['too early', { 'src/faults/crash.ts': "throw new Error('too early');" }],
    [
      'imports fs: an item is free of the host',
      { 'src/faults/crash.ts': `import fs from 'fs'; ${item('crash', 'fs')}` },
    ],
  ];
  test.each(broken)(
    'an item that %s is a problem, and the rest is listed',
    async (problem, files) => {
      const read = await items({ ...tree, ...files });
      expect(read.problems).toHaveLength(1);
      expect(read.problems[0]).toContain(problem);
      expect(read.workloads.map(({ name }) => name)).toEqual(['register']);
    },
  );

  test('that does not compile is refused, with the place', async () => {
    await expect(items({ ...tree, 'src/faults/crash.ts': 'export default {' })).rejects.toThrow(
      /src\/faults\/crash\.ts:1: /,
    );
  });
});
