/** The JSON Schema: what an editor says of the same files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadSchemaText } from '../../src/scenarios/host/load-schema.ts';
import { scenarioJsonSchema } from '../../src/scenarios/sections/json-schema.ts';
import { misfits } from '../support/json-schema.ts';
import { smallCatalogue } from './small-catalogue.ts';

const root = resolve(import.meta.dirname, '../..');
const fixtures = join(root, 'test/fixtures/scenarios');
const all = <T>(shelf: { readonly items: ReadonlyMap<string, T> }): readonly T[] => [
  ...shelf.items.values(),
];
const small = scenarioJsonSchema({
  systems: all(smallCatalogue.systems),
  presets: [],
  policies: all(smallCatalogue.policies),
  faults: all(smallCatalogue.faults),
  workloads: all(smallCatalogue.workloads),
  checkers: all(smallCatalogue.checkers),
  metrics: all(smallCatalogue.metrics),
});

const wrongs = (text: string): readonly string[] => misfits(small, parse(text, { merge: true }));

test('schema/scenario.schema.json is that of the kinds there are', async () => {
  const text = await loadSchemaText();
  // Cure: `npx vitest run test/scenarios/schema.test.ts --update`.
  await expect(text).toMatchFileSnapshot(join(root, 'schema/scenario.schema.json'));
  expect(JSON.parse(text)['$schema']).toBe('http://json-schema.org/draft-07/schema#');
});

describe('files that run are valid', () => {
  test.each(readdirSync(join(fixtures, 'good')))('%s', (file) => {
    expect(wrongs(readFileSync(join(fixtures, 'good', file), 'utf8'))).toEqual([]);
  });

  test('the gallery and the examples, by the schema that ships', () => {
    const schema: unknown = JSON.parse(
      readFileSync(join(root, 'schema/scenario.schema.json'), 'utf8'),
    );
    const gallery = readdirSync(join(root, 'scenarios')).filter((file) => file.endsWith('.yaml'));
    const examples = readdirSync(join(root, 'src/nodes'), {
      recursive: true,
      encoding: 'utf8',
    }).filter((file) => file.endsWith('example.yaml') && !file.startsWith('_template'));
    const files = [
      ...gallery.map((file) => join('scenarios', file)),
      ...examples.map((file) => join('src/nodes', file)),
    ];
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect([file, misfits(schema, parse(readFileSync(join(root, file), 'utf8')))]).toEqual([
        file,
        [],
      ]);
    }
  });

  test.each([
    ['variables', 'nodes: { kv: { kind: $(k), count: $(n:-5), heartbeat: $(b)ms } }'],
    [
      'draws',
      'nodes: { kv: { kind: raft, count: { any: [3, 5] }, heartbeat: { any: 5ms..9ms } } }',
    ],
    ['a part for others to extend', 'nodes: { kv: { count: 7, bug: } }\nextends: [a.yaml, b.yaml]'],
    ['own kinds', 'nodes: { kv: { kind: ./x.ts, whatever: 1 } }'],
    [
      'values as dsim prints them',
      'nodes: { kv: { kind: raft, heartbeat: 50 ms } }\nnetwork: { loss: 0.50 % }',
    ],
    ['x- keys', 'x-a: 1\nnodes: { kv: { kind: raft, x-b: { c: 1 } } }'],
    [
      'shorthand',
      'faults: [{ at: 1s, crash: leader }, { at: 1s, crash: 2 }, { at: 0, crash: [a, b] }]',
    ],
  ])('%s', (_what, text) => {
    expect(wrongs(text)).toEqual([]);
  });
});

describe('what an editor can see is wrong', () => {
  test.each([
    ['nodes: { kv: { kind: raft, hartbeat: 50ms } }', ['/nodes/kv/hartbeat: unknown']],
    ['nodes: { kv: { kind: raft, backends: kv } }', ['/nodes/kv/backends: unknown']],
    ['nodes: { kv: { kind: raft, heartbeat: 50 } }', ['/nodes/kv/heartbeat: anyOf']],
    ['nodes: { kv: { kind: raft, heartbeat: 50 parsecs } }', ['/nodes/kv/heartbeat: anyOf']],
    ['nodes: { kv: { kind: raft, count: 0 } }', ['/nodes/kv/count: anyOf']],
    ['nodes: { kv: { kind: rafd } }', ['/nodes/kv/kind: anyOf']],
    ['nodes: { kv: { kind: raft, reads: leese } }', ['/nodes/kv/reads: anyOf']],
    [
      'nodes: { kv: { kind: raft, calls: { db: { retri: 2 } } } }',
      ['/nodes/kv/calls/db/retri: unknown'],
    ],
    ['network: { latency: { lognorml: {} } }', ['/network/latency: anyOf']],
    ['network: { loss: 5 }', ['/network/loss: anyOf']],
    ['clients: { load: { workload: register, key: 5 } }', ['/clients/load/key: unknown']],
    ['faults: [{ crash: leader }]', ['/faults/0: anyOf']],
    ['faults: [{ at: 1s }]', ['/faults/0: type']],
    ['faults: [{ at: 1s, crahs: one }]', ['/faults/0/crahs: unknown']],
    ['faults: [{ at: 1s, crash: one, partition: one }]', ['/faults/0: oneOf']],
    ['client: {}', ['/client: unknown']],
    ['seed: -1', ['/seed: anyOf']],
    ['expect: [5]', ['/expect/0: anyOf']],
  ])('%s', (text, expected) => {
    expect(wrongs(text)).toEqual(expected);
  });
});
