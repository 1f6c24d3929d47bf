/**
 * The library: `import { simulate, explore } from 'dsim'`. Free of node built-ins, so it runs
 * in a browser too; reading files is the caller's, or that of `dsim/host`.
 */

export * as interfaces from './interfaces/all.ts';
export type * from './interfaces/register.ts';
export { type ExploreOptions, explore, type SeededRead } from './scenarios/explore.ts';
export { parseScenario } from './scenarios/parse.ts';
export * from './scenarios/result.ts';
export * from './scenarios/scenario.ts';
export {
  type Catalogue,
  type KindsNamed,
  kindsNamed,
  type OwnKindRefusal,
} from './scenarios/sections/catalogue.ts';
export { type Read, ScenarioError, type SimulateOptions, simulate } from './scenarios/simulate.ts';
export { type Diagnostic, renderDiagnostics } from './scenarios/text/diagnostic.ts';
export type { SourceScalar } from './scenarios/text/source.ts';
export {
  readSourceTree,
  type SourceReader,
  type SourceTree,
} from './scenarios/text/source-tree.ts';
export { drawStream } from './scenarios/values/draws.ts';
export type { SeedRange } from './scenarios/values/seed-ranges.ts';
export * from './sim/assert.ts';
export * from './sim/call.ts';
export * from './sim/distribution.ts';
export * from './sim/fault.ts';
export * from './sim/history.ts';
export * from './sim/interface.ts';
export * from './sim/measure.ts';
export * from './sim/node.ts';
export * from './sim/notes.ts';
export * from './sim/params.ts';
export * from './sim/policy.ts';
export * from './sim/rpc.ts';
export * from './sim/service.ts';
export * from './sim/system.ts';
export * from './sim/trace.ts';
