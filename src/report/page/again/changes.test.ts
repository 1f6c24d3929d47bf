// What a page changes, as `--set` takes it; and YAML in one line that reads back as it was.
import { expect, test } from 'vitest';
import { Diagnostics } from '../../../scenarios/text/diagnostic.ts';
import { makeSourceFile, type SourceNode } from '../../../scenarios/text/source.ts';
import { parseYaml } from '../../../scenarios/text/yaml-source.ts';
import { type Changes, NO_CHANGES, setsOf } from './changes.ts';
import { flowText } from './flow-text.ts';

const faults = [
  {
    label: 'partition',
    keys: [
      ['at', '10s'],
      ['partition', '{ of: kv }'],
    ],
  },
  {
    label: 'crash',
    keys: [
      ['at', '12s'],
      ['crash', 'leader'],
    ],
  },
] as const;

const sets = (some: Partial<Changes>) => setsOf({ ...NO_CHANGES, ...some }, faults);

test('what only moves is set by its place', () => {
  const moved = { isOn: true, values: new Map([['at', '11s']]) };
  expect(sets({ faults: new Map([[1, moved]]) })).toEqual(['faults.1.at=11s']);
  expect(sets({ values: new Map([['duration', '5s']]) })).toEqual(['duration=5s']);
  expect(sets({ branch: { at: '10.2s', salt: 3 } })).toEqual(['branch.at=10.2s', 'branch.salt=3']);
  expect(sets({})).toEqual([]);
});

test('a fault that is off, or one more, is a list anew, with what moved', () => {
  const off = { isOn: false, values: new Map<string, string>() };
  const moved = { isOn: true, values: new Map([['at', '11s']]) };
  const drops = [{ from: 'kv-1', to: 'kv-2', type: 'true', number: 7 }];
  expect(
    sets({
      faults: new Map([
        [0, off],
        [1, moved],
      ]),
      drops,
    }),
  ).toEqual([
    'faults=[{ at: 11s, crash: leader }, { at: 0s, name: drop-1, message: { from: kv-1, to: kv-2, type: "true", number: 7 } }]',
  ]);
});

function read(text: string): SourceNode {
  const diagnostics = new Diagnostics();
  const node = parseYaml(makeSourceFile('x', text), diagnostics);
  expect(diagnostics.list()).toEqual([]);
  if (node === null) throw new Error('there is a value');
  return node;
}

function plainOf(node: SourceNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainOf);
  return node.entries.map(({ key, value }) => [key, plainOf(value)]);
}

test.each([
  'a: 150ms..300ms',
  'a: { lognormal: { median: 2ms, p99: 12ms } }',
  'a: ["1", 1, true, "true", ~, "", x y, "a, b", "#x", "- x", "x: y", "it\'s", "[", "null"]',
  'a: "kv-1 >= 90%"\nb: never leaders > 1\n"odd, key": 1\nc:\n  - x\n  - {}\n  - []',
  'a: |\n  two\n  lines\nb: leader & up',
])('%j is one line that means the same', (text) => {
  const line = flowText(read(text));
  expect(line).not.toContain('\n');
  expect(plainOf(read(line))).toEqual(plainOf(read(text)));
});
