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

/** Asks each second what is the newest, says how far it is, and acts when there is more of it. */
const follow = (act: string) =>
  `let known=null;setInterval(async()=>{try{const[now,said='']=(await(await fetch('newest')).text()).split('\\n');document.querySelector('output').textContent=said;if(known!==null&&now!==known){${act}}else known=now}catch{}},1000)`;

/**
 * The frame gets a new page when the one before is there: a long run's takes more than a second.
 * Of the same run, or the same scenario, it shows what its reader has just seen.
 */
const REFRAME =
  "if(!busy){busy=true;const at=now.split('-')[0]===known.split('-')[0]?frame.contentWindow.location.hash:'';known=now;frame.src='latest?'+encodeURIComponent(now)+at}";
const FRAME =
  "const frame=document.querySelector('iframe');let busy=true;frame.onload=()=>{busy=false};";

function file(title: string, body: string, script: string, { style, hash }: Assets): string {
  const own = `:root{${cssVariables(light)}}@media (prefers-color-scheme:dark){:root{${cssVariables(dark)}}}${style}.served{padding:14px 22px;overflow:auto}.served li{padding:3px 0}iframe{flex:1;border:0}output{display:block}body>output:not(:empty){padding:6px 22px}`;
  const policy = `default-src 'none'; script-src '${hash(script)}'; style-src '${hash(own)}'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'`;
  return htmlDocument({ title, policy, style: own, body: `${body}\n`, script });
}

/** `running` says how far a run is that is under way; empty for none. */
export function listPage(runs: readonly ServedRun[], running: string, assets: Assets): string {
  const rows = runs.map(({ id, name, seed, state }) => {
    const mark = marks[state as PageState] ?? '';
    const shown = text(state);
    return `<li class="is-${shown.replaceAll(' ', '-')}"><i aria-hidden="true">${mark}</i> <a href="${text(id)}">${text(name)} seed ${text(seed)}</a> ${shown}</li>`;
  });
  const list =
    rows.length === 0 && running === ''
      ? '<p>No run is kept here yet: <code>dsim run</code> keeps one.</p>'
      : `<p><a href="live">Follow the newest run</a></p><ul class="runs">${rows.join('')}</ul>`;
  return file(
    'dsim runs',
    `<main class="served"><div><h1>Kept runs, the newest first</h1><output>${text(running)}</output>${list}</div></main>`,
    // While one runs, its line is enough.
    follow("if(said==='')location.reload();known=now"),
    assets,
  );
}

/** The newest run, whichever that is: it grows as it goes on, and changes as others are kept. */
export function livePage(assets: Assets): string {
  return file(
    'the newest run',
    '<output></output><iframe src="latest" title="The newest run"></iframe>',
    FRAME + follow(REFRAME),
    assets,
  );
}
