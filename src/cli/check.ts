/**
 * `dsim check`: verdicts on histories that were made elsewhere, by Jepsen, Maelstrom, a test of
 * one's own or `dsim run -o history.jsonl`.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CheckResult } from '../checks/checker.ts';
import { CHECK_VERSION, type ChecksDocument, verdictDocument } from '../report/check-document.ts';
import { renderVerdictDiagram, renderVerdictPage } from '../report/check-page.ts';
import {
  type JudgedHistory,
  renderVerdict,
  renderVerdictTable,
  verdictHead,
} from '../report/check-screen.ts';
import { createInk } from '../report/ink.ts';
import { formatDocument } from '../report/run-document.ts';
import type { ReadHistory } from '../scenarios/history/read-history.ts';
import { readHistory } from '../scenarios/history/read-history.ts';
import { historySize, readHistoryText } from '../scenarios/host/history-file.ts';
import type { Diagnostic } from '../scenarios/text/diagnostic.ts';
import { formatCount } from '../sim/units.ts';
import type { OutputFormat } from './arguments.ts';
import { type CheckFlags, type ChosenJudge, JudgeShelf } from './chosen-judge.ts';
import { Console, UsageError } from './console.ts';
import { BUG, HELD, INTERRUPTED, UNKNOWN, USAGE, VIOLATED, worstCode } from './exit-codes.ts';
import type { Host } from './host.ts';
import { type Ending, runInterruptible, Stopped } from './interruptible.ts';
import { interruptPending, turn } from './interrupts.ts';
import { VERSION } from './one-run.ts';
import { shippedFile } from './package-root.ts';
import type { LookOptions } from './terminal.ts';

const PAGE_WIDTH = 100;
/** Files and histories below these are over before anybody wonders. */
const BYTES_TOLD = 4_000_000;
const OPERATIONS_TOLD = 20_000;

/** Judges what was named; returns the exit code. Throws UsageError before anything is judged. */
export async function checkCommand(
  files: readonly string[],
  flags: CheckFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const ofRuns: readonly OutputFormat[] = ['trace', 'history', 'measures'];
  if (flags.output?.some(({ format }) => ofRuns.includes(format)) === true) {
    throw new UsageError('a verdict is written as .html, .json, .md, .mmd or .txt');
  }
  const shelf = new JudgeShelf(await host.engine(), flags, host.cwd);
  const check = new CheckSession(files.length, flags, new Console(host, looks), host);
  if (flags.output?.some(({ format }) => format === 'page') === true) {
    check.browserPage = (await import('./page.ts')).historyPage;
  }
  host.onInterrupt(() => check.interrupt());
  const chosen = await chosenBy(shelf, check);
  for (const file of chosen === 'stopped' ? [] : files) {
    await turn();
    if (check.interrupted) break;
    await check.add(file, chosen === 'stopped' ? null : chosen, shelf);
  }
  return check.finish();
}

/** An own model may not come to the end of its file. */
async function chosenBy(
  shelf: JudgeShelf,
  check: CheckSession,
): Promise<ChosenJudge | null | 'stopped'> {
  try {
    return await shelf.chosen();
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    check.stop(error.kind, 'the model was being loaded');
    return 'stopped';
  }
}

/** A pass of answers that only acknowledge is one by definition, and says nothing of the system. */
function nothingShown({ verdict, numbers }: CheckResult): readonly string[] {
  const isVacuous = verdict === 'pass' && numbers['judged'] === 0;
  return isVacuous ? ['no answer could have been wrong, so this pass shows nothing'] : [];
}

const codeOfVerdict = { pass: HELD, fail: VIOLATED, unknown: UNKNOWN } as const;

class CheckSession {
  interrupted = false;
  /** Makes a page for browsers; null where none is wanted. */
  browserPage: ((judged: JudgedHistory) => string) | null = null;
  private readonly many: boolean;
  private readonly flags: CheckFlags;
  private readonly console: Console;
  private readonly host: Host;
  private readonly judged: JudgedHistory[] = [];
  private readonly invalid: {
    readonly file: string;
    readonly diagnostics: readonly Diagnostic[];
  }[] = [];
  /** Files that were not judged to the end. */
  private readonly unfinished: string[] = [];
  private readonly codes: number[] = [];
  private bug: { readonly error: unknown } | null = null;
  /** When the file at hand was begun, by the host's clock. */
  private startedMs = 0;

