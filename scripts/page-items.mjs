/**
 * What a page takes of the program: what its scenario names, and what it can do without. Each is
 * called as parts call it.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { idOf } from './part-names.mjs';
import { LEAVES, LISTS, METRICS, program, root } from './parts.mjs';

/** What pages may leave out whoever asks for it. */
const DATA = 'src/interfaces/';

/** @typedef {import('./parts.mjs').Plan} Plan */

/**
 * What a scenario can name: by list and name, the part and the file that have it, as `require`
 * takes them. Of several items in one file the name chooses.
 *
 * @returns {Promise<{ [list: string]: { [name: string]: string } }>}
 */
export async function itemsOf(/** @type {Plan} */ plan) {
  /** @type {{ [list: string]: { [name: string]: string } }} */
  const items = { metrics: await metricsOf(plan) };
  for (const list of Object.keys(LISTS)) {
    const text = readFileSync(join(root, list), 'utf8');
    for (const [, map = '', body = ''] of text.matchAll(/const (\w+): ReadonlyMap(.*?)^\]\);/gms)) {
      const found = [...body.matchAll(/^ {2}\[\s*'([\w-]+)',.*?import\('([^']+)'\)/gms)];
      const rows = found.map(([, name = '', path = '']) => {
        const file = join(dirname(list), path).split(sep).join('/');
        return [name, idOf(plan, file)];
      });
      items[map] = Object.fromEntries(rows);
    }
  }
  return items;
}

/** Metrics are no list by name: what each file has, it says itself when it is evaluated. */
async function metricsOf(/** @type {Plan} */ plan) {
  const text = readFileSync(join(root, METRICS), 'utf8');
  const files = Array.from(text.matchAll(/^import \w+ from '([^']+)';$/gm), ([, path = '']) =>
    join(dirname(METRICS), path).split(sep).join('/'),
  );
  const contents = files.map((file, i) => `export { default as m${i} } from './${file}';`).join('');
  const exports = await evaluated(contents);
  const rows = files.flatMap((file, i) =>
    [exports[`m${i}`]].flat().map(({ name }) => [name, idOf(plan, file)]),
  );
  return Object.fromEntries(rows);
}

/**
 * What pages may leave out: of each the word for the file and the export, if it is one alone, and
 * the words of scenarios that keep it.
 */
export async function leavesOf(/** @type {Plan} */ { names }) {
  const { leaves } = await evaluated(`export { leaves } from './${LEAVES}';`);
  return Object.entries(leaves).map(([leaf, words]) => {
    const [file = '', name] = leaf.split('#');
    const { word = '', exports } = names.get(file) ?? {};
    return {
      file: word,
      name: name === undefined ? null : (exports?.get(name) ?? name),
      words,
      isData: file.startsWith(DATA),
    };
  });
}

/** What a module exports. @returns {Promise<any>} */
async function evaluated(/** @type {string} */ contents) {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    ...program(),
    stdin: { contents, resolveDir: root },
    outfile: 'evaluated.cjs',
  });
  const module = { exports: {} };
  new Function('module', outputFiles?.[0]?.text ?? '')(module);
  return module.exports;
}
