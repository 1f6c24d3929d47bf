/**
 * Invariants stated where they are kept. They stay on: a failed one stops the run and names its
 * place.
 */

export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

/**
 * Throws `InvariantError` unless the condition holds. Pass a constant text: it is built on every
 * call.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new InvariantError(invariant);
}

/** Marks a switch as complete: the compiler refuses a call that can be reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected ${JSON.stringify(value)}`);
}
