/**
 * What the runs of one command leave: documents for JSON, pages for files, the exit code. Results
 * themselves are let go as soon as they are reported, so that many runs fit into memory; nothing
 * reported is lost on an interrupt.
 */
import { withFinalMarks } from '../checks/findings/final-reads.ts';
import { type Distribution, distributionDocument } from '../report/distribution.ts';
import { renderHistory } from '../report/history-lines.ts';
import { createInk, type Ink } from '../report/ink.ts';
import { renderMeasures } from '../report/measures-document.ts';
import type { RunEvents } from '../report/page/run-events.ts';
import type { RunContext } from '../report/run-context.ts';
import {
  DOCUMENT_VERSION,
  formatDocument,
  type ResultsDocument,
  totalsOf,
} from '../report/run-document.ts';
import { renderMarkdown } from '../report/run-page.ts';
import { renderScreen } from '../report/run-screen.ts';
import type { ExpectationState, Result } from '../scenarios/result.ts';
import type { Diagnostic } from '../scenarios/text/diagnostic.ts';
import { isExportForm, type OutputFormat } from './arguments.ts';
import type { ComparedRuns } from './comparison-page.ts';
import type { Console } from './console.ts';
import { drawCone } from './diagram.ts';
import { BUG, codeOfState, INTERRUPTED, USAGE, worstCode } from './exit-codes.ts';
import type { RunFlags } from './flags.ts';
import { GOES_ON, type Host } from './host.ts';
import { keepResult } from './keep-result.ts';
import { type OneRun, type Prepared, VERSION } from './one-run.ts';

const PAGE_WIDTH = 100;

/** What goes into files besides documents and traces. */
type Page = Exclude<OutputFormat, 'json' | 'trace'>;

export class Session {
  readonly console: Console;
  readonly host: Host;
  readonly flags: RunFlags;
  interrupted = false;
  /** The first error that is a bug in dsim: reported after everything else. */
  private bug: { readonly error: unknown } | null = null;
  private readonly codes: number[] = [];
  private readonly states: ExpectationState[] = [];
  private readonly documents: unknown[] = [];
  private readonly distributions: unknown[] = [];
  private readonly invalid: {
    readonly file: string;
    readonly diagnostics: readonly Diagnostic[];
  }[] = [];
  private readonly pages = new Map<Page, string[]>();
  /** Whether what is written for browsers is one page of many runs. */
  comparesRuns = false;
  /** Makes pages for browsers; null where none is wanted. */
  private browserPage: typeof import('./page.ts').runPage | null = null;
  /** Makes what listens for one to a run; null where none is wanted. */
  private listener: typeof import('./page.ts').listenerFor | null = null;

  constructor(console: Console, host: Host, flags: RunFlags) {
    this.console = console;
    this.host = host;
    this.flags = flags;
  }

  /** Reads what makes pages for browsers and forms of other programs, if one is wanted. */
  async prepareOutput(): Promise<void> {
    if (this.wants('page')) {
      ({ runPage: this.browserPage, listenerFor: this.listener } = await import('./page.ts'));
    }
    const wanted = (this.flags.output ?? []).flatMap(({ format, window = null }) =>
      isExportForm(format) ? [{ format, window }] : [],
    );
    if (wanted.length === 0) return;
    const { exportRun } = await import('./export-forms.ts');
    this.exportAll = (run, result) => {
      for (const { format, window } of wanted) {
        const text = exportRun(format, run, result, window);
        if (text !== null) this.addPage(format, text);
      }
    };
  }

  /** Writes a run in the forms of other programs; null where none is wanted. */
  private exportAll: ((run: OneRun, result: Result) => void) | null = null;

  /** What shall listen to a run while it goes on, so that its page needs no second run. */
  listenerOf(run: OneRun): RunEvents | null {
    // Own code that hangs is found only in a run that nobody listens to.
    if (this.comparesRuns || this.pages.has('page') || run.watch !== null) return null;
    return this.listener?.(run) ?? null;
  }

  /** Counts runs that ended in some state. */
  count(states: readonly ExpectationState[]): void {
    this.states.push(...states);
    this.codes.push(...states.map(codeOfState));
  }

  addCode(code: number): void {
    this.codes.push(code);
  }

  /** Whether anybody will read the documents; without, they need not be made. */
  get writesJson(): boolean {
    const { json, output } = this.flags;
    return json === true || (output ?? []).some(({ format }) => format === 'json');
  }

  addDocument(document: unknown): void {
    this.documents.push(document);
  }

  /** What the metrics of a scenario came to over many seeds. */
  addDistributions(scenario: string, all: readonly Distribution[]): void {
    this.distributions.push(...all.map((one) => ({ scenario, ...distributionDocument(one) })));
  }

  addInvalid(file: string, diagnostics: readonly Diagnostic[]): void {
    this.codes.push(USAGE);
    this.invalid.push({ file, diagnostics });
    if (this.flags.json !== true) this.console.diagnose(diagnostics, file);
  }

  /** A scenario that could not be read: it has errors, or reading it was stopped. */
  addUnread(file: string, { diagnostics, stopped }: Extract<Prepared, { run: null }>): void {
    if (stopped === null) return this.addInvalid(file, diagnostics);
    const by = stopped === 'interrupted' ? 'interrupted' : `stopped by ${this.limit}`;
    this.console.complain(`${file} was ${by} while it was read`);
    if (stopped === 'interrupted') return this.addInterrupt();
    this.count(['unknown']);
    this.addDocument({ scenario: { file }, seed: null, state: 'unknown', timedOut: true });
  }

  private get limit(): string {
    return `--timeout ${this.flags.timeout}ms`;
  }

