/**
 * One run of a test: loaded, simulated, and brought down to what a report of many runs needs. A
 * worker process does it, or this one.
 */
import { createInk, type InkOptions } from '../../report/ink.ts';
import { reproLine } from '../../report/run-context.ts';
import { renderFailure } from '../../report/suite/failure.ts';
import { type TestedRun, untoldRun } from '../../report/suite/suite.ts';
import { sweepRow } from '../../report/sweep.ts';
import type { Result } from '../../scenarios/result.ts';
import type { Diagnostic } from '../../scenarios/text/diagnostic.ts';
import { stateAmongSeeds, testedExpectations } from '../../scenarios/verdict/demands.ts';
import { Console } from '../console.ts';
import type { Engine, Loaded } from '../engine.ts';
import type { SubjectFlags } from '../flags.ts';
import type { Host } from '../host.ts';
import { keepResult } from '../keep-result.ts';
import { type OneRun, prepareRun } from '../one-run.ts';
import type { ScenarioPath } from '../scenario-paths.ts';

/** What a worker is asked for. Plain data: it goes from process to process. */
export interface RunOrder {
  readonly path: ScenarioPath;
  readonly seed: string;
  readonly flags: SubjectFlags;
  /** Keep it in the store if it does not hold. */
  readonly keep: boolean;
  /** Judge the labels that it expects too: in one run of a scenario, for they are of all seeds. */
  readonly judgesLabels: boolean;
  /** How the terminal is drawn on. */
  readonly looks: InkOptions;
}

const PLAIN: InkOptions = { color: false, ascii: false, width: 100 };

/** The scenario that was read last: orders of one scenario come one after another. */
export class ScenarioRead {
  private key = '';
  private loaded: Loaded | null = null;

  /** null: it was another. */
  get(order: RunOrder): Loaded | null {
    return this.key === keyOf(order) ? this.loaded : null;
  }

  put(order: RunOrder, loaded: Loaded): void {
    this.key = keyOf(order);
    this.loaded = loaded;
  }
}

/** Equal for orders that read the same. */
function keyOf({ path, flags }: RunOrder): string {
  return JSON.stringify([path.file, flags]);
}

/** Never throws: an error inside dsim is a run that is `broken`. */
export async function testRun(
  order: RunOrder,
  engine: Engine,
  host: Host,
  read: ScenarioRead,
): Promise<TestedRun | 'interrupted'> {
  const startedAt = performance.now();
  try {
    const run = await attempt(order, engine, host, read);
    if (run === 'interrupted') return run;
    return { ...run, elapsedMs: performance.now() - startedAt };
  } catch (error) {
    return brokenRun(order.seed, error instanceof Error ? String(error.stack) : String(error));
  }
}

/** A run of which nothing is known because dsim failed. */
export function brokenRun(seed: string, text: string): TestedRun {
  const [first = ''] = text.split('\n');
  return {
    ...untoldRun(seed),
    end: 'broken',
    signature: first,
    why: { screen: text, plain: text },
  };
}

async function attempt(
  order: RunOrder,
  engine: Engine,
  host: Host,
  read: ScenarioRead,
): Promise<TestedRun | 'interrupted'> {
  const { path, seed, flags } = order;
  const prepared = await prepareRun(path, flags, engine, host, seed, read.get(order));
  if (prepared.run === null) {
    const { stopped, diagnostics } = prepared;
    if (stopped === 'interrupted') return stopped;
    if (stopped === 'timeout') return stoppedRun(seed, flags);
    return invalidRun(order, diagnostics, host);
  }
  if (read.get(order) === null) read.put(order, prepared.loaded);
  const { expect } = prepared.run.scenario;
  if (order.judgesLabels && expect.some(({ kind }) => kind === 'tradeoff')) {
    const { expectedTradeoff } = await import('../battery-runs.ts');
    prepared.run.tradeoff = await expectedTradeoff(prepared.run, flags, host);
  }
  const ending = prepared.run.simulate(null);
  if (ending.kind !== 'done')
    return ending.kind === 'interrupted' ? ending.kind : stoppedRun(seed, flags);
  return finishedRun(ending.value, prepared.run, order, host);
}

function stoppedRun(seed: string, { timeout }: SubjectFlags): TestedRun {
  const signature = `stopped by --timeout ${timeout}ms: nothing was proved`;
  const why = { screen: signature, plain: signature };
  return { ...untoldRun(seed), end: 'unknown', signature, why };
}

function invalidRun(order: RunOrder, diagnostics: readonly Diagnostic[], host: Host): TestedRun {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  const draw = ({ color, ascii, width }: InkOptions) => {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const err = { write, isTTY: color, columns: width, failure: null };
    const console = new Console({ ...host, err }, { color: color ? 'always' : 'never', ascii });
    console.diagnose(diagnostics, order.path.shown);
    return text.trimEnd();
  };
  return {
    ...untoldRun(order.seed),
    end: 'invalid',
    signature: first === undefined ? 'it cannot run' : `${first.code}: ${first.message}`,
    why: { screen: draw(order.looks), plain: draw(PLAIN) },
  };
}

function finishedRun(result: Result, run: OneRun, order: RunOrder, host: Host): TestedRun {
  const row = sweepRow(result);
  const { digests, events, seed } = result;
  const end = stateAmongSeeds(result, true);
  const head = {
    ...untoldRun(seed),
    end,
    digests,
    label: result.cap?.letters ?? null,
    counts: { operations: result.history.length, messages: result.facts.messages.sent, events },
    events,
    repro: reproLine(seed, digests.order, run.context),
    ...testedExpectations(result),
  };
  if (end === 'held') return head;
  const { context } = order.keep ? keepResult(result, run.context, host.cwd) : run;
  return {
    ...head,
    signature: row.signature === '' ? 'nothing was expected' : row.signature,
    repro: reproLine(seed, digests.order, context),
    kept: context.kept,
    why: {
      screen: renderFailure(result, context, createInk(order.looks)),
      plain: renderFailure(result, context, createInk(PLAIN)),
    },
  };
}
