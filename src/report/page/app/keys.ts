/** Keys, and the list of them. */
import type { Panel } from './panel.ts';
import { element } from './unpack.ts';
import type { View } from './view.ts';

const TABLE: readonly (readonly [string, string])[] = [
  ['a d ← →', 'move'],
  ['w s + −', 'zoom'],
  ['0', 'whole run'],
  ['f', 'the failure'],
  ['l', 'to scale'],
  ['n p', 'next and previous event'],
  ['[ ]', 'previous and next step of the story'],
  ['/', 'find'],
  ['x', 'lose the selected message and run again'],
  ['t', 'light or dark'],
  ['Esc', 'clear what is selected'],
  ['?', 'these keys'],
];

/** `now`: what is seen now, which may change. */
export function listenToKeys(
  now: () => { readonly view: View; readonly panel: Panel },
  toggleTheme: () => void,
  signal: AbortSignal,
): void {
  const actsOn = (view: View, panel: Panel): { readonly [key: string]: () => void } => ({
    a: () => view.pan(-0.15),
    d: () => view.pan(0.15),
    ArrowLeft: () => view.pan(-0.15),
    ArrowRight: () => view.pan(0.15),
    w: () => view.zoom(0.7),
    s: () => view.zoom(1 / 0.7),
    '+': () => view.zoom(0.7),
    '=': () => view.zoom(0.7),
    '-': () => view.zoom(1 / 0.7),
    '0': () => view.showWhole(),
    f: () => view.showFailure(),
    l: () => view.showScale(),
    n: () => panel.walk(1),
    p: () => panel.walk(-1),
    ']': () => panel.step(panel.place + 1),
    '[': () => panel.step(Math.max(0, panel.place - 1)),
    '/': () => document.getElementById('find')?.focus(),
    t: toggleTheme,
    '?': () => showKeys(),
    x: () => panel.drop(),
    Escape: () => view.select(null),
  });
  const hear = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    const isTyping =
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && target.type !== 'checkbox');
    if (isTyping) {
      if (event.key === 'Escape') element('picture').focus();
      return;
    }
    if (document.querySelector('dialog[open]') !== null) return;
    const { view, panel } = now();
    const acts = actsOn(view, panel);
    const act = Object.hasOwn(acts, event.key) ? acts[event.key] : undefined;
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  document.addEventListener('keydown', hear, { signal });
}

export function showKeys(): void {
  const dialog = document.createElement('dialog');
  const title = document.createElement('h2');
  title.textContent = 'Keys';
  const list = document.createElement('dl');
  for (const [keys, what] of TABLE) {
    const term = document.createElement('dt');
    term.textContent = keys;
    const said = document.createElement('dd');
    said.textContent = what;
    list.append(term, said);
  }
  const more = document.createElement('p');
  more.textContent =
    'Wheel or pinch zooms, drag moves, a click shows what could have led to an event. Find takes words and node: from: to: kind: lost: key: t:10..11';
  const close = document.createElement('button');
  close.type = 'button';
  close.textContent = 'Close';
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  dialog.append(title, list, more, close);
  document.body.append(dialog);
  dialog.showModal();
}
