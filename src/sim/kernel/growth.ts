/** Columns of numbers that grow: typed arrays, whose length is fixed. */

/** A copy with twice the room. */
export function widened(ints: Int32Array): Int32Array<ArrayBuffer>;
export function widened(reals: Float64Array): Float64Array<ArrayBuffer>;
export function widened(numbers: Int32Array | Float64Array): Int32Array | Float64Array {
  const room = 2 * numbers.length;
  const wider = numbers instanceof Int32Array ? new Int32Array(room) : new Float64Array(room);
  wider.set(numbers);
  return wider;
}
