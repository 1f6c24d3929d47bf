/**
 * The streams behind `{ any: … }`: one for each value drawn, so that adding a draw leaves all
 * others as they were.
 */
import { Streams } from '../../sim/kernel/random.ts';
import type { Random } from '../../sim/node.ts';

/** For `ParseOptions.draw`. */
export function drawStream(seed: string, path: string): Random {
  return new Streams(seed).get(`draw/${path}`);
}
