/**
 * The library with files: `import { loadScenario, simulate } from 'dsim/host'`, for tests of one's
 * own scenarios. It is all of `dsim`, and what needs Node: from here take both, so that there is
 * one of each class.
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
 * says.
 */
export function loadScenario(file: string, options: LoadOptions): Promise<LoadedScenario> {
  return load(file, { library: async () => library, ...options });
}
