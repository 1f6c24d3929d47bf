/** What users' own nodes said on `console` during a run, on standard error with virtual time. */
import type { Ink } from '../report/ink.ts';
import type { Result } from '../scenarios/result.ts';
import { CONSOLE_NOTE } from '../sim/notes.ts';
import { formatAtUs } from '../sim/trace.ts';
import { formatCount } from '../sim/units.ts';
import type { Output } from './host.ts';

/** More than anybody reads; the trace has them all. */
const LINES_MAX = 1000;

/** Prints `[12.345ms kv-1] text`, one line for each call. */
export function echoConsole({ facts }: Result, ink: Ink, output: Output): void {
  const said = facts.notes.filter(({ label }) => label === CONSOLE_NOTE);
  const lines = said.slice(0, LINES_MAX).flatMap(({ atUs, node, detail }) => {
    const head = ink.dim(`[${formatAtUs(atUs)} ${ink.clean(node)}]`);
    return String(detail['text'])
      .split('\n')
      .map((line) => `${head} ${ink.clean(line)}\n`);
  });
  const more = said.length - LINES_MAX;
  if (more > 0) lines.push(ink.dim(`and ${formatCount(more)} more: --trace has them\n`));
  if (lines.length > 0) output.write(lines.join(''));
}
