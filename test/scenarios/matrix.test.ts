/** The key `matrix` as it is read. */
import { expect, test } from 'vitest';
import { readMatrix } from '../../src/scenarios/sections/matrix.ts';
import { Diagnostics } from '../../src/scenarios/text/diagnostic.ts';
import { entryOf, makeSourceFile } from '../../src/scenarios/text/source.ts';
import { parseYaml } from '../../src/scenarios/text/yaml-source.ts';

function read(text: string) {
  const diagnostics = new Diagnostics();
  const root = parseYaml(makeSourceFile('a.yaml', `matrix: ${text}\n`), diagnostics);
  const cells = readMatrix(entryOf(root, 'matrix'), diagnostics);
  return { cells, problems: diagnostics.list().map(({ code, message }) => `${code} ${message}`) };
}

test.each([
  ['5', 'DS103 `matrix` is a map of paths to lists of values'],
  ['{ a: 5 }', 'DS103 `a` of a matrix is a list of values'],
  ['{ a: [] }', 'DS103 `a` of a matrix is a list of values'],
  ['{ a: [1], include: { a: 1 } }', 'DS103 `include` is a list of combinations'],
  ['{ a: [1], exclude: [1] }', 'DS103 `exclude` is a list of combinations'],
  ['{ a: [1], exclude: [{ a: 1 }] }', 'DS105 the matrix leaves no combination'],
  ['{}', 'DS105 the matrix leaves no combination'],
])('%s is refused', (text, problem) => {
  expect(read(text)).toEqual({ cells: null, problems: [problem] });
});

test('more than a thousand combinations are refused, and not made', () => {
  const axis = `[${Array.from({ length: 100 }, (_, i) => i).join(', ')}]`;
  const { problems } = read(`{ a: ${axis}, b: ${axis}, c: ${axis}, d: ${axis}, e: ${axis} }`);
  expect(problems).toEqual(['DS105 the matrix has 10000000000 combinations']);
});

test('a combination that include names and that is there is not there twice', () => {
  expect(read('{ a: [1, 2], include: [{ a: 1 }] }').cells).toEqual([[['a', '1']], [['a', '2']]]);
});
