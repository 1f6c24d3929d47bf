/** What a page opens on: the moments that show the failure, and the window around them. */
import type { Result } from '../../scenarios/result.ts';
import type { CheckResult, Operation } from '../result-parts.ts';
import type { PageModel } from './page-model.ts';
import { endOf, type StoryParts } from './story.ts';
import type { Moment } from './time-axis.ts';

const WITNESSES_MAX = 12;
/** Strikes, heals and changes of leader that get a moment of their own. */
const EVENTS_MAX = 8;
/** As many before the witnesses, where nothing happened among them. */
const BEFORE_MAX = 3;
/** About as long is seen of each of them. */
const BEFORE_US = 200_000;
const LONGEST_US = 2_000_000;

/** null for a run that opens on the whole. */
export function failureOf(
  result: Result,
  check: CheckResult | null,
  parts: StoryParts,
): PageModel['failure'] {
  const shown = check === null ? null : failureOfCheck(check, parts);
  if (shown !== null) return shown;
  const { error } = result;
  if (error !== null && error.node !== null) {
    const moment = { fromUs: Math.max(0, error.atUs - 200_000), untilUs: error.atUs + 20_000 };
    return { atUs: error.atUs, witnesses: [], culprit: null, moments: [moment], ...moment };
  }
  return result.state === 'violated' ? ofFault(parts) : null;
}

/** Of a check alone; null if it names no operation, or did not fail. */
export function failureOfCheck(check: CheckResult, parts: StoryParts): PageModel['failure'] {
  const witnesses = check.evidence
    .flatMap((index) => parts.history[index] ?? [])
    .sort((a, b) => endOf(a) - endOf(b))
    .slice(-WITNESSES_MAX);
  const last = witnesses.at(-1);
  return check.verdict === 'fail' && last !== undefined
    ? ofWitnesses(check, witnesses, last, parts)
    : null;
}

function ofWitnesses(
  check: CheckResult,
  witnesses: readonly Operation[],
  last: Operation,
  parts: StoryParts,
): PageModel['failure'] {
  // The operation whose end made the violation visible; else the last to end.
  const isSeen = ({ completedAtUs }: Operation) => completedAtUs === check.atUs;
  const culprit = witnesses.findLast(isSeen) ?? last;
  const spans = witnesses.map((operation): Moment => {
    return { fromUs: operation.invokedAtUs, untilUs: endOf(operation) };
  });
  const lengthUs = typical(spans);
  const padUs = lengthUs / 2;
  const fromUs = Math.min(...spans.map((span) => span.fromUs)) - padUs;
  const untilUs = Math.max(...spans.map((span) => span.untilUs)) + padUs;
  const among = eventMoments(parts, fromUs, untilUs, lengthUs);
  // Where nothing happened among them, it began before.
  const events =
    among.length > 0 ? among : eventMoments(parts, 0, fromUs, BEFORE_US).slice(-BEFORE_MAX);
  const moments = [
    ...spans.map((span) => ({ fromUs: span.fromUs - padUs, untilUs: span.untilUs + padUs })),
    ...events,
  ];
  return {
    atUs: check.atUs ?? endOf(culprit),
    witnesses: witnesses.map(({ index }) => index),
    culprit: culprit.index,
    moments,
    fromUs: Math.max(0, Math.round(fromUs)),
    untilUs: Math.round(untilUs),
  };
}

/** The middle length of the witnesses, from 2 ms to 2 s. */
function typical(spans: readonly Moment[]): number {
  const lengths = spans.map(({ fromUs, untilUs }) => untilUs - fromUs).sort((a, b) => a - b);
  const middle = lengths[Math.floor(lengths.length / 2)] ?? 0;
  return Math.min(LONGEST_US, Math.max(2000, middle));
}

/** Strikes, heals, crashes and changes of leader among the witnesses, the last of them. */
function eventMoments(
  { faults, roles, downs }: StoryParts,
  fromUs: number,
  untilUs: number,
  lengthUs: number,
): readonly Moment[] {
  const times = [
    ...faults.flatMap((fault) => [fault.fromUs, fault.untilUs]),
    ...downs.map((down) => down.fromUs),
  ].map((atUs) => ({ atUs, before: lengthUs / 2, after: lengthUs }));
  const led = roles
    .filter(({ leads }) => leads)
    .map((role) => ({ atUs: role.fromUs, before: lengthUs * 1.6, after: lengthUs / 2 }));
  return [...times, ...led]
    .filter(({ atUs }) => atUs > fromUs && atUs < untilUs)
    .sort((a, b) => a.atUs - b.atUs)
    .slice(-EVENTS_MAX)
    .map(({ atUs, before, after }) => ({ fromUs: atUs - before, untilUs: atUs + after }));
}

/** Of a number that was not reached: the first fault with some time around it. */
function ofFault({ faults }: StoryParts): PageModel['failure'] {
  const [first] = [...faults].sort((a, b) => a.fromUs - b.fromUs);
  if (first === undefined) return null;
  const aroundUs = Math.max(500_000, (first.untilUs - first.fromUs) / 8);
  const window = {
    fromUs: Math.max(0, Math.round(first.fromUs - aroundUs)),
    untilUs: Math.round(first.untilUs + aroundUs),
  };
  return { atUs: null, witnesses: [], culprit: null, moments: [], ...window };
}
