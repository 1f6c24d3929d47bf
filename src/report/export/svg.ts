/**
 * What a page shows, as SVG for papers and slides: the view that it opens on, or any window of time
 * to scale. Where there are too many messages for arrows, their density is drawn.
 */
import type { Window } from '../../checks/checker.ts';
import { Density } from '../page/density.ts';
import { type Lanes, layOut } from '../page/lanes.ts';
import { text } from '../page/page-html.ts';
import type { PageParts } from '../page/page-of-run.ts';
import { roleTitle } from '../page/roles.ts';
import { countBelow, RunData } from '../page/run-data.ts';
import { isLost } from '../page/run-events.ts';
import { light } from '../page/theme.ts';
import { type Stretch, TimeAxis } from '../page/time-axis.ts';

const WIDTH = 1100;
const GUTTER = 130;
const HEIGHT = 520;
/** Times above a picture that is to scale. */
const TICKS = 8;
/** More arrows than this are no picture. */
const ARROWS_MAX = 1400;

/** More operations than this are bars without a height of their own. */
const OPERATIONS_MAX = 1500;
/** The width of a column of density. */
const COLUMN = 5;
/** Room for times and faults above the lanes. */
const TOP = 30;

/** `window` null is what the page opens on. */
export function toSvg({ model, columns }: PageParts, window: Window | null = null): string {
  const data = new RunData(model, columns);
  const lanes = layOut(model, HEIGHT);
  const moments = window === null ? (model.failure?.moments ?? []) : [];
  const axis =
    moments.length > 0 ? TimeAxis.folded(moments, model.endUs) : TimeAxis.toScale(model.endUs);
  const [from, to] =
    window === null ? axis.unfolded : [axis.at(window.fromUs), axis.at(window.untilUs)];
  const seen = { fromUs: axis.us(from), untilUs: axis.us(to) };
  const x = (us: number) => {
    const within = Math.min(seen.untilUs, Math.max(seen.fromUs, us));
    return round(GUTTER + ((axis.at(within) - from) / (to - from)) * (WIDTH - GUTTER));
  };
  const stretches = axis.stretches.filter(({ at, length }) => at + length > from && at < to);
  const body = [
    ...faults(data, lanes, x, seen),
    ...stretches
      .filter(({ isFolded }) => isFolded)
      .map(
        ({ fromUs, untilUs }) =>
          `<rect x="${x(fromUs)}" y="0" width="${round(x(untilUs) - x(fromUs))}" height="${lanes.height}" fill="${light.seam}"/>`,
      ),
    ...times(stretches, x, seen),
    ...lanes.lanes.map(
      ({ y, label, isClient }) =>
        `<text x="${GUTTER - 8}" y="${round(y + 4)}" text-anchor="end" fill="${isClient ? light.faint : light.ink}">${text(label)}</text>${isClient ? '' : `<path d="M${GUTTER} ${round(y)}H${WIDTH}" stroke="${light.grey}"/>`}`,
    ),
    ...messagesOf(data, lanes, x, seen, (place) => axis.us(from + (to - from) * place)),
    ...operations(data, lanes, x, seen),
    ...roles(data, lanes, x, seen),
    ...witnesses(data, lanes, x, seen),
    ...faultNames(data, x, seen),
  ];
  const title = `<title>${text(model.sentence)}</title>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${-TOP} ${WIDTH} ${Math.ceil(lanes.height) + TOP}" font-family="sans-serif" font-size="12">${title}<rect y="${-TOP}" width="100%" height="100%" fill="${light.ground}"/>\n${body.join('\n')}\n</svg>\n`;
}

type Place = (us: number) => number;

