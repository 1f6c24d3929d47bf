/**
 * GitHub Actions: failures as annotations at their lines. GitHub shows ten errors and ten warnings
 * of a step, so there are ten annotations at most, and the last says how many more failed.
 *
 * Workflow commands: `::error file=…,line=…,title=…::message`, in which `%`, CR and LF are escaped,
 * in properties also `:` and `,`.
 */
import {
  atEnd,
  failuresOf,
  type Reporter,
  type TestedSuite,
  titleOf,
  worstFailure,
} from './suite.ts';

const ANNOTATIONS_MAX = 10;
const MESSAGE_CHARS_MAX = 4000;

/** `place` turns a file as named into one relative to the repository. */
export function githubReporter(place: (file: string) => string): Reporter {
  return atEnd((suite) => renderAnnotations(suite, place));
}

function renderAnnotations(suite: TestedSuite, place: (file: string) => string): string {
  const failed = suite.scenarios.filter((scenario) => worstFailure(scenario) !== null);
  const room = failed.length > ANNOTATIONS_MAX ? ANNOTATIONS_MAX - 1 : ANNOTATIONS_MAX;
  const lines = failed.slice(0, room).flatMap((scenario) => {
    const worst = worstFailure(scenario);
    if (worst === null) return [];
    const level = worst.end === 'unknown' || worst.end === 'never exercised' ? 'warning' : 'error';
    const { line, plain: text } = worst;
    const counts = `${failuresOf(scenario).length} of ${scenario.runs.length} seeds`;
    const title = `${titleOf(scenario)}: ${worst.end}, ${counts}`;
    const properties = [
      ['file', place(scenario.file)],
      ...(line === null ? [] : [['line', String(line)]]),
      ['title', title],
    ].map(([key = '', value = '']) => `${key}=${escapeProperty(value)}`);
    const message = text.length > MESSAGE_CHARS_MAX ? shortOf(text, worst.repro) : text;
    return [`::${level} ${properties.join(',')}::${escapeData(message)}`];
  });
  const hidden = failed.length - room;
  if (hidden > 0) lines.push(`::error title=dsim::${hidden} more scenarios did not hold`);
  return lines.map((line) => `${line}\n`).join('');
}

/** What fits, and the way back at its end. */
function shortOf(text: string, repro: string | null): string {
  return `${text.slice(0, MESSAGE_CHARS_MAX)}…${repro === null ? '' : `\n\nrepro: ${repro}`}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