  addInterrupt(): void {
    if (this.interrupted) return;
    this.interrupted = true;
    this.codes.push(INTERRUPTED);
  }

  /** A run that was stopped by `--timeout`: nothing is known of it. */
  addTimeout(run: OneRun): void {
    const { scenario } = run;
    this.count(['unknown']);
    this.addDocument({
      scenario: { name: scenario.name, file: run.context.file, hash: run.context.scenarioHash },
      seed: scenario.seed,
      state: 'unknown',
      timedOut: true,
    });
    this.console.complain(
      `${scenario.name} seed ${scenario.seed} was stopped by ${this.limit}: nothing was proved`,
    );
  }

  addBug(error: unknown): void {
    this.bug ??= { error };
    this.codes.push(BUG);
  }

  /** Keeps a run in the store unless a flag says not to; returns the context that says where. */
  keep(result: Result, context: RunContext): RunContext {
    if (this.flags.keep === false) return context;
    const kept = keepResult(result, context, this.host.cwd);
    const { keeping } = kept;
    if ('why' in keeping) this.console.note(`the run was not kept: ${keeping.why}`);
    else if (keeping.notLatest !== null) {
      this.console.note(`\`replay latest\` is still an earlier run: ${keeping.notLatest}`);
    }
    return kept.context;
  }

  /** Everything that a run's result goes into, except the screen. */
  addResult(result: Result, context: RunContext, run: OneRun, document: unknown): void {
    this.count([result.state]);
    this.documents.push(document);
    this.addPages(result, context, run);
  }

  /**
   * Pages for `-o`, after those before or instead of them; those that draw need the run again.
   */
  addPages(result: Result, context: RunContext, run: OneRun, instead = false): void {
    if (instead) this.pages.clear();
    const draws = this.wants('markdown') || this.wants('mermaid');
    const diagram = draws ? drawCone(run, result) : null;
    if (this.wants('history'))
      this.addPage('history', renderHistory(withFinalMarks(result.history)));
    if (this.wants('measures')) this.addPage('measures', renderMeasures(result));
    if (this.wants('markdown')) this.addPage('markdown', renderMarkdown(result, context, diagram));
    if (this.wants('mermaid') && diagram !== null) this.addPage('mermaid', diagram);
    this.addBrowserPage(result, run);
    this.exportAll?.(run, result);
    this.addText((ink) => renderScreen(result, context, ink));
  }

  /** A file for browsers holds one run: the first; of one that was stopped, how far it got. */
  addBrowserPage(result: Result, run: OneRun): void {
    if (this.browserPage === null || this.comparesRuns || this.pages.has('page')) return;
    this.addPage('page', this.browserPage(run, result, run.context, this.host.env[GOES_ON]));
  }

  /** What `-o x.csv` holds, where it is no single run's. */
  addMeasures(text: string): void {
    if (this.wants('measures')) this.addPage('measures', text);
  }

  /**
   * What gathers many runs for one page, if such a page is wanted; then no run has a page of its
   * own.
   */
  async comparedRuns(): Promise<ComparedRuns | null> {
    if (!this.wants('page')) return null;
    this.comparesRuns = true;
    const { ComparedRuns: Gathering } = await import('./comparison-page.ts');
    return new Gathering();
  }

  addComparison(page: string | null): void {
    if (page !== null) this.addPage('page', page);
  }

  /** What `-o x.txt` holds. */
  addText(render: (ink: Ink) => string): void {
    if (!this.wants('text')) return;
    const ink = createInk({ color: false, ascii: false, width: PAGE_WIDTH });
    this.addPage('text', render(ink));
  }

  private wants(wanted: OutputFormat): boolean {
    return (this.flags.output ?? []).some(({ format }) => format === wanted);
  }

  private addPage(format: Page, text: string): void {
    this.pages.set(format, [...(this.pages.get(format) ?? []), text]);
  }

  /**
   * Writes files and the document, and returns the exit code. Throws the bug, if there was one, at
   * the very end.
   */
  finish(): number {
    for (const { path, format } of this.flags.output ?? []) {
      if (format === 'trace') continue;
      if (format === 'json') this.write(path, formatDocument(this.document()));
      else this.writePages(path, format);
    }
    if (this.flags.json === true) this.console.print(formatDocument(this.document()));
    if (this.bug !== null) throw this.bug.error;
    return worstCode(this.codes);
  }

  private writePages(path: string, format: Page): void {
    const pages = this.pages.get(format) ?? [];
    if (pages.length === 0) {
      const why = this.whyEmpty(format);
      this.console.note(`${path} was not written: ${why}`);
      return;
    }
    // A Mermaid file holds one diagram, a file for browsers one run or one comparison.
    const isOne = format === 'mermaid' || format === 'page';
    this.write(path, isOne ? (pages[0] ?? '') : pages.join('\n'));
  }

  private whyEmpty(format: Page): string {
    if (this.states.length === 0) return 'no run was finished';
    const draws = format === 'mermaid' || format === 'dot';
    return draws ? 'no failed check names operations to draw' : 'every run held';
  }

  private write(path: string, text: string): void {
    if (!this.console.writeFile(path, text)) this.codes.push(USAGE);
  }

  private document(): ResultsDocument {
    return {
      format: 'dsim-result',
      version: DOCUMENT_VERSION,
      dsim: VERSION,
      runs: this.documents,
      distributions: this.distributions,
      invalid: this.invalid,
      summary: {
        ...totalsOf(this.states),
        exitCode: worstCode(this.codes),
        interrupted: this.interrupted,
      },
    };
  }

  totals() {
    return totalsOf(this.states);
  }
}
