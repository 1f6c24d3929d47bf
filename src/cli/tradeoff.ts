/** `dsim tradeoff`: what a store gives up under partition, and what it costs without one. */
import { createInk } from '../report/ink.ts';
import { formatDocument } from '../report/run-document.ts';
import { renderTradeoff, tradeoffLine } from '../report/tradeoff-screen.ts';
import type { Judged, Tradeoff } from '../scenarios/result.ts';
import { judgeTradeoff } from '../scenarios/verdict/tradeoff-label.ts';
import type { OutputFile } from './arguments.ts';
import { type BatteryFlags, printPart, runBattery } from './battery-runs.ts';
import { Console, UsageError } from './console.ts';
import {
  codeOfState,
  HELD,
  INTERRUPTED,
  NOTHING_RAN,
  UNKNOWN,
  USAGE,
  worstCode,
} from './exit-codes.ts';
import type { Host } from './host.ts';
import { turn } from './interrupts.ts';
import { prepareRun, VERSION } from './one-run.ts';
import { Progress } from './progress.ts';
import { scenarioPaths } from './scenario-paths.ts';
import type { Shard } from './suite/flags.ts';
import type { LookOptions } from './terminal.ts';

export interface TradeoffFlags extends BatteryFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly output?: readonly OutputFile[];
  /** Only these runs, as lines of JSON, for the process that started this one. */
  readonly part?: Shard;
}

const PAGE_WIDTH = 100;

/** Measures one scenario; returns the exit code. */
export async function tradeoffCommand(
  name: string,
  flags: TradeoffFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const wrong = flags.output?.find(({ format }) => !['json', 'text'].includes(format));
  if (wrong !== undefined) throw new UsageError('a tradeoff is written as .json or .txt');
  const engine = await host.engine();
  const console = new Console(host, looks);
  const [path, more] = scenarioPaths([name], host.cwd, engine);
  if (path === undefined) return NOTHING_RAN;
  if (more !== undefined) throw new UsageError('name one scenario: `dsim compare` takes several');
  // Interrupts are held from here on.
  host.onInterrupt(() => undefined);
  const prepared = await prepareRun(path, flags, engine, host);
  const { run, diagnostics } = prepared;
  if (run === null) {
    if (prepared.stopped !== null) return INTERRUPTED;
    console.diagnose(diagnostics, path.shown);
    return USAGE;
  }
  if (flags.part !== undefined) {
    await printPart(run, flags, flags.part, host);
    return HELD;
  }
  if (flags.json !== true) console.diagnose(diagnostics, path.shown);
  await turn();
  const progress = new Progress(host.err, console.errInk, 1, true);
  const ending = await runBattery(run, flags, host, () => progress.step(false));
  if (ending.kind === 'nothing') {
    console.complain(`${path.shown}: ${ending.why}`);
    return NOTHING_RAN;
  }
  const { tradeoff } = ending;
  const judged = run.scenario.expect.flatMap((one) =>
    one.kind === 'tradeoff' ? judgeTradeoff(one, tradeoff) : [],
  );
  const codes = [
    ...codesOf(tradeoff, judged),
    ...(ending.kind === 'interrupted' ? [INTERRUPTED] : []),
  ];
  for (const { path: file, format } of flags.output ?? []) {
    if (!console.writeFile(file, textOf(tradeoff, judged, format))) codes.push(USAGE);
  }
  if (flags.json === true) console.print(formatDocument(documentOf(tradeoff, judged)));
  else if (flags.quiet === true) console.print(`${tradeoffLine(tradeoff, console.ink)}\n`);
  else console.print(renderTradeoff(tradeoff, console.ink, judged));
  return worstCode(codes);
}

/**
 * A label, or a reason why there is none, is a result; what stays open is not. Where labels are
 * expected, how that ended.
 */
function codesOf(
  { label, inapplicable, seeds, seedsWanted }: Tradeoff,
  judged: readonly Judged[],
): readonly number[] {
  if (judged.length > 0) return judged.map(({ state }) => codeOfState(state));
  if (inapplicable !== null) return [HELD];
  return [label !== null && seeds >= seedsWanted ? HELD : UNKNOWN];
}

function documentOf(tradeoff: Tradeoff, judged: readonly Judged[]) {
  const expectations = judged.map(({ check: _, ...one }) => one);
  return { format: 'dsim-tradeoff', version: 1, dsim: VERSION, ...tradeoff, expectations };
}

function textOf(
  tradeoff: Tradeoff,
  judged: readonly Judged[],
  format: OutputFile['format'],
): string {
  if (format === 'json') return formatDocument(documentOf(tradeoff, judged));
  return renderTradeoff(
    tradeoff,
    createInk({ color: false, ascii: false, width: PAGE_WIDTH }),
    judged,
  );
}
