/** `dsim tradeoff`: what a store gives up under partition, and what it costs without one. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInk } from '../report/ink.ts';
import { formatDocument } from '../report/run-document.ts';
import { renderTradeoff, tradeoffLine } from '../report/tradeoff-screen.ts';
import { outputError } from '../scenarios/host/descriptor-writer.ts';
import type { Tradeoff } from '../scenarios/result.ts';
import { visibleLines } from '../sim/visible-text.ts';
import type { OutputFile } from './arguments.ts';
import { type BatteryFlags, type Part, printPart, runBattery } from './battery-runs.ts';
import { Console, UsageError } from './console.ts';
import { HELD, INTERRUPTED, NOTHING_RAN, UNKNOWN, USAGE, worstCode } from './exit-codes.ts';
import type { Host } from './host.ts';
import { turn } from './interrupts.ts';
import { prepareRun, VERSION } from './one-run.ts';
import { Progress } from './progress.ts';
import { scenarioPaths } from './scenario-paths.ts';
import type { LookOptions } from './terminal.ts';

export interface TradeoffFlags extends BatteryFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly output?: readonly OutputFile[];
  /** Only these runs, as lines of JSON, for the process that started this one. */
  readonly part?: Part;
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
  const codes = [codeOf(tradeoff), ...(ending.kind === 'interrupted' ? [INTERRUPTED] : [])];
  for (const output of flags.output ?? []) {
    if (!write(output, tradeoff, host, console)) codes.push(USAGE);
  }
  if (flags.json === true) console.print(formatDocument(documentOf(tradeoff)));
  else if (flags.quiet === true) console.print(`${tradeoffLine(tradeoff, console.ink)}\n`);
  else console.print(renderTradeoff(tradeoff, console.ink));
  return worstCode(codes);
}

/** A label, or a reason why there is none, is a result; what stays open is not. */
function codeOf({ label, inapplicable, seeds, seedsWanted }: Tradeoff): number {
  if (inapplicable !== null) return HELD;
  return label !== null && seeds >= seedsWanted ? HELD : UNKNOWN;
}

function documentOf(tradeoff: Tradeoff) {
  return { format: 'dsim-tradeoff', version: 1, dsim: VERSION, ...tradeoff };
}

function write(
  { path, format }: OutputFile,
  tradeoff: Tradeoff,
  host: Host,
  console: Console,
): boolean {
  const ink = createInk({ color: false, ascii: false, width: PAGE_WIDTH });
  const text =
    format === 'json' ? formatDocument(documentOf(tradeoff)) : renderTradeoff(tradeoff, ink);
  try {
    writeFileSync(resolve(host.cwd, path), visibleLines(text));
    return true;
  } catch (error) {
    console.complain(outputError(path, error).message);
    return false;
  }
}
