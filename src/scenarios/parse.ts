/**
 * A source tree to a validated scenario, or everything that is wrong with it. Pure and synchronous:
 * what the tree names must be in the catalogue already (`kindsNamed` says what that is).
 *
 * The canonical text leaves out the name, the summary and the seed: it says what experiment this
 * is, and one experiment runs under many seeds. Of a draw it holds what is drawn from.
 */
import type { Plain, Random } from '../sim/node.ts';
import { msToUs } from '../sim/units.ts';
import { notesOfAll } from './declared.ts';
import type { Scenario } from './scenario.ts';
import { checkAnswers } from './sections/answers-check.ts';
import type { Catalogue } from './sections/catalogue.ts';
import { type LoadPlan, planLoads, readLoad } from './sections/clients.ts';
import { isEmpty, isReadable, type ParseContext } from './sections/context.ts';
import { readExpectations } from './sections/expectations.ts';
import { readFaults } from './sections/faults.ts';
import { readMachines } from './sections/machines.ts';
import { readMatrix } from './sections/matrix.ts';
import { readNetwork } from './sections/network.ts';
import { type GroupPlan, planGroups, readGroup } from './sections/nodes.ts';
import { readObjectives } from './sections/objectives.ts';
import { TOP_TABLE } from './sections/section-tables.ts';
import { readSeeds } from './sections/seeds.ts';
import { readShow } from './sections/show.ts';
import { warnOfShortTimes } from './sections/time-for-retries.ts';
import { canonicalText } from './text/canonical.ts';
import { type Diagnostic, Diagnostics, quote } from './text/diagnostic.ts';
import {
  entryOf,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  spotOf,
  valueOf,
} from './text/source.ts';
import type { SourceTree } from './text/source-tree.ts';
import { Fields } from './values/fields.ts';
import { Names } from './values/names.ts';
import { ParamReader } from './values/param-reader.ts';
import { formatQuantity } from './values/quantity-format.ts';

export interface ParseOptions {
  /** The stream of a draw, named by the path of what is drawn: `draw('42', 'nodes.kv.count')`. */
  draw(seed: string, path: string): Random;
  /** Instead of the scenario's own. */
  readonly seed?: string;
}

export interface ParsedScenario {
  /** null if there is any error. */
  readonly scenario: Scenario | null;
  /** Errors and warnings, in the order of the files. */
  readonly diagnostics: readonly Diagnostic[];
}

const DEFAULT_SEED = '1';
const NODES_EXAMPLE = '`nodes:` with at least one group, such as `kv: { kind: raft, count: 3 }`';
const NO_MACHINES: ReturnType<typeof readMachines> = { machines: new Map(), canonical: {} };
const NO_OBJECTIVES: ReturnType<typeof readObjectives> = {
  objectives: [],
  names: [],
  canonical: {},
};
const LONGEST_SEED = 256;

export function parseScenario(
  tree: SourceTree,
  catalogue: Catalogue,
  options: ParseOptions,
): ParsedScenario {
  const diagnostics = new Diagnostics(tree.diagnostics);
  const scenario =
    tree.root === null ? null : parseRoot(tree, tree.root, catalogue, options, diagnostics);
  return { scenario: diagnostics.hasErrors ? null : scenario, diagnostics: diagnostics.list() };
}

function parseRoot(
  tree: SourceTree,
  root: SourceMap,
  catalogue: Catalogue,
  options: ParseOptions,
  diagnostics: Diagnostics,
): Scenario {
  const seed = plainSeed(options.seed ?? readSeed(root, diagnostics));
  // A side that a fault may make would hide a group of its name in `availability(left)`.
  const sides = [...catalogue.faults.items.values()].flatMap((fault) => fault.sides ?? []);
  const names = new Names(diagnostics, [...catalogue.selectorWords.keys(), ...sides]);
  const reader = new ParamReader(diagnostics, names, catalogue.selectorWords, (path) =>
    options.draw(seed, path),
  );
  const start = spotOf(root.spot.file, root.spot.from, root.spot.from);
  const top = new Fields(reader, root, { path: '', called: 'the scenario', spot: start });
  const own = top.params(TOP_TABLE);
  const durationText = formatQuantity('duration', own.duration);
  const context: ParseContext = {
    catalogue,
    diagnostics,
    names,
    reader,
    durationUs: msToUs(own.duration),
    durationText,
    notes: null,
  };
  const sections = readSections(top, context);
  top.take('seed');
  const seeds = ifThere(top.take('seeds'), null, (it) => readSeeds(it, diagnostics));
  ifThere(top.take('matrix'), null, (it) => readMatrix(it, diagnostics));
  top.finish();
  return {
    name: own.name ?? nameOf(tree.entry),
    summary: own.summary,
    file: tree.entry,
    canonical: canonicalText({
      ...sections.canonical,
      duration: top.canonical['duration'] ?? null,
      // Only if it is written: a scenario that leaves it out is the scenario that it was.
      ...writtenOf(top, root, ['settle', 'verify', 'branch']),
    }),
    seed,
    durationUs: context.durationUs,
    settleUs: msToUs(own.settle),
    verifyUs: msToUs(own.verify),
    ...(own.branch === undefined
      ? {}
      : { branch: { atUs: msToUs(own.branch.at), salt: own.branch.salt } }),
    ...sections.parts,
    drawn: reader.drawn,
    ...(seeds === null ? {} : { seeds }),
  };
}

/** The canonical form of keys that are there. */
function writtenOf(top: Fields, root: SourceMap, keys: readonly string[]) {
  const written = keys.filter((key) => root.entries.some((entry) => entry.key === key));
  return Object.fromEntries(written.map((key) => [key, top.canonical[key] ?? null]));
}

