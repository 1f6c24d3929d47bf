/** The picture: everything drawn in its order, and what the pointer does on it. */
import { type Lanes, layOut } from '../lanes.ts';
import type { Theme } from '../theme.ts';
import { drawGround, drawLanes } from './draw-ground.ts';
import { drawDowns, drawOperations, drawRoles } from './draw-intervals.ts';
import {
  drawCone,
  drawDifference,
  drawStrikes,
  drawViolation,
  WitnessLayer,
} from './draw-marks.ts';
import { lineOf, MessageLayer, messageAt } from './draw-messages.ts';
import { drawSeries, seriesHeight, shownSeries } from './draw-series.ts';
import { Frame, STRONG } from './frame.ts';
import { sized } from './strip.ts';
import type { View } from './view.ts';

const TOP = 34;
const DRAG_PX = 4;
const NARROW = 600;
/** Below this height there is room for lanes alone. */
const SHORT = 300;
const NAMES_MAX = 100;

export class Picture {
  readonly messages = new MessageLayer();
  private readonly view: View;
  private readonly canvas: HTMLCanvasElement;
  private readonly box: HTMLElement;
  private readonly witnesses = new WitnessLayer();
  private lanes: Lanes | null = null;
  private lanesFor = -1;
  private widest: number | null = null;
  frame: Frame | null = null;
  /** Rare messages above the density; null where all are arrows. */
  rare: number | null = null;

  constructor(view: View, canvas: HTMLCanvasElement, box: HTMLElement) {
    this.view = view;
    this.canvas = canvas;
    this.box = box;
    this.listen();
  }

  get hidden(): number {
    return this.lanes?.hidden ?? 0;
  }

  /** As wide as the names of lanes need, within what a screen has. */
  get gutter(): number {
    this.widest ??= this.widestName();
    const most = this.box.clientWidth < NARROW ? 76 : 150;
    return Math.round(Math.min(most, Math.max(62, this.widest + 34)));
  }

  private widestName(): number {
    const ctx = this.canvas.getContext('2d');
    if (ctx === null) return NARROW;
    ctx.font = STRONG;
    const { nodes } = this.view.data.model;
    return Math.max(0, ...nodes.slice(0, NAMES_MAX).map(({ name }) => ctx.measureText(name).width));
  }

  draw(theme: Theme): void {
    const width = this.box.clientWidth;
    const { model } = this.view.data;
    const measures = shownSeries(this.view);
    // Beside another picture there is no room for them.
    const isShort = this.box.clientHeight < SHORT;
    const below = isShort ? 0 : seriesHeight(model.hasMessages, measures.length);
    const room = Math.max(240, this.box.clientHeight) - TOP - below - 2;
    if (this.lanes === null || this.lanesFor !== room) {
      this.lanes = layOut(model, room);
      this.lanesFor = room;
    }
    const { lanes } = this;
    const height = TOP + lanes.height + below;
    const ctx = sized(this.canvas, width, height);
    if (ctx === null || width < 100) return;
    ctx.fillStyle = theme.ground;
    ctx.fillRect(0, 0, width, height);
    const size = { width, height, gutter: this.gutter, top: TOP };
    const frame = new Frame(ctx, theme, this.view, lanes, size);
    this.frame = frame;
    this.layers(frame);
    if (!isShort) drawSeries(frame, measures, this.messages.counts?.all ?? null);
  }

  private layers(frame: Frame): void {
    const { ctx, width, height, gutter } = frame;
    const { view, witnesses } = this;
    const isWitness = view.data.model.failure?.culprit != null && view.cone === null;
    drawGround(frame);
    drawLanes(frame);
    ctx.save();
    ctx.beginPath();
    ctx.rect(gutter, 0, width - gutter, height);
    ctx.clip();
    drawOperations(frame, view.cone !== null ? 0.35 : isWitness ? 0.6 : 1);
    this.rare = this.messages.draw(frame, view.cone !== null || (isWitness && view.isFolded));
    drawDowns(frame);
    drawRoles(frame);
    if (view.cone !== null) drawCone(frame, view.cone);
    else if (isWitness) witnesses.drawMessages(frame);
    drawStrikes(frame);
    drawViolation(frame);
    drawDifference(frame);
    witnesses.drawOperations(frame);
    this.drawSelected(frame);
    ctx.restore();
  }

  private drawSelected(frame: Frame): void {
    const { ctx, theme, hits } = frame;
    const { selected } = this.view;
    if (selected === null) return;
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = 2;
    const line = selected.startsWith('m') ? lineOf(frame, Number(selected.slice(1))) : null;
    if (line !== null) {
      frame.line(line.x1, line.y1, line.x2, line.y2);
      return;
    }
    const hit = hits.findLast(({ select }) => select === selected);
    if (hit === undefined) return;
    ctx.beginPath();
    ctx.roundRect(hit.x - 2, hit.y - 2, hit.width + 4, hit.height + 4, 4);
    ctx.stroke();
  }

  /** What is drawn at a place; null for nothing. */
  at(x: number, y: number): string | null {
    const { frame } = this;
    if (frame === null) return null;
    const hit = frame.hits.findLast(
      (each) => x >= each.x && x <= each.x + each.width && y >= each.y && y <= each.y + each.height,
    );
    if (hit !== undefined) return hit.select;
    const row = messageAt(frame, x, y);
    return row === -1 ? null : `m${row}`;
  }

  // --- The pointer -------------------------------------------------------------------------------

  private listen(): void {
    const { canvas, view } = this;
    canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    canvas.addEventListener('dblclick', (event) => view.zoom(0.4, this.shareOf(event)));
    const down = new Map<number, { x: number; y: number }>();
    let moved = false;
    let spread = 0;
    canvas.addEventListener('pointerdown', (event) => {
      down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      moved = false;
      spread = spreadOf([...down.values()]);
      if (event.pointerType === 'mouse') canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      const before = down.get(event.pointerId);
      if (before === undefined) return this.hover(event);
      const dx = event.offsetX - before.x;
      if (!moved && Math.abs(dx) < DRAG_PX && down.size === 1) return;
      moved = true;
      down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      const points = [...down.values()];
      if (points.length === 1) return view.pan(-dx / (this.frame?.span ?? 1));
      const next = spreadOf(points);
      if (spread > 0 && next > 0) view.zoom(spread / next, this.shareOf(event));
      spread = next;
    });
    canvas.addEventListener('pointerup', (event) => {
      down.delete(event.pointerId);
      if (!moved) view.select(this.at(event.offsetX, event.offsetY));
    });
    canvas.addEventListener('pointercancel', (event) => down.delete(event.pointerId));
  }

  private shareOf(event: MouseEvent): number {
    const span = this.frame?.span ?? 1;
    return Math.min(1, Math.max(0, (event.offsetX - this.gutter) / span));
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways || event.shiftKey) {
      return this.view.pan((sideways ? event.deltaX : event.deltaY) / (this.frame?.span ?? 1));
    }
    this.view.zoom(1.0016 ** Math.max(-300, Math.min(300, event.deltaY)), this.shareOf(event));
  }

  private hover(event: PointerEvent): void {
    const what = this.at(event.offsetX, event.offsetY);
    this.canvas.style.cursor = what === null ? 'grab' : 'pointer';
    this.canvas.title = what === null ? '' : this.view.nameOf(what);
  }
}

function spreadOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const [one, two] = points;
  return one === undefined || two === undefined ? 0 : Math.hypot(one.x - two.x, one.y - two.y);
}
