/** `result.json` of Classroom 50: a closed set of fields, values from the environment. */
import type { Grade } from '../grade.ts';
import { UsageError } from '../usage-error.ts';
import { renderJson } from './json.ts';

type Environment = { readonly [name: string]: string | undefined };

/** Throws UsageError where the environment lacks what must be in the file. */
export function renderClassroom50(grade: Grade, env: Environment): string {
  const value = (name: string) => {
    const text = env[name] ?? '';
    if (text === '')
      throw new UsageError(`the format classroom50 needs ${name} in the environment`);
    return text;
  };
  const submission = value('SUBMISSION_TAG');
  return renderJson({
    schema: 'classroom50/result/v1',
    classroom: value('CLASSROOM'),
    assignment: value('ASSIGNMENT'),
    assignment_type: value('ASSIGNMENT_TYPE'),
    owner: value('OWNER'),
    submission,
    commit: value('COMMIT_URL'),
    release: value('RELEASE_URL'),
    review: value('REVIEW_URL'),
    datetime: timeOfTag(submission),
    score: grade.points,
    'max-score': grade.max,
    tests: grade.tests.map(({ id, points, max }) => ({
      'test-name': id,
      passed: points === max,
      score: points,
      'max-score': max,
    })),
  });
}

/** `submit/2026-03-04T05-06-07Z` as UTC without a fraction: the tag's time, not this machine's. */
function timeOfTag(tag: string): string {
  const [, date, hours, minutes, seconds] =
    /(\d{4}-?\d{2}-?\d{2})T(\d{2})[-:]?(\d{2})[-:]?(\d{2})/.exec(tag) ?? [];
  if (date === undefined) {
    throw new UsageError(
      `SUBMISSION_TAG ${tag} has no time in it, as submit/2026-03-04T05-06-07Z has`,
    );
  }
  const day = date.includes('-')
    ? date
    : `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  return `${day}T${hours}:${minutes}:${seconds}Z`;
}
