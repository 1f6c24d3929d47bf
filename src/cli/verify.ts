/**
 * `dsim verify`: proves that a run repeats. It runs several times in this process with the texts of
 * all messages in the digest, event by event against the first, and once in a process of its own
 * with another zone and locale.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatDocument, type ResultsDocument } from '../report/run-document.ts';
import type { Difference } from '../scenarios/host/trace-comparison.ts';
import type { Digests } from '../scenarios/result.ts';
import { isOwnKind } from '../scenarios/sections/catalogue.ts';
import type { WorldError } from '../sim/kernel/failure.ts';
import { formatMomentUs } from '../sim/units.ts';
import { Console } from './console.ts';
import {
  type Compared,
  compareWith,
  compareWithItself,
  differingTiers,
  renderDifference,
  withScratchAsync,
} from './determinism.ts';
import {
  HELD,
  INTERRUPTED,
  NOT_DETERMINISTIC,
  NOTHING_RAN,
  UNKNOWN,
  USAGE,
  VIOLATED,
  worstCode,
} from './exit-codes.ts';
import type { VerifyFlags } from './flags.ts';
import type { Host, Respawn } from './host.ts';
import { interruptPending, turn } from './interrupts.ts';
import { type OneRun, prepareRun } from './one-run.ts';
import { type ScenarioPath, scenarioPaths } from './scenario-paths.ts';
import type { LookOptions } from './terminal.ts';

const TIMES = 3;
/** As far from anybody's own as they get: UTC+14, and a language with another idea of `i`. */
const elsewhere = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };

/** The gap that a guard within one process leaves. */
const OWN_CODE =
  'the scenario runs code of your own: dsim guards it against accidents, and not against a file that wants to look at the machine or at dsim itself';

/** What was found about one scenario. */
interface Verified {
  readonly file: string;
  readonly seed: string;
  /** Whether nodes of it are from the user's own files. */
  readonly ownCode: boolean;
  readonly code: number;
  readonly runs: number;
  /** `process`: whether one of the runs was another process. */
  readonly process: boolean;
  readonly digests: Digests | null;
  readonly differs: readonly string[];
  readonly difference: Difference | null;
  /** What the other process said, if it gave no result. */
  readonly failure?: string;
  /** What each run ended with before its time: only what was before that was compared. */
  readonly stopped?: string;
}

/** Verifies each scenario; exit code 5 if one does not repeat. */
export async function verifyCommand(
  names: readonly string[],
  flags: VerifyFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const engine = await host.engine();
  const console = new Console(host, looks);
  const found: Verified[] = [];
  const invalid: { readonly file: string; readonly diagnostics: readonly unknown[] }[] = [];
  const stopped: number[] = [];
  host.onInterrupt(() => stopped.push(INTERRUPTED));
  for (const path of scenarioPaths(names, host.cwd, engine)) {
    await turn();
    if (stopped.includes(INTERRUPTED)) break;
    const prepared = await prepareRun(path, flags, engine, host);
    const { run, diagnostics } = prepared;
    if (run === null) {
      if (prepared.stopped === null) {
        invalid.push({ file: path.shown, diagnostics });
        if (flags.json !== true) console.diagnose(diagnostics, path.shown);
        continue;
      }
      stopped.push(prepared.stopped === 'interrupted' ? INTERRUPTED : UNKNOWN);
      console.complain(`${path.shown} was stopped while it was read: nothing was proved`);
      if (prepared.stopped === 'interrupted') break;
      continue;
    }
    const verified = await verify(path, run, flags, host);
    found.push(verified);
    if (flags.json !== true) tell(verified, console);
    if (verified.code === INTERRUPTED) break;
  }
  const codes = [...found.map(({ code }) => code), ...invalid.map(() => USAGE), ...stopped];
  const code = codes.length === 0 ? NOTHING_RAN : worstCode(codes);
  if (flags.json === true) {
    console.print(
      formatDocument({ format: 'dsim-verify', version: 1, runs: found, invalid, exitCode: code }),
    );
  }
  return code;
}

async function verify(
  path: ScenarioPath,
  run: OneRun,
  flags: VerifyFlags,
  host: Host,
): Promise<Verified> {
  const times = flags.times ?? TIMES;
  const ownCode = run.scenario.groups.some(({ kind }) => isOwnKind(kind));
  const head = { file: path.shown, seed: run.scenario.seed, ownCode };
  let digests: Digests | null = null;
  let error: WorldError | null = null;
  for (let done = 2; done <= times; done++) {
    const compared = compareWithItself(run, true);
    const ended = endOf(compared, digests);
    if (ended !== null) return { ...head, ...ended, runs: done, process: false };
    if (compared.ending.kind === 'done') ({ digests, error } = compared.ending.value);
  }
  const stopped = error === null ? {} : { stopped: wordsOf(error) };
  // What would make a run irreproducible was refused: that the refusal repeats is no proof.
  if (error?.kind === 'host-global') {
    const nothing = { process: false, digests, differs: [], difference: null };
    return { ...head, code: VIOLATED, runs: times, ...nothing, ...stopped };
  }
  if (flags.child === false || host.respawn === null || digests === null) {
    return {
      ...head,
      code: HELD,
      runs: times,
      process: false,
      digests,
      differs: [],
      difference: null,
      ...stopped,
    };
  }
  const other = await runElsewhere(run, host.respawn, flags, digests);
  return { ...head, ...other, runs: times + 1, process: true, digests, ...stopped };
}

