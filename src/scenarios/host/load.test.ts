/** Scenarios from real files and with the real kinds. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderDiagnostics } from '../text/diagnostic.ts';
import { type LoadOptions, loadScenario } from './load.ts';

const root = resolve(import.meta.dirname, '../../..');
const good = 'nodes: { kv: { kind: raft, count: 3 } }\nexpect: [leaders per term <= 1]\n';
let folder = '';
let project = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-load-'));
  project = join(folder, 'project');
  mkdirSync(join(project, 'scenarios', 'deep'), { recursive: true });
  writeFileSync(join(project, 'package.json'), '{}');
  writeFileSync(join(folder, 'outside.yaml'), good);
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(project, 'scenarios', name), content);
  write('good.yaml', good);
  write('other.yml', good);
  write(
    'calls.yaml',
    'extends: good.yaml\nclients: { load: { workload: register, rate: 10/s, calls: { kv: { retry: 2 } } } }\n',
  );
  write('notes.txt', 'no scenario');
  write('deep/child.yaml', 'extends: ../good.yaml\nnodes: { kv: { count: 5 } }\n');
  write('escape.yaml', 'extends: ../../outside.yaml\n');
  write('latin1.yaml', Uint8Array.from([0x61, 0x3a, 0x20, 0xe9]));
  write('binary.yaml', Uint8Array.from([0x61, 0x00, 0x62]));
  write('large.yaml', `# ${'x'.repeat(1024 * 1024)}\n`);
  symlinkSync(join(folder, 'outside.yaml'), join(project, 'scenarios', 'link.yaml'));
  write('through-link.yaml', 'extends: ./link.yaml\n');
  symlinkSync('loop.yaml', join(project, 'scenarios', 'loop.yaml'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(file: string, options: Partial<LoadOptions> = {}) {
  const loaded = await loadScenario(file, { cwd: join(project, 'scenarios'), ...options });
  return { ...loaded, text: renderDiagnostics(loaded.diagnostics) };
}

describe('files', () => {
  test('extends is relative to its file; all files read are told', async () => {
    const { scenario, files, text } = await load('deep/child.yaml');
    expect(text).toBe('');
    expect(scenario?.groups[0]?.nodes).toHaveLength(5);
    expect(scenario?.name).toBe('child');
    expect(files).toEqual([
      join(project, 'scenarios/deep/child.yaml'),
      join(project, 'scenarios/good.yaml'),
    ]);
  });

  test.each([
    ['god.yaml', 'there is no file `god.yaml`', 'did you mean `good.yaml`?'],
    ['good', 'there is no file `good`', 'did you mean `good.yaml`?'],
    ['other.yaml', 'there is no file `other.yaml`', 'did you mean `other.yml`?'],
    ['zzzzzzzz.yaml', 'there is no file `zzzzzzzz.yaml`', null],
    ['good.yaml/x', 'there is no file `good.yaml/x`', null],
    ['deep', '`deep` is a folder', 'did you mean `deep/child.yaml`?'],
    ['latin1.yaml', '`latin1.yaml` is not text in UTF-8', null],
    ['binary.yaml', '`binary.yaml` is not text in UTF-8', null],
    ['large.yaml', '`large.yaml` is too large for a scenario', null],
    ['loop.yaml', '`loop.yaml` is a symbolic link that leads to itself', null],
    [`${'x'.repeat(300)}.yaml`, /too long for a file name/, null],
  ])('%s', async (file, message, help) => {
    const { scenario, diagnostics } = await load(file);
    expect(scenario).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['DS100']);
    expect(diagnostics[0]?.message).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
    if (help !== null) expect(diagnostics[0]?.help).toEqual([help]);
  });

  test.each(['escape.yaml', 'through-link.yaml'])(
    '%s leaves the project only if allowed',
    async (file) => {
      const { scenario, diagnostics } = await load(file);
      expect(scenario).toBeNull();
      expect(diagnostics.map(({ code }) => code)).toEqual(['DS112']);
      expect(diagnostics[0]?.place?.line).toBe(1);
      expect((await load(file, { allowOutside: true })).scenario).not.toBeNull();
    },
  );

  test('a link that the user names is followed', async () => {
    expect((await load('link.yaml')).scenario).not.toBeNull();
  });
});

describe('kinds', () => {
  test('the gallery loads with what it names', async () => {
    const { scenario, diagnostics } = await loadScenario('scenarios/partition.yaml', { cwd: root });
    expect(renderDiagnostics(diagnostics)).toBe('');
    expect(scenario).toMatchObject({
      name: 'partition',
      seed: '42',
      file: 'scenarios/partition.yaml',
    });
    expect(scenario?.groups[0]?.system.name).toBe('raft');
  });

  test('policies that only a load puts around its calls', async () => {
    const { scenario, text } = await load('calls.yaml');
    expect(text).toBe('');
    expect(scenario?.loads[0]?.calls?.get('kv')).toMatchObject([{ policy: { name: 'retry' } }]);
  });

  test('options: seed, sets', async () => {
    const { scenario } = await load('good.yaml', {
      seed: 'x',
      sets: ['nodes.kv.count=7', 'seed=5'],
    });
    expect(scenario?.seed).toBe('x');
    expect(scenario?.groups[0]?.nodes).toHaveLength(7);
    const { diagnostics } = await load('good.yaml', { sets: ['nodes.kv.kind=rafd'] });
    expect(diagnostics.map(({ code, help }) => [code, ...help])).toEqual([
      ['DS120', 'did you mean `raft`?'],
    ]);
    expect(
      (await load('good.yaml', { without: true })).diagnostics.map(({ code }) => code),
    ).toEqual(['DS115']);
  });

  test('own kinds that are not there are refused; another may load them', async () => {
    const sets = ['nodes.kv.kind=./mine.ts'];
    const { diagnostics } = await load('good.yaml', { sets });
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'DS160 `./mine.ts` cannot be used as a kind: there is no file `mine.ts`',
    ]);
    const { scenario: raft } = await load('good.yaml');
    const system = raft?.groups[0]?.system;
    const { scenario } = await load('good.yaml', {
      sets,
      loadOwn: async (kind) => system ?? { reason: kind.text, mistakes: [], help: [] },
    });
    expect(scenario?.groups[0]).toMatchObject({ kind: './mine.ts', system });
  });
});

test('another seed needs no file: the same as if it were read again, draws and all', async () => {
  const { folder, write } = seeded();
  for (const text of [good, `${good}duration: { any: 1s..9s }\n`]) {
    write(text);
    const first = await loadScenario('s.yaml', { cwd: folder, seed: '1' });
    const again = await loadScenario('s.yaml', { cwd: folder, seed: '2' });
    write('nodes: [');
    expect(first.withSeed('2').scenario).toEqual(again.scenario);
    expect(first.withSeed('2').scenario?.seed).toBe('2');
  }
});

function seeded() {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-seed-'));
  return { folder, write: (text: string) => writeFileSync(join(folder, 's.yaml'), text) };
}
