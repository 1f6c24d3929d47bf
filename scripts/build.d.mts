/** What tests use of `build.mjs`. */

import type { BuildOptions, Metafile } from 'esbuild';

/** How the command line is bundled, except for what it imports on use. */
export declare const cliOptions: BuildOptions;

/** How the files are bundled that the command line imports on use. */
export declare const engineOptions: (files: readonly string[]) => BuildOptions;

/** The files that a bundle of the command line leaves to the engine. */
export declare function filesApart(metafile: Metafile | undefined): string[];

/** How the kinds of node are bundled, each in a file of its own. */
export declare const kindOptions: BuildOptions;

/** Writes what the launcher runs into a folder. Gives the sources it was made of. */
export declare function buildProgram(folder: string): Promise<ReadonlySet<string>>;
