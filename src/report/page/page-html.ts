/**
 * The file of a page: the head, the reasons and the facts as plain HTML for people without scripts,
 * for screen readers and for `grep`; the run as packed text; the code that draws it. Nothing is
 * loaded from anywhere, and the policy in the file forbids it.
 */
import { formatMomentUs } from '../../sim/units.ts';
import { visible, visibleLines } from '../../sim/visible-text.ts';
import type { PageExpectation, PageModel, PageState, Step } from './page-model.ts';
import { cssVariables, dark, light } from './theme.ts';

export interface PageAssets {
  readonly script: string;
  readonly style: string;
  /** `sha256-…` of a text, as a policy names it. */
  hash(text: string): string;
}

/** Packed and as base64; null for what was left out. */
export interface PackedRun {
  readonly columns: string;
  readonly model: string;
  readonly bodies: string | null;
  /** What runs the scenario again; null where a page cannot. */
  readonly again: { readonly pack: string; readonly engine: string } | null;
}

export const marks: { readonly [S in PageState]: string } = {
  held: '✓',
  violated: '✕',
  unknown: '?',
  'never exercised': '○',
  interrupted: '‖',
  'under way': '…',
  stopped: '✕',
};

const tones: { readonly [S in PageState]: 'held' | 'bad' | 'unsure' } = {
  held: 'held',
  violated: 'bad',
  unknown: 'unsure',
  'never exercised': 'unsure',
  interrupted: 'unsure',
  'under way': 'unsure',
  stopped: 'bad',
};

/** `why` is what the terminal says, line by line. */
export function renderPage(
  model: PageModel,
  packed: PackedRun,
  why: string,
  assets: PageAssets,
): string {
  const { columns, model: packedModel, bodies, again } = packed;
  return renderFile(
    {
      title: `${model.state} · ${model.subtitle.slice(0, 2).join(' · ')}`,
      head: headHtml(model),
      main: mainHtml(model, why, again !== null),
      line: model.repro,
      blobs: { columns, model: packedModel, bodies, ...again },
    },
    assets,
  );
}

export interface PageFile {
  readonly title: string;
  /** HTML. */
  readonly head: string;
  readonly main: string;
  /** What does the same on the command line. */
  readonly line: string;
  /** By id, packed and as base64; null for what is left out. */
  readonly blobs: { readonly [id: string]: string | null };
}

/** The whole file. */
export function renderFile(
  { title, head, main, line, blobs }: PageFile,
  assets: PageAssets,
): string {
  const style = `:root{${cssVariables(light)}}:root[data-theme=dark]{${cssVariables(dark)}}@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${cssVariables(dark)}}}${assets.style}`;
  const worker = blobs['engine'] == null ? '' : ' worker-src blob:;';
  const policy = `default-src 'none'; script-src '${assets.hash(assets.script)}'; style-src '${assets.hash(style)}'; img-src data:;${worker} base-uri 'none'; form-action 'none'`;
  const packed = Object.entries(blobs).map(([id, base64]) =>
    base64 === null ? '' : `${blob(id, base64)}\n`,
  );
  const body = `${head}
<main>
${main}
</main>
<footer><code>${text(line)}</code> <button id="copy" type="button">Copy</button></footer>
<p id="live" class="unseen" aria-live="polite"></p>
${packed.join('')}`;
  return htmlDocument({ title, policy, style, body, script: assets.script });
}

export interface HtmlDocument {
  readonly title: string;
  /** What the file may load and run. */
  readonly policy: string;
  readonly style: string;
  /** HTML that ends with a line break. */
  readonly body: string;
  readonly script: string;
}

export function htmlDocument({ title, policy, style, body, script }: HtmlDocument): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${text(title)}</title>
<style>${style}</style>
</head>
<body>
${body}<script>${script}</script>
</body>
</html>
`;
}

function blob(id: string, base64: string): string {
  return `<script type="application/octet-stream" id="${id}">${base64}</script>`;
}

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text that stands for itself, whatever is in it. */
export function text(raw: string): string {
  return escaped(visible(raw));
}

function escaped(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

type Stated = Pick<PageExpectation, 'state'>;

function classOf({ state }: Stated): string {
  return `is-${state.replaceAll(' ', '-')}`;
}

function mark({ state }: Stated): string {
  return `<i aria-hidden="true">${marks[state]}</i>`;
}

export interface PageHead
  extends Pick<PageModel, 'state' | 'sentence' | 'subtitle' | 'expectations'> {
  /** HTML in the place of the state and its mark, where nothing was judged. */
  readonly verdict?: string;
}

export function headHtml({
  state,
  sentence,
  subtitle,
  expectations,
  verdict = `${mark({ state })} <b>${state}</b>`,
}: PageHead): string {
  const [name = '', ...rest] = subtitle;
  const isHeld = (each: PageExpectation) => Number(each.state === 'held');
  const list = [...expectations]
    .sort((a, b) => isHeld(a) - isHeld(b))
    .map(
      (each) =>
        `<li class="${classOf(each)}">${mark(each)} <span class="unseen">${each.state}: </span>${text(each.text)}</li>`,
    )
    .join('');
  return `<header class="head ${tones[state]}">
