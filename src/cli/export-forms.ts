/** A run in the forms of other programs, by name. */
import type { Window } from '../checks/checker.ts';
import { withFinalMarks } from '../checks/findings/final-reads.ts';
import { toDot } from '../report/export/dot.ts';
import { toEdn } from '../report/export/edn.ts';
import { toOtlp } from '../report/export/otlp.ts';
import { toPerfetto } from '../report/export/perfetto.ts';
import { toShiviz } from '../report/export/shiviz.ts';
import { toSvg } from '../report/export/svg.ts';
import { pageOfRun } from '../report/page/page-of-run.ts';
import type { RunEvents } from '../report/page/run-events.ts';
import type { RunContext } from '../report/run-context.ts';
import type { Result } from '../scenarios/result.ts';
import type { ExportForm } from './arguments.ts';
import type { OneRun } from './one-run.ts';
import { eventsOf } from './page.ts';

type Write = (
  result: Result,
  events: RunEvents,
  context: RunContext,
  window: Window | null,
) => string | null;

const writers: { readonly [F in ExportForm]: Write } = {
  dot: toDot,
  edn: ({ history }) => toEdn(withFinalMarks(history)),
  otlp: toOtlp,
  perfetto: toPerfetto,
  shiviz: (_result, events) => toShiviz(events),
  svg: (result, events, context, window) => toSvg(pageOfRun(result, context, events), window),
};

/**
 * null where there is nothing to write in this form, or the run could not be listened to. `window`
 * null is what a page opens on.
 */
export function exportRun(
  form: ExportForm,
  run: OneRun,
  result: Result,
  window: Window | null = null,
): string | null {
  const events = eventsOf(run, result);
  return events === null ? null : writers[form](result, events, run.context, window);
}
