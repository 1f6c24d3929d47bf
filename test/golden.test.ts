// The digests of the gallery, as committed: a run that changes is a decision, not an accident.
// `DSIM_UPDATE_GOLDEN=1 npx vitest run test/golden.test.ts` writes them anew; docs/DECISIONS.md says why.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadScenario } from '../src/scenarios/host/load.ts';
import { simulate } from '../src/scenarios/simulate.ts';

const root = resolve(import.meta.dirname, '..');
const golden = join(root, 'test', 'fixtures', 'golden-digests.tsv');
const files = readdirSync(join(root, 'scenarios')).filter((file) => file.endsWith('.yaml'));
/** Besides the scenario's own. */
const SEEDS = ['1', '9007199254740991'];

/** `file, seed, state, outcome, history, messages, order`, a line each. */
async function rows(file: string): Promise<string[]> {
  const found: string[] = [];
  for (const given of [null, ...SEEDS]) {
    const { scenario } = await loadScenario(join('scenarios', file), { cwd: root, seed: given });
    if (scenario === null) throw new Error(`${file} does not load`);
    const { digests, state, seed } = simulate(scenario);
    const { outcome, history, messages, order } = digests;
    found.push([file, seed, state, outcome, history, messages, order].join('\t'));
  }
  return found;
}

const HEAD = ['file', 'seed', 'state', 'outcome', 'history', 'messages', 'order'].join('\t');

if (process.env['DSIM_UPDATE_GOLDEN'] === '1') {
  test('writes the digests', { timeout: 120_000 }, async () => {
    const all = [];
    for (const file of files) all.push(...(await rows(file)));
    writeFileSync(golden, `${[HEAD, ...all].join('\n')}\n`);
    expect(all).toHaveLength(files.length * (SEEDS.length + 1));
  });
} else {
  const committed = readFileSync(golden, 'utf8').trimEnd().split('\n').slice(1);

  test.each(files)('%s runs as it always did', { timeout: 60_000 }, async (file) => {
    const known = committed.filter((row) => row.startsWith(`${file}\t`));
    expect(await rows(file)).toEqual(known);
  });

  test('there are no digests of scenarios that are gone', () => {
    const named = new Set(committed.map((row) => row.split('\t')[0]));
    expect([...named].filter((file) => !files.includes(file ?? ''))).toEqual([]);
  });
}
