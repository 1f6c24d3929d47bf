/**
 * What a page needs to run its scenario again: the texts of the scenario, and of the program only
 * the parts that this scenario needs.
 */
import { basename, dirname } from 'node:path';
import type { AgainPack, PackedItems, PackedText } from '../report/page/again/pack.ts';
import type { RunContext } from '../report/run-context.ts';
import { FileReader } from '../scenarios/host/file-reader.ts';
import { type Origin, originOf } from '../scenarios/host/origins.ts';
import type { Result } from '../scenarios/result.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { kindsNamed } from '../scenarios/sections/catalogue.ts';
import type { SourceReader } from '../scenarios/text/source-tree.ts';
import { readSourceTree } from '../scenarios/text/source-tree.ts';
import { partSource } from './page-code.ts';

const START = 'dsim:again:src/report/page/again/engine.ts';
/** What commands need, and no run. */
const APART = ['dsim', 'engine', 'more'];

export interface PageEngine {
  readonly pack: AgainPack;
  /** A program for a worker: its first message is the pack, each other one a request. */
  readonly program: string;
}

/**
 * null where a page cannot run the scenario, since it has own code.
 * `variants` are the `--set` of each run that it shall be able to run.
 */
export function pageEngine(
  scenario: Scenario,
  result: Pick<Result, 'seed' | 'digests'>,
  context: RunContext,
  all: PackedItems,
  variants: readonly (readonly string[])[] = [context.sets],
): PageEngine | null {
  const origin = originOf(scenario);
  if (origin === null) return null;
  const { texts, reader } = recorded(origin);
  const entry = basename(origin.path);
  const trees = variants.flatMap((set) =>
    [false, true].map((without) => readSourceTree(entry, reader, { set, without })),
  );
  const named = trees.map(kindsNamed);
  if (named.some(({ own }) => own.length > 0)) return null;
  const kinds = [...scenario.groups.map(({ system }) => system.name), 'message'];
  const names = new Set([...named.flatMap((each) => Object.values(each).flat()), ...kinds]);
  const items = itemsNamed(all, names);
  const { file, sets, without, maxEvents, strict, allowOutside, scenarioHash, version } = context;
  const asked = { seed: result.seed, sets, without };
  const run = { asked, maxEvents, strict, allowOutside, scenarioHash, digests: result.digests };
  return { pack: { file, texts, items, ...run, version }, program: programOf(items) };
}

/** A reader that keeps what it read, by names that say nothing of the machine. */
function recorded({ path, allowOutside }: Origin) {
  const texts: PackedText[] = [];
  const files = new FileReader({ cwd: dirname(path), allowOutside });
  const reader: SourceReader = {
    read(asked, from) {
      const read = files.read(asked, from);
      const isKnown = texts.some((each) => each.path === asked && each.from === from);
      if (read.ok && !isKnown) texts.push({ from, path: asked, name: read.name, text: read.text });
      return read;
    },
  };
  return { texts, reader };
}

function itemsNamed(all: PackedItems, names: ReadonlySet<unknown>): PackedItems {
  const lists = Object.entries(all).map(([list, items]) => {
    const some = Object.entries(items).filter(([name]) => names.has(name));
    return [list, Object.fromEntries(some)] as const;
  });
  return Object.fromEntries(lists.filter(([list]) => list !== 'judges'));
}

/** The parts that the items need, each a function, and what answers requests. */
function programOf(items: PackedItems): string {
  const parts = new Map<string, string>();
  const need = (name: string): void => {
    if (parts.has(name) || APART.includes(name)) return;
    const text = partSource(name);
    parts.set(name, text);
    for (const [, other = ''] of text.matchAll(/require\("dsim:([^:"]+):/g)) need(other);
  };
  for (const id of [START, ...Object.values(items).flatMap((list) => Object.values(list))]) {
    need(id.split(':')[1] ?? '');
  }
  const functions = [...parts].map(
    ([name, text]) =>
      `${JSON.stringify(name)}:function(exports,require,module){${scriptOf(text)}\n}`,
  );
  return `(()=>{const parts={${functions.join(',')}},made={};
const load=(id)=>{const [,part,file]=id.split(':');let of=made[part];if(!of){of=made[part]={exports:{}};parts[part](of.exports,load,of)}return of.exports.moduleOf(file)};
const {answer}=load(${JSON.stringify(START)});let pack;
onmessage=({data})=>{if(!pack){pack=data;return}const said=answer(pack,data,load);postMessage(said,said.whole?[said.whole.columns.buffer]:[])}})()`;
}

/** The core is an ES module, of which the last line alone says so. */
function scriptOf(text: string): string {
  const at = text.lastIndexOf('\nexport ');
  return at < 0 ? text : `${text.slice(0, at)}\nmodule.exports = core;`;
}
