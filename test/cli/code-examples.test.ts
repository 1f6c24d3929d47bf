/** Every example of a code: the mistake has the code, and what is right has not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { codeExamples } from '../../src/cli/code-examples.ts';
import { loadScenario } from '../../src/host.ts';
import { dsimIn } from './dsim-in.ts';

const folder = mkdtempSync(join(tmpdir(), 'dsim-codes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What every scenario has, where an example does not say otherwise. */
const SECTIONS = [
  'nodes: { kv: { kind: raft, count: 3 } }',
  'clients: { load: { workload: register, target: kv, rate: 100/s } }',
  'expect: [linearizable]',
];

/** Codes of a scenario, of a history, or of a command. */
async function codesOf(example: string): Promise<readonly string[]> {
  writeFileSync(join(folder, 'plain.yaml'), SECTIONS.join('\n'));
  writeFileSync(
    join(folder, 'history.jsonl'),
    '{"process": 0, "type": "invoke", "f": "enqueue", "value": 1}\n',
  );
  if (example.startsWith('dsim ')) return shown(example.split(' ').slice(1));
  if (example.startsWith('{"')) {
    writeFileSync(join(folder, 'history.jsonl'), `${example}\n`);
    return shown(['check', 'history.jsonl', '--model', 'register']);
  }
  const others = SECTIONS.filter(
    (line) => !new RegExp(`^${line.split(':')[0]}:`, 'm').test(example),
  );
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, [example, ...others].join('\n'));
  return (await loadScenario(file)).diagnostics.map(({ code }) => code);
}

async function shown(argv: readonly string[]): Promise<readonly string[]> {
  const { err } = await dsimIn(folder, argv);
  return [...err.matchAll(/\[(DS\d+)\]/g)].map(([, code = '']) => code);
}

test.each(Object.entries(codeExamples))('%s', async (code, [wrong, right]) => {
  expect(await codesOf(wrong)).toContain(code);
  if (right !== '') expect(await codesOf(right)).toEqual([]);
});
