/** The matchers of `dsim/test` as vitest's `expect` has them. */
import 'vitest';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares it so.
  interface Matchers<T = any> {
    /**
     * Of what `simulate` or `explore` returns: every expectation of the scenario held. A failure is
     * explained as `dsim test` explains it.
     */
    toHold(): T;
  }
}
