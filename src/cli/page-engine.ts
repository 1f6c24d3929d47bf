/**
 * What a page needs to run its scenario again: the texts of the scenario, and of the program only
 * the parts that this scenario needs.
 */
import { basename, dirname } from 'node:path';
import type { AgainPack, PackedItems, PackedText } from '../report/page/again/pack.ts';
import { packTree } from '../report/page/again/packed-tree.ts';
import type { RunContext } from '../report/run-context.ts';
import { FileReader } from '../scenarios/host/file-reader.ts';
import { type Origin, originOf } from '../scenarios/host/origins.ts';
import type { Result } from '../scenarios/result.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { kindsNamed } from '../scenarios/sections/catalogue.ts';
import { Diagnostics } from '../scenarios/text/diagnostic.ts';
import { makeSourceFile, type SourceNode, valueOf } from '../scenarios/text/source.ts';
import type { SourceReader } from '../scenarios/text/source-tree.ts';
import { readSourceTree } from '../scenarios/text/source-tree.ts';
import { parseYaml } from '../scenarios/text/yaml-source.ts';
import { spokenBy } from '../workloads/workload.ts';
import { pageCode, partSource } from './page-code.ts';
import { type Leaf, PageLink } from './page-link.ts';

/** In the place of what was left out: nothing happens until it is called. */
const LEFT_OUT = `const leftOut=(word)=>{const none=new Proxy(function(){},{get:(of,key)=>key==='name'?word:none,construct:()=>none,apply(){throw Error('this page does not carry '+word+': ask the command line')}});return none};`;
/** The sections that name metrics. */
const JUDGED = ['expect', 'slo', 'show'];

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
  variants: readonly (readonly string[])[] = [context.sets],
): PageEngine | null {
  const origin = originOf(scenario);
  if (origin === null) return null;
  const { items: all } = pageCode();
  const { texts, reader } = recorded(origin);
  const entry = basename(origin.path);
  const trees = variants.flatMap((set) =>
    [false, true].map((without) => readSourceTree(entry, reader, { set, without })),
  );
  const named = trees.map(kindsNamed);
  if (named.some(({ own }) => own.length > 0)) return null;
  const kinds = [...scenario.groups.map(({ system }) => system.name), 'message'];
  const names = new Set([...named.flatMap((each) => Object.values(each).flat()), ...kinds]);
  const asks = scenario.loads.flatMap(({ workload }) => [workload.asks, spokenBy(workload)]);
  // A preset sets what the texts do not say.
  const { nodes } = JSON.parse(scenario.canonical);
  const values = JSON.stringify(nodes).match(/"[^"]*"(?!:)/g) ?? [];
  const said = [...values, ...trees.flatMap(({ root }) => (root ? textsIn(root) : []))];
  const words = new Set([...asks.map(({ name }) => name), ...said.flatMap(wordsIn)]);
  if (scenario.loads.some(({ workload }) => workload.act !== undefined)) words.add('actor');
  const listed = [all['metrics'], all['checkers']].flatMap((list) => Object.keys(list ?? {}));
  const checks = named.flatMap((each) => each.checks);
  if (checks.some((check) => !listed.includes(check))) words.add('measured');
  const judged = trees.flatMap(({ root }) => JUDGED.map((key) => valueOf(root, key)));
  const texted = judged.flatMap((node) => (node === null ? [] : textsIn(node))).join('\n');
  // A name may be of several words: `leaders per term`.
  const metrics = Object.keys(all['metrics'] ?? {}).filter((name) => texted.includes(name));
  const items = itemsNamed(all, names, new Set([...metrics, 'recovery']));
  const { file, sets, without, maxEvents, strict, allowOutside, scenarioHash, version } = context;
  const asked = { seed: result.seed, sets, without };
  const run = { asked, maxEvents, strict, allowOutside, scenarioHash, digests: result.digests };
  return { pack: { file, texts, items, ...run, version }, program: programOf(items, words) };
}

/** A reader that keeps what it read, by names that say nothing of the machine. */
function recorded({ path, allowOutside }: Origin) {
  const texts: PackedText[] = [];
  const files = new FileReader({ cwd: dirname(path), allowOutside });
  const reader: SourceReader = {
    read(asked, from) {
      const read = files.read(asked, from);
      const isKnown = texts.some((each) => each.path === asked && each.from === from);
      if (!read.ok || isKnown) return read;
      const { name, text } = read;
      const node = parseYaml(makeSourceFile(name, text), new Diagnostics());
      if (node !== null) texts.push({ from, path: asked, name, text, tree: packTree(node) });
      return read;
    },
  };
  return { texts, reader };
}

/**
 * What a scenario says after all that changes it, as it was loaded or, with `sets` and `without`,
 * otherwise; null where it cannot be read any more.
 */
export function sourceOf(
  scenario: Scenario,
  change: { readonly sets?: readonly string[]; readonly without?: boolean } = {},
): SourceNode | null {
  const origin = originOf(scenario);
  if (origin === null) return null;
  const { sets: set, without } = { ...origin, ...change };
  return readSourceTree(basename(origin.path), recorded(origin).reader, { set, without }).root;
}

/** All that a tree says: comments are not in it. */
function textsIn(node: SourceNode): readonly string[] {
  if (node.kind === 'scalar') return [node.text];
  if (node.kind === 'list') return node.items.flatMap(textsIn);
  return node.entries.flatMap(({ key, value }) => [key, ...textsIn(value)]);
}

function wordsIn(text: string): readonly string[] {
  return text.match(/[\w-]+/g) ?? [];
}

function itemsNamed(
  all: PackedItems,
  names: ReadonlySet<unknown>,
  metrics: ReadonlySet<string>,
): PackedItems {
  const lists = Object.entries(all).map(([list, items]) => {
    const wanted = list === 'metrics' ? metrics : names;
    const some = Object.entries(items).filter(([name]) => wanted.has(name));
    return [list, Object.fromEntries(some)] as const;
  });
  return Object.fromEntries(lists.filter(([list]) => list !== 'judges'));
}

/** What the items need of each part, each a function, and what answers requests. */
function programOf(items: PackedItems, words: ReadonlySet<string>): string {
  const { engine } = pageCode();
  const link = new PageLink(partSource, leavesWithout(words));
  for (const id of [engine, ...Object.values(items).flatMap((list) => Object.values(list))]) {
    link.need(id);
  }
  return `(()=>{${LEFT_OUT}
${link.text('load')}
const {answer}=load(${JSON.stringify(engine)});let pack;
onmessage=({data})=>{if(!pack){pack=data;return}const said=answer(pack,data,load);postMessage(said,said.whole?[said.whole.columns.buffer]:[])}})()`;
}

/** What a scenario with these words has no use for. */
function leavesWithout(words: ReadonlySet<string>): readonly Leaf[] {
  return pageCode().leaves.flatMap(({ words: keepers, ...leaf }) =>
    keepers.some((word) => words.has(word)) ? [] : [{ ...leaf, word: keepers[0] ?? '' }],
  );
}