/** Names first, in all sections, then what may refer to them. */
function readSections(top: Fields, before: ParseContext) {
  let context = before;
  const nodes = top.take('nodes');
  if (nodes === null) top.missing('nodes', NODES_EXAMPLE);
  const hosts = ifThere(top.take('machines'), NO_MACHINES, (it) => readMachines(it, before));
  const groupPlans = planGroups(nodes, hosts.machines, context);
  if (nodes !== null && hasNothing(nodes.value)) {
    context.diagnostics.error(
      'DS106',
      nodes.keySpot,
      'a scenario needs at least one group of nodes',
    );
  }
  const clients = top.take('clients');
  const loadPlans = planLoads(clients, context);
  const groups = groupPlans.flatMap((plan) => readGroup(plan, context) ?? []);
  const allGroups = context.names.complete && groups.length === groupPlans.length;
  if (allGroups) context = { ...context, notes: notesOfAll(groups) };
  const network = readNetwork(top.take('network'), context);
  const loads = loadPlans.flatMap((plan) => readLoad(plan, context) ?? []);
  checkAnswers(groups, groupPlans, loadPlans, context);
  if (
    groups.some(({ system }) => system.longestMs !== undefined) ||
    [...groups, ...loads].some(({ calls }) => calls !== undefined && calls.size > 0)
  ) {
    warnOfShortTimes(groups, loads, [...groupPlans, ...loadPlans], context);
  }
  const faults = readFaults(top.take('faults'), { groups, loads }, context);
  const complete = {
    groups: allGroups,
    loads: isReadable(clients, 'map') && loads.length === namesIn(clients),
    faults: faults.complete,
  };
  const struck = {
    groups,
    loads,
    faults: faults.faults,
    nemeses: faults.nemeses,
    faultsCalled: faults.called,
    complete,
  };
  const slo = ifThere(top.take('slo'), NO_OBJECTIVES, (it) => readObjectives(it, struck, context));
  const run = { ...struck, objectives: slo.names };
  const expect = readExpectations(top.take('expect'), run, context);
  const show = ifThere(top.take('show'), [], (it) => readShow(it, run, context));
  const canonical = {
    nodes: namedForms(groupPlans),
    ...(hosts.machines.size === 0 ? {} : { machines: hosts.canonical }),
    clients: namedForms(loadPlans),
    network: network.canonical,
    faults: faults.canonical,
    ...(slo.objectives.length === 0 ? {} : { slo: slo.canonical }),
    expect: expect.canonical,
  };
  return {
    parts: {
      groups,
      network: network.network,
      loads,
      faults: faults.faults,
      ...(faults.actions.length === 0 ? {} : { actions: faults.actions }),
      ...(faults.nemeses.length === 0 ? {} : { nemeses: faults.nemeses }),
      ...(slo.objectives.length === 0 ? {} : { objectives: slo.objectives }),
      expect: expect.expect,
      ...(show.length === 0 ? {} : { show }),
    },
    canonical,
  };
}

/** Few scenarios have such a section: a page of one that has not lacks its reader. */
function ifThere<T>(section: SourceEntry | null, none: T, read: (it: SourceEntry) => T): T {
  return section === null ? none : read(section);
}

function namesIn(section: SourceEntry | null): number {
  return section?.value.kind === 'map' ? section.value.entries.length : 0;
}

function hasNothing(node: SourceNode): boolean {
  return isEmpty(node) || (node.kind === 'map' && node.entries.length === 0);
}

/** In the order written: faults see nodes in it. */
function namedForms(plans: readonly (GroupPlan | LoadPlan)[]): Plain {
  return plans.map(({ name, fields }) => [name, fields.canonical]);
}

/** A whole number from 0 to 2^53-1 in its one decimal form, or any quoted text. */
export function readSeed(root: SourceMap, diagnostics: Diagnostics): string {
  const entry = entryOf(root, 'seed');
  const node = valueOf(root, 'seed');
  if (entry === null || node === null || (node.kind === 'scalar' && node.failed))
    return DEFAULT_SEED;
  const expected = 'expected a whole number from 0 to 2^53-1, or a text in quotes';
  if (node.kind !== 'scalar' || node.value === null) {
    diagnostics.error('DS103', node.spot, '`seed` is not a number or text', {
      label: expected,
      help:
        node.kind === 'map' ? ['a seed cannot be drawn: `--seeds` runs a scenario with many'] : [],
    });
    return DEFAULT_SEED;
  }
  const problem = seedProblem(node.plain ? node.value : node.text);
  if (problem === null) return String(node.value);
  diagnostics.error('DS105', node.spot, `${quote(node.text)} is no seed: ${problem}`, {
    label: expected,
    notes: node.notes,
  });
  return DEFAULT_SEED;
}

/** `01` is the number 1, however it came: as a number of YAML, in quotes, or by `--seed`. */
function plainSeed(seed: string): string {
  return /^\d+$/.test(seed) ? seed.replace(/^0+(?=\d)/, '') : seed;
}

function seedProblem(value: string | number | boolean | null): string | null {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return 'it is not a whole number';
    if (value > Number.MAX_SAFE_INTEGER) return 'it is more than 2^53-1';
    return value < 0 ? 'it is negative' : null;
  }
  if (typeof value !== 'string') return 'it is neither number nor text';
  if (value.trim() === '') return 'it is empty';
  return value.length > LONGEST_SEED ? `it is longer than ${LONGEST_SEED} characters` : null;
}

/** `partition` of `scenarios/partition.yaml`. */
export function nameOf(path: string): string {
  const file = path.split(/[\\/]/).pop() ?? '';
  return file.replace(/\.(?:ya?ml|json)$/i, '') || 'scenario';
}
