/**
 * The code itself: layers, determinism, names and shape. Each rule is shown to bite on a planted
 * violation before it is trusted with the repository.
 */

import { describe, expect, test } from 'vitest';
import { loadItems } from '../scripts/lists.ts';
import { codeText } from './tidy/code-text.ts';
import { badImports, imports } from './tidy/layers.ts';
import { files, root } from './tidy/repository.ts';
import {
  bannedWords,
  defaultExport,
  docComment,
  fileLength,
  fileName,
  leftovers,
  lineLength,
  plainWords,
  type Rule,
} from './tidy/rules.ts';

function problems(rule: Rule): string[] {
  return files.flatMap((file) =>
    rule(file).map(({ line, text }) => `${file.path}:${line}: ${text}`),
  );
}

test('the scan sees the code', () => {
  for (const folder of [
    'src/sim/',
    'src/sim/kernel/',
    'src/nodes/',
    'src/faults/',
    'src/checks/',
  ]) {
    expect(
      files.some(({ path }) => path.startsWith(folder) && path.endsWith('.ts')),
      folder,
    ).toBe(true);
  }
  const system = files.find(({ path }) => path === 'src/sim/system.ts');
  expect(system && imports(system).map(({ target }) => target)).toContain('src/sim/node.ts');
});

describe('the repository', () => {
  const rules: readonly (readonly [name: string, rule: Rule])[] = [
    ['layers: which folder may import which', badImports],
    ['the deterministic part is deterministic', bannedWords],
    ['every file opens with a doc comment', docComment],
    ['files hold one idea', fileLength],
    ['lines fit', lineLength],
    ['names are kebab-case nouns', fileName],
    ['default exports are for listed items', defaultExport],
    ['nothing is left over', leftovers],
    ['comments are in plain words', plainWords],
  ];
  test.each(rules)('%s', (_name, rule) => {
    expect(problems(rule)).toEqual([]);
  });
});

test('no file has the marks of a merge that was left half done', () => {
  const marked = files.filter(({ text }) => /^(<{7}|>{7}) \S/m.test(text));
  expect(marked.map(({ path }) => path)).toEqual([]);
});

