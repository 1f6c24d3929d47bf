/** A run as a page: listens to it again, packs what was heard, and puts the file together. */
import { commandAgain, type JudgedHistory, renderVerdict } from '../report/check-screen.ts';
import { createInk } from '../report/ink.ts';
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

/** Packed bodies above this are left out. */
const BODIES_MAX = 6_000_000;
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
export function assemble(
  { model, columns, bodies }: PageParts,
  words: string,
  again: PageEngine | null = null,
): string {
  const { script, style } = pageCode();
  const packedBodies = bodies.length === 0 ? null : packText(bodies);
  const isOver = packedBodies !== null && packedBodies.length > BODIES_MAX;
  const said = isOver
    ? `The bodies of ${formatCount(model.kinds.length)} types of messages are left out: they take ${Math.round(packedBodies.length / 1e6)} MB.`
    : null;
  const whole = said === null ? model : { ...model, leftOut: [...model.leftOut, said] };
  const packed: PackedRun = {
    columns: packNumbers(columns),
    model: packText(JSON.stringify(whole)),
    bodies: isOver ? null : packedBodies,
    again:
      again === null
        ? null
        : { pack: packText(JSON.stringify(again.pack)), engine: packText(again.program) },
  };
  return renderPage(whole, packed, words, { script, style, hash });
}
