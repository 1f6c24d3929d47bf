/**
 * A command's two outputs with their inks. Loads what draws, so commands open it when they begin to
 * work.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Ink } from '../report/ink.ts';
import { createInk } from '../report/ink.ts';
import { outputError } from '../scenarios/host/descriptor-writer.ts';
import type { Diagnostic, DiagnosticStyle } from '../scenarios/text/diagnostic.ts';
import { renderDiagnostics } from '../scenarios/text/diagnostic.ts';
import { visibleLines } from '../sim/visible-text.ts';
import type { Host } from './host.ts';
import { inkOptions, type LookOptions } from './terminal.ts';

/** Wrong use of a command: the sentence is printed, the exit code is 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

const NOTICE_MARK = 'note:';

export class Console {
  /** For standard output. */
  readonly ink: Ink;
  readonly errInk: Ink;
  private readonly host: Host;

  constructor(host: Host, looks: LookOptions) {
    this.host = host;
    this.ink = createInk(inkOptions(host.out, looks, host.env));
    this.errInk = createInk(inkOptions(host.err, looks, host.env));
  }

  print(text: string): void {
    this.host.out.write(text);
  }

  /** Something that went wrong with the command: `error: …` on standard error. */
  complain(text: string): void {
    this.host.err.write(`${this.errInk.bad('error:')} ${this.errInk.clean(text)}\n`);
  }

  /** Something to know that is no result. */
  note(text: string): void {
    this.host.err.write(`${this.errInk.dim(NOTICE_MARK)} ${this.errInk.clean(text)}\n`);
  }

  /** Writes a file, or complains that it cannot; returns whether it did. */
  writeFile(path: string, text: string): boolean {
    try {
      writeFileSync(resolve(this.host.cwd, path), visibleLines(text));
      return true;
    } catch (error) {
      this.complain(outputError(path, error).message);
      return false;
    }
  }

  /** Diagnostics of a file on standard error; with errors among them it cannot do something. */
  diagnose(diagnostics: readonly Diagnostic[], subject: string, cannot = 'cannot run'): void {
    const { errInk } = this;
    if (diagnostics.length === 0) return;
    const paint = paintWith(errInk);
    const text = renderDiagnostics(diagnostics, { paint, subject, cannot, dsim: this.host.dsim });
    this.host.err.write(`${asciiLines(text, errInk).trimEnd()}\n`);
  }
}

function paintWith(ink: Ink): (style: DiagnosticStyle, text: string) => string {
  const paints = {
    error: ink.bad,
    warning: ink.warn,
    bold: ink.strong,
    gutter: ink.dim,
    note: ink.strong,
    help: ink.good,
  } as const;
  return (style, text) => paints[style](text);
}

/** The rendering is clean already, except that it may have to be ASCII. */
function asciiLines(text: string, ink: Ink): string {
  if (!ink.ascii) return text;
  return text.replace(/\P{ASCII}/gu, (character) => ink.clean(character));
}
