/** Every example of the manual, read in a scenario. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { engine } from '../../src/cli/dsim-engine.ts';
import type { Kind } from '../../src/cli/engine.ts';
import { askedExample, exampleOf } from '../../src/cli/explain-examples.ts';
import { declaredPages, knownWords, wordPages } from '../../src/cli/explain-words.ts';
import { glossary, termOf } from '../../src/cli/glossary.ts';
import { loadScenario } from '../../src/host.ts';

const folder = mkdtempSync(join(tmpdir(), 'dsim-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Sections = { readonly [section: string]: object };

/** A workload of which the check judges something; null: there is none. */
async function workloadFor(kind: Kind): Promise<string | null> {
  if (kind.sort !== 'check') return 'register';
  const { judges } = await kind.load();
  for (const each of engine.kinds()) {
    if (each.sort === 'workload' && judges.includes((await each.load()).asks)) return each.name;
  }
  return null;
}

/** The example in a scenario that has what it is about, and nothing that is not of its kind. */
async function around(kind: Kind, given: Sections, workload: string): Promise<Sections> {
  const kv = kind.sort === 'workload' || kind.sort === 'check' ? './any.js' : 'raft';
  const load = { workload, target: 'kv', rate: '10/s', count: 2 };
  return {
    ...given,
    slo: { answered: { of: 'load', within: '200ms', target: '99%' } },
    nodes: { kv: { kind: kv, ...(kv === 'raft' ? { count: 5 } : {}) }, ...given['nodes'] },
    clients: { load, ...given['clients'] },
    expect: given['expect'] ?? ['availability >= 50%'],
  };
}

/** Why a scenario with this in it cannot run; null if it can. */
async function whyNot(given: Sections): Promise<string | null> {
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, stringify(given));
  const { scenario, diagnostics } = await loadScenario(file);
  if (scenario !== null) return null;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return errors.map(({ code, message }) => `${code} ${message}`).join('; ');
}

test('of words are right as well, and each is known to `dsim explain`', async () => {
  const words = await knownWords();
  expect(words.length).toBeGreaterThan(25);
  const crash = { at: '5s', for: '5s', crash: 'one' };
  const store = { kind: 'raft', count: 5 };
  const load = { workload: 'register', target: 'kv', rate: '10/s', count: 2 };
  const wrong: string[] = [];
  for (const word of words) {
    for (const { example } of await wordPages(word)) {
      const given = parse((example ?? []).join('\n')) as Sections;
      const faults = [crash, ...((given['faults'] as object[] | undefined) ?? [])];
      const expected = given['expect'] ?? ['availability >= 50%'];
      const scenario = { nodes: { kv: store }, clients: { load }, faults, expect: expected };
      const why = await whyNot(scenario);
      if (why !== null) wrong.push(`${word}: ${why}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('of the words of the glossary are lines of a scenario', async () => {
  const partition = { at: '5s', for: '5s', partition: 'leader' };
  const store = { kind: 'raft', count: 5 };
  const load = { workload: 'register', target: 'kv', rate: '10/s', count: 2 };
  const wrong: string[] = [];
  for (const { title, example, nearest } of glossary) {
    const given = parse(example) as { readonly [section: string]: object };
    const scenario = {
      nodes: { kv: store },
      clients: { load },
      expect: ['availability >= 50%'],
      ...(example.includes(' partition]') ? { faults: [partition] } : {}),
      ...given,
    };
    const why = await whyNot(scenario);
    if (why !== null) wrong.push(`${title}: ${why}`);
    expect(nearest === null || termOf(nearest)?.nearest === null, title).toBe(true);
  }
  expect(wrong).toEqual([]);
});

test('of notes and measures are found by their kinds', async () => {
  const [note] = await declaredPages('restored a snapshot', engine);
  const [measure] = await declaredPages('retries', engine);
  expect(note).toBeUndefined();
  expect(measure).toMatchObject({ sort: expect.stringMatching(/^measure of .*: count$/) });
  const [role] = await declaredPages('role', engine);
  expect(role).toMatchObject({
    sort: 'note of any kind',
    example: ['expect:', "  - sometimes 'role'"],
  });
});

test('of interfaces are whole: who answers, and who asks', async () => {
  const wrong: string[] = [];
  let whole = 0;
  for (const kind of engine.kinds()) {
    if (kind.sort !== 'interface') continue;
    const example = await askedExample(kind.name, engine);
    if (example === null) continue;
    const given = parse(example.join('\n')) as Sections;
    if (given['clients'] === undefined) continue;
    whole++;
    const why = await whyNot({ expect: ['availability >= 50%'], ...given });
    if (why !== null) wrong.push(`${kind.name}: ${why}\n${example.join('\n')}`);
  }
  expect(wrong.join('\n\n')).toBe('');
  expect(whole).toBeGreaterThan(12);
});

test('all are right', async () => {
  writeFileSync(join(folder, 'any.js'), 'export default class { receive() {} }');
  const wrong: string[] = [];
  let count = 0;
  for (const kind of engine.kinds()) {
    const example = await exampleOf(kind);
    if (example === null) continue;
    count++;
    const workload = await workloadFor(kind);
    // What only histories made elsewhere have.
    if (workload === null) continue;
    const given = parse(example.join('\n')) as Sections;
    const why = await whyNot(await around(kind, given, workload));
    if (why !== null) wrong.push(`${kind.sort} ${kind.name}: ${why}\n${example.join('\n')}`);
  }
  expect(wrong.join('\n\n')).toBe('');
  expect(count).toBeGreaterThan(200);
});