<p class="verdict">${verdict}</p>
<div class="says"><h1>${text(sentence)}</h1><p><b>${text(name)}</b>${rest.map((each) => ` · ${text(each)}`).join('')}</p></div>
<ul class="expectations">${list}</ul>
<p class="tools"><button id="theme" type="button" title="Light or dark (t)" aria-label="Light or dark">◐</button><button id="help" type="button" title="Keys (?)" aria-label="Keys">?</button></p>
</header>`;
}

/** What is below the head. `runsAgain`: the page has what it takes. */
export function mainHtml(model: PageModel, why: string, runsAgain: boolean): string {
  return `${stage(model)}\n${panel(model, why, runsAgain)}`;
}

function stage({ failure, hasMessages }: PageModel): string {
  const scales =
    failure === null
      ? ''
      : '<button id="failure" type="button">The failure</button><button id="scale" type="button">To scale</button>';
  const find = hasMessages
    ? '<input id="find" type="search" placeholder="Find: words, kind: from: lost:" aria-label="Find messages" autocomplete="off" spellcheck="false">'
    : '';
  return `<section class="stage" aria-label="The run as a picture">
<canvas id="strip" role="img" aria-label="The whole run; drag to choose a window"></canvas>
<div class="bar">${scales}<button id="whole" type="button">Whole run</button><button id="out" type="button" aria-label="Zoom out">−</button><button id="in" type="button" aria-label="Zoom in">+</button><output id="status"></output>${find}</div>
<div id="frame"><canvas id="picture" tabindex="0" role="img" aria-label="Messages between nodes over time. The log beside it says the same in text."></canvas></div>
<div id="legend" class="legend" aria-hidden="true"></div>
</section>`;
}

function panel(model: PageModel, why: string, runsAgain: boolean): string {
  const again = runsAgain
    ? '<button role="tab" id="tab-again" aria-controls="again" type="button">Run again</button>'
    : '';
  const left = model.leftOut.map((line) => `<p class="left-out">${text(line)}</p>`).join('');
  return `<aside>
<div class="tabs" role="tablist" aria-label="About the run"><button role="tab" id="tab-why" aria-controls="why" type="button">Why</button><button role="tab" id="tab-facts" aria-controls="facts" type="button">Facts</button><button role="tab" id="tab-log" aria-controls="log" type="button">Log</button>${again}</div>
<div id="card" hidden></div>
<section id="why" role="tabpanel" aria-labelledby="tab-why">${left}${story(model)}${reasons(model)}${glossary(model)}${inWords(why)}</section>
<section id="facts" role="tabpanel" aria-labelledby="tab-facts">${facts(model)}</section>
<section id="log" role="tabpanel" aria-labelledby="tab-log"></section>
${runsAgain ? '<section id="again" role="tabpanel" aria-labelledby="tab-again"></section>' : ''}
</aside>`;
}

function story({ story: steps, state, hasTimes, hasMessages }: PageModel): string {
  if (steps.length === 0) {
    return hasMessages ? '<p class="quiet">No fault struck and no leader changed.</p>' : '';
  }
  const title = state === 'held' ? 'What happened, and was survived' : 'What happened';
  return `<h2>${title}</h2><ol class="story">${steps.map((each, i) => step(each, i, hasTimes)).join('')}</ol>`;
}

function step({ atUs, words, select, isBad }: Step, i: number, hasTimes: boolean): string {
  const said = words
    .map((word, place) => (place % 2 === 1 ? `<b>${text(word)}</b>` : text(word)))
    .join('');
  const time = hasTimes ? `<time>${formatMomentUs(atUs)}</time> ` : '';
  const target = select === null ? '' : ` data-select="${text(select)}"`;
  return `<li${isBad ? ' class="bad"' : ''}><button type="button" data-step="${i}"${target}>${time}<span>${said}</span></button></li>`;
}

const reasonTitles: { readonly [S in PageState]?: string } = {
  unknown: 'Why nothing was proved',
  violated: 'Why that is wrong',
};

function reasons({ reasons: said, state }: PageModel): string {
  if (said.length === 0) return '';
  return `<h2>${reasonTitles[state] ?? 'Why it stopped'}</h2><ul class="reasons">${said.map((line) => `<li>${text(line)}</li>`).join('')}</ul>`;
}

function glossary({ glossary: entries }: PageModel): string {
  return entries
    .map(
      ({ question, answer }) =>
        `<details><summary>${text(question)}</summary><p>${text(answer)}</p></details>`,
    )
    .join('');
}

function inWords(why: string): string {
  if (why === '') return '';
  return `<details class="words"><summary>As the terminal says it</summary><pre>${escaped(visibleLines(why))}</pre></details>`;
}

function facts({ expectations, facts: blocks, series }: PageModel): string {
  const rows = expectations.map(
    (each) =>
      `<dt class="${classOf(each)}">${mark(each)} ${text(each.text)} <b>${text(each.measured)}</b></dt><dd>${text(each.because)}</dd>`,
  );
  const measures = series.map(({ name, doc }) => `<dt>${text(name)}</dt><dd>${text(doc)}</dd>`);
  return [
    rows.length === 0 ? '' : `<h2>Expectations</h2><dl>${rows.join('')}</dl>`,
    ...blocks.map(
      ({ title, lines: said }) =>
        `<h2>${text(title)}</h2>${said.map((line) => `<p>${text(line)}</p>`).join('')}`,
    ),
    measures.length === 0 ? '' : `<h2>Measures</h2><dl>${measures.join('')}</dl>`,
    '<h2>Messages</h2><div id="kinds"></div>',
  ].join('');
}