  constructor(count: number, flags: CheckFlags, console: Console, host: Host) {
    this.many = count > 1;
    this.flags = flags;
    this.console = console;
    this.host = host;
  }

  interrupt(): void {
    if (this.interrupted) return;
    this.interrupted = true;
    this.codes.push(INTERRUPTED);
  }

  /** Says by what all was stopped, and while what was done. */
  stop(kind: Stopped['kind'], meanwhile: string): void {
    const by = kind === 'interrupted' ? 'interrupted' : 'stopped by --timeout';
    this.console.complain(`${by} while ${meanwhile}`);
    if (kind === 'interrupted') this.interrupt();
    else this.codes.push(UNKNOWN);
  }

  /** One file: read, judged, reported, in the time that `--timeout` leaves for it. */
  async add(file: string, chosen: ChosenJudge | null, shelf: JudgeShelf): Promise<void> {
    this.startedMs = performance.now();
    const read = this.read(file, chosen);
    if (read === null) return;
    if (read.diagnostics.length > 0) return this.refuse(file, read.diagnostics, read.untold);
    const choice = chosen === null ? await shelf.infer(read) : { judge: chosen, note: null };
    if (choice.judge === null) return this.refuse(file, choice.diagnostics, 0);
    if (choice.note !== null && this.flags.json !== true) this.console.note(choice.note);
    try {
      this.judge(read, choice.judge);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      // The files before it are reported first, then the error.
      this.bug ??= { error };
      this.codes.push(BUG);
    }
  }

  /** Where a file lies: here, or among the examples that ship with dsim. */
  private placeOf(file: string): string {
    const example = existsSync(resolve(this.host.cwd, file)) ? null : shippedFile(file);
    if (example === null) return file;
    this.console.note(`reading ${file} that ships with dsim: there is no such file here`);
    return example;
  }

  private read(file: string, chosen: ChosenJudge | null): ReadHistory | null {
    const { cwd } = this.host;
    const size = historySize(file, cwd) ?? 0;
    if (size > BYTES_TOLD) this.progress(`reading ${file} (${Math.round(size / 1e6)} MB)`);
    const source = readHistoryText(this.placeOf(file), cwd, interruptPending);
    if (source === null) {
      this.unfinished.push(file);
      this.stop('interrupted', `${file} was being read`);
      return null;
    }
    if (!source.ok) {
      this.refuse(file, source.diagnostics, 0);
      return null;
    }
    const guesses = chosen === null || chosen.mayBeKeyed;
    const options = {
      format: this.flags.format ?? null,
      keyed: this.flags.keyed === true ? true : guesses ? ('guess' as const) : false,
    };
    const shown = file === '-' ? 'standard input' : file;
    const ending = runInterruptible(
      () => readHistory(shown, source.text, options),
      this.timeLeftMs(),
    );
    if (ending.kind === 'done') return ending.value;
    this.unfinished.push(file);
    this.stop(ending.kind, `${file} was being read`);
    return null;
  }

  /** Of `--timeout`, which counts from where the file was opened; null without. */
  private timeLeftMs(): number | null {
    const { timeout } = this.flags;
    if (timeout === undefined) return null;
    return Math.max(1, Math.ceil(timeout - (performance.now() - this.startedMs)));
  }

  private judge(read: ReadHistory, judge: ChosenJudge): void {
    const { history, file } = read;
    const told = `judging ${formatCount(history.length)} operations of ${file} as ${judge.name}`;
    if (history.length > OPERATIONS_TOLD) this.progress(told);
    const ending = runInterruptible(() => judge.judge(history), this.timeLeftMs());
    if (ending.kind !== 'done') return this.stopped(ending, read, judge);
    const judged: JudgedHistory = {
      ...judge.shown(),
      dsim: this.host.dsim,
      file,
      format: read.format,
      check: ending.value,
      history,
      lines: read.lines,
      timed: ['times', 'lines', 'clients'].includes(read.order),
      notes: [...read.notes, ...nothingShown(ending.value)],
      options: this.optionWords(),
    };
    this.judged.push(judged);
    this.codes.push(codeOfVerdict[judged.check.verdict]);
    if (!this.many) this.show(judged);
  }

