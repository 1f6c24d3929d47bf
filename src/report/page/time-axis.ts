/**
 * Folded time: the moments that matter get room, and what lies between is folded into seams.
 *
 * An operation of 10 ms in a window of 600 is a spike; folded, each of its messages can be read.
 * The axis is piecewise linear and strictly increasing, so every time has one place and back.
 */

export interface Moment {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** A stretch of the axis: in it, time runs evenly. */
export interface Stretch {
  readonly fromUs: number;
  readonly untilUs: number;
  /** Where it begins and how long it is, in units of the axis. */
  readonly at: number;
  readonly length: number;
  readonly isFolded: boolean;
}

const MOMENT = 1;
/** What moments that run together get for each one more. */
const MORE = 0.7;
const SEAM = 0.28;
/** Before the first moment and after the last. */
const ENDS = 0.6;

export class TimeAxis {
  readonly stretches: readonly Stretch[];

  /** `stretches` in order, without gaps. */
  constructor(stretches: readonly Stretch[]) {
    this.stretches = stretches;
  }

  /** Time as it is: a unit is a µs. */
  static toScale(endUs: number): TimeAxis {
    const length = Math.max(1, endUs);
    return new TimeAxis([{ fromUs: 0, untilUs: length, at: 0, length, isFolded: false }]);
  }

  static folded(moments: readonly Moment[], endUs: number): TimeAxis {
    const merged = merge(moments, endUs);
    const stretches: Stretch[] = [];
    let at = 0;
    let fromUs = 0;
    const add = (untilUs: number, length: number, isFolded: boolean) => {
      if (untilUs <= fromUs) return;
      stretches.push({ fromUs, untilUs, at, length, isFolded });
      at += length;
      fromUs = untilUs;
    };
    for (const moment of merged) {
      add(moment.fromUs, stretches.length === 0 ? ENDS : SEAM, true);
      add(moment.untilUs, MOMENT + (moment.count - 1) * MORE, false);
    }
    add(Math.max(endUs, fromUs + 1), ENDS, true);
    return new TimeAxis(stretches);
  }

  get length(): number {
    const last = this.stretches.at(-1);
    return last === undefined ? 0 : last.at + last.length;
  }

  /** From the first stretch that is not folded to the end of the last. */
  get unfolded(): readonly [from: number, to: number] {
    const seen = this.stretches.filter(({ isFolded }) => !isFolded);
    const last = seen.at(-1);
    return [seen[0]?.at ?? 0, last === undefined ? this.length : last.at + last.length];
  }

  /** The place of a time; before the start and after the end, the axis goes on as it was. */
  at(us: number): number {
    const { at, length, fromUs, untilUs } = this.stretchOf((each) => us < each.untilUs);
    return at + ((us - fromUs) * length) / (untilUs - fromUs);
  }

  us(place: number): number {
    const { at, length, fromUs, untilUs } = this.stretchOf((each) => place < each.at + each.length);
    return fromUs + ((place - at) * (untilUs - fromUs)) / length;
  }

  private stretchOf(holds: (stretch: Stretch) => boolean): Stretch {
    const found = this.stretches.find(holds) ?? this.stretches.at(-1);
    if (found === undefined) throw new RangeError('an axis has a stretch');
    return found;
  }
}

function merge(
  moments: readonly Moment[],
  endUs: number,
): readonly (Moment & { readonly count: number })[] {
  const merged: { fromUs: number; untilUs: number; count: number }[] = [];
  const ordered = [...moments].sort((a, b) => a.fromUs - b.fromUs || a.untilUs - b.untilUs);
  for (const moment of ordered) {
    const fromUs = Math.max(0, Math.floor(moment.fromUs));
    const untilUs = Math.min(endUs, Math.ceil(moment.untilUs));
    if (untilUs <= fromUs) continue;
    const last = merged.at(-1);
    // A gap shorter than half of the moments beside it is not worth a seam.
    const near = (untilUs - fromUs) / 2;
    if (last !== undefined && fromUs <= last.untilUs + near) {
      last.untilUs = Math.max(last.untilUs, untilUs);
      last.count++;
    } else merged.push({ fromUs, untilUs, count: 1 });
  }
  return merged;
}
