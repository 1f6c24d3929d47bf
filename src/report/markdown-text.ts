/** Texts from outside made fit for Markdown. */
import { printable } from './ink.ts';

/** A fenced block; the fence is longer than any in the text. */
export function fence(text: string, language = 'text'): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}

export function inline(text: string): string {
  return printable(text).replace(/[\\`*_[\]<>|#]/g, '\\$&');
}

/** What stands between single backticks. */
export function code(text: string): string {
  return printable(text).replaceAll('`', "'");
}
