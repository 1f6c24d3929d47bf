/**
 * The tests of the gallery: every scenario does what it says, only because of the mechanism that it
 * shows, and runs as it always did. Its digests lie beside it: a run that changes is a decision,
 * not an accident. `DSIM_UPDATE_GOLDEN=1 npx vitest run test/gallery.test.ts` writes them anew;
 * docs/DECISIONS.md says why. Three seeds in `npm test`, eleven in `npm run test:long`; without its
 * mechanism the scenario's own, and eleven.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import type { Result } from '../../src/scenarios/result.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { planBattery } from '../../src/scenarios/tradeoff/battery.ts';
import { concludeBattery } from '../../src/scenarios/tradeoff/conclude.ts';
import { measureTask } from '../../src/scenarios/tradeoff/measure.ts';
import { TRADEOFF_TEXT } from '../../src/scenarios/verdict/tradeoff-label.ts';
import { touchesOf } from '../../src/sim/fault.ts';
import { isLong, times } from './long.ts';
import { breaksFirst, invariantBroken } from './without.ts';

const root = resolve(import.meta.dirname, '../..');
const gallery = join(root, 'scenarios');
export const names: readonly string[] = readdirSync(gallery)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));
/** Besides the scenario's own: no scenario was tuned to them. */
const SEEDS = ['1', '9007199254740991'];
const others = Array.from({ length: times(0, 8) }, (_, i) => String(1000 + i));
const updates = process.env['DSIM_UPDATE_GOLDEN'] === '1';

async function load(name: string, options = {}): Promise<Scenario> {
  const { scenario, diagnostics } = await loadScenario(join('scenarios', `${name}.yaml`), {
    cwd: root,
    ...options,
  });
  expect(diagnostics).toEqual([]);
  if (scenario === null) throw new Error(`${name} does not load`);
  return scenario;
}

/**
 * The scenario's own seed first. Loaded anew for each: what the file leaves to the seed is drawn.
 */
async function onSeeds(
  name: string,
  options: object,
  see: (seed: string, scenario: Scenario) => void,
): Promise<void> {
  const own = await load(name, options);
  see(own.seed, own);
  for (const seed of [...SEEDS, ...others]) {
    if (seed !== own.seed) see(seed, await load(name, { ...options, seed }));
  }
}

const digestsOf = (name: string) => join(gallery, `${name}.digests`);
const HEAD = ['seed', 'state', 'outcome', 'history', 'messages', 'order'].join('\t');

function digestRow({ seed, state, digests }: Result): string {
  const { outcome, history, messages, order } = digests;
  return [seed, state, outcome, history, messages, order].join('\t');
}

/** Digests that lie in the gallery, by the names of their scenarios. */
export function digestsThere(): readonly string[] {
  return readdirSync(gallery)
    .filter((file) => file.endsWith('.digests'))
    .map((file) => file.slice(0, -'.digests'.length));
}

/** The scenarios of one of the files that share the gallery. */
export function shareOf(file: number, files: number): readonly string[] {
  return names.filter((_, i) => i % files === file);
}

/** The faults that touched nothing, over all their strikes. */
function unfelt({ facts }: Result): string[] {
  const touched = new Map<string, number>();
  for (const { name, felt } of facts.faults) {
    touched.set(name, (touched.get(name) ?? 0) + touchesOf(felt));
  }
  return [...touched].filter(([, sum]) => sum === 0).map(([name]) => name);
}

/** Every scenario of these names. */
export function tested(some: readonly string[]): void {
  describe.each(some)('%s', (name) => {
    test('holds on its own seed and on others, runs as it always did, and every fault is felt', {
      timeout: 60_000,
    }, async () => {
      const rows: string[] = [];
      await onSeeds(name, {}, (seed, scenario) => {
        const result = simulate(scenario, { checkInvariants: true });
        expect(result.error).toBeNull();
        const judged = result.judged.filter(({ text }) => !text.startsWith(TRADEOFF_TEXT));
        expect([seed, judged.filter(({ state }) => state !== 'held')]).toEqual([seed, []]);
        expect([seed, unfelt(result)]).toEqual([seed, []]);
        if (!others.includes(seed)) rows.push(digestRow(result));
      });
      const text = `${[HEAD, ...rows].join('\n')}\n`;
      if (updates) writeFileSync(digestsOf(name), text);
      expect(existsSync(digestsOf(name))).toBe(true);
      expect(text).toBe(readFileSync(digestsOf(name), 'utf8'));
    });

    test.runIf(isLong)('shows the label that it expects', { timeout: 600_000 }, async () => {
      const scenario = await load(name);
      for (const expectation of scenario.expect) {
        if (expectation.kind !== 'tradeoff') continue;
        const battery = planBattery(scenario);
        if (typeof battery === 'string') throw new Error(battery);
        const samples = battery.tasks.map((task) => measureTask(battery, task));
        expect(concludeBattery(battery, samples).label).toBe(expectation.label);
      }
    });

    test('without the mechanism that it shows, an expectation is violated, on nearly every seed', {
      timeout: 60_000,
    }, async () => {
      const tried: string[] = [];
      const held: string[] = [];
      await onSeeds(name, { without: true }, (seed, scenario) => {
        if (!isLong && tried.length === 1) return;
        tried.push(seed);
        const { judged } = simulate(scenario);
        const violated = judged.filter(({ state }) => state === 'violated');
        if (violated.length === 0) held.push(seed);
        const named = breaksFirst.get(name);
        if (named !== undefined && tried.length === 1) expect(violated[0]?.text).toBe(named);
        const invariant = invariantBroken.get(name);
        if (invariant === undefined) return;
        expect(simulate(scenario, { checkInvariants: true }).error?.message).toContain(invariant);
      });
      expect(held).not.toContain(tried[0]);
      expect(held.length).toBeLessThanOrEqual(1);
    });
  });
}
