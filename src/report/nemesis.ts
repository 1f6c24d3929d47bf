/**
 * The lines on each nemesis: what the seed made of it, every strike in short, and whether it went
 * beyond what the system claims to survive.
 */
import { formatCount, formatDurationUs, formatMomentUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { flow, paragraph, plural } from './layout.ts';
import type { Facts, FaultFact, NemesisFact } from './result-parts.ts';

/** More strikes than this are counted only; `--json` has all. */
const STRIKES_MAX = 20;

/** One section for all; empty without a nemesis. */
export function renderNemeses(facts: Facts, ink: Ink): string[] {
  return facts.nemeses.flatMap((nemesis) => {
    const strikes = facts.faults.filter(({ name, injectedAtUs }) => {
      return name === nemesis.name && injectedAtUs !== null;
    });
    const head = ink.strong(ink.clean(nemesis.name.toUpperCase()));
    return [
      ...paragraphAfter(head, nemesis.name.length, drawnText(nemesis), ink),
      ...paragraph(ink.clean(budgetText(nemesis)), ink.width, '  '),
      ...strikeLines(strikes, nemesis.withheld, ink),
      ...beyondLines(nemesis, ink),
    ];
  });
}

function paragraphAfter(head: string, columns: number, text: string, ink: Ink): string[] {
  const [first = '', ...rest] = paragraph(ink.clean(text), ink.width - columns, '  ', '');
  return [`${head}  ${first}`, ...rest.map((line) => `  ${line.trimStart()}`)];
}

function drawnText({ swarm, kinds, betweenUs, lastsUs }: NemesisFact): string {
  const rhythm = `every ${formatDurationUs(betweenUs)} for ${formatDurationUs(lastsUs)}, on average`;
  const told = `${plural(kinds.length, formatCount(kinds.length), 'kind')} ${rhythm}: ${kinds.join(', ')}`;
  return swarm ? `drew ${told}` : told;
}

function budgetText({ budgets }: NemesisFact): string {
  const parts = budgets.map(({ group, down, copies, clockMs }) => {
    const disks = copies === 0 ? 'no disk' : plural(copies, String(copies), 'disk');
    return `${group} claims to survive ${down} down or cut off, ${disks} lost, clocks ${formatDurationUs(clockMs * 1000)} wrong`;
  });
  return parts.join('; ');
}

function strikeLines(strikes: readonly FaultFact[], withheld: number, ink: Ink): string[] {
  const parts = strikes.slice(0, STRIKES_MAX).map(strikeText).map(ink.clean);
  if (strikes.length > STRIKES_MAX) {
    parts.push(`and ${formatCount(strikes.length - STRIKES_MAX)} more`);
  }
  if (withheld > 0) parts.push(`${formatCount(withheld)} withheld by the budget`);
  if (parts.length === 0) return [];
  return flow(parts, ink.glyph.separator, ink.width - 4).map((line) => ink.dim(`    ${line}`));
}

function strikeText({ kind, label, injectedAtUs, healedAtUs }: FaultFact): string {
  const atUs = injectedAtUs ?? 0;
  const lasted = healedAtUs === null ? '' : ` ${formatDurationUs(healedAtUs - atUs)}`;
  return `${formatMomentUs(atUs)} ${kind} ${label}${lasted}`;
}

function beyondLines({ beyond }: NemesisFact, ink: Ink): string[] {
  const [first] = beyond;
  const last = beyond.at(-1);
  if (first === undefined || last === undefined) return [];
  const most = last === first ? '' : `; in the end, at ${last}`;
  const text = `beyond the budget: at ${first}${most}. What is violated from then on, it never claimed`;
  return paragraph(ink.clean(text), ink.width, '  ', `${ink.glyph.warning} `).map(ink.warn);
}
