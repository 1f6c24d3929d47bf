/** Several stores under one battery as HTML: side by side, the best of each row marked. */
import { type ComparedStore, columns, comparisonPlot } from '../../compare-tables.ts';
import { plainInk } from '../../ink.ts';
import { headHtml, text } from '../page-html.ts';
import { type ComparedScenario, differencesTable } from './scenario-diff.ts';

type Cell = ReturnType<(typeof columns)[number]['of']>;

/** The stores that are best in something, where one way is better and they differ as printed. */
function bestOf(cells: readonly Cell[], better: 'more' | 'less' | undefined): ReadonlySet<number> {
  const values = cells.map(({ value }) => (typeof value === 'number' ? value : null));
  const known = values.flatMap((value) => value ?? []);
  if (better === undefined || new Set(cells.map((cell) => cell.text)).size < 2) return new Set();
  const best = better === 'more' ? Math.max(...known) : Math.min(...known);
  const said = cells[values.indexOf(best)]?.text;
  return new Set(cells.flatMap((cell, i) => (cell.text === said ? [i] : [])));
}

/** Which label each store has, in one sentence: what they were compared for. */
export function storesSentence(stores: readonly ComparedStore[]): string {
  const labels = new Map<string, string[]>();
  for (const { name, tradeoff } of stores) {
    const label = tradeoff.label ?? tradeoff.inapplicable ?? 'the seeds disagree';
    labels.set(label, [...(labels.get(label) ?? []), name]);
  }
  return [...labels].map(([label, names]) => `${label}: ${names.join(', ')}`).join('. ');
}

export function storesHead(stores: readonly ComparedStore[]): string {
  const [first] = stores;
  const seeds =
    first === undefined
      ? []
      : [`${first.tradeoff.seeds} ${first.tradeoff.seeds === 1 ? 'seed' : 'seeds'} of each cut`];
  return headHtml({
    state: 'held',
    sentence: storesSentence(stores),
    subtitle: ['CAP and PACELC, measured', ...seeds],
    expectations: [],
    verdict: '<b>compared</b>',
  });
}

/** A column for each store, a row for each thing that was measured, and the plot of the screen. */
export function storesMain(
  stores: readonly ComparedStore[],
  scenarios: readonly ComparedScenario[],
): string {
  const head = stores.map(({ name }) => `<th scope="col">${text(name)}</th>`);
  const rows = columns.map(({ title, doc, better, of }) => {
    const cells = stores.map(of);
    const best = bestOf(cells, better);
    const shown = cells.map((cell, i) => {
      const said = text(cell.text);
      return best.has(i) ? `<td><b>▲ ${said}</b></td>` : `<td>${said}</td>`;
    });
    return `<tr><th scope="row">${text(title)}</th>${shown.join('')}<td class="quiet">${text(doc)}</td></tr>`;
  });
  const plot = comparisonPlot(stores, plainInk({ ascii: false, width: 100 }));
  return `<section class="comparison" id="comparison" aria-label="Stores and what was measured">
<table class="grid stores"><tr><th></th>${head.join('')}</tr>${rows.join('')}</table>
<p class="quiet">▲ the best of its row, where one way is better.</p>
<pre>${plot.map(text).join('\n')}</pre>
${differencesTable(scenarios)}
</section>`;
}
