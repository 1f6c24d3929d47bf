/** A grade in the formats that teachers' tools read. */
import { nearestName } from '../../sim/nearest-name.ts';
import type { Exercise } from '../exercise.ts';
import type { Grade } from '../grade.ts';
import { UsageError } from '../usage-error.ts';
import { renderClassroom50 } from './classroom50.ts';
import { exercismDocument } from './exercism.ts';
import { gradescopeDocument } from './gradescope.ts';
import { gradeDocument, renderJson } from './json.ts';
import { renderCsv, renderJunit, renderMarkdown } from './text.ts';

/** What a format needs besides the grade. */
export interface FormatContext {
  readonly exercise: Exercise;
  readonly env: { readonly [name: string]: string | undefined };
}

const FORMATS: {
  readonly [name: string]: (grade: Grade, context: FormatContext) => string;
} = {
  dsim: (grade) => renderJson(gradeDocument(grade)),
  gradescope: (grade) => renderJson(gradescopeDocument(grade)),
  exercism: (grade, { exercise }) => renderJson(exercismDocument(grade, exercise)),
  classroom50: (grade, { env }) => renderClassroom50(grade, env),
  junit: renderJunit,
  csv: renderCsv,
  md: renderMarkdown,
};

export const formatNames: readonly string[] = Object.keys(FORMATS);

/** Throws UsageError for a format that does not exist. */
export function renderFormat(name: string, grade: Grade, context: FormatContext): string {
  const render = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (render !== undefined) return render(grade, context);
  const near = nearestName(name, formatNames);
  const hint = near === null ? `there are ${formatNames.join(', ')}` : `did you mean \`${near}\`?`;
  throw new UsageError(`there is no format \`${name}\`; ${hint}`);
}