describe('each rule bites', () => {
  const doc = '/** What it is. */\n';
  const planted: readonly (readonly [rule: Rule, path: string, text: string])[] = [
    [badImports, 'src/sim/node.ts', "import { World } from './kernel/world.ts';"],
    [badImports, 'src/sim/kernel/world.ts', "import type { System } from '../../nodes/index.ts';"],
    [badImports, 'src/sim/kernel/world.ts', "import { readFileSync } from 'node:fs';"],
    [badImports, 'src/nodes/data/chain/chain.ts', "import x from '../../consensus/raft/raft.ts';"],
    [badImports, 'src/nodes/data/chain/chain.ts', "import x from '../../../sim/kernel/world.ts';"],
    [badImports, 'src/nodes/data/chain/chain.ts', "import x from '../../../checks/checker.ts';"],
    [badImports, 'src/nodes/parts/lru.ts', "export * from '../data/chain/chain.ts';"],
    [badImports, 'src/nodes/index.ts', "const x = () => import('../faults/crash.ts');"],
    [badImports, 'src/faults/crash.ts', "import x from '../checks/checker.ts';"],
    [badImports, 'src/checks/sessions.ts', "import x from '../workloads/register.ts';"],
    [badImports, 'src/workloads/register.ts', "import x from '../checks/linearizable.ts';"],
    [badImports, 'src/scenarios/run/build.ts', "const fs = await import('node:fs');"],
    [badImports, 'src/scenarios/run/build.ts', "const fs = require('fs');"],
    [badImports, 'src/scenarios/run/build.ts', "import { load } from '../host/load.ts';"],
    [badImports, 'src/scenarios/host/files.ts', "import chalk from 'chalk';"],
    [badImports, 'src/report/summary.ts', "import { simulate } from '../scenarios/simulate.ts';"],
    [badImports, 'src/report/summary.ts', "import { Recorder } from '../sim/kernel/recorder.ts';"],
    [badImports, 'src/cli/main.ts', "import x from 'left-pad';"],
    [badImports, 'src/index.ts', "export { main } from './cli/main.ts';"],
    [badImports, 'src/other/thing.ts', ''],
    [bannedWords, 'src/sim/kernel/world.ts', 'const now = Date.now();'],
    [bannedWords, 'src/sim/kernel/world.ts', 'const x = `${performance.now()}`;'],
    [bannedWords, 'src/nodes/data/chain/chain.ts', 'const x = Math.random();'],
    [bannedWords, 'src/nodes/parts/backoff.ts', 'const x = base * 2 ** attempt;'],
    [bannedWords, 'src/nodes/parts/backoff.ts', 'x **= 2;'],
    [bannedWords, 'src/nodes/parts/backoff.ts', 'const x = Math.pow(2, attempt);'],
    [bannedWords, 'src/nodes/parts/backoff.ts', 'const { exp } = Math;'],
    [bannedWords, 'src/nodes/parts/backoff.ts', "const x = Math['log2'](8);"],
    [bannedWords, 'src/faults/crash.ts', 'nodes.sort();'],
    [bannedWords, 'src/workloads/register.ts', 'setTimeout(() => {}, 5);'],
    [bannedWords, 'src/checks/sessions.ts', 'a.localeCompare(b)'],
    [bannedWords, 'src/scenarios/simulate.ts', 'export async function simulate() {}'],
    [docComment, 'src/sim/node.ts', "import type { X } from './x.ts';\n/** Late. */"],
    [docComment, 'scripts/build.mjs', '// A plain comment.\n'],
    [fileLength, 'src/sim/kernel/disk.ts', doc + 'x;\n'.repeat(450)],
    [lineLength, 'src/sim/kernel/world.ts', `  // ${'x '.repeat(50)}`],
    [lineLength, 'src/sim/kernel/world.ts', `${doc}/** ${'x '.repeat(50)}*/`],
    [fileName, 'src/sim/kernel/eventQueue.ts', doc],
    [fileName, 'src/nodes/data/Chain/chain.ts', doc],
    [fileName, 'src/nodes/parts/utils.ts', doc],
    [fileName, 'src/nodes/parts/quorum-helpers.ts', doc],
    [fileName, 'src/cli/service.ts', doc],
    [defaultExport, 'src/sim/kernel/world.ts', 'export default class World {}'],
    [defaultExport, 'src/nodes/data/chain/chain.ts', 'export { chain as default };'],
    [plainWords, 'src/sim/node.ts', '// So many words, and the reader is told nothing.'],
    [plainWords, 'src/faults/crash.ts', "  doc: 'Whom it strikes.',"],
    [plainWords, 'docs/CLI.md', 'Everything is drawn a' + 'new.'],
    [plainWords, 'src/nodes/data/chain/README.md', 'It waits in ' + 'vain.'],
    [plainWords, 'scenarios/partition.yaml', '# Two leaders for ' + 'ever.'],
    [leftovers, 'README.md', `${'TO' + 'DO'}: write this`],
    [leftovers, 'docs/TESTING.md', `see ${'/wo' + 'rk'}/main`],
    [leftovers, 'src/nodes/parts/lru.test.ts', `appendFileSync('${'/tm' + 'p'}/x1/log', text);`],
  ];
  test.each(planted)('%o on %s: %s', (rule, path, text) => {
    expect(rule({ path, text })).toHaveLength(1);
  });

  const clean: readonly (readonly [rule: Rule, path: string, text: string])[] = [
    [badImports, 'src/nodes/data/chain/chain.ts', "import x from '../../parts/lru.ts';"],
    [badImports, 'src/nodes/data/chain/chain.ts', "import x from '../../../sim/node.ts';"],
    [badImports, 'src/nodes/index.ts', "const x = () => import('./data/chain/index.ts');"],
    [badImports, 'src/sim/kernel/world.test.ts', "import x from '../../nodes/index.ts';"],
    [
      badImports,
      'src/scenarios/host/load.ts',
      "import 'node:fs'; import '../parse.ts'; import 'esbuild';",
    ],
    [bannedWords, 'src/sim/kernel/world.test.ts', 'Date.now()'],
    [bannedWords, 'src/scenarios/host/load.ts', 'await Date.now()'],
    [bannedWords, 'src/nodes/parts/lru.ts', "const x = 'Date.now()'; // Math.random()"],
    [bannedWords, 'src/nodes/parts/lru.ts', 'rows.sort((a, b) => a - b); Math.floor(Math.sqrt(2))'],
    [lineLength, 'src/sim/kernel/world.ts', `throw new Error('${'x '.repeat(50)}');`],
    [fileName, 'src/sim/service.ts', doc],
    [fileName, 'src/nodes/traffic/service-mesh/README.md', ''],
    [defaultExport, 'src/faults/crash.ts', 'export default defineFault({});'],
  ];
  test.each(clean)('and only there: %o on %s: %s', (rule, path, text) => {
    expect(rule({ path, text })).toEqual([]);
  });
});

