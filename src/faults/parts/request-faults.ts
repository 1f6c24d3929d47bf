/** What faults of requests have in common: the errors that a caller may be given. */
import { type ErrorCode, errors } from '../../sim/rpc.ts';

/** No answer at all. */
export const SILENCE = 'none';

/** Every code of an error, and silence. */
export const CODES: readonly string[] = [...errors.keys(), SILENCE];

/** The code that a caller is to get; null for silence. */
export function codeOf(written: string): ErrorCode | null {
  return written === SILENCE ? null : (written as ErrorCode);
}

/** Whether a code says to the caller that nothing happened. */
export function isDefinite(written: string): boolean {
  return errors.get(written)?.definite === true;
}
