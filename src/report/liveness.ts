/**
 * The lines on liveness: whether each group answered again once what heals was healed, and which
 * faults were still there.
 */
import { formatDurationUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { paragraph } from './layout.ts';
import type { Facts, FaultFact, LivenessFact } from './result-parts.ts';

/** `AFTER  ` on the first line; the others have their indent. */
const AFTER_COLUMNS = 5;

/** The section; empty when no group says how many members it needs, or nothing was to heal. */
export function renderLiveness(facts: Facts, ink: Ink): string[] {
  const active = facts.faults.filter(isActive);
  const told = facts.liveness.filter(({ state }) => state !== 'live' || facts.faults.length > 0);
  const sentences = told.map((fact) => {
    const text = `${fact.group} ${livenessText(fact)}`;
    return fact.state === 'stuck' ? `${ink.glyph.warning} ${text}` : text;
  });
  if (active.length > 0 && told.length > 0) sentences.push(activeText(active));
  return sentences.flatMap((sentence, i) => {
    const lines = paragraph(ink.clean(sentence), ink.width - AFTER_COLUMNS, '  ', '');
    const [first = '', ...rest] = lines;
    return i === 0 ? [`${ink.strong('AFTER')}  ${first}`, ...rest] : [`  ${first}`, ...rest];
  });
}

function isActive({ injectedAtUs, healedAtUs }: FaultFact): boolean {
  return injectedAtUs !== null && healedAtUs === null;
}

function livenessText({ state, afterUs, because, core, members }: LivenessFact): string {
  if (afterUs === null) return `${state}: ${because}`;
  const who = core.length === members ? `all ${members}` : `${core.length} of ${members}`;
  return `${state}: answered ${formatDurationUs(afterUs)} after healing, ${who} members connected`;
}

function activeText(active: readonly FaultFact[]): string {
  const names = [...new Set(active.map(({ name }) => name))];
  return `still active: ${names.join(', ')} (no \`for\`, so nothing heals ${names.length === 1 ? 'it' : 'them'})`;
}
