/**
 * Deep freeze: in strict runs a message that is changed after it was sent throws where it is
 * changed, since sender and receiver share the object. It costs more than a delivery, so plain runs
 * go without.
 */
export function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
