/**
 * The command line's entry (a placeholder that knows the version only): commander's program, and
 * the exit code in `process.exitCode`. It never calls `process.exit`, so that piped output is
 * written whole.
 */

import { Command, CommanderError } from 'commander';
import pkg from '../../package.json' with { type: 'json' };

export async function main(argv: string[]): Promise<void> {
  const program = new Command('dsim')
    .description(pkg.description)
    .version(pkg.version)
    .exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}
