/**
 * The labels of presets are no matter of the seed: each variant has the label that docs/PRESETS.md
 * shows under twenty seeds of its scenario, each a whole battery. Hours; in the long suite only.
 * `DSIM_PRESETS=redis,cassandra` and `DSIM_BANDS=3` make less of it.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { presetScenario } from '../../scripts/preset-scenario.ts';
import { presets } from '../../src/scenarios/host/preset-list.ts';
import { measuredAs } from '../../src/scenarios/presets/preset.ts';
import { isLong } from '../support/long.ts';
import { measured } from '../support/tradeoff.ts';

const BANDS = Number(process.env['DSIM_BANDS'] ?? 20);
const wanted = process.env['DSIM_PRESETS']?.split(',');

const page = readFileSync(resolve(import.meta.dirname, '../../docs/PRESETS.md'), 'utf8');
const labels = new Map(
  [...page.matchAll(/^\| `([\w-]+)` `([\w-]+)` \|[^|]*\| \*\*([^*]+)\*\*/gm)].map(
    ([, name, variant, label]) => [join(name ?? '', variant ?? ''), label],
  ),
);

const all = await Promise.all([...presets.values()].map(async ({ load }) => (await load()).preset));
const cases = all
  .filter(({ name }) => wanted === undefined || wanted.includes(name))
  .flatMap((preset) => Object.keys(preset.variants).map((variant) => ({ preset, variant })));

test('the page has a label for each', () => {
  for (const { preset, variant } of cases) {
    expect(labels.get(join(preset.name, variant))).toMatch(/^(P[CA?-]|not exercised)\/E[CL?]$/);
  }
});

describe.runIf(isLong)('the same label under every seed', () => {
  test.each(cases)('$preset.name $variant', { timeout: 3_600_000 }, async ({ preset, variant }) => {
    const { timeScale = 1 } = measuredAs(preset, variant);
    const found: (string | null)[] = [];
    for (let seed = 1; seed <= BANDS; seed++) {
      const { label } = await measured(presetScenario(preset, variant, seed), { timeScale });
      found.push(label);
    }
    const expected = labels.get(join(preset.name, variant));
    expect(found).toEqual(found.map(() => expected));
  });
});
