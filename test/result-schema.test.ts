/** Documents that commands write fit the JSON Schema of results. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resultSchemaText } from '../scripts/result-schema.ts';
import { dsimIn } from './cli/dsim-in.ts';
import { misfits } from './support/json-schema.ts';

const root = resolve(import.meta.dirname, '..');
const schema: { anyOf: { properties: { format: { const: string } } }[] } = JSON.parse(
  resultSchemaText(),
);
let folder = '';

/** Seconds of a small system in which there is something in most fields. */
const SMALL = `
duration: 2s
nodes: { kv: { kind: raft, count: 3 } }
clients: { load: { workload: register, target: kv, count: 2, rate: 20/s } }
faults:
  - { at: 1s, for: 300ms, partition: { isolate: leader } }
  - { nemesis: { kinds: [pause], between: 400ms, lasts: 100ms } }
slo: { writes: { target: 90%, window: 2s } }
show: [p99, elections]
expect: [linearizable, availability >= 20%]
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-result-'));
  writeFileSync(join(folder, 'small.yaml'), SMALL);
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Against its own format: of the whole schema nothing but `anyOf` would be said. */
function wrongsOf(document: { format: string }): readonly string[] {
  const own = schema.anyOf.find(({ properties }) => properties.format.const === document.format);
  return [
    ...misfits(own, document, schema as never),
    // And the field that says the least must be wrong when it is gone.
    ...(misfits(own, { ...document, dsim: 1 }, schema as never).length === 0 ? ['blind'] : []),
  ];
}

test('schema/result.schema.json is what the generator writes', () => {
  expect(readFileSync(join(root, 'schema/result.schema.json'), 'utf8')).toBe(resultSchemaText());
});

test.each([
  ['dsim-result', 0, 'run small.yaml --json'],
  ['dsim-result', 0, 'run small.yaml --json --seeds 1..5'],
  ['dsim-result', 0, 'run small.yaml --json --vary nodes.kv.count=3,5'],
  ['dsim-result', 1, 'run partition --json --set duration=12s --without --twin'],
  ['dsim-result', 2, 'run examples/nothing.yaml --json'],
  ['dsim-check', 1, 'check examples/histories/queue.log --model queue --json'],
  ['dsim-test', 0, 'test examples/store/store.yaml --seeds 1..2 --reporter json --jobs 1'],
])('%s, exit code %i: dsim %s', async (format, code, line) => {
  const ended = await dsimIn(folder, line.split(' '));
  const document = JSON.parse(ended.out);
  expect([ended.code, document.format, wrongsOf(document)]).toEqual([code, format, []]);
});

test('dsim-run: a kept run', async () => {
  await dsimIn(folder, ['run', 'examples/counter/counter.yaml']);
  const runs = readdirSync(join(folder, '.dsim/runs')).filter((name) => name.startsWith('counter'));
  const file = join(folder, '.dsim/runs', runs[0] ?? '', 'result.json');
  expect(wrongsOf(JSON.parse(readFileSync(file, 'utf8')))).toEqual([]);
});
