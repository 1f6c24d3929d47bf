/** `dsim lint`: what is wrong with scenario files, without running them. */
import { formatDocument } from '../report/run-document.ts';
import type { Diagnostic } from '../scenarios/text/diagnostic.ts';
import { Console } from './console.ts';
import { HELD, NOTHING_RAN, USAGE } from './exit-codes.ts';
import type { SubjectFlags } from './flags.ts';
import type { Host } from './host.ts';
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
  for (const { file, shown } of paths) {
    const { diagnostics } = await engine.load(file, {
      cwd: host.cwd,
      seed: flags.seed ?? null,
      sets: flags.set ?? [],
      without: flags.without === true,
      code: flags.code !== false,
      allowOutside: flags.allowOutside === true,
    });
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
  return wrong ? USAGE : HELD;
}
