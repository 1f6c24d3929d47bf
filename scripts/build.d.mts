/** What tests use of `build.mjs`. */

import type { BuildOptions } from 'esbuild';

/** How the command line is bundled. */
export declare const cliOptions: BuildOptions;

/** How the kinds of node are bundled, each in a file of its own. */
export declare const kindOptions: BuildOptions;

/** Writes what the launcher runs into a folder. Gives the sources it was made of. */
export declare function buildProgram(folder: string): Promise<ReadonlySet<string>>;
