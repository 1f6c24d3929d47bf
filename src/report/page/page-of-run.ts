/** A result and its events as a page: the model, the columns and the bodies of messages. */
import type { Result } from '../../scenarios/result.ts';
import { describeDetail } from '../../sim/trace.ts';
import { formatCount, formatDurationUs } from '../../sim/units.ts';
import { visible } from '../../sim/visible-text.ts';
import { plainInk } from '../ink.ts';
import { type CheckResult, checksOf, type Operation } from '../result-parts.ts';
import { type RunContext, reproLine } from '../run-context.ts';
import { describeOperation } from '../witness.ts';
import { Causality } from './causality.ts';
import { type Column, writeColumns } from './columns.ts';
import { errorBlock, factsOf } from './fact-lines.ts';
import { failureOf } from './failure.ts';
import { glossaryOf } from './glossary.ts';
import { laneOrder } from './lane-order.ts';
import type { MessageTable } from './message-table.ts';
import { operationColumnsOf } from './operation-columns.ts';
import type {
  PageDown,
  PageFault,
  PageModel,
  PageNode,
  PageNote,
  PageRole,
  PageState,
} from './page-model.ts';
import { seriesOf } from './page-series.ts';
import { roleIntervals } from './roles.ts';
import type { RunEvents } from './run-events.ts';
import { checkSteps, eventSteps, proofOf, STEPS_MAX, type StoryParts } from './story.ts';

/** What goes into the file. */
export interface PageParts {
  readonly model: PageModel;
  readonly columns: Uint8Array;
  /** What `columns` holds. */
  readonly list: readonly Column[];
  /** Text, one line a message, in the order of the columns; empty without messages. */
  readonly bodies: Uint8Array;
}

const plain = plainInk({ ascii: false, width: 100 });
const NOTES_SHOWN_MAX = 4000;

/**
 * `events` is null where the run could not be listened to: then its messages are not known.
 * `goesOn` says how far a run is that nothing stopped: the result is of its beginning.
 */
export function pageOfRun(
  result: Result,
  context: RunContext,
  events: RunEvents | null,
  goesOn?: string,
): PageParts {
  const nodes = nodesOf(result);
  const places = new Map(nodes.map(({ name }, i) => [name, i]));
  const parts: StoryParts = {
    nodes,
    faults: faultsOf(result, places),
    roles: events === null ? [] : rolesOf(result, events, places),
    downs: downsOf(result, events, places),
    notes: events === null ? [] : notesOf(events, places),
    history: result.history,
    texts: result.history.map((operation) => operationWords(result, operation)),
  };
  const check = checkShown(result);
  const failure = failureOf(result, check, parts);
  const { error, facts } = result;
  // Where a run stopped early, what did not happen is on the picture too.
  const endUs = Math.max(1, facts.endedAtUs, error === null ? 0 : facts.durationUs);
  const model: PageModel = {
    format: 'dsim-page',
    version: 1,
    state: goesOn === undefined ? stateOf(result) : 'under way',
    name: result.scenario.name,
    sentence: goesOn ?? sentenceOf(result),
    subtitle: subtitleOf(result, context, events),
    expectations: result.judged.map(({ text, state, measured, because }) => {
      return { text, state, measured, because };
    }),
    durationUs: facts.durationUs,
    endUs,
    stoppedAtUs: error === null ? null : error.atUs,
    hasTimes: true,
    hasMessages: events !== null,
    nodes,
    order: laneOrder(nodes, parts.faults, failure?.atUs ?? failure?.fromUs ?? null),
    kinds: events?.kinds ?? [],
    blamed: events?.faults ?? [],
    faults: parts.faults,
    downs: parts.downs,
    roles: parts.roles,
    notes: parts.notes,
    series: seriesOf(result, places, endUs),
    operations: parts.texts,
    failure,
    story: storyOf(result, parts, check, failure, events),
    reasons: reasonsOf(result, check).map(visible),
    leftOut: leftOutOf(result, events),
    facts: factsOf(result),
    glossary: glossaryOf(result, check),
    repro: reproLine(result.seed, result.digests.order, context),
  };
  const operations = operationColumnsOf(result.history, places, events);
  if (events === null)
    return {
      model,
      columns: writeColumns(operations),
      list: operations,
      bodies: new Uint8Array(0),
    };
  const { messages } = events;
  const order = sentOrder(messages);
  const list = [...operations, ...messageColumnsOf(messages, order)];
  return { model, columns: writeColumns(list), list, bodies: events.bodies.inOrder(order) };
}