describe('what is code and what is not', () => {
  const lines: readonly (readonly [source: string, code: string])[] = [
    ["const a = 'Date'; // Date", "const a = '    ';        "],
    ['a /* Date */ / b', 'a            / b'],
    ["'it\\'s Date' + Date", "'          ' + Date"],
    ['`Date ${Date} Date`', '`     ${Date}     `'],
    ['`${`Date ${{ a: Date }}`} Date` + Date', '`${`     ${{ a: Date }}`}     ` + Date'],
    ['/Date/.test(x)', '/    /.test(x)'],
    ['return /Date/', 'return /    /'],
    ["x = /[/'Date]/g; Date", 'x = /        /g; Date'],
    ['a / Date / b', 'a / Date / b'],
    ['(a) / Date / b', '(a) / Date / b'],
    ['i++ / Date / b', 'i++ / Date / b'],
    ['row! / Date / b', 'row! / Date / b'],
    ['!/Date/.test(x)', '!/    /.test(x)'],
    ['"a\\\\"; Date', '"   "; Date'],
    ["'open\nDate", "'    \nDate"],
    ['/** Date\n * Date */ Date', '        \n           Date'],
    ["'//' + Date", "'  ' + Date"],
    ['#!/usr/bin/env Date\nDate', '                   \nDate'],
  ];
  test.each(lines)('%j', (source, code) => {
    expect(codeText(source).code).toBe(code);
  });

  test('offsets stay, whatever the file', () => {
    for (const { path, text } of files.filter(({ path }) => path.endsWith('.ts'))) {
      const { code } = codeText(text);
      expect(code.length, path).toBe(text.length);
      expect(code.split('\n').length, path).toBe(text.split('\n').length);
    }
  });
});

describe('words that a scenario keeps for itself', () => {
  const reservedByNodes = 'kind count per-node region group calls bug cpu disk clock'.split(' ');
  const reservedByFaults = 'at for every until when name of'.split(' ');
  const taken = (params: object, reserved: readonly string[]) =>
    Object.keys(params).filter((name) => reserved.includes(name));

  test('no parameter takes them', async () => {
    const { systems, faults } = await loadItems(root);
    expect(
      [
        ...systems.map(({ name, params }) => [name, taken(params, reservedByNodes)] as const),
        ...faults.map(({ name, params }) => [name, taken(params, reservedByFaults)] as const),
      ].filter(([, words]) => words.length > 0),
    ).toEqual([]);
  });

  test('and the rule bites', () => {
    expect(taken({ 'per-node': {}, heartbeat: {} }, reservedByNodes)).toEqual(['per-node']);
    expect(taken({ of: {}, nodes: {} }, reservedByFaults)).toEqual(['of']);
  });
});
