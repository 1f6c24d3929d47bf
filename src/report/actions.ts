/** The lines on what an operator did: each command, when, and who did not hear it. */
import { formatMomentUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { paragraph } from './layout.ts';
import type { Facts } from './run-context.ts';

type ActionFact = NonNullable<Facts['actions']>[number];

/** `OPERATOR  ` on the first line; the others have their indent. */
const HEAD = 'OPERATOR';
/** More commands than this are counted only; `--json` has all. */
const SHOWN_MAX = 12;

/** The section; empty when nobody did anything. */
export function renderActions({ actions = [] }: Facts, ink: Ink): string[] {
  const shown = actions.slice(0, SHOWN_MAX).map((action) => actionText(action, ink));
  if (actions.length > SHOWN_MAX) shown.push(`and ${actions.length - SHOWN_MAX} more`);
  return shown.flatMap((text, i) => {
    const room = ink.width - (i === 0 ? HEAD.length : 0);
    const [first = '', ...rest] = paragraph(ink.clean(text), room, '  ', '');
    return i === 0 ? [`${ink.strong(HEAD)}  ${first}`, ...rest] : [`  ${first}`, ...rest];
  });
}

function actionText({ name, atUs, label, missed, unheard }: ActionFact, ink: Ink): string {
  if (atUs === null) return `${ink.glyph.warning} ${name} ${missed ?? 'was not given'}`;
  const deaf = unheard.length === 0 ? '' : `, and ${unheard.join(', ')}`;
  const mark = unheard.length === 0 ? '' : `${ink.glyph.warning} `;
  return `${mark}${formatMomentUs(atUs)} ${label}${deaf}`;
}
