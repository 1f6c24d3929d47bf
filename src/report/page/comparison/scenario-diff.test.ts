// In what scenarios differ, by path.
import { expect, test } from 'vitest';
import { Diagnostics } from '../../../scenarios/text/diagnostic.ts';
import { makeSourceFile } from '../../../scenarios/text/source.ts';
import { parseYaml } from '../../../scenarios/text/yaml-source.ts';
import { differencesTable, scenarioDifferences } from './scenario-diff.ts';

const read = (name: string, yaml: string) => {
  return { name, root: parseYaml(makeSourceFile(name, yaml), new Diagnostics()) };
};

const one = read('one', 'name: a\nnodes: { kv: { kind: raft, count: 3 } }\nfaults: [{ at: 1s }]');
const other = read(
  'other',
  'name: b\nnodes: { kv: { kind: raft, count: 5, options: [<b>, x] } }\nfaults: [{ at: 2s }]',
);

test('each path on which they do not agree, names left out', () => {
  expect(scenarioDifferences([one, other])).toEqual([
    { path: 'nodes.kv.count', values: ['3', '5'] },
    { path: 'faults.0.at', values: ['1s', '2s'] },
    { path: 'nodes.kv.options', values: ['', '[<b>, x]'] },
  ]);
  expect(differencesTable([one, { ...one, name: 'two' }])).toBe('');
});

test('the table says what is only a default with a dash, and markup as text', () => {
  const html = differencesTable([one, other]);
  expect(html).toContain('<th scope="row">nodes.kv.options</th><td>–</td><td>[&lt;b&gt;, x]</td>');
  expect(html).not.toContain('<b>');
});