export function stateOf({ state, error }: Result): PageState {
  if (error === null) return state;
  return error.kind === 'interrupted' || error.kind === 'max-events' ? 'interrupted' : 'stopped';
}

/** The check that the page is about: the first that failed, else the first that gave up. */
function checkShown(result: Result): CheckResult | null {
  return checksOf(result, 'fail')[0] ?? checksOf(result, 'unknown')[0] ?? null;
}

/** Whether a check says why the run ended as it did: else a number does, or what never happened. */
function isAbout(check: CheckResult | null, { state }: Result): check is CheckResult {
  return check !== null && check.verdict === (state === 'violated' ? 'fail' : 'unknown');
}

/** Of what stopped the run, else of the check that the page is about. */
function reasonsOf(result: Result, check: CheckResult | null): readonly string[] {
  const [stopped] = errorBlock(result);
  // What was interrupted says no more than the sentence.
  if (stopped !== undefined) return result.error?.node === null ? [] : stopped.lines;
  return isAbout(check, result) ? check.reasons : [];
}

/** The one sentence that says how it ended. */
export function sentenceOf(result: Result): string {
  return visible(plainSentenceOf(result, checkShown(result)));
}

function plainSentenceOf(result: Result, check: CheckResult | null): string {
  const { error, scenario, state, judged } = result;
  if (error !== null) {
    const where = error.node === null ? '' : ` on ${error.node}`;
    return `Stopped at ${formatDurationUs(error.atUs)}${where}: ${error.message.split('\n')[0]}`;
  }
  if (state === 'held')
    return scenario.summary === '' ? 'All expectations held.' : scenario.summary;
  if (isAbout(check, result)) return check.summary;
  const bad = judged.find((each) => each.state === state);
  if (bad === undefined) return scenario.summary;
  const measured = bad.measured === '' ? '' : `, measured ${bad.measured}`;
  if (state === 'violated') return `Expected ${bad.text}${measured}: ${bad.because}`;
  return `${bad.text}: ${bad.because === '' ? bad.measured : bad.because}`;
}

function subtitleOf(
  result: Result,
  context: RunContext,
  events: RunEvents | null,
): readonly string[] {
  const { scenario, facts, history } = result;
  const groups = facts.groups.map(({ kind, nodes }) =>
    nodes.length === 1 ? kind : `${kind} ×${nodes.length}`,
  );
  const { sent, clientSent } = facts.messages;
  return [
    scenario.name,
    `seed ${result.seed}`,
    ...groups,
    formatDurationUs(facts.durationUs),
    `${formatCount(history.length)} operations`,
    `${formatCount(events?.bodies.count ?? sent + clientSent)} messages`,
    ...(context.without ? ['without the protection'] : []),
    ...context.sets,
  ].map(visible);
}

function nodesOf({ scenario }: Result): readonly PageNode[] {
  const servers = scenario.groups.flatMap(({ name: group, nodes, regions }) =>
    nodes.map((name, i): PageNode => {
      return { name, isClient: false, group, region: regions[i] ?? null, pinned: null };
    }),
  );
  const places = new Map(servers.map(({ name }, i) => [name, i]));
  const clients = scenario.loads.flatMap(({ name: group, clients: names, pinned, regions = [] }) =>
    names.map((name, i): PageNode => {
      const at = pinned[i];
      const place = at === null || at === undefined ? null : (places.get(at) ?? null);
      return { name, isClient: true, group, region: regions[i] ?? null, pinned: place };
    }),
  );
  return [...servers, ...clients];
}

type Places = ReadonlyMap<string, number>;

function faultsOf({ facts }: Result, places: Places): readonly PageFault[] {
  return facts.faults.flatMap(({ name, label, injectedAtUs, healedAtUs, sides }) => {
    if (injectedAtUs === null) return [];
    const named = sides.map((side) => {
      return { name: side.name, nodes: side.nodes.flatMap((node) => places.get(node) ?? []) };
    });
    const untilUs = healedAtUs ?? facts.endedAtUs;
    const isHealed = healedAtUs !== null;
    return [{ name, label, fromUs: injectedAtUs, untilUs, isHealed, sides: named }];
  });
}

function downsOf({ facts }: Result, events: RunEvents | null, places: Places): readonly PageDown[] {
  const pauses = (events?.lives ?? []).filter(({ what }) => what === 'pause');
  return facts.down
    .filter(({ fromUs, untilUs }) => untilUs > fromUs)
    .map(({ node, fromUs, untilUs, crashedAtUs }) => {
      const isPaused = fromUs > 0 || pauses.some((each) => each.node === node && each.atUs === 0);
      const what = crashedAtUs !== undefined ? 'down' : isPaused ? 'paused' : 'not started';
      return { node: places.get(node) ?? 0, fromUs, untilUs, what };
    });
}

