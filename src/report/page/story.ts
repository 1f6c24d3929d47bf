/**
 * The chain of a witness as steps: operations, strikes, changes of leader and lives of nodes in the
 * order of time, each a sentence with names, and at the end what the messages prove.
 */
import { formatCount, formatMomentUs } from '../../sim/units.ts';
import type { CheckResult, Operation } from '../result-parts.ts';
import type { Causality } from './causality.ts';
import type { MessageTable } from './message-table.ts';
import type { PageDown, PageFault, PageNode, PageNote, PageRole, Step } from './page-model.ts';

export const STEPS_MAX = 14;
/** Faults and leaders from before the first witness. */
const BEFORE_MAX = 4;

export interface StoryParts {
  readonly nodes: readonly PageNode[];
  readonly faults: readonly PageFault[];
  readonly roles: readonly PageRole[];
  readonly downs: readonly PageDown[];
  readonly notes: readonly PageNote[];
  readonly history: readonly Operation[];
  /** By operation: `write k2 511`. */
  readonly texts: readonly string[];
}

/** Faults, leaders and lives within a time, as steps in order. */
export function eventSteps(parts: StoryParts, fromUs: number, untilUs: number): readonly Step[] {
  const steps = [
    ...parts.faults.flatMap((fault, i) => faultSteps(parts, fault, i)),
    ...parts.roles.flatMap((role, i) => (role.leads ? [leaderStep(parts, role, i)] : [])),
    ...parts.downs.flatMap((down) => downSteps(parts, down).filter(isNews(parts))),
  ].filter(({ atUs }) => atUs >= fromUs && atUs <= untilUs);
  return inOrder(steps);
}

/** Steps of a failed check: what happened around its witnesses, and what they are. */
export function checkSteps(
  parts: StoryParts,
  check: CheckResult,
  culprit: number | null,
  fromUs: number,
): readonly Step[] {
  const witnesses = check.evidence.flatMap((index) => parts.history[index] ?? []);
  const untilUs = Math.max(0, ...witnesses.map(endOf));
  const around = eventSteps(parts, 0, untilUs);
  const within = around.filter(({ atUs }) => atUs >= fromUs).length;
  const room = Math.max(0, STEPS_MAX - witnesses.length);
  const count = Math.min(room, within + BEFORE_MAX, around.length);
  const kept = around.slice(around.length - count);
  return inOrder([
    ...kept,
    ...witnesses.map((operation) => operationStep(parts, operation, operation.index === culprit)),
  ]);
}

/** A strike or a heal of a fault says already who goes down and comes back. */
function isNews({ faults }: StoryParts): (step: Step) => boolean {
  return ({ atUs }) => faults.every(({ fromUs, untilUs }) => fromUs !== atUs && untilUs !== atUs);
}

function inOrder(steps: readonly Step[]): readonly Step[] {
  return [...steps].sort((a, b) => a.atUs - b.atUs);
}

/** When a client knew the outcome of an operation, or began it if it never did. */
export function endOf({ endedAtUs, invokedAtUs }: Operation): number {
  return endedAtUs === Infinity ? invokedAtUs : endedAtUs;
}

const endings = { ok: 'is answered', fail: 'fails', info: 'has no known outcome' } as const;

function operationStep(parts: StoryParts, operation: Operation, isBad: boolean): Step {
  const { index, outcome, node } = operation;
  const text = `#${index} ${parts.texts[index] ?? operation.f}`;
  const where = node === null ? '' : ` at ${node}`;
  return {
    atUs: endOf(operation),
    words: ['', text, `${where} ${endings[outcome]}.`],
    select: `o${index}`,
    isBad,
  };
}

function faultSteps(parts: StoryParts, fault: PageFault, i: number): readonly Step[] {
  const { name, fromUs, untilUs, isHealed } = fault;
  const step = (atUs: number, rest: string): Step => {
    return { atUs, words: ['', name, rest], select: `f${i}`, isBad: false };
  };
  return [
    step(fromUs, ` strikes: ${faultWords(parts, fault)}`),
    ...(isHealed && untilUs > fromUs ? [step(untilUs, ' heals.')] : []),
  ];
}

function faultWords(parts: StoryParts, { sides, label, fromUs }: PageFault): string {
  const [one, two] = sides;
  if (one === undefined || two === undefined || sides.length > 2) {
    return label === '' ? 'it holds.' : `${label}.`;
  }
  const names = (side: { readonly nodes: readonly number[] }) =>
    side.nodes.map((node) => parts.nodes[node]?.name ?? '').join(', ');
  const [small, large] = one.nodes.length <= two.nodes.length ? [one, two] : [two, one];
  const leads = parts.roles.some(
    ({ node, leads, fromUs: since, untilUs }) =>
      leads && small.nodes.includes(node) && since <= fromUs && untilUs > fromUs,
  );
  const leader = leads ? ' The leader is on the smaller side.' : '';
  return `${names(small)} cannot reach ${names(large)}.${leader}`;
}

