/** What all drawing needs: where times and nodes are on the canvas, colours, and text that fits. */
import type { Lanes } from '../lanes.ts';
import type { RunData } from '../run-data.ts';
import type { Theme } from '../theme.ts';
import type { View } from './view.ts';

export const FONT = '12px system-ui, sans-serif';
export const SMALL = '11px system-ui, sans-serif';
export const STRONG = '600 12px system-ui, sans-serif';

/** A place on the canvas that stands for an event. */
export interface Hit {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly select: string;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class Frame {
  readonly ctx: CanvasRenderingContext2D;
  readonly theme: Theme;
  readonly view: View;
  readonly data: RunData;
  readonly lanes: Lanes;
  /** Of the whole canvas, and where time begins on it. */
  readonly width: number;
  readonly height: number;
  readonly gutter: number;
  /** Where the lanes begin, below the axis. */
  readonly top: number;
  readonly hits: Hit[] = [];
  private readonly taken: Box[] = [];

  constructor(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    view: View,
    lanes: Lanes,
    size: {
      readonly width: number;
      readonly height: number;
      readonly gutter: number;
      readonly top: number;
    },
  ) {
    this.ctx = ctx;
    this.theme = theme;
    this.view = view;
    this.data = view.data;
    this.lanes = lanes;
    this.width = size.width;
    this.height = size.height;
    this.gutter = size.gutter;
    this.top = size.top;
  }

  get span(): number {
    return this.width - this.gutter;
  }

  x(us: number): number {
    const { axis, from, to } = this.view;
    return this.gutter + ((axis.at(us) - from) / (to - from)) * this.span;
  }

  us(x: number): number {
    const { axis, from, to } = this.view;
    return axis.us(from + ((x - this.gutter) / this.span) * (to - from));
  }

  /** The line of a node; NaN for one that is not shown. */
  y(node: number): number {
    const lane = this.lanes.lanes[this.lanes.of[node] ?? -1];
    return lane === undefined ? Number.NaN : this.top + lane.y;
  }

  get bottom(): number {
    return this.top + this.lanes.height;
  }

  /** Room for a label that no other has; takes it if it is free. */
  isFree(x: number, y: number, width: number, height: number): boolean {
    if (x < this.gutter || x + width > this.width) return false;
    const clash = this.taken.some(
      (box) =>
        x < box.x + box.width && box.x < x + width && y < box.y + box.height && box.y < y + height,
    );
    if (!clash) this.take(x, y, width, height);
    return !clash;
  }

  take(x: number, y: number, width: number, height: number): void {
    this.taken.push({ x, y, width, height });
  }

  line(x1: number, y1: number, x2: number, y2: number): void {
    this.ctx.beginPath();
    this.ctx.moveTo(x1, y1);
    this.ctx.lineTo(x2, y2);
    this.ctx.stroke();
  }

  /** A label with its ground, so that it reads over whatever is below. */
  chip(
    label: string,
    x: number,
    y: number,
    ink: string,
    ground: string,
    edge: string | null,
  ): void {
    const { ctx } = this;
    const width = ctx.measureText(label).width + 8;
    ctx.fillStyle = ground;
    ctx.beginPath();
    ctx.roundRect(x, y - 8, width, 16, 3);
    ctx.fill();
    if (edge !== null) {
      ctx.strokeStyle = edge;
      ctx.lineWidth = 1;
      ctx.stroke();
    }
    ctx.fillStyle = ink;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillText(label, x + 4, y + 0.5);
  }
}

const patterns = new Map<string, CanvasPattern | null>();

/** A stripe pattern: meanings differ by shape, not only by colour. */
export function stripes(
  ctx: CanvasRenderingContext2D,
  ink: string,
  ground: string,
  slope: 'upright' | 'slanted',
): CanvasPattern | string {
  const key = `${ink} ${ground} ${slope}`;
  const pattern = patterns.get(key) ?? ctx.createPattern(tileOf(ink, ground, slope), 'repeat');
  patterns.set(key, pattern);
  return pattern ?? ink;
}

function tileOf(ink: string, ground: string, slope: 'upright' | 'slanted'): HTMLCanvasElement {
  const tile = document.createElement('canvas');
  tile.width = 6;
  tile.height = 6;
  const brush = tile.getContext('2d');
  if (brush === null) return tile;
  brush.fillStyle = ground;
  brush.fillRect(0, 0, 6, 6);
  brush.strokeStyle = ink;
  brush.fillStyle = ink;
  if (slope === 'upright') brush.fillRect(0, 0, 3, 6);
  else {
    brush.lineWidth = 1.6;
    brush.beginPath();
    for (const at of [-3, 3, 9]) {
      brush.moveTo(at - 3, 9);
      brush.lineTo(at + 9, -3);
    }
    brush.stroke();
  }
  return tile;
}
