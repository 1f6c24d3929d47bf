/** Many runs as one page: with what it takes to run any of them in the browser, where it can. */
import type { ComparedStore } from '../report/compare-tables.ts';
import {
  type ComparedRun,
  type Comparison,
  stateOf,
} from '../report/page/comparison/comparison.ts';
import { comparisonHead, comparisonMain } from '../report/page/comparison/comparison-html.ts';
import type { ComparedScenario } from '../report/page/comparison/scenario-diff.ts';
import { storesHead, storesMain } from '../report/page/comparison/stores-html.ts';
import { renderFile } from '../report/page/page-html.ts';
import { type RunContext, runArguments } from '../report/run-context.ts';
import type { TestedScenario } from '../report/suite/suite.ts';
import type { Result } from '../scenarios/result.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { shellWord } from '../sim/visible-text.ts';
import type { OneRun } from './one-run.ts';
import { pageCode } from './page-code.ts';
import { type PageEngine, pageEngine, sourceOf } from './page-engine.ts';
import { hash, packText } from './page-packing.ts';

/** Gathers the runs of a sweep, one after the other. */
export class ComparedRuns {
  readonly runs: ComparedRun[] = [];
  /** The first run, and what it came to: from it the page gets the scenario. */
  private first: { readonly run: OneRun; readonly result: Result } | null = null;

  /** `sets`: what makes it another run than the file alone, besides the flags. */
  add(result: Result, run: OneRun, place: readonly number[], sets: readonly string[]): void {
    this.first ??= { run, result };
    const { scenario, judged, error, state } = result;
    const failed = judged.filter((each) => each.state !== 'held');
    this.runs.push({
      seed: scenario.seed,
      place,
      state,
      signature: error === null ? failed.map(({ text }) => text).join('; ') : error.kind,
      outcomes: judged.map(({ text, state: ended, measured }) => ({
        text,
        state: ended,
        measured,
      })),
      sets,
      line: `dsim run ${runArguments(scenario.seed, anywhere(run.context))}`,
    });
  }

  /** null without any run. */
  page(more: Pick<Comparison, 'axes' | 'planned'> & { readonly command: string }): string | null {
    const { first, runs } = this;
    if (first === null) return null;
    const { run, result } = first;
    const context = anywhere(run.context);
    const groups = result.facts.groups.map(({ kind, nodes }) =>
      nodes.length === 1 ? kind : `${kind} ×${nodes.length}`,
    );
    const comparison: Comparison = {
      name: result.scenario.name,
      subtitle: [...groups, ...(context.without ? ['without the protection'] : [])],
      axes: more.axes,
      planned: more.planned,
      runs,
      line: more.command,
      scenarios: bothWays(run.scenario),
    };
    const variants = [...new Map(runs.map(({ sets }) => [sets.join('\n'), sets])).values()];
    const engine = pageEngine(run.scenario, result, context, variants);
    return comparisonPage(comparison, engine, context.without);
  }
}

/** As it is, and as its `without:` has it. */
function bothWays(scenario: Scenario): readonly ComparedScenario[] {
  return [false, true].map((without) => {
    const name = without ? 'without the protection' : 'protected';
    return { name, root: sourceOf(scenario, { without }) };
  });
}

/** However it was started and wherever it was kept: a page holds nothing of the machine. */
function anywhere(context: RunContext): RunContext {
  return { ...context, dsim: 'dsim', kept: null, runId: null };
}

export function comparisonPage(
  comparison: Comparison,
  engine: PageEngine | null,
  without: boolean,
): string {
  const { script, style } = pageCode();
  const asked = comparison.runs.map(({ seed, sets }) => ({ seed, sets, without }));
  return renderFile(
    {
      title: `${stateOf(comparison)} · ${comparison.name} · ${comparison.runs.length} runs`,
      head: comparisonHead(comparison),
      main: comparisonMain(comparison, engine !== null),
      line: comparison.line,
      blobs: {
        runs: packText(JSON.stringify(asked)),
        pack: engine === null ? null : packText(JSON.stringify(engine.pack)),
        engine: engine === null ? null : packText(engine.program),
      },
    },
    { script, style, hash },
  );
}

/**
 * `subjects` by scenario, with what each adds to it; `run` is any of them, for the page's engine.
 */
export function suitePage(
  scenarios: readonly TestedScenario[],
  subjects: readonly { readonly sets: readonly string[] }[],
  run: OneRun,
): string {
  const axes = axesOf(scenarios);
  const context = anywhere(run.context);
  // A page runs one scenario: of several it shows what they came to.
  const isOne = new Set(scenarios.map(({ file }) => file)).size === 1;
  const runs = scenarios.flatMap((scenario, i) => {
    const place = axes.map(({ values, of }) => values.indexOf(of(scenario)));
    return scenario.runs.map((tested): ComparedRun => {
      const { seed, end, signature, expectations } = tested;
      const sets = subjects[i]?.sets ?? [];
      const line = `dsim run ${runArguments(seed, { ...context, sets })}`;
      return { seed, place, state: end, signature, outcomes: expectations, sets, line };
    });
  });
  const comparison: Comparison = {
    name: [...new Set(scenarios.map(({ name }) => name))].join(', '),
    subtitle: [`${scenarios.length} combinations`],
    axes,
    runs,
    planned: scenarios.reduce((sum, { planned }) => sum + planned, 0),
    line: `dsim test ${[...new Set(scenarios.map(({ file }) => file))].map(shellWord).join(' ')}`,
    scenarios: isOne ? bothWays(run.scenario) : [],
  };
  const digests = scenarios.flatMap((each) => each.runs).find((each) => each.digests !== null);
  const engine =
    isOne && digests?.digests != null
      ? pageEngine(
          run.scenario,
          { seed: digests.seed, digests: digests.digests },
          context,
          subjects.map(({ sets }) => sets),
        )
      : null;
  return comparisonPage(comparison, engine, context.without);
}

/** What differs between cells: two axes at most, the last value of the matrix across. */
function axesOf(scenarios: readonly TestedScenario[]) {
  const paths = [...new Set(scenarios.flatMap(({ cells }) => cells.map(([path]) => path)))];
  const names = new Set(scenarios.map(({ name }) => name));
  const valueOf = (path: string) => (scenario: TestedScenario) =>
    scenario.cells.find((cell) => cell[0] === path)?.[1] ?? '';
  const all = [
    ...(names.size > 1 ? [{ path: 'scenario', of: ({ name }: TestedScenario) => name }] : []),
    ...paths.map((path) => ({ path, of: valueOf(path) })),
  ];
  const down = all.slice(0, Math.max(1, all.length - 1));
  const folded = {
    path: down.map(({ path }) => path).join(', '),
    of: (scenario: TestedScenario) => down.map(({ of }) => of(scenario)).join(', '),
  };
  const two = all.length === 0 ? [] : [folded, ...all.slice(down.length)];
  return two.map(({ path, of }) => ({ path, of, values: [...new Set(scenarios.map(of))] }));
}

/** Stores under one battery, and the scenario of each; `line` does it again. */
export function storesPage(
  stores: readonly ComparedStore[],
  measured: readonly Scenario[],
  line: string,
): string {
  const { script, style } = pageCode();
  const scenarios = measured.map((scenario, i) => {
    return { name: stores[i]?.name ?? '', root: sourceOf(scenario) };
  });
  const title = `comparison · ${stores.map(({ name }) => name).join(', ')}`;
  const [head, main] = [storesHead(stores), storesMain(stores, scenarios)];
  return renderFile({ title, head, main, line, blobs: {} }, { script, style, hash });
}
