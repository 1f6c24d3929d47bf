/**
 * Deep links: the window, what is selected, sought and shown, in the address; a bad one is ignored.
 */
import type { Panel, Tab } from './panel.ts';
import type { View } from './view.ts';

const AFTER_MS = 120;

/** Shows what the address asks for, and writes into it what is seen. */
export function followLinks(view: View, panel: Panel, signal: AbortSignal): void {
  readLink(view, panel);
  let due = 0;
  let known = location.hash;
  window.addEventListener(
    'hashchange',
    () => {
      known = location.hash;
    },
    { signal },
  );
  view.onChange(() => {
    clearTimeout(due);
    due = window.setTimeout(() => {
      // An address that somebody has just changed is read first.
      if (location.hash === known) write(view, panel);
      known = location.hash;
    }, AFTER_MS);
  });
}

export function readLink(view: View, panel: Panel): void {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [, from, until] = /^([\d.]+)-([\d.]+)$/.exec(asked.get('t') ?? '') ?? [];
  if (from !== undefined && until !== undefined && Number(from) < Number(until)) {
    const [fromUs, untilUs] = [Number(from) * 1e6, Number(until) * 1e6];
    if (asked.get('v') === 'fold') view.setFolded(fromUs, untilUs);
    else view.showUs(fromUs, untilUs);
  }
  const tab = asked.get('p');
  if (panel.tabs.includes(tab as Tab)) panel.show(tab as Tab);
  const sought = asked.get('q');
  if (sought !== null) {
    const field = document.getElementById('find') as HTMLInputElement | null;
    if (field !== null) {
      field.value = sought;
      field.dispatchEvent(new Event('input'));
    }
  }
  const selected = asked.get('sel');
  if (selected !== null && /^[mofnr]\d+$/.test(selected)) view.select(selected);
}

function write(view: View, panel: Panel): void {
  const said = new URLSearchParams();
  said.set('t', `${(view.fromUs / 1e6).toFixed(6)}-${(view.untilUs / 1e6).toFixed(6)}`);
  if (view.isFolded) said.set('v', 'fold');
  if (view.selected !== null) said.set('sel', view.selected);
  if (view.query !== '') said.set('q', view.query);
  if (panel.tab !== 'why') said.set('p', panel.tab);
  history.replaceState(null, '', `#${said.toString()}`);
}
