/** `extends`, `without`, `--set`, variables, anchors: what a scenario is before it is understood. */
import { describe, expect, test } from 'vitest';
import { type Diagnostics, renderDiagnostics } from '../../src/scenarios/text/diagnostic.ts';
import { type SourceNode, valueOf } from '../../src/scenarios/text/source.ts';
import { readSourceTree, type SourceOptions } from '../../src/scenarios/text/source-tree.ts';
import { briefly, readerOf } from './small-catalogue.ts';

function plain(node: SourceNode): unknown {
  if (node.kind === 'list') return node.items.map(plain);
  if (node.kind === 'scalar') return node.value;
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

function read(files: { readonly [name: string]: string }, options: SourceOptions = {}) {
  const [entry = ''] = Object.keys(files);
  const { root, diagnostics, files: sources } = readSourceTree(entry, readerOf(files), options);
  return {
    value: root === null ? null : plain(root),
    said: briefly(diagnostics.list()),
    diagnostics,
    root,
    sources,
  };
}

function value(files: { readonly [name: string]: string }, options: SourceOptions = {}): unknown {
  const { value, diagnostics } = read(files, options);
  expect(renderDiagnostics(diagnostics.list())).toBe('');
  return value;
}

const shown = (diagnostics: Diagnostics): string => renderDiagnostics(diagnostics.list());

describe('extends', () => {
  test('maps merge deeply, lists and scalars replace, an empty value removes', () => {
    const base =
      'a: { x: 1, y: { p: 1, q: 2 }, z: [1, 2] }\nlist: [1, 2, 3]\ngone: { big: 1 }\nkept: 1\n';
    const top = 'extends: base.yaml\na: { y: { q: 3, r: 4 }, z: [9], new: 5 }\nlist: [4]\ngone:\n';
    expect(value({ 'a.yaml': top, 'base.yaml': base })).toEqual({
      a: { x: 1, y: { p: 1, q: 3, r: 4 }, z: [9], new: 5 },
      list: [4],
      kept: 1,
    });
  });

  test('is relative to the file that says it, through several, and a list is laid in order', () => {
    const files = {
      'a.yaml': 'extends: lib/one.yaml\nn: 1\n',
      'lib/one.yaml': 'extends: [two.yaml, ./three.yaml]\nfrom: one\n',
      'lib/two.yaml': 'from: two\nx: two\ny: two\n',
      'lib/three.yaml': 'from: three\ny: three\n',
    };
    expect(value(files)).toEqual({ from: 'one', x: 'two', y: 'three', n: 1 });
    expect(read(files).sources.map(({ name }) => name)).toEqual(Object.keys(files));
  });

  test('places stay those of the file that wrote the value', () => {
    const { root } = read({
      'a.yaml': 'extends: base.yaml\nnodes: { kv: { count: 5 } }\n',
      'base.yaml': '\nnodes:\n  kv: { kind: raft }\n',
    });
    const kv = valueOf(valueOf(root, 'nodes'), 'kv');
    const places = ['kind', 'count'].map((key) => valueOf(kv, key)?.spot.file.name);
    expect(places).toEqual(['base.yaml', 'a.yaml']);
  });

  test('a cycle is shown as a chain', () => {
    const { value, diagnostics } = read({
      'a.yaml': 'extends: b.yaml\n',
      'b.yaml': 'extends: c.yaml\n',
      'c.yaml': 'x: 1\nextends: b.yaml\n',
    });
    expect(value).toBeNull();
    expect(shown(diagnostics)).toMatchInlineSnapshot(`
      "error[DS112]: \`b.yaml\` extends itself
       --> c.yaml:2:10
        |
      2 | extends: b.yaml
        |          ^^^^^^
        = note: b.yaml → c.yaml → b.yaml
      "
    `);
    expect(read({ 'a.yaml': 'extends: ./a.yaml\n' }).said).toEqual([
      'DS112 1:10 `a.yaml` extends itself',
    ]);
  });

  test('a diamond is no cycle', () => {
    const files = {
      'a.yaml': 'extends: [b.yaml, c.yaml]\n',
      'b.yaml': 'extends: d.yaml\nb: 1\n',
      'c.yaml': 'extends: d.yaml\nc: 1\n',
      'd.yaml': 'd: 1\n',
    };
    expect(value(files)).toEqual({ d: 1, b: 1, c: 1 });
  });

  test('what is missing or wrong is said where it is named', () => {
    expect(read({ 'a.yaml': 'extends: nope.yaml\n' }).said).toEqual([
      'DS100 1:10 there is no file `nope.yaml`',
    ]);
    expect(read({ 'a.yaml': 'extends: { x: 1 }\n' }).said).toEqual([
      'DS103 1:10 `extends` names a file, or a list of files',
    ]);
    expect(read({ 'a.yaml': 'extends: b.yaml\n', 'b.yaml': '- 1\n' }).said).toEqual([
      'DS111 1:1 the top of a scenario is a map, and this is a list',
    ]);
  });

  test('a file with NUL bytes is no text', () => {
    expect(read({ 'a.yaml': 'a: \0' }).said).toEqual(['DS100 `a.yaml` is not a text file']);
  });
});

describe('without', () => {
  const text =
    'nodes: { kv: { kind: raft, pre-vote: true } }\nwithout: { nodes: { kv: { pre-vote: } } }\n';

  test('is kept out of the run unless asked for', () => {
    expect(value({ 'a.yaml': text })).toEqual({
      nodes: { kv: { kind: 'raft', 'pre-vote': true } },
    });
    expect(value({ 'a.yaml': text }, { without: true })).toEqual({
      nodes: { kv: { kind: 'raft' } },
    });
  });

  test('must be there, and be a map', () => {
    expect(read({ 'a.yaml': 'a: 1\n' }, { without: true }).said).toEqual([
      'DS115 1:1 the scenario has no `without:` to apply',
    ]);
    expect(read({ 'a.yaml': 'without: kv\n' }).said).toEqual([
      'DS103 1:10 `without` is a patch: a map like the scenario itself',
    ]);
  });
});

describe('--set', () => {
  const files = {
    'a.yaml': 'vars: { n: 3 }\nnodes: { kv: { count: $(n) } }\nfaults: [{ at: 1s }, { at: 2s }]\n',
  };

  test('replaces, adds, indexes lists, and is applied in order', () => {
    const set = [
      'nodes.kv.count=7',
      'nodes.kv.heartbeat=50ms',
      'faults.1.at=9s',
      'network.latency={ lognormal: { median: 2ms } }',
      'seed=1',
      'seed=2',
    ];
    expect(value(files, { set })).toEqual({
      nodes: { kv: { count: 7, heartbeat: '50ms' } },
      faults: [{ at: '1s' }, { at: '9s' }],
      network: { latency: { lognormal: { median: '2ms' } } },
      seed: 2,
    });
  });

  test('sets variables before they are used', () => {
    expect(value(files, { set: ['vars.n=9'] })).toMatchObject({ nodes: { kv: { count: 9 } } });
  });

  test('mistakes are shown in the argument', () => {
    const set = [
      'seed',
      '=5',
      'nodes.kvv.count=5',
      'faults.2.at=1s',
      'nodes.kv.count.x=1',
      'vars.m=5',
      'a..b=1',
      'x={',
      'kv.count=3',
    ];
    const { diagnostics } = read(files, { set });
    expect(shown(diagnostics)).toMatchInlineSnapshot(`
      "error[DS114]: expected \`path=value\`
       --> --set:1:1
        |
      1 | seed
        | ^^^^
        = help: for example \`--set nodes.kv.count=7\`

      error[DS114]: expected \`path=value\`
       --> --set:1:1
        |
      1 | =5
        | ^
        = help: for example \`--set nodes.kv.count=7\`

      error[DS114]: \`nodes\` has no \`kvv\`
       --> --set:1:7
        |
      1 | nodes.kvv.count=5
        |       ^^^
        = note: it has \`kv\`
        = help: did you mean \`kv\`?

      error[DS114]: the list has no entry \`2\`
       --> --set:1:8
        |
      1 | faults.2.at=1s
        |        ^
        = note: the list has 2 entries, counted from 0

      error[DS114]: \`nodes.kv.count\` is a single value and has no keys
       --> --set:1:16
        |
      1 | nodes.kv.count.x=1
        |                ^

      error[DS114]: expected \`path=value\`
       --> --set:1:1
        |
      1 | a..b=1
        | ^^^^
        = help: for example \`--set nodes.kv.count=7\`

      error[DS101]: a \`{\` before this line is not closed
       --> --set:1:4
        |
      1 | x={
        |    ^
        = help: close it with \`}\`

      error[DS114]: \`kv.count\` is no path from the top of the scenario
       --> --set:1:1
        |
      1 | kv.count=3
        | ^^^^^^^^
        = help: did you mean \`nodes.kv.count\`?

      error[DS114]: nothing uses the variable \`m\`
       --> --set:1:6
        |
      1 | vars.m=5
        |      ^
        = help: did you mean \`vars.n\`?
      "
    `);
  });
});

describe('variables', () => {
  test('a whole reference has the type of its variable, a part is text typed anew', () => {
    const text = `vars: { n: 5, text: '5', on: true, unit: ms, both: $(n)$(unit) }
whole: $(n)
quoted: '$(n)'
text: $(text)
on: $(on)
part: $(n)ms
two: $(n)$(n)
nested: $(both)
list: [$(n), { deep: $(n) }]
default: $(missing:-7)
empty: $(missing:-)
escaped: $$(n) costs $5
`;
    expect(value({ 'a.yaml': text })).toEqual({
      whole: 5,
      quoted: '5',
      text: '5',
      on: true,
      part: '5ms',
      two: 55,
      nested: '5ms',
      list: [5, { deep: 5 }],
      default: 7,
      empty: null,
      escaped: '$(n) costs $5',
    });
  });

  test('never in keys', () => {
    expect(value({ 'a.yaml': '$(n): 1\n' })).toEqual({ '$(n)': 1 });
  });

  test('come from what is extended, and are overridden there', () => {
    const files = {
      'a.yaml': 'extends: b.yaml\nvars: { n: 2 }\n',
      'b.yaml': 'vars: { n: 1, m: 1 }\nx: $(n)\ny: $(m)\n',
    };
    expect(value(files)).toEqual({ x: 2, y: 1 });
  });

  test('an integer that no double holds is refused wherever it comes from', () => {
    const { said } = read({ 'a.yaml': 'vars: { n: 90071992547 }\na: $(n)40993\nb: 1e999\n' });
    expect(said).toEqual([
      'DS108 2:4 the integer `9007199254740993` is too large to be held exactly',
      'DS103 3:4 `1e999` is not a finite number',
    ]);
  });
});

describe('yaml', () => {
  test('anchors, merge keys and x- keys carry shared parts', () => {
    const text =
      'x-kv: &kv { kind: raft, count: 3 }\nnodes:\n  a: *kv\n  b: { <<: *kv, count: 5, x-note: mine }\n  c: { <<: [{ count: 1 }, *kv] }\n';
    expect(value({ 'a.yaml': text })).toEqual({
      nodes: {
        a: { kind: 'raft', count: 3 },
        b: { kind: 'raft', count: 5 },
        c: { kind: 'raft', count: 1 },
      },
    });
  });

  test('scalars are those of the core schema of YAML 1.2', () => {
    const text =
      "a: [yes, no, on, off, 012, 0o17, 0x1F, 12:30:45, 1e3, .5, -0, ~, True, 'true', +7]\n";
    expect(value({ 'a.yaml': text })).toEqual({
      a: ['yes', 'no', 'on', 'off', 12, 15, 31, '12:30:45', 1000, 0.5, -0, null, true, 'true', 7],
    });
  });

  test('a byte order mark and CRLF are no content', () => {
    expect(value({ 'a.yaml': '\ufeffa: 1\r\nb: [x,\r\n  y]\r\n' })).toEqual({
      a: 1,
      b: ['x', 'y'],
    });
  });

  test('a thousand brackets may be open, and one more is refused before anything is parsed', () => {
    const [first] = read({ 'a.yaml': `a: ${'['.repeat(1001)}` }).said;
    expect(first).toMatch(/^DS110 .*1:1004/);
    expect(read({ 'a.yaml': `a: ${'['.repeat(20_000)}` }).said).toEqual([first]);
    // Those that are closed are not open.
    const flat = `a: [${'[], {}, '.repeat(600)}]`;
    expect(read({ 'a.yaml': flat }).said).toEqual([]);
  });

  test('a reference within a value is underlined where it stands', () => {
    const { diagnostics } = read({ 'a.yaml': 'nodes:\n  timeout: "20$(nope)"\n' });
    expect(
      diagnostics.list().map(({ place }) => [place?.line, place?.column, place?.endColumn]),
    ).toEqual([[2, 15, 22]]);
  });

  test('thousands of brackets neither crash nor hang', () => {
    const { said } = read({ 'a.yaml': '['.repeat(200_000) });
    expect(said.length).toBeGreaterThan(0);
    expect(said[0]).toMatch(/^DS1(01|10) /);
  });

  test('a key called __proto__ is a key', () => {
    const { root } = read({ 'a.yaml': '__proto__: { polluted: 1 }\nconstructor: 2\n' });
    expect(root?.entries.map(({ key }) => key)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
