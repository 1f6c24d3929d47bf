/** `dsim nines`: the availability of parts together, and the downtime that it allows. */
import { allowed, availabilityOf, ninesOf } from '../checks/metrics/nines.ts';
import { parseShare } from './arguments.ts';
import { UsageError } from './console.ts';
import { HELD } from './exit-codes.ts';
import type { Host } from './host.ts';

export interface NinesFlags {
  readonly up?: number;
  readonly down?: number;
  readonly copies?: number;
  readonly need?: number;
}

/** Throws UsageError when there is no part, or fewer than are needed. */
export function ninesCommand(words: readonly string[], flags: NinesFlags, host: Host): number {
  const { up, down, copies = 1 } = flags;
  if ((up === undefined) !== (down === undefined)) {
    throw new UsageError('--up and --down belong together: a part is up, then down, then up');
  }
  const each = words.map(shareOf);
  if (up !== undefined && down !== undefined) each.push(up / (up + down));
  const parts = each.flatMap((share) => new Array<number>(copies).fill(share));
  const { length } = parts;
  if (length === 0)
    throw new UsageError('expected an availability, such as 99.9%, or --up and --down');
  const need = flags.need ?? length;
  if (need > length) throw new UsageError(`--need ${need} is more than the ${length} parts`);
  const whole = availabilityOf(parts, need);
  const how =
    length === 1 ? '1 part' : `${need === length ? 'all' : `any ${need}`} of ${length} parts`;
  host.out.write(`${how}: ${percent(whole)}, ${ninesOf(1 - whole)} nines\n${allowed(1 - whole)}\n`);
  return HELD;
}

function shareOf(word: string): number {
  try {
    return parseShare(word);
  } catch (error) {
    throw new UsageError(`${word}: ${(error as Error).message}`);
  }
}

/** As many digits as there are nines, and two more. */
function percent(share: number): string {
  return `${(share * 100).toFixed(Math.max(2, ninesOf(1 - share)))}%`;
}
