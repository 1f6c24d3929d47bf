/** Circles of imports, and how many arrows the rooms of `src/scenarios` have between them. */

import { describe, expect, test } from 'vitest';
import { type Arrow, arrows, circles } from './tidy/circles.ts';
import { roomOf } from './tidy/places.ts';
import { files } from './tidy/repository.ts';
import type { SourceFile } from './tidy/rules.ts';

const sources = files.filter(({ path }) => /^src\/.*(?<!\.test)\.ts$/.test(path));
const all = arrows(sources);

describe('circles', () => {
  test('of values: none', () => {
    expect(circles(all.filter(({ isType }) => !isType))).toEqual([]);
  });

  test('of types: one of their files says why', () => {
    const says = (path: string) =>
      sources.some(
        (file) =>
          file.path === path && /^\/\*\*.*?circle\s(\*\s)?of\s(\*\s)?types.*?\*\//s.test(file.text),
      );
    expect(circles(all).filter((circle) => !circle.some(says))).toEqual([]);
  });

  const ARROWS_MAX = 60;
  const between = arrowsBetweenRooms(all);
  test(`src/scenarios: ${between.length} arrows from room to room, at most ${ARROWS_MAX}`, () => {
    expect(between.length).toBeGreaterThan(10);
    expect(between.length, between.join('\n')).toBeLessThanOrEqual(ARROWS_MAX);
  });
});

/** `verdict > values`: each pair of rooms with an import from one to the other, once. */
function arrowsBetweenRooms(imports: readonly Arrow[]): readonly string[] {
  const pairs = imports.flatMap(({ from, to }) => {
    const [one, other] = [roomOf(from), roomOf(to)];
    return one === null || other === null || one === other ? [] : [`${one} > ${other}`];
  });
  return [...new Set(pairs)].sort((a, b) => (a < b ? -1 : 1));
}

describe('a circle', () => {
  const tree = (texts: { readonly [path: string]: string }): readonly SourceFile[] =>
    Object.entries(texts).map(([path, text]) => ({ path, text }));

  test('is found, of values and of types', () => {
    const found = arrows(
      tree({
        'src/a.ts': "import { b } from './b.ts';\nimport type { D } from './d.ts';",
        'src/b.ts': "import {\n  type X,\n  c,\n} from './folder/c.ts';",
        'src/folder/c.ts': "export * from '../a.ts';\nimport x from 'node:fs';",
        'src/d.ts': "import { type A, type B } from './a.ts'; // import { b } from './b.ts'",
        'src/e.ts': "import('./a.ts'); f('./b.ts'); const from = './d.ts';",
      }),
    );
    expect(found.map(({ from, to, isType }) => `${from} ${isType ? '-' : '='}> ${to}`)).toEqual([
      'src/a.ts => src/b.ts',
      'src/a.ts -> src/d.ts',
      'src/b.ts => src/folder/c.ts',
      'src/folder/c.ts => src/a.ts',
      'src/d.ts -> src/a.ts',
    ]);
    const three = ['src/a.ts', 'src/b.ts', 'src/folder/c.ts'];
    expect(circles(found.filter(({ isType }) => !isType))).toEqual([three]);
    expect(circles(found)).toEqual([['src/a.ts', 'src/b.ts', 'src/d.ts', 'src/folder/c.ts']]);
  });

  test('is none where arrows only meet', () => {
    const diamond = arrows(
      tree({
        'a.ts': "import b from './b.ts'; import c from './c.ts';",
        'b.ts': "import d from './d.ts';",
        'c.ts': "import d from './d.ts'; import b from './b.ts';",
        'd.ts': '',
      }),
    );
    expect(diamond).toHaveLength(5);
    expect(circles(diamond)).toEqual([]);
  });

  test('is not a room', () => {
    expect(roomOf('src/scenarios/parse.ts')).toBe('parse');
    expect(roomOf('src/scenarios/values/fields.ts')).toBe('values');
    expect(roomOf('src/sim/node.ts')).toBeNull();
  });
});
