/**
 * The library with files: `import { loadScenario, simulate } from 'dsim/host'`, for tests of one's
 * own scenarios. It is all of `dsim`, and what needs Node: from here take both, so that there is
 * one of each class.
 */

export * from './index.ts';
export { type LoadedScenario, type LoadOptions, loadScenario } from './scenarios/host/load.ts';
export { loadCatalogue, type OwnKindLoader } from './scenarios/host/load-catalogue.ts';
