/**
 * When an entry of `faults` strikes: `at`, `for`, `every`, `until` and `when`, alone and together.
 */
import type { AnyFault } from '../../sim/fault.ts';
import type { Repeat } from '../../sim/kernel/injection-spec.ts';
import type { Plain } from '../../sim/node.ts';
import type { DurationRange } from '../../sim/params.ts';
import { msToUs } from '../../sim/units.ts';
import type { Condition } from '../scenario.ts';
import { quote } from '../text/diagnostic.ts';
import type { SourceEntry } from '../text/source.ts';
import type { Fields } from '../values/fields.ts';
import { formatQuantity } from '../values/quantity-format.ts';
import { readCondition } from './condition.ts';
import type { ParseContext } from './context.ts';
import { faultTable } from './section-tables.ts';

export interface Schedule {
  readonly atUs: number;
  readonly forUs: number | null;
  readonly repeat: Repeat | null;
  readonly untilUs: number | null;
  readonly when: Condition | null;
  /** It need not touch anything; absent: it must. */
  readonly mayMiss?: true;
}

/** Each strike of an entry is kept and told apart: more would fill the memory. */
const STRIKES_MAX = 100_000;

/** The keys as written, in ms. */
interface Written {
  readonly at: number | undefined;
  readonly for: number | undefined;
  readonly every: DurationRange | undefined;
  readonly until: number | undefined;
}

/**
 * `called` are the names and kinds of all faults, for conditions that speak of them. `fromStart`:
 * without any time the fault strikes as the run begins.
 */
export function readSchedule(
  fields: Fields,
  called: readonly string[],
  context: ParseContext,
  fromStart = false,
): Schedule {
  const written = fields.params(faultTable(context.durationUs / 1000, context.durationText));
  const entry = fields.take('when');
  const when = entry === null ? null : readCondition(entry, called, fields.path, context);
  if (when !== null) fields.canonical['when'] = when.text as Plain;
  const entries = {
    for: fields.take('for'),
    every: fields.take('every'),
    until: fields.take('until'),
  };
  if (written.at === undefined && written.every === undefined && entry === null && !fromStart) {
    if (!fields.failed.has('at'))
      fields.missing('at', '`at`: a duration such as `10s`; or `every`, or `when`');
  } else if (fields.failed.size === 0) check(written, entry !== null, entries, context);
  const { at = 0, every, until } = written;
  return {
    atUs: msToUs(at),
    forUs: written.for === undefined ? null : msToUs(written.for),
    repeat:
      every === undefined
        ? null
        : {
            minUs: msToUs(every.minMs),
            maxUs: msToUs(every.maxMs),
            waitsFirst: written.at === undefined && entry === null,
          },
    untilUs: until === undefined ? null : msToUs(until),
    when,
    ...(written['may-miss'] === true ? { mayMiss: true as const } : {}),
  };
}

type Entries = { readonly [key in 'for' | 'every' | 'until']: SourceEntry | null };

/** What the keys say together. */
function check(written: Written, waits: boolean, entries: Entries, context: ParseContext): void {
  const { at, for: forMs, every, until } = written;
  const { diagnostics } = context;
  const durationMs = context.durationUs / 1000;
  const one = every === undefined && !waits;
  if (until !== undefined && entries.until !== null) {
    if (one) {
      diagnostics.error(
        'DS134',
        entries.until.keySpot,
        '`until` ends what is repeated, and this fault strikes once',
        {
          help: ['say how often with `every`, or how long it lasts with `for`'],
        },
      );
    } else if (until <= (at ?? 0)) {
      diagnostics.error('DS134', entries.until.value.spot, 'it ends before it begins', {
        label: `expected a time after ${quote('at')}, which is ${formatQuantity('duration', at ?? 0)}`,
      });
    }
  }
  if (every !== undefined && entries.every !== null) {
    checkEvery(every, written, waits, entries.every, context);
  }
  if (!one || at === undefined || forMs === undefined || entries.for === null) return;
  // What has a `for` is healed when chaos ends, so the run shows less of it than is written.
  const leftMs = durationMs - at;
  if (forMs <= leftMs || leftMs <= 0) return;
  diagnostics.warning('DS131', entries.for.value.spot, 'this fault outlasts the run', {
    label: `it is healed after ${formatQuantity('duration', leftMs)}, when the run's ${context.durationText} are over`,
    help: ['leave out `for` to keep it through the end, or give a longer `duration`'],
  });
}

/** Strikes that are over by themselves must be over before the next one. */
export function checkOverlap(
  every: SourceEntry | null,
  { forUs, repeat }: Schedule,
  fault: AnyFault,
  params: { readonly [name: string]: unknown },
  { diagnostics }: ParseContext,
): void {
  if (every === null || repeat === null || forUs !== null) return;
  const leastMs = fault.leastMs?.(params) ?? 0;
  if (leastMs < repeat.minUs / 1000 || leastMs === 0) return;
  diagnostics.error('DS134', every.value.spot, 'its strikes would overlap', {
    label: `expected more than ${formatQuantity('duration', leastMs)}, for which each of them lasts`,
    help: ['to have a fault overlap with itself, write two entries'],
  });
}

/** The strikes of one entry never overlap: which of two to heal first would be anybody's guess. */
function checkEvery(
  every: DurationRange,
  { at, for: forMs, until }: Written,
  waits: boolean,
  entry: SourceEntry,
  { diagnostics, durationUs, durationText }: ParseContext,
): void {
  if (forMs !== undefined && forMs >= every.minMs) {
    diagnostics.error('DS134', entry.value.spot, 'its strikes would overlap', {
      label: `expected more than ${quote('for')}, which is ${formatQuantity('duration', forMs)}`,
      help: ['to have a fault overlap with itself, write two entries'],
    });
    return;
  }
  const endMs = Math.min(until ?? Infinity, durationUs / 1000);
  const leastMs = Math.max(0, endMs - (at ?? 0)) / STRIKES_MAX;
  if (every.minMs < leastMs) {
    diagnostics.error('DS134', entry.value.spot, 'it would strike too often', {
      label: `expected ${formatQuantity('duration', Math.ceil(leastMs * 1000) / 1000)} or more: at most ${STRIKES_MAX} strikes in one run`,
    });
    return;
  }
  if (waits) return;
  const secondMs = (at ?? 0) + every.minMs;
  if (secondMs < endMs) return;
  const end = endMs === until ? quote('until') : `the run's ${durationText}`;
  diagnostics.error(
    'DS134',
    entry.value.spot,
    at === undefined ? 'it would never strike' : 'it would never strike twice',
    {
      label: `expected a ${at === undefined ? 'first' : 'second'} strike before ${end} ${endMs === until ? 'is reached' : 'are over'}`,
    },
  );
}
