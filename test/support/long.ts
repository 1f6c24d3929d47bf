/** How much of a random test is done: little in `npm test`, much in `npm run test:long`. */

/** Whether this is the long suite. */
export const isLong = process.env['DSIM_LONG'] === '1';

/** How often, in either suite. */
export function times(short: number, long: number): number {
  return isLong ? long : short;
}
