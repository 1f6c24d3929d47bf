/** A line for each scenario, for a terminal; failures in full at the end. */
import type { Ink } from '../ink.ts';
import { renderFailures, renderSummary, scenarioLine } from './run-lines.ts';
import type { Reporter } from './suite.ts';

export function listReporter(ink: Ink): Reporter {
  return {
    begin: () => '',
    run: () => '',
    scenario: (scenario) => `${scenarioLine(scenario, ink)}\n`,
    end: (suite) => {
      const failures = renderFailures(suite, ink);
      const lines = [
        ...(failures.length === 0 ? [] : ['', ...failures]),
        '',
        ...renderSummary(suite, ink),
      ];
      return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
    },
  };
}
