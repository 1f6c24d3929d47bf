/**
 * What is seen: the run of the file, or another of its scenario in its place, or both. A run that
 * takes another's place gets elements of its own, and is seen through the same window.
 */
import { formatCount } from '../../../sim/units.ts';
import { linesOf } from '../message-bodies.ts';
import type { RunData } from '../run-data.ts';
import { dark, light, type Theme } from '../theme.ts';
import { AgainPanel, type Row } from './again-panel.ts';
import { copyFrom, make } from './dom.ts';
import { listenToKeys, showKeys } from './keys.ts';
import { drawLegend } from './legend.ts';
import { followLinks, readLink } from './links.ts';
import { Panel } from './panel.ts';
import { Picture } from './picture.ts';
import { Strip } from './strip.ts';
import { element } from './unpack.ts';
import { View } from './view.ts';

type LoadBodies = () => Promise<readonly string[]>;

/** A run on the screen. */
interface Mounted {
  readonly view: View;
  readonly panel: Panel;
  readonly picture: Picture;
  readonly strip: Strip;
}

/** A second picture below the first. */
interface Below {
  readonly view: View;
  readonly picture: Picture;
}

export class Page {
  private readonly recorded: RunData;
  private readonly bodies: LoadBodies;
  /** The head and what is below it, as the file has them. */
  private readonly head: string;
  private readonly main: string;
  private readonly again: AgainPanel | null;
  private mounted: Mounted;
  private below: Below | null = null;
  private readonly observer = new ResizeObserver(() => this.redraw());
  private isDue = false;
  /** Ends what listens to the document. */
  private readonly until = new AbortController();

  /** `runsAgain`: with the tab for it, where the file carries an engine. */
  constructor(recorded: RunData, bodies: LoadBodies, runsAgain = true) {
    this.recorded = recorded;
    this.bodies = bodies;
    this.head = document.querySelector('.head')?.outerHTML ?? '';
    this.main = document.querySelector('main')?.innerHTML ?? '';
    this.again =
      !runsAgain || document.getElementById('engine') === null
        ? null
        : new AgainPanel({
            recorded,
            show: (row) => this.show(row),
            beside: (row) => this.setBelow(row),
          });
    this.mounted = this.mount(recorded, bodies, null);
    const { signal } = this.until;
    followLinks(this.mounted.view, this.mounted.panel, signal);
    const follow = () => readLink(this.mounted.view, this.mounted.panel);
    window.addEventListener('hashchange', follow, { signal });
    scheme.addEventListener('change', () => this.redraw(), { signal });
    listenToKeys(
      () => this.mounted,
      () => this.toggleTheme(),
      signal,
    );
  }

  /** When something else takes its place. */
  close(): void {
    this.until.abort();
    this.observer.disconnect();
  }

  /** Puts a run on the elements that are there. */
  private mount(data: RunData, bodies: LoadBodies, like: View | null): Mounted {
    const view = new View(data, like);
    view.loadBodies = async () => {
      view.bodies ??= await bodies();
    };
    const strip = new Strip(view, element<HTMLCanvasElement>('strip'));
    const picture = new Picture(view, element<HTMLCanvasElement>('picture'), element('frame'));
    document.getElementById('again')?.replaceChildren(this.again?.element ?? '');
    const { again } = this;
    const panel = new Panel(
      view,
      again === null
        ? null
        : {
            open: () => void again.open(),
            drop: (row) => this.drop(view, row),
            branchAt: (us) => {
              this.mounted.panel.show('again');
              void again.branchAt(us);
            },
          },
    );
    this.mounted = { view, panel, picture, strip };
    view.onChange(() => {
      this.below?.view.look(view);
      this.redraw();
    });
    this.observer.disconnect();
    this.observer.observe(element('frame'));
    this.listenToButtons(view);
    panel.show('why');
    this.redraw();
    return this.mounted;
  }

  // --- Other runs ------------------------------------------------------------------------------

  private show(row: Row | null): void {
    const { view } = this.mounted;
    const { whole = null } = row ?? {};
    this.below = null;
    document.querySelector('.head')?.replaceWith(fragmentOf(whole?.head ?? this.head));
    document.querySelector('main')?.replaceChildren(fragmentOf(whole?.main ?? this.main));
    const lines = linesOf(whole?.bodies ?? '');
    const bodies = whole === null ? this.bodies : async () => lines;
    const data = whole?.data ?? this.recorded;
    const mounted = this.mount(data, bodies, view);
    mounted.view.differsUs = row?.firstUs ?? null;
    mounted.panel.show('again');
    const line = document.querySelector('footer code');
    if (line !== null) line.textContent = data.model.repro;
  }

