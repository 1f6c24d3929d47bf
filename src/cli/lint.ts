/** `dsim lint`: what is wrong with scenario files, without running them. */
import { formatDocument } from '../report/run-document.ts';
import type { Diagnostic } from '../scenarios/text/diagnostic.ts';
import { Console } from './console.ts';
import { HELD, INTERRUPTED, NOTHING_RAN, UNKNOWN, USAGE, worstCode } from './exit-codes.ts';
import type { SubjectFlags } from './flags.ts';
import type { Host } from './host.ts';
import { turn } from './interrupts.ts';
import { loadOrStop } from './one-run.ts';
import { scenarioPaths } from './scenario-paths.ts';
import type { LookOptions } from './terminal.ts';

export interface LintFlags extends SubjectFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Diagnostics on standard output, since they are the result here. */
export async function lintCommand(
  names: readonly string[],
  flags: LintFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const engine = await host.engine();
  const console = new Console({ ...host, err: host.out }, looks);
  const paths = scenarioPaths(names, host.cwd, engine);
  const linted: { readonly file: string; readonly diagnostics: readonly Diagnostic[] }[] = [];
  const stopped: number[] = [];
  host.onInterrupt(() => stopped.push(INTERRUPTED));
  for (const { file, shown } of paths) {
    await turn();
    if (stopped.includes(INTERRUPTED)) break;
    const loaded = await loadOrStop(file, flags, engine, host);
    if (typeof loaded === 'string') {
      stopped.push(loaded === 'interrupted' ? INTERRUPTED : UNKNOWN);
      const by = loaded === 'interrupted' ? 'was interrupted' : 'was stopped by --timeout';
      console.complain(`${shown} ${by}: it was not read to its end`);
      if (loaded === 'interrupted') break;
      continue;
    }
    const { diagnostics } = loaded;
    linted.push({ file: shown, diagnostics });
    if (flags.json === true) continue;
    if (flags.quiet !== true) console.diagnose(diagnostics, shown);
    if (diagnostics.length === 0) {
      console.print(`${console.ink.good(console.ink.glyph.held)} ${console.ink.clean(shown)}\n`);
    }
  }
  if (flags.json === true)
    console.print(formatDocument({ format: 'dsim-lint', version: 1, files: linted }));
  if (paths.length === 0) return NOTHING_RAN;
  const wrong = linted.some(({ diagnostics }) =>
    diagnostics.some(({ severity }) => severity === 'error'),
  );
  return worstCode([...stopped, wrong ? USAGE : HELD]);
}
