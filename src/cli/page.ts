/** A run as a page: listens to it again, packs what was heard, and puts the file together. */
import { commandAgain, type JudgedHistory, renderVerdict } from '../report/check-screen.ts';
import { createInk } from '../report/ink.ts';
import { withMessagesAround } from '../report/page/message-window.ts';
import { type PackedRun, renderPage } from '../report/page/page-html.ts';
import { pageOfHistory } from '../report/page/page-of-history.ts';
import { type PageParts, pageOfRun } from '../report/page/page-of-run.ts';
import { RunEvents } from '../report/page/run-events.ts';
import type { RunContext } from '../report/run-context.ts';
import { renderScreen } from '../report/run-screen.ts';
import type { Result } from '../scenarios/result.ts';
import { formatCount } from '../sim/units.ts';
import { nodesOf, type OneRun } from './one-run.ts';
import { pageCode } from './page-code.ts';
import { type PageEngine, pageEngine } from './page-engine.ts';
import { hash, packNumbers, packText } from './page-packing.ts';

/**
 * Characters of a page's data: above the first what messages say is left out, above the second
 * messages far from the failure. A browser would be slow with more.
 */
const LIMITS = { withBodies: 8_000_000, columns: 12_000_000 };
/** Messages do not all take the same. */
const MARGIN = 0.95;
const WIDTH = 96;

const ink = createInk({ color: false, ascii: false, width: WIDTH });

/** The text of the page of a run that was simulated before; `goesOn` as `pageOfRun` has it. */
export function runPage(run: OneRun, result: Result, context: RunContext, goesOn?: string): string {
  // However it was started and wherever it was kept: a page holds nothing of the machine.
  const anywhere = { ...context, dsim: 'dsim', kept: null, runId: null };
  const parts = pageOfRun(result, anywhere, eventsOf(run, result), goesOn);
  const again = pageEngine(run.scenario, result, anywhere);
  return assemble(parts, renderScreen(result, anywhere, ink), again);
}

/** The text of the page of a history that was made elsewhere. */
export function historyPage(judged: JudgedHistory): string {
  return assemble(pageOfHistory(judged, commandAgain(judged)), renderVerdict(judged, ink));
}

/** What listens for a page while a run goes on: `run.heard` afterwards. */
export function listenerFor({ scenario }: OneRun): RunEvents {
  return new RunEvents(nodesOf(scenario));
}

/**
 * The events of a run: those that were heard, or it runs again; null if it does not come to where
 * it came before.
 */
export function eventsOf(run: OneRun, result: Result): RunEvents | null {
  if (run.heard !== null) return run.heard;
  const events = listenerFor(run);
  const stopped = result.error?.kind === 'interrupted' ? result.events : undefined;
  const ending = run.simulate(events, undefined, undefined, stopped);
  return ending.kind === 'done' ? events : null;
}

/** `words` is what the terminal says. */
export function assemble(parts: PageParts, words: string, again: PageEngine | null = null): string {
  const { script, style } = pageCode();
  const { model, columns, bodies } = packWithin(parts, LIMITS);
  const packed: PackedRun = {
    columns,
    model: packText(JSON.stringify(model)),
    bodies,
    again:
      again === null
        ? null
        : { pack: packText(JSON.stringify(again.pack)), engine: packText(again.program) },
  };
  return renderPage(model, packed, words, { script, style, hash });
}

/** Leaves out what is too much, and says so in the model. */
export function packWithin(whole: PageParts, limits: typeof LIMITS) {
  const { parts, columns } = fitting(whole, limits.columns);
  const bodies = parts.bodies.length === 0 ? null : packText(parts.bodies);
  if (bodies === null || columns.length + bodies.length <= limits.withBodies) {
    return { model: parts.model, columns, bodies };
  }
  const said = `The bodies of ${formatCount(parts.model.kinds.length)} types of messages are left out: they take ${Math.round(bodies.length / 1e6)} MB.`;
  const model = { ...parts.model, leftOut: [...parts.model.leftOut, said] };
  return { model, columns, bodies: null };
}

/** With as many messages as a number of characters has room for, found by trying. */
function fitting(whole: PageParts, max: number): { parts: PageParts; columns: string } {
  let parts = whole;
  let columns = packNumbers(parts.columns);
  let { length = 0 } = whole.list.find(({ name }) => name === 'message.sentUs')?.values ?? {};
  while (columns.length > max && length > 0) {
    length = Math.floor((length * MARGIN * max) / columns.length);
    parts = withMessagesAround(whole, length);
    columns = packNumbers(parts.columns);
  }
  return { parts, columns };
}