/** A tick at the start of each stretch that is not folded; to scale, at ten even places. */
function times(stretches: readonly Stretch[], x: Place, { fromUs, untilUs }: Window): string[] {
  const [only] = stretches;
  const starts =
    stretches.length > 1 || only === undefined
      ? stretches.filter(({ isFolded }) => !isFolded).map((each) => each.fromUs)
      : Array.from({ length: TICKS }, (_, i) => fromUs + ((untilUs - fromUs) * i) / TICKS);
  let free = 0;
  return starts.flatMap((us) => {
    const at = Math.max(GUTTER, x(us));
    if (at < free) return [];
    free = at + 70;
    const said = `${(us / 1e6).toFixed(untilUs - fromUs > 1e7 ? 1 : 3)} s`;
    return [`<text x="${at}" y="-6" fill="${light.soft}">${said}</text>`];
  });
}

function faults({ model }: RunData, lanes: Lanes, x: Place, window: Window): string[] {
  return model.faults.filter(holdsIn(window)).map(({ fromUs, untilUs }) => {
    const [start, end] = [x(fromUs), x(untilUs)];
    return `<rect x="${start}" y="0" width="${round(end - start)}" height="${lanes.height}" fill="${light.band}"/>`;
  });
}

function faultNames({ model }: RunData, x: Place, window: Window): string[] {
  return model.faults.filter(holdsIn(window)).map(({ fromUs, name, label }) => {
    return `<text x="${x(fromUs) + 4}" y="14" fill="${light.bad}" font-weight="600">${text(`${name} ${label}`)}</text>`;
  });
}

function holdsIn({ fromUs, untilUs }: Window) {
  return (fault: Window) => fault.untilUs > fromUs && fault.fromUs < untilUs;
}

function messagesOf(
  data: RunData,
  lanes: Lanes,
  x: Place,
  window: Window,
  usAt: (share: number) => number,
): string[] {
  const { messages, model, all } = data;
  if (!model.hasMessages) return [];
  const last = countBelow(all.sent, window.untilUs + 1);
  const rows = [...all.rows.subarray(0, last)].filter(
    (row) => (messages.endedUs[row] ?? 0) >= window.fromUs,
  );
  if (rows.length > ARROWS_MAX) return density(data, lanes, usAt);
  return rows.flatMap((row) => {
    const [one, two] = [laneOf(lanes, messages.from[row]), laneOf(lanes, messages.to[row])];
    if (one === null || two === null) return [];
    const lost = isLost(messages.fate[row]);
    const end = Math.min(messages.endedUs[row] ?? 0, model.endUs);
    const style = lost ? `stroke="${light.bad}" stroke-dasharray="3 3"` : `stroke="${light.grey}"`;
    return [
      `<path d="M${x(messages.sentUs[row] ?? 0)} ${round(one)}L${x(end)} ${round(lost ? (one + two) / 2 : two)}" ${style} stroke-opacity="0.6" fill="none"/>`,
    ];
  });
}

/**
 * In each gap between two lanes, how many messages cross it; in red where many of them are lost.
 */
function density(
  { messages, all, model }: RunData,
  lanes: Lanes,
  usAt: (share: number) => number,
): string[] {
  const columns = Math.floor((WIDTH - GUTTER) / COLUMN);
  const edges = Float64Array.from({ length: columns + 1 }, (_, i) => usAt(i / columns));
  const { gaps } = new Density(messages, all, lanes, model.endUs).counts(edges);
  return gaps.flatMap(({ sent, lost }, gap) => {
    const [above, below] = [lanes.lanes[gap], lanes.lanes[gap + 1]];
    if (above === undefined || below === undefined) return [];
    const most = sent.reduce((a, b) => Math.max(a, b), 1);
    const [y, tall] = [round(above.y + 3), round(below.y - above.y - 6)];
    return Array.from(sent, (count, column) => {
      if (count === 0) return '';
      const colour = (lost[column] ?? 0) > count / 4 ? light.bad : light.traffic;
      const shade = (0.08 + 0.42 * Math.sqrt(count / most)).toFixed(2);
      return `<rect x="${GUTTER + column * COLUMN}" y="${y}" width="${COLUMN}" height="${tall}" fill="${colour}" fill-opacity="${shade}"/>`;
    }).filter((rect) => rect !== '');
  });
}