function rolesOf({ facts }: Result, events: RunEvents, places: Places): readonly PageRole[] {
  return roleIntervals(events.notes, events.lives, facts.groups, facts.endedAtUs).map((role) => {
    return { ...role, node: places.get(role.node) ?? 0 };
  });
}

function notesOf(events: RunEvents, places: Places): readonly PageNote[] {
  const lives = events.lives
    .filter(({ atUs }) => atUs > 0)
    .map(({ node, atUs, n, what }) => ({ node, atUs, n, label: what, detail: {} }));
  return [...events.notes, ...lives]
    .sort((a, b) => a.n - b.n)
    .slice(0, NOTES_SHOWN_MAX)
    .map((note) => {
      const node = places.get(note.node) ?? 0;
      return {
        node,
        atUs: note.atUs,
        n: note.n,
        label: note.label,
        text: describeDetail(note.detail).slice(1),
      };
    });
}

/** `write k2 511`: with the key beside the name of what is asked. */
function operationWords(result: Result, operation: Operation): string {
  const { f, key } = operation;
  const told = visible(describeOperation(result, operation, key, plain));
  if (key === null) return told;
  const shown = visible(key);
  return told === f || told.startsWith(`${f} `)
    ? `${f} ${shown}${told.slice(f.length)}`
    : `${shown}: ${told}`;
}

function storyOf(
  result: Result,
  parts: StoryParts,
  check: CheckResult | null,
  failure: PageModel['failure'],
  events: RunEvents | null,
) {
  const { endedAtUs } = result.facts;
  if (check === null || failure === null || failure.culprit === null) {
    const steps = eventSteps(parts, failure?.fromUs ?? 0, failure?.untilUs ?? endedAtUs);
    return steps.slice(0, STEPS_MAX);
  }
  const steps = checkSteps(parts, check, failure.culprit, failure.fromUs);
  if (events === null) return steps;
  const proof = proofOf(
    parts,
    failure.witnesses,
    failure.culprit,
    events,
    new Causality(events.messages, parts.nodes.length),
    events.messages,
    events.faults,
  );
  return proof === null ? steps : [...steps, proof];
}

function leftOutOf({ facts }: Result, events: RunEvents | null): readonly string[] {
  const lines: string[] = [];
  if (events === null) lines.push('Messages are not known: the run could not be listened to.');
  const kept = (events?.notes.length ?? 0) + (events?.lives.length ?? 0);
  const lost = (events?.notesLost ?? 0) + Math.max(0, kept - NOTES_SHOWN_MAX);
  if (lost > 0) lines.push(`${formatCount(lost)} notes are left out.`);
  if (facts.measured.lost > 0) {
    lines.push(`${formatCount(facts.measured.lost)} measured values found no room.`);
  }
  return lines;
}

// --- Columns -----------------------------------------------------------------------------------

function messageColumnsOf(messages: MessageTable, order: Uint32Array | null): readonly Column[] {
  const column = (name: keyof MessageTable, grows = false) => {
    return { name: `message.${name}`, values: inOrder(messages[name], order), grows };
  };
  const causes = inOrder(messages.cause, order);
  return [
    column('sentUs', true),
    column('endedUs', true),
    column('from'),
    column('to'),
    column('kind'),
    column('fate'),
    column('sentStep', true),
    column('endedStep', true),
    {
      name: 'message.waited',
      values: inOrder(messages.sentStep, order).map((step, i) => step - (causes[i] ?? 0)),
    },
    column('fault'),
  ];
}

/** A loop: `Float64Array.from` goes through an iterator. */
function inOrder(values: Float64Array, order: Uint32Array | null): Float64Array {
  if (order === null) return values;
  const ordered = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) ordered[i] = values[order[i] ?? 0] ?? 0;
  return ordered;
}

/**
 * Rows by the step of sending; null where they are in this order already: all but the second row
 * of a doubled message, which goes next to its first.
 */
function sentOrder({ sentStep }: MessageTable): Uint32Array | null {
  if (sentStep.every((step, row) => step >= (sentStep[row - 1] ?? 0))) return null;
  const order = new Uint32Array(sentStep.length).map((_, row) => row);
  return order.sort((a, b) => (sentStep[a] ?? 0) - (sentStep[b] ?? 0) || a - b);
}
