/** dsim itself as the commands' engine. Loaded when a command begins to work. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkers, judges } from '../checks/index.ts';
import { metrics } from '../checks/metrics/index.ts';
import { faults } from '../faults/index.ts';
import { interfaces } from '../interfaces/index.ts';
import { policies, systems } from '../nodes/index.ts';
import { loadScenario } from '../scenarios/host/load.ts';
import { type ListedPreset, presets } from '../scenarios/host/preset-list.ts';
import { kindsOf as kindsOfPreset } from '../scenarios/presets/preset.ts';
import { simulate } from '../scenarios/simulate.ts';
import { explainCode } from '../scenarios/text/diagnostic-codes.ts';
import type { AnySystem } from '../sim/system.ts';
import { workloads } from '../workloads/index.ts';
import type { Engine, GalleryScenario, NemesisManual, PresetManual } from './engine.ts';
import { packageRoot } from './package-root.ts';

export const engine: Engine = {
  load: (file, options) => loadScenario(file, { library: () => import('../index.ts'), ...options }),
  simulate(scenario, { sink, strict, eventsMax, interruption, tradeoff, step }) {
    return simulate(scenario, {
      sink,
      strict,
      checkInvariants: strict,
      ...(interruption === undefined ? {} : { interruption }),
      ...(eventsMax === null ? {} : { eventsMax }),
      ...(tradeoff == null ? {} : { tradeoff }),
      ...(step === undefined ? {} : { step }),
    });
  },
  kinds: () => [
    ...kindsOf(systems, 'system', async (of) => (await of.load()).default),
    ...kindsOf(presets, 'preset', presetManual),
    ...kindsOf(policies, 'policy', async (of) => (await of.load()).policy),
    ...kindsOf(interfaces, 'interface', async (of) => (await of.load()).default),
    ...kindsOf(workloads, 'workload', async (of) => (await of.load()).default),
    ...kindsOf(faults, 'fault', async (of) => (await of.load()).default),
    {
      sort: 'nemesis' as const,
      name: 'nemesis',
      family: 'nemesis',
      summary: 'Draws a schedule of faults by the seed, within what the system claims to survive.',
      load: nemesisManual,
    },
    ...kindsOf(checkers, 'check', async (of) => (await of.load()).default),
    ...kindsOf(metrics, 'metric', async (metric) => metric),
    ...kindsOf(judges, 'judge', async (of) => (await of.load()).judge),
  ],
  gallery,
  schema: async (of) => readFileSync(join(root(), 'schema', `${of}.schema.json`), 'utf8'),
  explainCode: async (code) => explainCode(code),
};

async function presetManual(of: ListedPreset): Promise<PresetManual> {
  const { preset } = await of.load();
  const kinds = new Map<string, AnySystem>();
  for (const name of kindsOfPreset(preset)) {
    const listed = systems.get(name);
    if (listed === undefined) throw new RangeError(`there is no kind ${name}`);
    kinds.set(name, (await listed.load()).default);
  }
  return { preset, kinds };
}

async function nemesisManual(): Promise<NemesisManual> {
  const { NEMESIS_TABLE } = await import('../scenarios/nemesis/parameters.ts');
  const { moves } = await import('../scenarios/nemesis/repertoire.ts');
  return {
    params: NEMESIS_TABLE,
    moves: Array.from(moves.values(), ({ name, doc }) => [name, doc]),
  };
}

function kindsOf<L extends { readonly summary: string; readonly family?: string }, const S, T>(
  list: ReadonlyMap<string, L>,
  sort: S,
  load: (listed: L) => Promise<T>,
) {
  return [...list].map(([name, listed]) => ({
    sort,
    name,
    family: listed.family ?? '',
    summary: listed.summary,
    load: () => load(listed),
  }));
}

function root(): string {
  const folder = packageRoot();
  if (folder === null) throw new Error('the files that ship with dsim are not beside it');
  return folder;
}

function gallery(): readonly GalleryScenario[] {
  const folder = packageRoot();
  if (folder === null) return [];
  const scenarios = join(folder, 'scenarios');
  return readdirSync(scenarios)
    .filter((file) => file.endsWith('.yaml'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((file) => ({
      name: file.slice(0, -'.yaml'.length),
      file: join(scenarios, file),
      summary: summaryIn(readFileSync(join(scenarios, file), 'utf8')),
    }));
}

/** The value of the top-level key `summary`, if it stands on its line. */
function summaryIn(yaml: string): string {
  const value = /^summary:[ \t]+(.+)$/m.exec(yaml)?.[1]?.trim() ?? '';
  return /^(['"]).*\1$/.test(value) ? value.slice(1, -1) : value;
}