const colours = [light.ok, 'none', light.unknown];

/** All that ran in the window, each by its outcome; none where they would be a blot. */
function operations(
  { model, operations: all }: RunData,
  lanes: Lanes,
  x: Place,
  window: Window,
): string[] {
  const rows: number[] = [];
  for (let i = 0; i < all.length; i++) {
    if ((all.start[i] ?? 0) <= window.untilUs && (all.end[i] ?? 0) >= window.fromUs) rows.push(i);
  }
  if (rows.length > OPERATIONS_MAX) return [];
  return rows.flatMap((i) => {
    const y = laneOf(lanes, all.client[i]);
    if (y === null) return [];
    const [start, end] = [x(all.start[i] ?? 0), x(Math.min(all.end[i] ?? 0, model.endUs))];
    const fill = colours[all.outcome[i] ?? 0] ?? 'none';
    return [
      `<rect x="${start}" y="${round(y - 3)}" width="${round(Math.max(2, end - start))}" height="5" fill="${fill}" fill-opacity="0.5" stroke="${light.soft}" stroke-width="0.4"/>`,
    ];
  });
}

function roles({ model }: RunData, lanes: Lanes, x: Place, window: Window): string[] {
  const leaders = model.roles.filter(({ leads }) => leads);
  return leaders.flatMap((role, i) => {
    const y = laneOf(lanes, role.node);
    const [from, until] = [
      Math.max(window.fromUs, role.fromUs),
      Math.min(window.untilUs, role.untilUs),
    ];
    if (y === null || until <= from) return [];
    const bar = (start: number, end: number, shade: number) =>
      `<rect x="${x(start)}" y="${round(y - 8)}" width="${round(x(end) - x(start))}" height="16" rx="3" fill="${light.leaders[i % 2]}" fill-opacity="${shade}"/>`;
    // Another node leads a later term from here on.
    const stale = Math.min(until, Math.max(from, role.staleFromUs ?? until));
    return [
      bar(from, stale, 1),
      ...(stale < until ? [bar(stale, until, 0.35)] : []),
      `<text x="${round(x(from) + 6)}" y="${round(y + 4)}" fill="${light.onLeader}">${text(roleTitle(role))}</text>`,
    ];
  });
}

function witnesses(
  { model, operations: all }: RunData,
  lanes: Lanes,
  x: Place,
  window: Window,
): string[] {
  const marks: string[] = [];
  const free = new Map<number, number>();
  for (const index of model.failure?.witnesses ?? []) {
    const y = laneOf(lanes, all.client[index]);
    const [start, end] = [all.start[index] ?? 0, Math.min(all.end[index] ?? 0, window.untilUs)];
    if (y === null || start > window.untilUs || end < window.fromUs) continue;
    const colour = index === model.failure?.culprit ? light.bad : light.ok;
    marks.push(
      `<rect x="${x(start)}" y="${round(y - 6)}" width="${round(Math.max(3, x(end) - x(start)))}" height="12" rx="3" fill="${colour}"/>`,
    );
    // Where two are at one place, the words of the first are enough to find both.
    if (x(start) < (free.get(y) ?? 0)) continue;
    const words = `#${index} ${model.operations[index] ?? ''}`;
    const wide = words.length * 7;
    free.set(y, x(start) + wide);
    const anchor =
      x(start) + wide > WIDTH ? `x="${WIDTH - 4}" text-anchor="end"` : `x="${x(start)}"`;
    marks.push(
      `<text ${anchor} y="${round(y + 20)}" fill="${colour}" font-weight="600">${text(words)}</text>`,
    );
  }
  return marks;
}

function laneOf(lanes: Lanes, node: number | undefined): number | null {
  return lanes.lanes[lanes.of[node ?? -1] ?? -1]?.y ?? null;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
