/** What is said of an expectation that was not put to the test, or of which not enough is known. */
import type { Judged } from '../result.ts';

export function unexercised(text: string, because: string): Judged {
  return { text, state: 'never exercised', measured: 'nothing', because, check: null };
}

export function unknown(text: string, because: string, measured = 'not all was kept'): Judged {
  return { text, state: 'unknown', measured, because, check: null };
}
