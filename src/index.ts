/**
 * The library: `import { simulate, parseScenario } from 'dsim'`. Free of node built-ins, so it runs
 * in a browser too; reading files is the caller's.
 */

export * from './scenarios/result.ts';
export * from './scenarios/scenario.ts';
export { type SimulateOptions, simulate } from './scenarios/simulate.ts';
export * from './sim/assert.ts';
export * from './sim/distribution.ts';
export * from './sim/fault.ts';
export * from './sim/history.ts';
export * from './sim/node.ts';
export * from './sim/params.ts';
export * from './sim/policy.ts';
export * from './sim/rpc.ts';
export * from './sim/service.ts';
export * from './sim/system.ts';
export * from './sim/trace.ts';
