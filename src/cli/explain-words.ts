/**
 * Pages of `dsim explain` for words that are no kinds: those that select nodes, those of `expect:`,
 * error codes, and what kinds note and measure.
 */
import type { ManualPage } from '../report/manual.ts';
import type { Measure } from '../sim/measure.ts';
import { standardNotes } from '../sim/notes.ts';
import { errors } from '../sim/rpc.ts';
import type { Engine } from './engine.ts';
import { type Example, errorExample, noteExample, selectorExample } from './explain-examples.ts';

/** Every word that `wordPages` knows. */
export async function knownWords(): Promise<readonly string[]> {
  const { selectorWords } = await import('../faults/parts/select.ts');
  const { expectationWords } = await import('../scenarios/sections/expectation-words.ts');
  const { quantities } = await import('../scenarios/sections/condition.ts');
  return [
    ...new Set([
      ...selectorWords.keys(),
      ...expectationWords.keys(),
      ...quantities.keys(),
      ...errors.keys(),
    ]),
  ];
}

/** Pages of a word that scenarios use; none for a word that means nothing. */
export async function wordPages(word: string): Promise<readonly ManualPage[]> {
  const { selectorWords } = await import('../faults/parts/select.ts');
  const { expectationWords } = await import('../scenarios/sections/expectation-words.ts');
  const { quantities } = await import('../scenarios/sections/condition.ts');
  const selected = selectorWords.get(word);
  const quantity = quantities.get(word);
  const expected = expectationWords.get(word);
  const error = errors.get(word);
  return [
    ...(selected === undefined
      ? []
      : [page(word, 'word that selects nodes', sentence(selected), selectorExample(word))]),
    ...(expected === undefined
      ? []
      : [page(word, 'word of `expect`', expected.doc, ['expect:', `  - ${expected.example}`])]),
    ...(quantity === undefined ? [] : [quantityPage(word, quantity)]),
    ...(error === undefined ? [] : [errorPage(word, error)]),
  ];
}

/** Pages of a note or a measure: one for each kind that declares it. */
export async function declaredPages(word: string, engine: Engine): Promise<readonly ManualPage[]> {
  const pages: ManualPage[] = [];
  const standard = standardNotes[word];
  if (standard !== undefined) pages.push(notePage(word, 'any kind', standard));
  for (const kind of engine.kinds()) {
    if (kind.sort !== 'system') continue;
    const { notes, measures } = await kind.load();
    const note = notes === undefined || notes === 'any' ? undefined : own(notes, word);
    if (note !== undefined) pages.push(notePage(word, kind.name, note));
    const measure = measures === undefined ? undefined : own(measures, word);
    if (measure !== undefined) pages.push(measurePage(word, kind.name, measure));
  }
  return pages;
}

function notePage(
  label: string,
  kind: string,
  {
    doc,
    detail = {},
  }: { readonly doc: string; readonly detail?: { readonly [f: string]: string } },
): ManualPage {
  return {
    ...page(label, `note of ${kind}`, doc, noteExample(label)),
    sections: [{ title: 'DETAIL', rows: Object.entries(detail) }],
  };
}

function measurePage(name: string, kind: string, measure: Measure): ManualPage {
  const sort = 'ratio' in measure ? `${measure.ratio.join(' / ')}` : measure.sort;
  return page(name, `measure of ${kind}: ${sort}`, measure.doc, ['show:', `  - ${name}`]);
}

function errorPage(
  code: string,
  {
    definite,
    answers,
    doc,
  }: { readonly definite: boolean; readonly answers: boolean; readonly doc: string },
): ManualPage {
  const what = definite
    ? 'The operation certainly did not happen, and will not: it ends as `fail`.'
    : 'The operation may have happened, or may yet: it ends as `info`.';
  const counts = answers ? ' It answers the question that was asked, and counts as available.' : '';
  return {
    ...page(code, 'error code of a reply', sentence(doc), errorExample(code)),
    text: [`${what}${counts}`],
  };
}

function quantityPage(name: string, { form, doc }: { form: string; doc: string }): ManualPage {
  const held = form.includes('partition') ? ['  - { at: 5s, for: 5s, partition: leader }'] : [];
  const fault = `  - { when: "${form} > ${name === 'elapsed' ? '10s' : 2}", name: later, crash: one }`;
  const sort = 'word of `when` and `never`';
  return page(name, sort, sentence(doc), ['faults:', ...held, fault]);
}

function page(name: string, sort: string, summary: string, example: Example): ManualPage {
  return { name, sort, summary, text: [], params: null, sections: [], example };
}

function own<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
