/**
 * A turnstile as a sequential model: `push` lets one person through, if a `coin` was paid before.
 */
type Paid = number;

export default {
  name: 'turnstile',
  summary: 'A turnstile that lets one person through for each coin.',
  operations: ['coin', 'push'],
  byKey: false,
  init: (): Paid => 0,
  /** The state after the operation, or null if it cannot give this output in this state. */
  step(paid: Paid, f: string, _input: unknown, output: unknown): Paid | null {
    if (f === 'coin') return paid + 1;
    const through = paid > 0;
    if (output !== undefined && output !== through) return null;
    return through ? paid - 1 : paid;
  },
  /** States that are equal have equal identities. */
  identify: (paid: Paid): number => paid,
  describe: (f: string, _input: unknown, output: unknown): string =>
    f === 'coin' ? 'coin' : `push → ${output === undefined ? '?' : output}`,
};
