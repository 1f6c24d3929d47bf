/**
 * The library with files: `import { loadScenario } from 'dsim/host'`, for tests of one's own
 * scenarios. It is all of `dsim`, and what needs Node. The classes of the two are the same.
 */

import * as library from './index.ts';
import {
  type LoadedScenario,
  type LoadOptions,
  loadScenario as load,
} from './scenarios/host/load.ts';

export * from './index.ts';
export type { LoadedScenario, LoadOptions } from './scenarios/host/load.ts';
export { loadCatalogue, type OwnKindLoader } from './scenarios/host/load-catalogue.ts';

/**
 * A scenario from a file; its own nodes get this library. Never throws for anything that a file
 * says: `simulate` and `explore` do. `cwd`, the folder that a relative file is relative to, is the
 * folder of the process without it.
 */
export function loadScenario(
  file: string,
  options: Partial<LoadOptions> = {},
): Promise<LoadedScenario> {
  return load(file, { library: async () => library, cwd: process.cwd(), ...options });
}