  /** The recorded run above, this one below it. */
  private setBelow(row: Row | null): void {
    if (row?.whole == null) return;
    const { view } = this.mounted;
    const below = new View(row.whole.data, view);
    below.differsUs = row.firstUs;
    view.differsUs = row.firstUs;
    const canvas = make('canvas', {});
    const frame = make('div', { class: 'frame' }, canvas);
    const asRecorded = make('p', { class: 'caption' }, 'as recorded');
    element('frame').before(asRecorded);
    element('frame').after(make('p', { class: 'caption' }, row.words), frame);
    this.below = { view: below, picture: new Picture(below, canvas, frame) };
    below.onChange(() => {
      view.look(below);
      this.redraw();
    });
    this.redraw();
  }

  private drop(view: View, row: number): void {
    const { messages, model } = view.data;
    const at = (column: Float64Array, of = row) => column[of] ?? -1;
    let number = 0;
    let before = -1;
    for (let other = 0; other <= row; other++) {
      const isAlike =
        at(messages.from, other) === at(messages.from) &&
        at(messages.to, other) === at(messages.to) &&
        at(messages.kind, other) === at(messages.kind);
      // A doubled message is two rows of one step.
      if (isAlike && at(messages.sentStep, other) !== before) {
        number++;
        before = at(messages.sentStep, other);
      }
    }
    const name = (node: number) => model.nodes[node]?.name ?? '';
    const type = model.kinds[at(messages.kind)] ?? '';
    this.mounted.panel.show('again');
    const message = { from: name(at(messages.from)), to: name(at(messages.to)), type, number };
    void this.again?.drop(message);
  }

  // --- Drawing ---------------------------------------------------------------------------------

  /** At most once a frame. */
  private redraw(): void {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      if (!this.until.signal.aborted) this.draw();
    });
  }

  private draw(): void {
    const theme = themeNow();
    const { strip, picture, panel, view } = this.mounted;
    strip.gutter = picture.gutter;
    strip.draw(theme, element('strip').parentElement?.clientWidth ?? 0);
    picture.draw(theme);
    this.below?.picture.draw(theme);
    drawStatus(view, picture);
    drawLegend(view.data.model, theme);
    panel.update();
  }

  private toggleTheme(): void {
    toggleTheme();
    this.redraw();
  }

  private listenToButtons(view: View): void {
    const on = (id: string, act: () => void) => {
      const button = document.getElementById(id);
      // The foot of the page stays when a run takes another's place.
      if (button !== null) button.onclick = act;
    };
    on('failure', () => view.showFailure());
    on('scale', () => view.showScale());
    on('whole', () => view.showWhole());
    on('in', () => view.zoom(0.6));
    on('out', () => view.zoom(1 / 0.6));
    on('help', showKeys);
    on('theme', () => this.toggleTheme());
    on('copy', () => copyFrom(element('copy'), view.data.model.repro));
    const field = document.getElementById('find') as HTMLInputElement | null;
    field?.addEventListener('input', () => void search(view, field.value));
  }
}

/** Light or dark, whatever the system says. */
export function toggleTheme(): void {
  document.documentElement.dataset['theme'] = themeNow() === dark ? 'light' : 'dark';
}

function fragmentOf(html: string): DocumentFragment {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content;
}

const scheme = matchMedia('(prefers-color-scheme: dark)');

function themeNow(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  const isDark = chosen === undefined ? scheme.matches : chosen === 'dark';
  return isDark ? dark : light;
}

function drawStatus(view: View, { rare, hidden, messages: { counts } }: Picture): void {
  const { model } = view.data;
  const count = formatCount(view.inView);
  const found = view.query === '' ? '' : ` of ${formatCount(view.rows.rows.length)} found`;
  const few = rare ? `; ${rare} rare ones as arrows` : '';
  const how = rare === null ? '' : `, drawn as density${few}. Zoom in for all.`;
  const lanes = hidden === 0 ? '' : ` ${hidden} nodes are not shown.`;
  const words = model.hasMessages
    ? `${count} messages in view${found}${how}${lanes}`
    : `Messages are not known.${lanes}`;
  // The same words again would lay the page out again.
  if (element('status').textContent !== words) element('status').textContent = words;
  const { dataset } = element('status');
  dataset['messages'] = String(view.inView);
  dataset['gaps'] = (counts?.gaps ?? []).map(({ sent }) => sum(sent)).join();
  const isOn = (id: string, on: boolean) =>
    document.getElementById(id)?.setAttribute('aria-pressed', String(on));
  isOn('failure', view.isFolded);
  isOn('scale', !view.isFolded && view.untilUs - view.fromUs < model.endUs);
  isOn('whole', !view.isFolded && view.untilUs - view.fromUs >= model.endUs);
}

function sum(counts: Uint32Array): number {
  return counts.reduce((a, b) => a + b, 0);
}

/** Bodies are unpacked at the first search for words. */
async function search(view: View, typed: string): Promise<void> {
  view.query = typed;
  if (view.needsBodies) await view.loadBodies();
  if (view.query === typed) view.find(typed);
}
