/**
 * JUnit XML: a suite for each scenario, a case for each seed. Valid under the schema of Apache
 * Ant's tasks (windyroad/JUnit-Schema) and what Jenkins reads: a violation is a failure, what was
 * not proved and what could not run is an error.
 */
import { type Case, casesOf } from './cases.ts';
import { atEnd, type Reporter, type TestedScenario, type TestedSuite, titleOf } from './suite.ts';

export function junitReporter(): Reporter {
  return atEnd(renderJunit);
}

function renderJunit(suite: TestedSuite): string {
  const suites = suite.scenarios.filter(({ runs }) => runs.length > 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.flatMap((scenario, id) => suiteLines(scenario, id, suite)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines(scenario: TestedScenario, id: number, suite: TestedSuite): readonly string[] {
  const cases = casesOf(scenario);
  const failures = cases.filter(({ end }) => isFailure(end)).length;
  const held = cases.filter(({ end }) => end === 'held').length;
  const elapsedMs = scenario.runs.reduce((sum, run) => sum + run.elapsedMs, 0);
  const { name, file, cell } = scenario;
  const head = attributes({
    name: titleOf(scenario),
    package: file,
    id: String(id),
    timestamp: suite.startedAt.toISOString().slice(0, 19),
    hostname: 'localhost',
    tests: String(cases.length),
    failures: String(failures),
    errors: String(cases.length - failures - held),
    skipped: '0',
    time: seconds(elapsedMs),
  });
  const properties = {
    dsim: suite.version,
    scenario: name,
    file,
    ...(cell === '' ? {} : { cell }),
  };
  return [
    `  <testsuite ${head}>`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([key, value]) => `      <property ${attributes({ name: key, value })}/>`,
    ),
    '    </properties>',
    ...cases.flatMap((one) => caseLines(one, scenario)),
    '    <system-out></system-out>',
    '    <system-err></system-err>',
    '  </testsuite>',
  ];
}

function caseLines(one: Case, scenario: TestedScenario): readonly string[] {
  const head = attributes({
    name: one.name,
    classname: titleOf(scenario),
    time: seconds(one.elapsedMs),
  });
  if (one.end === 'held') return [`    <testcase ${head}/>`];
  const tag = isFailure(one.end) ? 'failure' : 'error';
  const about = attributes({ message: one.message, type: one.end });
  return [
    `    <testcase ${head}>`,
    `      <${tag} ${about}>${escapeText(one.text)}</${tag}>`,
    '    </testcase>',
  ];
}

/** What was judged and failed; the rest is an error. */
function isFailure(end: Case['end']): boolean {
  return end === 'violated' || end === 'changed';
}

function seconds(elapsedMs: number): string {
  return (elapsedMs / 1000).toFixed(3);
}

function attributes(of: { readonly [name: string]: string }): string {
  return Object.entries(of)
    .map(([name, value]) => `${name}="${escapeAttribute(value)}"`)
    .join(' ');
}

/** XML 1.0 has no way to write most control characters, nor half of a pair of surrogates. */
function legal(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/\p{Surrogate}/gu, '\ufffd')
  );
}

function escapeText(text: string): string {
  return legal(text).replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}

/** A tab or a line break in an attribute would be read as a space. */
function escapeAttribute(text: string): string {
  return legal(text).replace(/[&<>"\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};
