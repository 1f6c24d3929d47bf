/** Runs that are kept, so that `dsim replay` finds them. */
import type { RunContext } from '../report/run-context.ts';
import { formatDocument, keptDocument, runDocument } from '../report/run-document.ts';
import { keepRun, runId } from '../scenarios/host/run-store.ts';
import type { Result } from '../scenarios/result.ts';
import { VERSION } from './one-run.ts';

/** Keeps a run; its context then says where. */
export function keepResult(result: Result, context: RunContext, cwd: string) {
  const id = runId(result.scenario.name, result.seed, result.digests.order);
  // How dsim was started is no part of the run: else one run would be kept twice.
  const document = keptDocument(runDocument(result, { ...context, dsim: 'dsim' }), VERSION);
  const keeping = keepRun(cwd, id, formatDocument(document));
  if ('why' in keeping) return { keeping, context };
  return { keeping, context: { ...context, kept: keeping.shown, runId: keeping.id } };
}
