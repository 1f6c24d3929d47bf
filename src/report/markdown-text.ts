/** Texts from outside made fit for Markdown. */
import { visibleLines } from '../sim/visible-text.ts';
import { shown } from './long-text.ts';

/** A fenced block; the fence is longer than any in the text. */
export function fence(text: string, language = 'text'): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${visibleLines(text)}\n${ticks}`;
}

export function inline(text: string): string {
  return shown(text).replace(/[\\`*_[\]<>|#]/g, '\\$&');
}

/** What stands between single backticks. */
export function code(text: string): string {
  return shown(text).replaceAll('`', "'");
}
