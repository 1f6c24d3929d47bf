/**
 * A scenario without its nemeses: what they did with this seed stands among the faults. It is the
 * same run, and no strike of it depends on what else happens, so that faults can be taken away one
 * by one.
 */
import type { Result } from '../result.ts';
import type { Scenario } from '../scenario.ts';

/** `struck` is of a run of this scenario. */
export function unroll(scenario: Scenario, struck: Result['struck']): Scenario {
  const { nemeses = [], ...rest } = scenario;
  const strikes = nemeses.flatMap(({ name }) => struck.get(name) ?? []);
  return { ...rest, faults: [...scenario.faults, ...strikes] };
}
