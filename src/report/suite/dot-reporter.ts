/**
 * A character for each run, for logs: `.` held, `X` violated, `~` changed, `?` unknown, `o` never
 * exercised.
 */
import type { Ink } from '../ink.ts';
import { endPaint, planText, renderFailures, renderSummary } from './run-lines.ts';
import type { Reporter, RunEnd } from './suite.ts';

const DOTS: { readonly [end in RunEnd]: string } = {
  held: '.',
  violated: 'X',
  changed: '~',
  unknown: '?',
  'never exercised': 'o',
  invalid: '!',
  broken: '!',
};

export function dotReporter(ink: Ink): Reporter {
  let column = 0;
  return {
    begin: (scenarios, runs) => `${planText(scenarios, runs)}\n`,
    run: ({ end }) => {
      const dot = end === 'held' ? DOTS[end] : endPaint(end, ink)(DOTS[end]);
      column = (column + 1) % ink.width;
      return column === 0 ? `${dot}\n` : dot;
    },
    scenario: () => '',
    end: (suite) => {
      const lines = ['', ...renderFailures(suite, ink), ...renderSummary(suite, ink)];
      return `${column === 0 ? '' : '\n'}${lines.join('\n')}\n`;
    },
  };
}
