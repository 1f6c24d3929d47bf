/** Sentences for the tab of facts: what was measured, counted and concluded. */
import type { Result } from '../../scenarios/result.ts';
import { formatCount, formatMomentUs } from '../../sim/units.ts';
import { visible } from '../../sim/visible-text.ts';
import { checksOf } from '../result-parts.ts';

export interface FactBlock {
  readonly title: string;
  readonly lines: readonly string[];
}

export function factsOf(result: Result): readonly FactBlock[] {
  const blocks: FactBlock[] = [
    ...(['fail', 'unknown', 'pass'] as const).flatMap((verdict) =>
      checksOf(result, verdict).map(({ checker, summary, reasons, key }) => {
        const of = key === null ? '' : `, key ${key}`;
        return { title: `${checker}: ${verdict}${of}`, lines: [summary, ...reasons] };
      }),
    ),
    ...errorBlock(result),
    {
      title: 'Faults',
      lines: result.facts.faults.map((fault) => {
        const { name, label, injectedAtUs, healedAtUs, missed, felt } = fault;
        if (injectedAtUs === null) return `${name} ${missed ?? 'never struck'}`;
        const until = healedAtUs === null ? 'the end' : formatMomentUs(healedAtUs);
        const lost = felt.messagesDropped;
        const did = lost === 0 ? '' : `, ${formatCount(lost)} messages lost`;
        return `${name} ${label}: ${formatMomentUs(injectedAtUs)} to ${until}${did}`;
      }),
    },
    { title: 'CAP', lines: result.cap === null ? [] : [result.cap.sentence] },
    {
      title: 'After healing',
      lines: result.facts.liveness.map(
        ({ group, state, because }) => `${group} ${state}: ${because}`,
      ),
    },
    {
      title: 'Digests',
      lines: Object.entries(result.digests).map(([name, digest]) => `${name} ${digest}`),
    },
  ];
  return blocks
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => ({ title: visible(title), lines: lines.map(visible) }));
}

/** Empty unless the run stopped before its end. */
export function errorBlock({ error }: Result): readonly FactBlock[] {
  if (error === null) return [];
  const stack = error.stack === null ? [] : error.stack.split('\n').slice(0, 8);
  const tail = error.tail.length === 0 ? [] : ['Last events there:', ...error.tail];
  return [
    { title: 'The run stopped', lines: [...(stack.length > 0 ? stack : [error.message]), ...tail] },
  ];
}
