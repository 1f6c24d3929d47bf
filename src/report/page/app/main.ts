/** The page comes to life: reads what the file carries, draws it, and listens. */
import { formatCount } from '../../../sim/units.ts';
import type { PageModel } from '../page-model.ts';
import { RunData } from '../run-data.ts';
import { dark, light, type Theme } from '../theme.ts';
import { listenToKeys } from './keys.ts';
import { drawLegend } from './legend.ts';
import { followLinks } from './links.ts';
import { Panel } from './panel.ts';
import { Picture } from './picture.ts';
import { Strip } from './strip.ts';
import { element, unpack, unpackText } from './unpack.ts';
import { View } from './view.ts';

function themeNow(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  const isDark =
    chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
  return isDark ? dark : light;
}

function toggleTheme(): void {
  document.documentElement.dataset['theme'] = themeNow() === dark ? 'light' : 'dark';
}

async function start(): Promise<void> {
  const [columns, text] = await Promise.all([unpack('columns'), unpackText('model')]);
  if (columns === null || text === null) throw new Error('the page carries no run');
  const view = new View(new RunData(JSON.parse(text) as PageModel, columns));
  view.loadBodies = async () => {
    const bodies = await unpackText('bodies');
    view.bodies ??= bodies === null || bodies === '' ? [] : bodies.split('\n');
  };
  const strip = new Strip(view, element<HTMLCanvasElement>('strip'));
  const picture = new Picture(view, element<HTMLCanvasElement>('picture'), element('frame'));
  const panel = new Panel(view);
  const redraw = once(() => {
    const theme = themeNow();
    strip.gutter = picture.gutter;
    strip.draw(theme, element('strip').parentElement?.clientWidth ?? 0);
    picture.draw(theme);
    drawStatus(view, picture);
    drawLegend(view.data.model, theme);
    panel.update();
  });
  view.onChange(redraw);
  new ResizeObserver(redraw).observe(element('frame'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  listenToButtons(view, redraw);
  listenToKeys(view, panel, () => {
    toggleTheme();
    redraw();
  });
  panel.show('why');
  followLinks(view, panel);
  redraw();
  requestAnimationFrame(() => {
    document.documentElement.dataset['ready'] = 'true';
  });
}

/** At most once a frame. */
function once(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      work();
    });
  };
}

function drawStatus(view: View, { rare, hidden }: Picture): void {
  const { model } = view.data;
  const count = formatCount(view.inView);
  const found = view.query === '' ? '' : ` of ${formatCount(view.rows.rows.length)} found`;
  const how =
    rare === null ? '' : `, drawn as density; ${rare} rare ones as arrows. Zoom in for all.`;
  const lanes = hidden === 0 ? '' : ` ${hidden} nodes are not shown.`;
  element('status').textContent = model.hasMessages
    ? `${count} messages in view${found}${how}${lanes}`
    : `Messages are not known.${lanes}`;
  element('status').dataset['messages'] = String(view.inView);
  const isOn = (id: string, on: boolean) =>
    document.getElementById(id)?.setAttribute('aria-pressed', String(on));
  isOn('failure', view.isFolded);
  isOn('scale', !view.isFolded && view.untilUs - view.fromUs < model.endUs);
  isOn('whole', !view.isFolded && view.untilUs - view.fromUs >= model.endUs);
}

function listenToButtons(view: View, redraw: () => void): void {
  const on = (id: string, act: () => void) =>
    document.getElementById(id)?.addEventListener('click', act);
  on('failure', () => view.showFailure());
  on('scale', () => view.showScale());
  on('whole', () => view.showWhole());
  on('in', () => view.zoom(0.6));
  on('out', () => view.zoom(1 / 0.6));
  on('theme', () => {
    toggleTheme();
    redraw();
  });
  on('copy', () => {
    void navigator.clipboard?.writeText(view.data.model.repro).then(() => {
      element('copy').textContent = 'Copied';
    });
  });
  const field = document.getElementById('find') as HTMLInputElement | null;
  field?.addEventListener('input', () => void search(view, field.value));
}

/** Bodies are unpacked at the first search for words. */
async function search(view: View, typed: string): Promise<void> {
  view.query = typed;
  if (view.needsBodies) await view.loadBodies();
  if (view.query === typed) view.find(typed);
}

start().catch((error: unknown) => {
  const words = `This browser cannot draw the run (${error instanceof Error ? error.message : error}). What it shows is in the text beside.`;
  element('status').textContent = words;
  document.documentElement.dataset['ready'] = 'failed';
});
