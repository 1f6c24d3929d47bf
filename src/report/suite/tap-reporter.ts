/**
 * TAP version 14 (testanything.org): a point for each seed, with the explanation of a failure as
 * its YAML block. The plan stands at the end, for an interrupt may shorten it.
 */
import { type Case, casesOf } from './cases.ts';
import { haltOf, type Reporter, type TestedScenario, titleOf } from './suite.ts';

export function tapReporter(): Reporter {
  let count = 0;
  return {
    begin: () => 'TAP version 14\n',
    run: () => '',
    scenario: (scenario) =>
      casesOf(scenario)
        .map((one) => {
          count++;
          const name = description(`${titleOf(scenario)} ${one.name}`);
          if (one.end === 'held') return `ok ${count} - ${name}\n`;
          return `not ok ${count} - ${name}\n${block(one, scenario)}`;
        })
        .join(''),
    end: (suite) => {
      const halt = haltOf(suite);
      return `1..${count}\n${halt === null ? '' : `# ${halt}: not everything ran\n`}`;
    },
  };
}

/** `#` begins a directive, and a backslash escapes it. */
function description(text: string): string {
  return text.replace(/[\\#]/g, '\\$&').replace(/\s+/g, ' ');
}

function block({ message, text, line, repro }: Case, { file }: TestedScenario): string {
  const lines = [
    `message: ${JSON.stringify(message)}`,
    'severity: fail',
    `at: ${JSON.stringify(line === null ? file : `${file}:${line}`)}`,
    ...(repro === null ? [] : [`repro: ${JSON.stringify(repro)}`]),
    ...(text === '' ? [] : ['why: |2', ...text.split('\n').map((each) => `  ${each}`.trimEnd())]),
  ];
  return ['  ---', ...lines.map((each) => (each === '' ? '' : `  ${each}`)), '  ...', ''].join(
    '\n',
  );
}
