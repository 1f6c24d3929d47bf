/** The section on objectives: what was promised, what was kept, and what is left of the budget. */
import type { Promised, Result } from '../scenarios/result.ts';
import {
  formatCount,
  formatDurationUs,
  formatMomentUs,
  formatRatio,
  formatShare,
} from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { padRight, paragraph, textWidth } from './layout.ts';

const INDENT = '      ';

/** The section with its heading; empty for a scenario that promises nothing. */
export function renderObjectives({ objectives = [] }: Result, ink: Ink): string[] {
  if (objectives.length === 0) return [];
  const column = Math.max(...objectives.map(({ objective }) => textWidth(objective.name)));
  return [
    ink.strong('OBJECTIVES'),
    ...objectives.flatMap((promised) => [
      headLine(promised, column, ink),
      ...[budgetText(promised), alertText(promised), downtimeText(promised)].flatMap((text) =>
        paragraph(ink.clean(text), ink.width, INDENT).map(ink.dim),
      ),
    ]),
  ];
}

function headLine({ objective, sli, events, bad }: Promised, column: number, ink: Ink): string {
  const name = padRight(ink.clean(objective.name), column);
  const goal = `target ${formatShare(objective.target)} ${goodText(objective)}`;
  if (sli === null) return `  ${ink.warn(ink.glyph.warning)} ${name}  nothing was asked; ${goal}`;
  const kept = sli >= objective.target;
  const mark = kept ? ink.good(ink.glyph.held) : ink.bad(ink.glyph.violated);
  const noun = objective.by === 'requests' ? 'requests' : 'slices of time';
  const counted = `${formatCount(events - bad)} of ${formatCount(events)} ${noun}`;
  return `  ${mark} ${name}  ${ink.clean(`${formatRatio(sli)}, ${counted}; ${goal}`)}`;
}

function goodText({ sli, withinUs, by, sliceUs, sliceTarget }: Promised['objective']): string {
  const within = withinUs === null ? '' : ` within ${formatDurationUs(withinUs)}`;
  const good = `${sli === 'ok' ? 'ok' : 'answered'}${within}`;
  if (by === 'requests') return good;
  return `of slices of ${formatDurationUs(sliceUs)} with ${formatShare(sliceTarget)} ${good}`;
}

function budgetText(promised: Promised): string {
  const { objective, burn, left, allowed, exhaustedAtUs } = promised;
  const whole = `budget for ${formatDurationUs(objective.windowUs)}: ${amount(allowed)} bad`;
  if (burn === null || left === null) return whole;
  const rest = left >= 0 ? `${formatRatio(left)} left` : `spent ${amount(1 - left)} times`;
  const gone = exhaustedAtUs === null ? '' : `, used up at ${formatMomentUs(exhaustedAtUs)}`;
  return `${whole}, ${rest}${gone}; burn rate ${amount(burn)}`;
}

/** By alert: short windows of few requests make it rise and fall many times. */
function alertText({ objective, firings }: Promised): string {
  const { alerts } = objective;
  if (alerts.length === 0) return 'no alerts';
  if (firings.length === 0) return 'no alert fired';
  const told = alerts.flatMap(({ burn, longUs }) => {
    const own = firings.filter((one) => one.burn === burn && one.longUs === longUs);
    const [first] = own;
    if (first === undefined) return [];
    const last = own[own.length - 1] ?? first;
    const end =
      last.untilUs === null ? 'and still fires' : `last at ${formatMomentUs(last.fromUs)}`;
    const times = own.length === 1 ? 'once' : `${formatCount(own.length)} times, ${end}`;
    const when = `first at ${formatMomentUs(first.fromUs)}, ${times}`;
    return [`a burn of ${burn} over ${formatDurationUs(longUs)}: ${when}`];
  });
  return `alerts: ${told.join('; ')}`;
}

function downtimeText({ objective, downtime }: Promised): string {
  return `${formatShare(objective.target)} allows: ${downtime}`;
}

function amount(value: number): string {
  return value >= 100 ? formatCount(value) : String(Math.round(value * 100) / 100);
}
