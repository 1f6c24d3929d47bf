/** Which reporters a test has, and where each writes. */
import { appendFileSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { createInk } from '../../report/ink.ts';
import { dotReporter } from '../../report/suite/dot-reporter.ts';
import { githubReporter } from '../../report/suite/github-reporter.ts';
import { junitReporter } from '../../report/suite/junit-reporter.ts';
import { listReporter } from '../../report/suite/list-reporter.ts';
import { markdownReporter, renderSuite } from '../../report/suite/markdown-reporter.ts';
import type { Reporter, TestedSuite } from '../../report/suite/suite.ts';
import { jsonReporter, ndjsonReporter } from '../../report/suite/suite-document.ts';
import { tapReporter } from '../../report/suite/tap-reporter.ts';
import { outputError } from '../../scenarios/host/descriptor-writer.ts';
import { type Console, UsageError } from '../console.ts';
import type { Host } from '../host.ts';
import { VERSION } from '../one-run.ts';
import { type ReporterChoice, type ReporterName, readReporter } from './flags.ts';

/** Those that people and GitHub read between other lines. */
const TEXTS: readonly ReporterName[] = ['list', 'dot', 'github'];
/** What GitHub takes for a step. */
const SUMMARY_BYTES_MAX = 1024 * 1024;
const FILE_WIDTH = 100;

/**
 * Those of the command line, else of the configuration, else a list, or dots in CI; on GitHub
 * Actions its own besides. Throws UsageError for two that would write into one another.
 */
export function chooseReporters(
  chosen: readonly ReporterChoice[] | undefined,
  configured: readonly unknown[] | undefined,
  env: Host['env'],
): readonly ReporterChoice[] {
  const usual: ReporterName = (env['CI'] ?? '') === '' || env['CI'] === 'false' ? 'list' : 'dot';
  const named = chosen ?? configured?.map((text) => configuredReporter(String(text)));
  const reporters = [...(named ?? [{ name: usual, file: null }])];
  const machine = reporters.find(({ name, file }) => file === null && !TEXTS.includes(name));
  reporters.forEach(({ name, file }, i) => {
    const other = reporters
      .slice(0, i)
      .find((each) => each.file === file && !(file === null && goTogether(each.name, name)));
    if (other === undefined) return;
    const where = file ?? 'standard output';
    const cure = `give one a file of its own, as in --reporter ${name}=report.txt`;
    throw new UsageError(`${other.name} and ${name} both want ${where}: ${cure}`);
  });
  const has = reporters.some(({ name }) => name === 'github');
  if (env['GITHUB_ACTIONS'] === 'true' && !has && machine === undefined) {
    reporters.push({ name: 'github', file: null });
  }
  return reporters;
}

/** Annotations stand on lines of their own, among the lines for people. */
function goTogether(a: ReporterName, b: ReporterName): boolean {
  return a !== b && [a, b].includes('github') && TEXTS.includes(a) && TEXTS.includes(b);
}

function configuredReporter(text: string): ReporterChoice {
  const choice = readReporter(text);
  if (typeof choice === 'string') throw new UsageError(`in dsim.config.yaml: ${choice}`);
  return choice;
}

/** Hands what reporters say to standard output, or to their files when the test is over. */
export class Reporting {
  private readonly outlets: readonly {
    readonly reporter: Reporter;
    readonly file: string | null;
  }[];
  private readonly texts = new Map<string, string>();
  private readonly console: Console;
  private readonly host: Host;
  /** Called before anything is printed. */
  private readonly clear: () => void;

  constructor(choices: readonly ReporterChoice[], console: Console, host: Host, clear: () => void) {
    this.console = console;
    this.host = host;
    this.clear = clear;
    this.outlets = choices.map(({ name, file }) => ({ reporter: this.make(name, file), file }));
  }

  private make(name: ReporterName, file: string | null): Reporter {
    const plain = { color: false, ascii: false, width: FILE_WIDTH };
    const ink = file === null ? this.console.ink : createInk(plain);
    switch (name) {
      case 'list':
        return listReporter(ink);
      case 'dot':
        return dotReporter(ink);
      case 'json':
        return jsonReporter();
      case 'ndjson':
        return ndjsonReporter(VERSION);
      case 'junit':
        return junitReporter();
      case 'markdown':
        return markdownReporter();
      case 'tap':
        return tapReporter();
      case 'github':
        return githubReporter((path) => this.placeOf(path));
    }
  }

  /** From the root of the repository, as annotations want it. */
  private placeOf(path: string): string {
    const root = this.host.env['GITHUB_WORKSPACE'] ?? this.host.cwd;
    return relative(root, resolve(this.host.cwd, path)).replaceAll('\\', '/');
  }

  tell(text: (reporter: Reporter) => string): void {
    for (const { reporter, file } of this.outlets) {
      const said = text(reporter);
      if (said === '') continue;
      if (file === null) {
        this.clear();
        this.console.print(said);
      } else this.texts.set(file, (this.texts.get(file) ?? '') + said);
    }
  }

  /** Writes the files and GitHub's summary; false after a complaint that one cannot be written. */
  finish(suite: TestedSuite): boolean {
    const written = [...this.texts].map(([file, text]) => this.console.writeFile(file, text));
    const summary = this.host.env['GITHUB_STEP_SUMMARY'] ?? '';
    if (this.host.env['GITHUB_ACTIONS'] === 'true' && summary !== '') {
      written.push(this.appendSummary(summary, suite));
    }
    return !written.includes(false);
  }

  /** After what other steps wrote, within what GitHub takes. */
  private appendSummary(file: string, suite: TestedSuite): boolean {
    try {
      const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      appendFileSync(file, renderSuite(suite, SUMMARY_BYTES_MAX - used));
      return true;
    } catch (error) {
      this.console.complain(outputError('the step summary', error).message);
      return false;
    }
  }
}