function leaderStep(parts: StoryParts, role: PageRole, i: number): Step {
  const { node, fromUs, term } = role;
  const name = (place: number) => parts.nodes[place]?.name ?? '';
  const old = parts.roles.find(
    (other) =>
      other.leads &&
      other.node !== node &&
      other.fromUs <= fromUs &&
      other.untilUs > fromUs &&
      other.staleFromUs !== null &&
      other.staleFromUs <= fromUs,
  );
  const title = `${role.role}${term === null ? '' : ` of term ${term}`}`;
  const words =
    old === undefined
      ? ['', name(node), ` becomes ${title}.`]
      : [
          '',
          name(node),
          ` becomes ${title}. `,
          name(old.node),
          ' has not heard of it and still leads: two leaders.',
        ];
  return { atUs: fromUs, words, select: `r${i}`, isBad: false };
}

/** Only what was noted: a node that stays down does not come back as the run ends. */
function downSteps({ nodes, notes }: StoryParts, down: PageDown): readonly Step[] {
  const { node, fromUs, untilUs, what } = down;
  const noted = (atUs: number, label: string, rest: string): readonly Step[] => {
    const place = notes.findIndex(
      (note) => note.node === node && note.atUs === atUs && note.label === label,
    );
    const words = ['', nodes[node]?.name ?? '', rest];
    return place === -1 ? [] : [{ atUs, words, select: `n${place}`, isBad: false }];
  };
  return [
    ...noted(fromUs, 'crash', ' crashes.'),
    ...noted(fromUs, 'pause', ' stops for a while.'),
    ...noted(untilUs, 'boot', what === 'down' ? ' is up again.' : ' starts.'),
    ...noted(untilUs, 'resume', ' is up again.'),
  ];
}

// --- What the messages prove -------------------------------------------------------------------

export interface Steps {
  /** By operation, the steps in which it began and ended. */
  readonly begun: readonly number[];
  readonly ended: readonly number[];
}

/**
 * What the culprit could know of the operations that were over before it began: a sentence that
 * holds whatever the nodes do, since news travels only by messages. null where there is none to
 * compare.
 */
export function proofOf(
  parts: StoryParts,
  witnesses: readonly number[],
  culprit: number,
  steps: Steps,
  causality: Causality,
  messages: MessageTable,
  blamed: readonly string[],
): Step | null {
  const last = parts.history[culprit];
  const end = steps.ended[culprit];
  if (last === undefined || end === undefined || end < 0) return null;
  const places = new Map(parts.nodes.map(({ name }, i) => [name, i]));
  const before = witnesses
    .flatMap((index) => parts.history[index] ?? [])
    .filter(({ index, completedAtUs }) => index !== culprit && completedAtUs < last.invokedAtUs)
    .sort((a, b) => b.completedAtUs - a.completedAtUs);
  const unknown = before.filter(({ index, client }) => {
    const begun = steps.begun[index] ?? 0;
    const [from, to] = [places.get(client) ?? 0, places.get(last.client) ?? 0];
    return !causality.leadsTo(from, begun, to, end);
  });
  const [other] = unknown.length > 0 ? unknown : before;
  if (other === undefined) return null;
  const names = [`#${culprit}`, `#${other.index}`] as const;
  const select = `o${culprit}`;
  if (unknown.length === 0) {
    const words = [
      '',
      `${names[0]} could have known of ${names[1]}`,
      ': a chain of messages leads from the one to the other. No message was missing; look at what the nodes did with them.',
    ];
    return { atUs: endOf(last), words, select, isBad: true };
  }
  const why = lossWords(messages, blamed, other.invokedAtUs, endOf(last));
  const words = [
    '',
    `${names[0]} could not know of ${names[1]}`,
    `: no chain of messages leads from the one to the other.${why}`,
  ];
  return { atUs: endOf(last), words, select, isBad: true };
}

/** ` Between 10.345s and 10.456s partition lost 21 messages.` */
function lossWords(
  { fault, endedUs }: MessageTable,
  blamed: readonly string[],
  fromUs: number,
  untilUs: number,
): string {
  const lost = blamed.map(() => 0);
  fault.forEach((place, row) => {
    const atUs = endedUs[row] ?? -1;
    if (place >= 0 && atUs >= fromUs && atUs <= untilUs) lost[place] = (lost[place] ?? 0) + 1;
  });
  const most = lost.indexOf(Math.max(0, ...lost));
  const count = lost[most] ?? 0;
  if (count === 0) return '';
  const between = `${formatMomentUs(fromUs)} and ${formatMomentUs(untilUs)}`;
  return ` Between ${between}, ${blamed[most]} lost ${formatCount(count)} messages.`;
}
