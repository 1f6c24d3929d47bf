/** Where each node has its lane: heights, sides, and which nodes share one. */
import { sidedFault, sideOf } from './lane-order.ts';
import type { PageFault, PageModel } from './page-model.ts';

export interface Lane {
  readonly label: string;
  readonly nodes: readonly number[];
  readonly isClient: boolean;
  /** The line of a node; the middle of a client's operations. */
  readonly y: number;
  readonly height: number;
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  /** By node, its lane; -1 for a node that is not shown. */
  readonly of: readonly number[];
  readonly height: number;
  /** Between the two sides of a fault; null where there are not two. */
  readonly cutY: number | null;
  readonly sides: readonly {
    readonly name: string;
    readonly from: number;
    readonly until: number;
  }[];
  /** Nodes that have no lane. */
  readonly hidden: number;
}

const LANES_MAX = 64;
/** More clients than this share lanes. */
const CLIENTS_MAX = 16;
const SERVER = 40;
const CLIENT = 30;
const LEAST = 0.42;
const GAP = 44;
const EDGE = 26;

interface Draft {
  label: string;
  nodes: number[];
  isClient: boolean;
  side: number;
}

/** `height` is the room on the screen; more is taken where lanes would be too narrow. */
export function layOut(model: PageModel, height: number): Lanes {
  const sides = sidedFault(model.faults, model.failure?.atUs ?? null)?.sides ?? [];
  const drafts = draftsOf(model, sides);
  const shown = drafts.slice(0, LANES_MAX);
  const natural = (draft: Draft) => (draft.isClient ? CLIENT : SERVER);
  const breaks = shown.filter((draft, i) => i > 0 && draft.side !== shown[i - 1]?.side).length;
  const wanted = shown.reduce((sum, draft) => sum + natural(draft), 0);
  const room = height - 2 * EDGE - breaks * GAP;
  const scale = Math.min(1.5, Math.max(LEAST, room / Math.max(1, wanted)));
  const of: number[] = model.nodes.map(() => -1);
  const lanes: Lane[] = [];
  const bands: { name: string; from: number; until: number }[] = [];
  let y = EDGE;
  let cutY: number | null = null;
  shown.forEach((draft, i) => {
    const before = shown[i - 1];
    if (before !== undefined && before.side !== draft.side) {
      if (sides.length === 2 && draft.side === 1) cutY = y + GAP / 2 - (SERVER * scale) / 4;
      y += GAP;
    }
    const own = natural(draft) * scale;
    const { label, nodes, isClient, side } = draft;
    lanes.push({ label, nodes, isClient, y: y + own / 2, height: own });
    for (const node of nodes) of[node] = i;
    y += own;
    const name = sides[side]?.name;
    const band = bands.at(-1);
    if (name === undefined) return;
    if (band !== undefined && band.name === name) band.until = y;
    else bands.push({ name, from: y - own, until: y });
  });
  const hidden = of.filter((lane) => lane === -1).length;
  return { lanes, of, height: y + EDGE, cutY, sides: bands, hidden };
}

function draftsOf({ nodes, order }: PageModel, sides: PageFault['sides']): Draft[] {
  const many = nodes.filter(({ isClient }) => isClient).length > CLIENTS_MAX;
  const drafts: Draft[] = [];
  const shared = new Map<string, Draft>();
  for (const place of order) {
    const node = nodes[place];
    if (node === undefined) continue;
    const { isClient, name, group, pinned } = node;
    const key = `${group} ${pinned}`;
    const draft = many && isClient ? shared.get(key) : undefined;
    if (draft !== undefined) {
      draft.nodes.push(place);
      draft.label = `${group} ×${draft.nodes.length}`;
      continue;
    }
    const side = sideOf(sides, isClient && pinned !== null ? pinned : place);
    const made = { label: name, nodes: [place], isClient, side };
    shared.set(key, made);
    drafts.push(made);
  }
  return drafts;
}
