/** The picture that a page opens on, as SVG for papers and slides: lanes, messages, operations. */
import { formatCount } from '../../sim/units.ts';
import { type Lanes, layOut } from '../page/lanes.ts';
import { text } from '../page/page-html.ts';
import type { PageParts } from '../page/page-of-run.ts';
import { roleTitle } from '../page/roles.ts';
import { countBelow, RunData } from '../page/run-data.ts';
import { isLost } from '../page/run-events.ts';
import { light } from '../page/theme.ts';
import { TimeAxis } from '../page/time-axis.ts';

const WIDTH = 1100;
const GUTTER = 130;
const HEIGHT = 520;
/** More arrows than this are no picture. */
const ARROWS_MAX = 1400;

export function toSvg({ model, columns }: PageParts): string {
  const data = new RunData(model, columns);
  const lanes = layOut(model, HEIGHT);
  const moments = model.failure?.moments ?? [];
  const axis =
    moments.length > 0 ? TimeAxis.folded(moments, model.endUs) : TimeAxis.toScale(model.endUs);
  const [from, to] = axis.unfolded;
  const x = (us: number) => round(GUTTER + ((axis.at(us) - from) / (to - from)) * (WIDTH - GUTTER));
  const window = { fromUs: axis.us(from), untilUs: axis.us(to) };
  const body = [
    ...axis.stretches
      .filter(({ isFolded, at }) => isFolded && at >= from && at < to)
      .map(
        ({ fromUs, untilUs }) =>
          `<rect x="${x(fromUs)}" y="0" width="${round(x(untilUs) - x(fromUs))}" height="${lanes.height}" fill="${light.seam}"/>`,
      ),
    ...lanes.lanes.map(
      ({ y, label, isClient }) =>
        `<text x="${GUTTER - 8}" y="${round(y + 4)}" text-anchor="end" fill="${isClient ? light.faint : light.ink}">${text(label)}</text>${isClient ? '' : `<path d="M${GUTTER} ${round(y)}H${WIDTH}" stroke="${light.grey}"/>`}`,
    ),
    ...arrows(data, lanes, x, window),
    ...roles(data, lanes, x, window),
    ...operations(data, lanes, x, window),
  ];
  const title = `<title>${text(model.sentence)}</title>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${Math.ceil(lanes.height)}" font-family="sans-serif" font-size="12">${title}<rect width="100%" height="100%" fill="${light.ground}"/>\n${body.join('\n')}\n</svg>\n`;
}

type Place = (us: number) => number;
interface Window {
  readonly fromUs: number;
  readonly untilUs: number;
}

function arrows(
  { messages, model, all }: RunData,
  lanes: Lanes,
  x: Place,
  window: Window,
): string[] {
  const last = countBelow(all.sent, window.untilUs);
  const rows = [...all.rows.subarray(0, last)].filter(
    (row) => (messages.endedUs[row] ?? 0) >= window.fromUs,
  );
  if (rows.length > ARROWS_MAX) {
    // A picture without them would look like a run in which nobody spoke.
    const untold = `${formatCount(rows.length)} messages, more than can be drawn`;
    return [`<text x="${GUTTER}" y="16" fill="${light.faint}">${untold}</text>`];
  }
  return rows.flatMap((row) => {
    const [one, two] = [laneOf(lanes, messages.from[row]), laneOf(lanes, messages.to[row])];
    if (one === null || two === null) return [];
    const lost = isLost(messages.fate[row]);
    const end = Math.min(messages.endedUs[row] ?? 0, model.endUs);
    const style = lost ? `stroke="${light.bad}" stroke-dasharray="3 3"` : `stroke="${light.grey}"`;
    return [
      `<path d="M${x(messages.sentUs[row] ?? 0)} ${round(one)}L${x(end)} ${round(lost ? (one + two) / 2 : two)}" ${style} fill="none"/>`,
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
    return [
      `<rect x="${x(from)}" y="${round(y - 8)}" width="${round(x(until) - x(from))}" height="16" rx="3" fill="${light.leaders[i % 2]}"/>`,
      `<text x="${round(x(from) + 6)}" y="${round(y + 4)}" fill="${light.onLeader}">${text(roleTitle(role))}</text>`,
    ];
  });
}

function operations(
  { model, operations: all }: RunData,
  lanes: Lanes,
  x: Place,
  window: Window,
): string[] {
  const marks: string[] = [];
  for (const index of model.failure?.witnesses ?? []) {
    const y = laneOf(lanes, all.client[index]);
    if (y === null) continue;
    const [start, end] = [all.start[index] ?? 0, Math.min(all.end[index] ?? 0, window.untilUs)];
    const colour = index === model.failure?.culprit ? light.bad : light.ok;
    marks.push(
      `<rect x="${x(start)}" y="${round(y - 6)}" width="${round(Math.max(3, x(end) - x(start)))}" height="12" rx="3" fill="${colour}"/>`,
      `<text x="${x(start)}" y="${round(y + 20)}" fill="${colour}" font-weight="600">#${index} ${text(model.operations[index] ?? '')}</text>`,
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