  /** Reports what is known; nothing was proved. */
  private stopped(ending: Ending<unknown>, read: ReadHistory, judge: ChosenJudge): void {
    this.unfinished.push(read.file);
    const operations = `${formatCount(read.history.length)} operations`;
    const subject = `${read.file} (${operations}, as ${judge.name})`;
    if (ending.kind === 'timeout') {
      this.console.complain(`${subject} was stopped by --timeout: nothing was proved`);
      this.codes.push(UNKNOWN);
      return;
    }
    this.console.complain(`${subject} was interrupted: nothing was proved`);
    this.interrupt();
  }

  /** Options that a command to judge it again needs. */
  private optionWords(): readonly string[] {
    const { format, keyed, maxSteps } = this.flags;
    return [
      ...(format === undefined ? [] : ['--format', format]),
      ...(keyed === true ? ['--keyed'] : []),
      ...(maxSteps === undefined ? [] : ['--max-steps', String(maxSteps)]),
    ];
  }

  private show(judged: JudgedHistory): void {
    const { json, quiet } = this.flags;
    if (json === true) return;
    const { ink } = this.console;
    if (quiet === true) this.console.print(`${verdictHead(judged, ink)}\n`);
    else this.console.print(renderVerdict(judged, ink));
  }

  private refuse(file: string, diagnostics: readonly Diagnostic[], untold: number): void {
    this.codes.push(USAGE);
    this.invalid.push({ file, diagnostics });
    if (this.flags.json === true) return;
    this.console.diagnose(diagnostics, file, 'cannot be judged');
    if (untold > 0) this.console.note(`and ${formatCount(untold)} more like these`);
  }

  /** On standard error, for what takes long. */
  private progress(text: string): void {
    const { errInk } = this.console;
    if (this.flags.quiet !== true) this.host.err.write(`${errInk.dim(errInk.clean(text))}\n`);
  }

  // --- The end -----------------------------------------------------------------------------------

  finish(): number {
    const { flags, console } = this;
    if (this.many && flags.json !== true) this.showMany();
    for (const output of flags.output ?? []) {
      if (output.format === 'json') this.write(output.path, formatDocument(this.document()));
      else this.writePages(output.path, output.format);
    }
    if (flags.json === true) console.print(formatDocument(this.document()));
    if (this.bug !== null) throw this.bug.error;
    return worstCode(this.codes);
  }

  /** A table of all, then what failed in full. */
  private showMany(): void {
    const { ink } = this.console;
    if (this.judged.length > 0) this.console.print(renderVerdictTable(this.judged, ink));
    if (this.flags.quiet === true) return;
    for (const judged of this.judged) {
      if (judged.check.verdict !== 'pass') this.console.print(`\n${renderVerdict(judged, ink)}`);
    }
  }

  private writePages(path: string, format: string): void {
    const pages = this.judged.flatMap((judged, i) => {
      // A file for browsers holds one history: the first.
      if (format === 'page') return i === 0 ? [this.browserPage?.(judged) ?? ''] : [];
      if (format === 'markdown') return [renderVerdictPage(judged)];
      if (format === 'mermaid') return [renderVerdictDiagram(judged)].flatMap((page) => page ?? []);
      const ink = createInk({ color: false, ascii: false, width: PAGE_WIDTH });
      return [renderVerdict(judged, ink)];
    });
    const [first] = pages;
    if (first === undefined) {
      const why = this.judged.length === 0 ? 'nothing was judged' : 'no operation is to blame';
      return this.console.note(`${path} was not written: ${why}`);
    }
    // A Mermaid file holds one diagram.
    this.write(path, format === 'mermaid' ? first : pages.join('\n'));
  }

  private write(path: string, text: string): void {
    if (!this.console.writeFile(path, text)) this.codes.push(USAGE);
  }

  private document(): ChecksDocument {
    const count = (verdict: string) =>
      this.judged.filter(({ check }) => check.verdict === verdict).length;
    return {
      format: 'dsim-check',
      version: CHECK_VERSION,
      dsim: VERSION,
      checks: this.judged.map(verdictDocument),
      invalid: this.invalid,
      unfinished: this.unfinished,
      summary: {
        files: this.judged.length + this.invalid.length + this.unfinished.length,
        pass: count('pass'),
        fail: count('fail'),
        unknown: count('unknown'),
        exitCode: worstCode(this.codes),
        interrupted: this.interrupted,
      },
    };
  }
}
