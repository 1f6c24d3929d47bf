/** The whole run in little: answered and not by side, leaders, faults, and the window to drag. */
import { sidedFault } from '../lane-order.ts';
import type { RunData } from '../run-data.ts';
import type { Theme } from '../theme.ts';
import { fitted } from './draw-ground.ts';
import { SMALL } from './frame.ts';
import type { View } from './view.ts';

const ROW = 17;
const BINS = 160;
const ROWS_MAX = 4;
const LEADERS_MAX = 6;

interface Row {
  readonly name: string;
  readonly cells: Float64Array;
}

export class Strip {
  private readonly data: RunData;
  private readonly view: View;
  private readonly canvas: HTMLCanvasElement;
  private rows: readonly Row[] | null = null;
  gutter = 84;

  constructor(view: View, canvas: HTMLCanvasElement) {
    this.view = view;
    this.data = view.data;
    this.canvas = canvas;
    this.listen();
  }

  get height(): number {
    return this.outcomes.length * ROW + (this.leaders.length > 0 ? ROW : 0) + 12;
  }

  private get leaders() {
    return this.data.model.roles.filter(({ leads }) => leads);
  }

  /** By side of the fault that matters; all in one without sides. */
  private get outcomes(): readonly Row[] {
    if (this.rows !== null) return this.rows;
    const { model, operations } = this.data;
    const sides = sidedFault(model.faults, model.failure?.atUs ?? null)?.sides ?? [];
    const named =
      sides.length > 0 && sides.length <= ROWS_MAX ? sides : [{ name: 'answers', nodes: null }];
    this.rows = named.map(({ name, nodes }) => {
      const cells = new Float64Array(BINS * 3);
      for (let i = 0; i < operations.length; i++) {
        if (nodes !== null && !nodes.includes(operations.node[i] ?? -1)) continue;
        const bin = Math.min(
          BINS - 1,
          Math.floor(((operations.start[i] ?? 0) * BINS) / model.endUs),
        );
        const at = bin * 3 + (operations.outcome[i] ?? 0);
        cells[at] = (cells[at] ?? 0) + 1;
      }
      return { name, cells };
    });
    return this.rows;
  }

  draw(theme: Theme, width: number): void {
    const ctx = sized(this.canvas, width, this.height);
    if (ctx === null) return;
    ctx.fillStyle = theme.panel;
    ctx.fillRect(0, 0, width, this.height);
    const span = width - this.gutter;
    const x = (us: number) => this.gutter + (us / this.data.model.endUs) * span;
    for (const { fromUs, untilUs } of this.data.model.faults) {
      ctx.fillStyle = theme.band;
      ctx.fillRect(x(fromUs), 0, x(untilUs) - x(fromUs), this.height);
      ctx.fillStyle = theme.bad;
      ctx.fillRect(x(fromUs), 0, Math.max(2, x(untilUs) - x(fromUs)), 3);
    }
    this.drawOutcomes(ctx, theme, span);
    this.drawLeaders(ctx, theme, x);
    this.drawWindow(ctx, theme, x);
  }

  private drawOutcomes(ctx: CanvasRenderingContext2D, theme: Theme, span: number): void {
    this.outcomes.forEach(({ name, cells }, row) => {
      const y = 7 + row * ROW;
      label(ctx, theme, name, this.gutter, y + 6);
      const wide = span / BINS;
      for (let bin = 0; bin < BINS; bin++) {
        const [ok = 0, fail = 0, info = 0] = cells.slice(bin * 3, bin * 3 + 3);
        const all = ok + fail + info;
        if (all === 0) continue;
        const tall = ROW - 4;
        const good = (ok / all) * tall;
        ctx.fillStyle = theme.unknown;
        ctx.fillRect(this.gutter + bin * wide, y, Math.max(1, wide - 1), tall - good);
        ctx.fillStyle = theme.ok;
        ctx.fillRect(this.gutter + bin * wide, y + tall - good, Math.max(1, wide - 1), good);
      }
    });
  }

  private drawLeaders(
    ctx: CanvasRenderingContext2D,
    theme: Theme,
    x: (us: number) => number,
  ): void {
    const { leaders } = this;
    if (leaders.length === 0) return;
    const y = 8 + this.outcomes.length * ROW;
    label(ctx, theme, 'leaders', this.gutter, y + 5);
    const tall = Math.max(2, Math.min(5, (ROW - 3) / Math.min(LEADERS_MAX, leaders.length)));
    leaders.forEach(({ fromUs, untilUs, staleFromUs }, i) => {
      const at = y + (i % Math.floor((ROW - 2) / tall)) * tall;
      ctx.fillStyle = theme.leaders[i % 2] ?? theme.ink;
      const stale = staleFromUs ?? untilUs;
      ctx.fillRect(x(fromUs), at, Math.max(1, x(stale) - x(fromUs)), tall - 0.5);
      ctx.globalAlpha = 0.4;
      ctx.fillRect(x(stale), at, x(untilUs) - x(stale), tall - 0.5);
      ctx.globalAlpha = 1;
    });
  }

  private drawWindow(ctx: CanvasRenderingContext2D, theme: Theme, x: (us: number) => number): void {
    const { failure } = this.data.model;
    if (failure !== null && failure.atUs !== null) {
      ctx.fillStyle = theme.bad;
      ctx.fillRect(x(failure.atUs) - 1, 0, 2, this.height);
    }
    const [x1, x2] = [x(this.view.fromUs), x(this.view.untilUs)];
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.roundRect(x1 - 1, 1, Math.max(5, x2 - x1 + 2), this.height - 2, 4);
    ctx.stroke();
  }

  /** Dragging the window moves it; dragging elsewhere chooses another. */
  private listen(): void {
    const { canvas, view } = this;
    const usAt = (event: PointerEvent) => {
      const box = canvas.getBoundingClientRect();
      const share = (event.clientX - box.left - this.gutter) / (box.width - this.gutter);
      return Math.min(1, Math.max(0, share)) * this.data.model.endUs;
    };
    canvas.addEventListener('pointerdown', (down) => {
      canvas.setPointerCapture(down.pointerId);
      const startUs = usAt(down);
      const { fromUs, untilUs } = view;
      const moves =
        startUs >= fromUs && startUs <= untilUs && untilUs - fromUs < this.data.model.endUs;
      const move = (event: PointerEvent) => {
        const us = usAt(event);
        const by = us - startUs;
        if (moves) view.showUs(fromUs + by, untilUs + by);
        else if (Math.abs(by) > 0) view.showUs(Math.min(us, startUs), Math.max(us, startUs));
      };
      const up = (event: PointerEvent) => {
        canvas.removeEventListener('pointermove', move);
        canvas.removeEventListener('pointerup', up);
        if (!moves && usAt(event) === startUs) {
          const half = (untilUs - fromUs) / 2;
          view.showUs(startUs - half, startUs + half);
        }
      };
      canvas.addEventListener('pointermove', move);
      canvas.addEventListener('pointerup', up);
    });
  }
}

function label(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  name: string,
  gutter: number,
  y: number,
) {
  ctx.font = SMALL;
  ctx.fillStyle = theme.soft;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  ctx.fillText(fitted(ctx, name, gutter - 12), gutter - 8, y);
}

/** A canvas of this many CSS pixels, sharp on this screen, cleared; null without a context. */
export function sized(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== tall) {
    canvas.width = wide;
    canvas.height = tall;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext('2d');
  ctx?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}
