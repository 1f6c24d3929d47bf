/**
 * What a scenario may name: systems, policies, faults, workloads, checkers and metrics. All of them
 * are known by name, for suggestions; only those that the scenario names are loaded, so that a run
 * pays for what it uses.
 */
import type { AnyChecker, Metric } from '../../checks/checker.ts';
import type { AnyFault } from '../../sim/fault.ts';
import type { AnyPolicy } from '../../sim/policy.ts';
import type { AnySystem } from '../../sim/system.ts';
import { shellWord } from '../../sim/visible-text.ts';
import type { AnyWorkload } from '../../workloads/workload.ts';
import { faultsOfMoves } from '../nemesis/repertoire.ts';
import type { Preset } from '../presets/preset.ts';
import { type SourceNode, type SourceScalar, type Spot, valueOf } from '../text/source.ts';
import type { SourceTree } from '../text/source-tree.ts';
import { FAULT_KEYS, NEMESIS } from '../values/names.ts';
import { expectationText, parseExpectation, splitSeeds } from './expectation-grammar.ts';

/** The items of one sort. */
export interface Shelf<T> {
  /** Every name there is, with one sentence about it. */
  readonly summaries: ReadonlyMap<string, string>;
  /** Those that were loaded. */
  readonly items: ReadonlyMap<string, T>;
}

export interface Catalogue {
  readonly systems: Shelf<AnySystem>;
  /** Their kinds are among the systems. Absent: none. */
  readonly presets?: Shelf<Preset>;
  readonly policies: Shelf<AnyPolicy>;
  readonly faults: Shelf<AnyFault>;
  readonly workloads: Shelf<AnyWorkload>;
  readonly checkers: Shelf<AnyChecker>;
  readonly metrics: Shelf<Metric>;
  /** The words that select nodes (`leader`, `one`), each with what it selects. */
  readonly selectorWords: ReadonlyMap<string, string>;
  /** Systems from users' own files, or why one could not be loaded; by `ownKindKey`. */
  readonly own: ReadonlyMap<string, AnySystem | OwnKindRefusal>;
}

/** Why a user's own file cannot be a kind. */
export interface OwnKindRefusal {
  /** Ends the sentence `./x.ts cannot be used as a kind: ...`. */
  readonly reason: string;
  /** Where in the file, if it can be said; then the reason is left out. */
  readonly mistakes: readonly OwnMistake[];
  readonly help: readonly string[];
}

export interface OwnMistake {
  readonly spot: Spot;
  readonly message: string;
  readonly notes: readonly string[];
}

/** `kind: ./x.ts` names a file beside the one that says so. */
export function isOwnKind(kind: string): boolean {
  return /^\.{1,2}\//.test(kind);
}

/** `kind: { exec: [python3, raft.py] }`: a program of the user's, by the words that start it. */
export interface ProgramKind extends SourceScalar {
  readonly words: readonly string[];
}

/** What `kind` names if it is such a map; null if it is none, or names no program. */
export function programKind(kind: SourceNode | null): ProgramKind | null {
  if (kind?.kind !== 'map' || keysOf(kind).join() !== 'exec') return null;
  const exec = valueOf(kind, 'exec');
  const words = scalarsOf(exec?.kind === 'list' ? exec.items : [exec]).map(({ text }) => text);
  const items = exec?.kind === 'list' ? exec.items.length : 1;
  if (words.length !== items || (words[0] ?? '') === '') return null;
  const text = `exec ${words.map(shellWord).join(' ')}`;
  const { spot } = kind;
  const scalar = { plain: false, value: text, spot, textFrom: null, notes: [], failed: false };
  return { kind: 'scalar', text, words, ...scalar };
}

export function isProgramKind(kind: SourceScalar): kind is ProgramKind {
  return 'words' in kind;
}

export function ownKindKey(kind: SourceScalar): string {
  return `${kind.spot.file.name}\n${kind.text}`;
}

/** What a scenario names, existing or not; what to load before it can be parsed. */
export interface KindsNamed {
  readonly systems: readonly string[];
  readonly own: readonly SourceScalar[];
  readonly policies: readonly string[];
  readonly faults: readonly string[];
  readonly workloads: readonly string[];
  /** Checkers and metrics. */
  readonly checks: readonly string[];
}

/**
 * Looks only at names, and at no more than it understands: whatever is wrong is said by
 * `parseScenario`.
 */
export function kindsNamed(tree: SourceTree): KindsNamed {
  const groups = valuesIn(valueOf(tree.root, 'nodes'));
  const named = groups.map((group) => valueOf(group, 'kind'));
  const kinds = scalarsOf(named);
  const programs = named.flatMap((kind) => programKind(kind) ?? []);
  const loads = valuesIn(valueOf(tree.root, 'clients'));
  const targets = [...groups, ...loads].flatMap((caller) => valuesIn(valueOf(caller, 'calls')));
  const faults = itemsIn(valueOf(tree.root, 'faults'));
  const reserved = new Set<string>(FAULT_KEYS);
  return {
    systems: distinct(kinds.map(({ text }) => text).filter((text) => !isOwnKind(text))),
    own: [...kinds.filter(({ text }) => isOwnKind(text)), ...programs],
    policies: distinct(targets.flatMap(keysOf)),
    faults: distinct([
      ...faults.flatMap(keysOf).filter((key) => !reserved.has(key)),
      ...faults.flatMap((fault) => nemesisFaults(valueOf(fault, NEMESIS), keysOf(fault))),
    ]),
    workloads: distinct(
      scalarsOf(loads.map((load) => valueOf(load, 'workload'))).map(({ text }) => text),
    ),
    checks: distinct(
      scalarsOf(itemsIn(valueOf(tree.root, 'expect')).map(expectationText)).flatMap(({ text }) =>
        checkNamed(text),
      ),
    ),
  };
}

function checkNamed(text: string): readonly string[] {
  const parsed = parseExpectation(splitSeeds(text).rest);
  if (!parsed.ok) return [];
  return parsed.value.kind === 'check' || parsed.value.kind === 'metric'
    ? [parsed.value.name.text]
    : [];
}

/** What a nemesis may strike with: all, unless it says which kinds. */
function nemesisFaults(nemesis: SourceNode | null, keys: readonly string[]): readonly string[] {
  if (!keys.includes(NEMESIS)) return [];
  const kinds = nemesis?.kind === 'map' ? valueOf(nemesis, 'kinds') : nemesis;
  const names = scalarsOf(itemsIn(kinds)).map(({ text }) => text);
  return faultsOfMoves(names.length === 0 ? null : names);
}

function valuesIn(node: SourceNode | null): readonly SourceNode[] {
  return node?.kind === 'map' ? node.entries.map(({ value }) => value) : [];
}

function itemsIn(node: SourceNode | null): readonly SourceNode[] {
  return node?.kind === 'list' ? node.items : [];
}

function keysOf(node: SourceNode): readonly string[] {
  return node.kind === 'map' ? node.entries.map(({ key }) => key) : [];
}

function scalarsOf(nodes: readonly (SourceNode | null)[]): readonly SourceScalar[] {
  return nodes.flatMap((node) => (node?.kind === 'scalar' ? [node] : []));
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
