/**
 * A scenario again, where there is no Node: reads the texts that a page carries, with other values,
 * runs them and makes what a page shows of a run. Everything is as on the command line, so the same
 * words give the same digests.
 */
import { named } from '../../../checks/named.ts';
import { selectorWords } from '../../../faults/parts/select.ts';
import { parseScenario } from '../../../scenarios/parse.ts';
import type { Scenario } from '../../../scenarios/scenario.ts';
import { type Catalogue, kindsNamed, type Shelf } from '../../../scenarios/sections/catalogue.ts';
import { simulate } from '../../../scenarios/simulate.ts';
import { renderDiagnostics } from '../../../scenarios/text/diagnostic.ts';
import type { ParseYaml } from '../../../scenarios/text/overrides.ts';
import { composeSourceTree, type SourceTree } from '../../../scenarios/text/source-tree.ts';
import { drawStream } from '../../../scenarios/values/draws.ts';
import type { RunContext } from '../../run-context.ts';
import { headHtml, mainHtml } from '../page-html.ts';
import { pageOfRun, sentenceOf, stateOf } from '../page-of-run.ts';
import { RunEvents } from '../run-events.ts';
import { readFlow } from './flow-reader.ts';
import { faultsOf, knobsOf } from './knobs.ts';
import type { AgainPack, Answer, Asked, Brief, Request, WholeRun } from './pack.ts';
import { unpackTree } from './packed-tree.ts';

/** Gives what another part of the program has: `require` of a page's worker. */
type Fetch = (id: string) => { readonly [name: string]: unknown };

/** Changes that this page cannot run, in words for its reader. */
class Refused extends Error {}

/** Answers one request. Never throws for anything that was asked. */
export function answer(pack: AgainPack, request: Request, fetch: Fetch): Answer {
  const { id } = request;
  try {
    if (request.what === 'knobs') return { id, ok: true, knobs: knobs(pack, request, fetch) };
    return { id, ok: true, ...run(pack, request.asked, request.whole, fetch) };
  } catch (error) {
    const why = error instanceof Refused ? error.message : `dsim met an error: ${stackOf(error)}`;
    return { id, ok: false, why };
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function knobs(pack: AgainPack, { without }: { readonly without: boolean }, fetch: Fetch) {
  const { scenario, tree, catalogue } = read(pack, { ...pack.asked, without }, fetch);
  const root = tree.root;
  if (root === null) throw new Refused('the scenario cannot be read');
  const plain = treeOf(pack, { ...pack.asked, sets: [], without: true });
  return {
    knobs: knobsOf(root, scenario, catalogue),
    faults: faultsOf(root),
    hasWithout: !plain.diagnostics.hasErrors,
  };
}

/** The scenario as the command line would read it. Throws Refused. */
function read(pack: AgainPack, asked: Asked, fetch: Fetch) {
  const tree = treeOf(pack, asked);
  const catalogue = catalogueOf(tree, pack, fetch);
  const { scenario, diagnostics } = parseScenario(tree, catalogue, {
    draw: drawStream,
    seed: asked.seed,
  });
  if (scenario === null) throw new Refused(renderDiagnostics(diagnostics));
  return { scenario: { ...scenario, file: pack.file }, tree, catalogue };
}

function treeOf({ file, texts }: AgainPack, { sets, without }: Omit<Asked, 'seed'>): SourceTree {
  const reader = {
    read: (path: string, from: string | null) => {
      const found = texts.find(
        (each) => each.from === from && (from === null || each.path === path),
      );
      if (found !== undefined) return { ok: true as const, id: found.name, ...found };
      const message = `this page does not hold \`${path}\``;
      return { ok: false as const, code: 'DS100' as const, message, notes: [], help: [] };
    },
  };
  const parse: ParseYaml = (source, diagnostics, from) => {
    const packed = texts.find(({ name }) => name === source.name);
    if (packed === undefined) return readFlow(source, diagnostics, from);
    return unpackTree(packed.tree, source);
  };
  return composeSourceTree(file, reader, { set: sets, without }, parse);
}

function catalogueOf(tree: SourceTree, { items }: AgainPack, fetch: Fetch): Catalogue {
  const shelf = <T>(list: string, names: readonly string[], field = 'default'): Shelf<T> => {
    const of = items[list] ?? {};
    const found = new Map<string, T>();
    for (const name of names) {
      const id = Object.hasOwn(of, name) ? of[name] : undefined;
      if (id === undefined) continue;
      const item = fetch(id)[field] as T | readonly (T & { readonly name: string })[];
      found.set(name, Array.isArray(item) ? named(item, name) : (item as T));
    }
    return { summaries: new Map(Object.keys(of).map((name) => [name, ''])), items: found };
  };
  const wanted = kindsNamed(tree);
  if (wanted.own.length > 0) throw new Refused('A page cannot run own code.');
  return {
    // A preset names more kinds: all that the page has are few.
    systems: shelf('systems', Object.keys(items['systems'] ?? {})),
    presets: shelf('presets', wanted.systems, 'preset'),
    policies: shelf('policies', wanted.policies, 'policy'),
    faults: shelf('faults', wanted.faults),
    workloads: shelf('workloads', wanted.workloads),
    checkers: shelf('checkers', wanted.checks),
    metrics: shelf('metrics', Object.keys(items['metrics'] ?? {})),
    selectorWords,
    own: new Map(),
  };
}

function run(pack: AgainPack, asked: Asked, isWhole: boolean, fetch: Fetch) {
  const { scenario } = read(pack, asked, fetch);
  const events = isWhole ? new RunEvents(nodesOf(scenario)) : null;
  const { strict, maxEvents } = pack;
  const result = simulate(scenario, {
    strict,
    checkInvariants: strict,
    ...(events === null ? {} : { sink: events }),
    ...(maxEvents === null ? {} : { eventsMax: maxEvents }),
  });
  const brief: Brief = {
    state: stateOf(result),
    sentence: sentenceOf(result),
    digests: result.digests,
    expectations: result.judged.map(({ text, state, measured, because }) => {
      return { text, state, measured, because };
    }),
  };
  if (events === null) return { brief, whole: null };
  const parts = pageOfRun(result, contextOf(pack, asked), events);
  const columns = new Uint8Array(parts.columns);
  const whole: WholeRun = {
    model: parts.model,
    columns,
    bodies: new TextDecoder().decode(parts.bodies),
    head: headHtml(parts.model),
    main: mainHtml(parts.model, '', true),
  };
  return { brief, whole };
}

function contextOf(pack: AgainPack, { sets, without }: Asked): RunContext {
  const { file, version, maxEvents, strict, allowOutside, scenarioHash } = pack;
  const of = { file, version, maxEvents, strict, allowOutside, scenarioHash };
  return { ...of, dsim: 'dsim', sets, without, kept: null, runId: null };
}

function nodesOf({ groups, loads }: Scenario): readonly string[] {
  return [...groups.flatMap(({ nodes }) => nodes), ...loads.flatMap(({ clients }) => clients)];
}
