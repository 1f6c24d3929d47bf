/** A run that was lost, with what is needed to look at it again. */
import type { Result } from '../../scenarios/result.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { SimulateOptions } from '../../scenarios/simulate.ts';
import type { RunFault } from '../job.ts';
import type { TrafficCounts } from '../sandbox/traffic.ts';

export interface Lost {
  readonly result: Result;
  readonly traffic: TrafficCounts;
  readonly error: RunFault | null;
  /** Runs a scenario again in the same sandbox. */
  again(scenario: Scenario, options?: SimulateOptions): Result;
}
