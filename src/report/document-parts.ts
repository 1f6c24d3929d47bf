/** What the JSON documents of runs and of verdicts have in common. */
import type { Operation } from './result-parts.ts';

/** A file that could not be read, with what is wrong in it. */
export interface InvalidFile {
  readonly file: string;
  readonly diagnostics: readonly unknown[];
}

/** How many operations there are, and how they ended. */
export function countsOf(history: readonly Operation[]) {
  const count = (outcome: Operation['outcome']) =>
    history.filter((operation) => operation.outcome === outcome).length;
  return { total: history.length, ok: count('ok'), fail: count('fail'), info: count('info') };
}

/** JSON has no infinity: what never happened is null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
