/** What the shapes mean: only those that this run has. */
import type { PageModel } from '../page-model.ts';
import type { Theme } from '../theme.ts';
import { stripes } from './frame.ts';
import { sized } from './strip.ts';
import { element } from './unpack.ts';

let drawnFor: Theme | null = null;

export function drawLegend(model: PageModel, theme: Theme): void {
  if (drawnFor === theme && element('legend').childElementCount > 0) return;
  drawnFor = theme;
  const leads = model.roles.some(({ leads: does }) => does);
  const stale = model.roles.some(({ staleFromUs }) => staleFromUs !== null);
  const entries: (readonly [string, boolean, (ctx: CanvasRenderingContext2D) => void])[] = [
    ['ok', true, (ctx) => fill(ctx, theme.ok)],
    [
      'nobody knows',
      true,
      (ctx) => fill(ctx, stripes(ctx, theme.unknown, theme.ground, 'upright')),
    ],
    ['failed', true, (ctx) => outline(ctx, theme.soft)],
    ['leads', leads, (ctx) => fill(ctx, theme.leaders[0])],
    [
      'leads an old term',
      stale,
      (ctx) => fill(ctx, stripes(ctx, theme.leaders[0], theme.ground, 'slanted')),
    ],
    ['lost message', model.hasMessages, (ctx) => cross(ctx, theme.bad)],
    ['many messages', model.hasMessages, (ctx) => fill(ctx, theme.traffic)],
  ];
  element('legend').replaceChildren(
    ...entries
      .filter(([, isShown]) => isShown)
      .map(([word, , paint]) => {
        const entry = document.createElement('span');
        const canvas = document.createElement('canvas');
        const ctx = sized(canvas, 20, 10);
        if (ctx !== null) paint(ctx);
        entry.append(canvas, word);
        return entry;
      }),
  );
}

function fill(ctx: CanvasRenderingContext2D, style: string | CanvasPattern): void {
  ctx.fillStyle = style;
  ctx.beginPath();
  ctx.roundRect(0, 1, 20, 8, 2);
  ctx.fill();
}

function outline(ctx: CanvasRenderingContext2D, style: string): void {
  ctx.strokeStyle = style;
  ctx.beginPath();
  ctx.roundRect(0.5, 1.5, 19, 7, 2);
  ctx.stroke();
}

function cross(ctx: CanvasRenderingContext2D, style: string): void {
  ctx.strokeStyle = style;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  ctx.moveTo(7, 2);
  ctx.lineTo(13, 8);
  ctx.moveTo(13, 2);
  ctx.lineTo(7, 8);
  ctx.stroke();
}
