// A page's reader of values is a part of YAML: whatever it accepts is what YAML makes of it.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Diagnostics } from '../../../scenarios/text/diagnostic.ts';
import { makeSourceFile, type SourceNode } from '../../../scenarios/text/source.ts';
import { parseYaml } from '../../../scenarios/text/yaml-source.ts';
import { readFlow } from './flow-reader.ts';
import { flowText } from './flow-text.ts';
import { packTree, unpackTree } from './packed-tree.ts';

const scenarios = resolve(import.meta.dirname, '../../../../scenarios');

type Read = typeof readFlow;

function read(reader: Read, text: string): SourceNode | string {
  const diagnostics = new Diagnostics();
  const node = reader(makeSourceFile('--set', `x=${text}`), diagnostics, 2);
  return node === null || diagnostics.hasErrors ? (diagnostics.list()[0]?.message ?? '') : node;
}

test.each([
  '5',
  '-5',
  '150ms..300ms',
  'leader & up',
  'kv-1 >= 90%',
  "it's",
  'a:b',
  'x#y',
  'a, b',
  '"a \\"text\\"\\n"',
  "'it''s'",
  '[]',
  '[a, "b", ~, true,]',
  '{ }',
  '{ at: 10s, for: , crash, partition: { of: kv, isolate: leader } }',
  '{"a":1, b: [x y, -z, ?q]}',
  '~',
])('%s is what YAML reads', (text) => {
  const node = read(readFlow, text);
  expect(typeof node).toBe('object');
  expect(node).toEqual(read(parseYaml, text));
});

test.each([
  ['a: b', 'nothing may follow the value'],
  ['[a: b]', 'expected `,` or `]`'],
  ['[a', 'expected `,` or `]`'],
  ['[a,,b]', 'this is no value'],
  ['&x a', 'this is no value'],
  ['- a', 'this is no value'],
  ['"a', 'this is no value'],
  ['{ 1: a }', 'a key must be a name'],
  ['{ a: 1, a: 2 }', 'the key `a` is set twice, first at --set:1:5'],
  ['[[', 'this is no value'],
  ['['.repeat(70), 'values may nest at most 64 deep'],
])('%s is refused: %s', (text, message) => {
  expect(read(readFlow, text)).toBe(message);
});

test('whatever is accepted is what YAML reads', () => {
  const piece = fc.constantFrom(...'ab5-:#,[]{}&*!|>%@`?~"\'\\\t  ', ': ', ' #', '- ', 'true');
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 9 }), (pieces) => {
      const text = pieces.join('').trim();
      const node = text === '' ? '' : read(readFlow, text);
      if (typeof node === 'string') return;
      accepted += 1;
      expect(node).toEqual(read(parseYaml, text));
    }),
    { seed: 1, numRuns: 4000 },
  );
  expect(accepted).toBeGreaterThan(200);
});

test('the scenarios of the gallery, in one line and as packed trees', () => {
  for (const name of readdirSync(scenarios).filter((each) => each.endsWith('.yaml'))) {
    const file = makeSourceFile(name, readFileSync(join(scenarios, name), 'utf8'));
    const tree = parseYaml(file, new Diagnostics());
    if (tree === null) throw new Error(`${name} has nothing`);
    const line = flowText(tree);
    expect(read(readFlow, line)).toEqual(read(parseYaml, line));
    const packed = JSON.parse(JSON.stringify(packTree(tree)));
    expect(unpackTree(packed, file)).toEqual(tree);
  }
});
