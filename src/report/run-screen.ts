/**
 * The screen at the end of a run: verdict, expectations, the run over time, why, and the way back
 * to it.
 */
import { type ExpectationState, type Result, SETTLE_US, VERIFY_US } from '../scenarios/result.ts';
import { formatCount, formatDurationUs } from '../sim/units.ts';
import { shellWord } from '../sim/visible-text.ts';
import { renderActions } from './actions.ts';
import { renderCap } from './cap.ts';
import { renderExpectations } from './expectations.ts';
import type { Ink } from './ink.ts';
import { flow, paragraph, plural, textWidth } from './layout.ts';
import { renderLiveness } from './liveness.ts';
import { renderMetastable } from './metastable.ts';
import { renderMetricWhy } from './metric-why.ts';
import { renderNemeses } from './nemesis.ts';
import { renderObjectives } from './objectives.ts';
import { checksOf } from './result-parts.ts';
import { type RunContext, reproLine, runArguments } from './run-context.ts';
import type { Compared } from './run-document.ts';
import { stateMark, statePaint } from './state-mark.ts';
import { renderTimeline, unfelt } from './timeline.ts';
import { renderTwins } from './twins.ts';
import { renderRunError, renderWhy } from './why.ts';

/** Expectations named in one line. */
const NAMED_MAX = 2;