/** The error that ended a run, when, and the line of own code that it comes from. */
function wordsOf({ atUs, node, message, stack }: WorldError): string {
  // Its own files are shown from the folder that dsim runs in; dsim's are not.
  const own = /(?:^|[\s(])((?!\/|node:)[^\s()]+\.[cm]?[jt]sx?:\d+:\d+)/m.exec(stack ?? '');
  const place = own?.[1] ?? '';
  const where = [node === null ? '' : ` on ${node}`, place === '' ? '' : ` (${place})`].join('');
  return `${message}${where}, at ${formatMomentUs(atUs)}`;
}

/** What ends the verification; null when the runs were equal, and equal to those before. */
function endOf(
  { ending, difference }: Compared,
  before: Digests | null,
): Pick<Verified, 'code' | 'digests' | 'differs' | 'difference'> | null {
  if (ending.kind !== 'done') {
    const code = ending.kind === 'interrupted' ? INTERRUPTED : UNKNOWN;
    return { code, digests: before, differs: [], difference: null };
  }
  const { digests } = ending.value;
  const differs = before === null ? [] : differingTiers(before, digests);
  if (difference === null && differs.length === 0) return null;
  return { code: NOT_DETERMINISTIC, digests, differs, difference };
}

/** Again in a process of its own, whose trace is then compared line by line. */
async function runElsewhere(
  run: OneRun,
  respawn: Respawn,
  flags: VerifyFlags,
  digests: Digests,
): Promise<Pick<Verified, 'code' | 'differs' | 'difference' | 'failure'>> {
  return withScratchAsync(async (folder) => {
    const trace = join(folder, 'trace.ndjson');
    const argv = [...childArguments(run, flags), '--json', '--trace', trace];
    const { stdout, stderr } = await respawn(argv, elsewhere);
    if (interruptPending()) return { code: INTERRUPTED, differs: [], difference: null };
    const other = digestsIn(stdout);
    if (other === null || !existsSync(trace)) {
      const failure = stderr.trim() || stdout.slice(0, 200) || 'it ended without a word';
      return { code: UNKNOWN, differs: [], difference: null, failure };
    }
    const differs = differingTiers(digests, other);
    const { ending, difference } = compareWith(trace, run, true);
    if (ending.kind !== 'done') {
      const code = ending.kind === 'interrupted' ? INTERRUPTED : UNKNOWN;
      return { code, differs, difference: null };
    }
    const same = differs.length === 0 && difference === null;
    return { code: same ? HELD : NOT_DETERMINISTIC, differs, difference };
  });
}

function childArguments({ scenario, context }: OneRun, flags: VerifyFlags): string[] {
  return [
    'run',
    context.file,
    '--seed',
    scenario.seed,
    ...context.sets.flatMap((set) => ['--set', set]),
    ...(context.without ? ['--without'] : []),
    ...(flags.code === false ? ['--no-code'] : []),
    ...(flags.maxEvents === undefined ? [] : ['--max-events', String(flags.maxEvents)]),
    '--strict',
    '--no-keep',
  ];
}

function digestsIn(text: string): Digests | null {
  try {
    const document = JSON.parse(text) as ResultsDocument;
    const [run] = document.runs as readonly { readonly digests?: Digests }[];
    return run?.digests ?? null;
  } catch {
    return null;
  }
}

function tell(verified: Verified, console: Console): void {
  const { ink } = console;
  const { file, seed, runs, digests, differs, difference, code } = verified;
  const subject = ink.clean(`${file}  seed ${seed}`);
  if (code === INTERRUPTED) return console.complain(`${subject} was interrupted`);
  if (verified.failure !== undefined) {
    return console.complain(`${subject}: the other process gave no result: ${verified.failure}`);
  }
  if (code === UNKNOWN)
    return console.complain(`${subject} was stopped by --timeout: nothing was proved`);
  if (code === VIOLATED) {
    const bad = `${ink.bad(ink.glyph.violated)} ${ink.bad('stopped')}`;
    return console.print(`${bad}  ${subject}  ${ink.clean(verified.stopped ?? '')}\n`);
  }
  if (code === HELD) {
    const where = verified.process ? ', one in another process, zone and locale' : '';
    const mark = ink.good(ink.glyph.held);
    console.print(
      `${mark} deterministic  ${subject}  ${runs} runs equal${where}  ${ink.dim(`digest ${digests?.order}`)}\n`,
    );
    if (verified.stopped !== undefined)
      console.note(`each of them ended early: ${verified.stopped}`);
    if (verified.ownCode) console.note(OWN_CODE);
    return;
  }
  const where = verified.process ? ' in another process, zone and locale' : '';
  const tiers = differs.length === 0 ? '' : `; digests that differ: ${differs.join(', ')}`;
  const lines = difference === null ? [] : renderDifference(difference, ink);
  const head = `${ink.bad(ink.glyph.violated)} ${ink.bad('not deterministic')}  ${subject}  run ${runs}${where}${tiers}`;
  console.print(`${[head, ...lines.map((line) => `  ${line}`)].join('\n')}\n`);
}
