/** JUnit, CSV and Markdown of a grade. */
import type { Grade, TestGrade } from '../grade.ts';

/** All that a student is shown of a test, as plain lines. */
export function plainText({
  status,
  what,
  because,
  picture,
  rule,
  next,
  measured,
}: TestGrade): string {
  if (status === 'won') return measured === null ? 'won' : `won: ${measured}`;
  if (status === 'skipped') return 'not run: what comes before it must hold first';
  const parts = [
    measured === null ? null : `measured: ${measured}`,
    what,
    because,
    picture.length === 0 ? null : picture.join('\n'),
    rule === null ? null : `Rule: ${rule}`,
    next === null ? null : `next: ${next}`,
  ];
  return parts.filter((part) => part !== null).join('\n');
}

// --- JUnit -------------------------------------------------------------------------------------

export function renderJunit({ exercise, tests, reason }: Grade): string {
  const failed = tests.filter(({ status }) => status === 'lost').length;
  const errors = tests.filter(({ status }) => status === 'error' || status === 'guard').length;
  const skipped = tests.filter(({ status }) => status === 'skipped').length;
  const lines = tests.map((test) => testCase(exercise, test));
  const words = reason === null ? [] : [`  <system-err>${escaped(reason)}</system-err>`];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${escaped(exercise)}" tests="${tests.length}" failures="${failed}" errors="${errors}" skipped="${skipped}">`,
    ...lines,
    ...words,
    '</testsuite>',
    '',
  ].join('\n');
}

function testCase(exercise: string, test: TestGrade): string {
  const { id, status, what } = test;
  const open = `  <testcase classname="${escaped(exercise)}" name="${escaped(id)}"`;
  if (status === 'won') return `${open}/>`;
  if (status === 'skipped') return `${open}><skipped/></testcase>`;
  const tag = status === 'lost' ? 'failure' : 'error';
  const message = escaped((what ?? status).split('\n')[0] ?? '');
  return `${open}><${tag} message="${message}">${escaped(plainText(test))}</${tag}></testcase>`;
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Characters that XML 1.0 cannot hold are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD]/g, '')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

// --- CSV ---------------------------------------------------------------------------------------

/** RFC 4180, one row a test. */
export function renderCsv({ exercise, tests, submission }: Grade): string {
  const rows = tests.map(({ id, kind, points, max, status, what }) =>
    [exercise, submission, id, kind, String(points), String(max), status, what ?? ''].map(cell),
  );
  const head = ['exercise', 'submission', 'test', 'kind', 'points', 'max', 'status', 'what'];
  return [head, ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

/** A spreadsheet would take a text that begins with = + - or @ for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// --- Markdown ----------------------------------------------------------------------------------

export function renderMarkdown(grade: Grade): string {
  const { exercise, points, max, reason, tests } = grade;
  const rows = tests.map(
    ({ id, points: own, max: most, status, measured }) =>
      `| ${id} | ${own} / ${most} | ${status}${measured === null ? '' : ` (${measured})`} |`,
  );
  const lost = tests.filter(({ what }) => what !== null);
  return [
    `## ${exercise}: ${points} of ${max}`,
    '',
    ...(reason === null ? [] : [fenced(reason), '']),
    '| test | points | |',
    '|---|---|---|',
    ...rows,
    '',
    ...lost.flatMap((test) => [`### ${test.id}`, '', fenced(plainText(test)), '']),
  ].join('\n');
}

/** A fence longer than any in the text, so that nothing of a student's breaks out of it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
