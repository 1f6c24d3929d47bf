/** Several stores under one battery as HTML: a row each, the best of each column marked. */
import { type ComparedStore, columns } from '../../compare-tables.ts';
import { headHtml, text } from '../page-html.ts';

type Cell = ReturnType<(typeof columns)[number]['of']>;

/** The rows of a column that are best, where they differ and one way is better. */
function bestOf(cells: readonly Cell[], better: 'more' | 'less' | undefined): ReadonlySet<number> {
  const values = cells.map(({ value }) => (typeof value === 'number' ? value : null));
  const known = values.flatMap((value) => value ?? []);
  if (better === undefined || new Set(known).size < 2) return new Set();
  const best = better === 'more' ? Math.max(...known) : Math.min(...known);
  return new Set(values.flatMap((value, i) => (value === best ? [i] : [])));
}

/** Which store is best in what was measured, in one sentence. */
export function storesSentence(stores: readonly ComparedStore[]): string {
  const said = columns.flatMap(({ best, better, of }) => {
    const cells = stores.map(of);
    const found = [...bestOf(cells, better)];
    if (best === undefined || found.length === 0 || found.length > 2) return [];
    const names = found.map((i) => stores[i]?.name ?? '').join(' and ');
    return [`${names} ${best} (${cells[found[0] ?? 0]?.text})`];
  });
  if (said.length === 0) return 'They differ in nothing that was measured as a number.';
  const sentence = said.slice(0, 4).join('; ');
  return `${sentence[0]?.toUpperCase()}${sentence.slice(1)}.`;
}

export function storesHead(stores: readonly ComparedStore[]): string {
  const names = stores.map(({ name }) => name);
  const sentence = storesSentence(stores);
  return headHtml({
    state: 'held',
    sentence,
    subtitle: ['comparison', ...names],
    expectations: [],
    verdict: '<b>compared</b>',
  });
}

export function storesMain(stores: readonly ComparedStore[]): string {
  const all = columns.map((column) => {
    const cells = stores.map(column.of);
    return { ...column, cells, best: bestOf(cells, column.better) };
  });
  const head = all.map(
    ({ title, doc }) => `<th scope="col" title="${text(doc)}">${text(title)}</th>`,
  );
  const rows = stores.map(({ name }, row) => {
    const cells = all.map(({ cells: of, best }) => {
      const said = text(of[row]?.text ?? '');
      return best.has(row) ? `<td><b>▲ ${said}</b></td>` : `<td>${said}</td>`;
    });
    return `<tr><th scope="row">${text(name)}</th>${cells.join('')}</tr>`;
  });
  const docs = columns.map(({ title, doc }) => `<dt>${text(title)}</dt><dd>${text(doc)}</dd>`);
  return `<section class="comparison" id="comparison" aria-label="Stores and what was measured">
<table class="grid stores"><tr><th></th>${head.join('')}</tr>${rows.join('')}</table>
<p class="quiet">▲ the best of its column, where one way is better.</p>
</section>
<aside><section><h2>What the columns say</h2><dl>${docs.join('')}</dl></section></aside>`;
}
