/** What `dsim serve` shows besides runs: the list of them, and a frame that follows the newest. */
import { htmlDocument, marks, type PageAssets, text } from './page-html.ts';
import type { PageState } from './page-model.ts';
import { cssVariables, dark, light } from './theme.ts';

export interface ServedRun {
  readonly id: string;
  readonly name: string;
  readonly seed: string;
  readonly state: string;
}

type Assets = Pick<PageAssets, 'style' | 'hash'>;

/** Asks each second which run is the newest, and acts when it is another. */
const follow = (act: string) =>
  `let known=null;setInterval(async()=>{try{const now=await(await fetch('newest')).text();if(known!==null&&now!==known){${act}}known=now}catch{}},1000)`;

function file(title: string, body: string, script: string, { style, hash }: Assets): string {
  const own = `:root{${cssVariables(light)}}@media (prefers-color-scheme:dark){:root{${cssVariables(dark)}}}${style}.served{padding:14px 22px;overflow:auto}.served li{padding:3px 0}iframe{flex:1;border:0}`;
  const policy = `default-src 'none'; script-src '${hash(script)}'; style-src '${hash(own)}'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'`;
  return htmlDocument({ title, policy, style: own, body: `${body}\n`, script });
}

export function listPage(runs: readonly ServedRun[], assets: Assets): string {
  const rows = runs.map(({ id, name, seed, state }) => {
    const mark = marks[state as PageState] ?? '';
    const shown = text(state);
    return `<li class="is-${shown.replaceAll(' ', '-')}"><i aria-hidden="true">${mark}</i> <a href="${text(id)}">${text(name)} seed ${text(seed)}</a> ${shown}</li>`;
  });
  const list =
    rows.length === 0
      ? '<p>No run is kept here yet: <code>dsim run</code> keeps one.</p>'
      : `<p><a href="live">Follow the newest run</a></p><ul class="runs">${rows.join('')}</ul>`;
  return file(
    'dsim runs',
    `<main class="served"><div><h1>Kept runs, the newest first</h1>${list}</div></main>`,
    follow('location.reload()'),
    assets,
  );
}

/** The newest run, whichever that is: it changes as runs are kept. */
export function livePage(assets: Assets): string {
  return file(
    'the newest run',
    '<iframe src="latest" title="The newest run"></iframe>',
    follow("document.querySelector('iframe').src='latest?'+encodeURIComponent(now)"),
    assets,
  );
}