/** The whole screen, with a line break at its end. */
export function renderScreen(
  result: Result,
  context: RunContext,
  ink: Ink,
  { twins = [], metastable = [] }: Compared = {},
): string {
  const blocks: string[][] = [
    renderHeader(result, context, ink),
    renderExpectations(result, ink),
    renderObjectives(result, ink),
    renderTimeline(result, ink),
    renderCap(result.cap, ink),
    renderActions(result.facts, ink),
    renderLiveness(result.facts, ink),
    renderNemeses(result.facts, ink),
    renderTwins(twins, ink),
    renderMetastable(metastable, ink),
    ...renderWhy(result, ink),
    ...renderMetricWhy(result, ink),
    ...(result.error === null ? [] : [renderRunError(result.error, ink)]),
    renderClosing(result, context, ink),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

function renderHeader(result: Result, context: RunContext, ink: Ink): string[] {
  const { scenario, facts } = result;
  const state = result.state;
  const word = result.error === null ? state : 'stopped';
  const paint = statePaint(state, ink);
  const title = ink.strong(ink.clean(scenario.name));
  const groups = facts.groups.map(({ name, kind, nodes }) => {
    const many = nodes.length === 1 ? '' : ` ${ink.glyph.times}${nodes.length}`;
    return `${name === kind ? name : `${name}: ${kind}`}${many}`;
  });
  const loads = facts.loads.map(
    ({ name, workload, clients }) =>
      `${name}: ${workload} ${clients.length === 1 ? 'client' : `clients ${ink.glyph.times}${clients.length}`}`,
  );
  const { sent, dropped } = facts.messages;
  const lost = dropped === 0 ? '' : `, ${formatCount(dropped)} dropped`;
  const counts = [
    plural(result.history.length, formatCount(result.history.length), 'operation'),
    // Those of clients are not among them: a bare 0 would seem to deny the operations.
    sent === 0
      ? 'no messages between nodes'
      : `${plural(sent, formatCount(sent), 'message')}${lost}`,
    plural(result.events, formatCount(result.events), 'event'),
  ];
  const dot = ink.glyph.separator;
  const parts = [context.file, ...groups, ...loads, simulatedText(result)].map(ink.clean);
  return [
    `${stateMark(state, ink)} ${paint(word)}  ${title}  seed ${ink.clean(result.seed)}`,
    ...flow(parts, dot, ink.width - 2).map((line) => ink.dim(`  ${line}`)),
    ...flow(counts, dot, ink.width - 2).map((line) => ink.dim(`  ${line}`)),
    ...drawnLines(result, ink),
    ...(scenario.summary === '' ? [] : paragraph(ink.clean(scenario.summary), ink.width, '  ')),
  ];
}

/** How long chaos was, and what came after; its bounds where they are others than usual. */
function simulatedText({ facts, scenario }: Result): string {
  const after = facts.endedAtUs - facts.durationUs;
  if (after < 0)
    return `${formatDurationUs(facts.endedAtUs)} of ${formatDurationUs(facts.durationUs)} simulated`;
  const chaos = `${formatDurationUs(facts.durationUs)} simulated`;
  if (after === 0) return chaos;
  const { settleUs = SETTLE_US, verifyUs = VERIFY_US } = scenario;
  const bounds = [
    ...(settleUs === SETTLE_US ? [] : [`settle: ${formatDurationUs(settleUs)}`]),
    ...(verifyUs === VERIFY_US ? [] : [`verify: ${formatDurationUs(verifyUs)}`]),
  ];
  const at = bounds.length === 0 ? '' : ` (${bounds.join(', ')})`;
  return `${chaos}, then ${formatDurationUs(after)} to settle${at}`;
}

function drawnLines({ scenario }: Result, ink: Ink): string[] {
  if (scenario.drawn.length === 0) return [];
  const parts = scenario.drawn.map(({ path, value }) => ink.clean(`${path} = ${value}`));
  return flow(parts, ink.glyph.separator, ink.width - 8).map(
    (line, i) => `${i === 0 ? '  drew  ' : '        '}${line}`,
  );
}

// --- The last lines ----------------------------------------------------------------------------

function renderClosing(result: Result, context: RunContext, ink: Ink): string[] {
  const state = result.state;
  return [
    ...unfelt(result).flatMap(({ name }) => unfeltLines(name, ink)),
    state === 'held' ? calmLine(result, context, ink) : verdictLine(result, ink, false),
    ...(state === 'held' ? [] : advise(result, context, ink)),
  ];
}

/** After success one line is enough, and it says where the run is. */
function calmLine(result: Result, context: RunContext, ink: Ink): string {
  const kept = context.kept === null ? '' : `  ${ink.dim(`kept in ${ink.clean(context.kept)}`)}`;
  return `${verdictLine(result, ink)}${kept}`;
}

function unfeltLines(name: string, ink: Ink): string[] {
  const text = ink.clean(`${name} had no effect`);
  return paragraph(text, ink.width, '  ', `${ink.glyph.warning} `).map(ink.warn);
}

/**
 * The one line that `--quiet` prints: mark, state, scenario, seed, and what decided it. As wide as
 * it needs to be.
 */
export function verdictLine(result: Result, ink: Ink, names = true): string {
  const state = result.state;
  const paint = statePaint(state, ink);
  const word = result.error === null ? state : 'stopped';
  const subject = ink.clean(`${result.scenario.name}  seed ${result.seed}`);
  return `${stateMark(state, ink)} ${paint(word)}  ${subject}  ${ink.clean(decided(result, names))}`;
}

/** `2 of 4 expectations violated, 1 never exercised`, on demand with their names. */
function decided({ error, judged }: Result, names: boolean): string {
  if (error !== null) return error.message.split('\n')[0] ?? '';
  const total = plural(judged.length, String(judged.length), 'expectation');
  if (judged.length === 0) return 'nothing was expected';
  const failed = judged.filter(({ state }) => state !== 'held');
  if (failed.length === 0) return total;
  const states: readonly ExpectationState[] = ['violated', 'unknown', 'never exercised'];
  const counts = states.flatMap((state) => {
    const count = failed.filter((one) => one.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const [first, ...others] = counts;
  const text = [first?.replace(' ', ` of ${total} `), ...others].join(', ');
  if (!names) return text;
  const named = failed.slice(0, NAMED_MAX).map((one) => one.text);
  return `${text}: ${named.join(', ')}${failed.length > NAMED_MAX ? ', …' : ''}`;
}

function advise(result: Result, context: RunContext, ink: Ink): string[] {
  // Where it was stopped is chance: there is nothing to replay.
  if (result.error?.kind === 'interrupted') return [];
  const rows: (readonly [string, string, string])[] = [
    ['repro:', reproLine(result.seed, result.digests.order, context), ''],
    ...(context.kept === null ? [] : [['kept: ', context.kept, ''] as const]),
    ...nextCommands(result, context).map(
      ([command, what], i) => [i === 0 ? 'next: ' : '      ', command, what] as const,
    ),
  ];
  return rows.map(([head, text, what]) => {
    const line = `  ${ink.strong(head)} ${ink.clean(text)}`;
    const fits = 9 + textWidth(text) + 3 + textWidth(what) <= ink.width;
    return what === '' || !fits ? line : `${line}  ${ink.dim(what)}`;
  });
}

/** What to do next, with a word on what it gives; commands that exist, ready to paste. */
function nextCommands(result: Result, context: RunContext): readonly (readonly [string, string])[] {
  const arguments_ = runArguments(result.seed, context);
  const { dsim, runId } = context;
  const again = runId === null ? `run ${arguments_}` : `replay ${shellWord(runId)}`;
  const failed = checksOf(result, 'fail');
  const witnessed =
    failed.some(({ evidence }) => evidence.length > 0) || result.error?.node != null;
  const commands: (readonly [string, string])[] = [];
  if (witnessed) commands.push([`${dsim} ${again} -o why.md`, 'draw the messages that led to it']);
  const [check] = [...failed, ...checksOf(result, 'unknown')];
  if (check !== undefined) {
    commands.push([`${dsim} explain ${shellWord(check.checker)}`, 'what the check demands']);
  }
  if (!witnessed) commands.push([`${dsim} ${again} --verbose`, 'every event of the run']);
  return commands;
}
