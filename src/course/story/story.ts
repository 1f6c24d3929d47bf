/**
 * Why a run was lost, for the student: what happened in one sentence, because of what, and a
 * picture. What no checker can see (answers that name no request, a storm) comes first: it explains
 * what the checkers saw.
 */
import { createInk } from '../../report/ink.ts';
import { renderWitness } from '../../report/witness.ts';
import type { Result } from '../../scenarios/result.ts';
import { withGhost } from '../../scenarios/verdict/twin.ts';
import { formatCount, formatMomentUs } from '../../sim/units.ts';
import type { RunFault, Story } from '../job.ts';
import type { TrafficCounts } from '../sandbox/traffic.ts';
import { broadcastPicture } from './broadcast-picture.ts';
import type { Lost } from './lost.ts';

const WIDTH = 78;
const PICTURE_LINES_MAX = 12;
const SENTENCE_MAX = 400;
/** Runs without a fault take time, and the first few say most. */
const TWINS_MAX = 3;

export function tellStory(lost: Lost): Story {
  const { what, finding } = headline(lost);
  return {
    what: what.length > SENTENCE_MAX ? `${what.slice(0, SENTENCE_MAX - 1)}…` : what,
    because: becauseOf(lost),
    picture: pictureOf(lost).slice(0, PICTURE_LINES_MAX),
    finding,
  };
}

// --- What --------------------------------------------------------------------------------------

interface Headline {
  readonly what: string;
  readonly finding: string;
}

function headline({ result, traffic, error }: Lost): Headline {
  if (error !== null) {
    const clients = result.scenario.loads.flatMap((load) => load.clients);
    return { what: wordsOfError(error, traffic, clients), finding: error.kind };
  }
  const client = clientSide(traffic);
  const lost = result.judged.filter(({ state }) => state !== 'held');
  // Worst first: a violated check says more than a number that is too low.
  const first =
    lost.find(({ check }) => check?.verdict === 'fail') ??
    lost.find(({ state }) => state === 'violated') ??
    lost[0];
  if (first === undefined) return { what: 'It did not hold.', finding: '' };
  const { text, state, measured, because, check } = first;
  const finding = check?.checker ?? text;
  if (check?.verdict === 'fail') return { what: sentence(check.summary), finding };
  if (client !== null) return { what: client, finding };
  if (state === 'never exercised')
    return { what: `${text}: never put to the test: ${because}.`, finding };
  // Of a `never` it says that it came true.
  const was = measured.startsWith('came ') ? 'it' : 'it was';
  return { what: `${text}, but ${was} ${measured}: ${because}.`, finding };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function wordsOfError(fault: RunFault, traffic: TrafficCounts, clients: readonly string[]): string {
  const { kind, node, atUs, message, place } = fault;
  const at = formatMomentUs(atUs);
  if (kind === 'max-events' || kind === 'livelock') {
    const { busiest, sent, repeated, spent } = traffic;
    if (busiest === null) return `A storm: ${message}.`;
    const share = sent === 0 ? 0 : Math.round((100 * repeated) / sent);
    return (
      `A storm of messages: by ${at} the budget of ${spent ?? 'events'} was used up. ${busiest.node} alone sent ` +
      `${formatCount(busiest.count)} ${busiest.type}; ${share}% of all messages repeated, word for ` +
      'word, what the same node had been sent before.'
    );
  }
  if (place === null && clients.includes(node ?? '')) return `${sentence(message)} (${at})`;
  const where = place === null ? '' : ` in ${place}`;
  const who = node === null ? 'A node' : node;
  return `${who} stopped at ${at}${where}: ${sentence(message)}`;
}

/** What clients got that they could not use; null if nothing of the kind explains much. */
function clientSide({
  answers,
  unnamed,
  unasked,
  misdirected,
  requests,
  unanswered,
}: TrafficCounts): string | null {
  if (unnamed > answers / 2) {
    return `${formatCount(unnamed)} of ${formatCount(answers)} messages to clients named no request: an answer carries \`inReplyTo: request.id\`, or nobody knows what it answers.`;
  }
  if (unasked > answers / 2) {
    return `${formatCount(unasked)} of ${formatCount(answers)} answers named a request that this client had not made, or that was answered already.`;
  }
  const missing = unanswered.reduce((sum, [, count]) => sum + count, 0);
  if (missing <= requests / 4) return null;
  if (misdirected > missing / 2) {
    return `${formatCount(misdirected)} answers went to nodes and not to the client that waits: answer \`from\`, who sent the request.`;
  }
  const [node, count] = [...unanswered].sort(([, a], [, b]) => b - a)[0] ?? ['', 0];
  return `${formatCount(missing)} of ${formatCount(requests)} requests were never answered, ${formatCount(count)} of them by ${node}.`;
}

// --- Because -----------------------------------------------------------------------------------

function becauseOf({ result, error, again }: Lost): string {
  if (error !== null && error.kind !== 'handler') return '';
  const { scenario } = result;
  const names = scenario.faults.map(({ name }) => name).slice(0, TWINS_MAX);
  if (names.length === 0) return 'No fault struck: it fails by itself.';
  const decisive = names.filter((name) => {
    const twin = again(withGhost(scenario, name));
    return repairs(result, twin);
  });
  if (decisive.length > 0) {
    return `Without ${decisive.map((name) => `the fault \`${name}\``).join(', or without ')} the same run holds.`;
  }
  const none = again(withGhost(scenario, ...scenario.faults.map(({ name }) => name)));
  return repairs(result, none)
    ? 'Without any fault the same run holds.'
    : 'It fails without any fault too.';
}

/** What was violated is not any more. That a ghost was not felt does not count. */
function repairs(run: Result, twin: Result): boolean {
  if (twin.error !== null) return false;
  const violated = (of: Result) =>
    of.judged.filter(({ state }) => state === 'violated').map(({ text }) => text);
  const still = violated(twin);
  const before = violated(run);
  return run.error !== null || (before.length > 0 && !before.some((text) => still.includes(text)));
}

// --- Picture -----------------------------------------------------------------------------------

function pictureOf(lost: Lost): readonly string[] {
  const { result } = lost;
  const ink = createInk({ color: false, ascii: false, width: WIDTH });
  const failed = result.checks.find(({ verdict }) => verdict === 'fail');
  if (failed === undefined) return [];
  if (failed.checker === 'delivered') return broadcastPicture(lost, failed);
  return renderWitness(result, failed, ink).map((line) => line.replace(/^ {4}/, ''));
}
