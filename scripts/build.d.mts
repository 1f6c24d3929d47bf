/** What tests use of `build.mjs`. */

import type { BuildOptions } from 'esbuild';

/** How the command line is bundled. */
export declare const cliOptions: BuildOptions;
