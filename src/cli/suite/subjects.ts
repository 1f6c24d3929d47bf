/** What `dsim test` runs: which scenarios, and each with which seeds in which order. */
import { statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { FailingSeeds, Remembered } from '../../scenarios/host/failing-seeds.ts';
import { findScenarios } from '../../scenarios/host/find-scenarios.ts';
import { planTest, type TestPlan } from '../../scenarios/host/test-plan.ts';
import { nameOf } from '../../scenarios/parse.ts';
import type { Cell } from '../../scenarios/sections/matrix.ts';
import type { TestConfig } from '../../scenarios/sections/test-config.ts';
import { seedsOf } from '../../scenarios/values/seed-ranges.ts';
import type { Engine } from '../engine.ts';
import { type ScenarioPath, scenarioPaths } from '../scenario-paths.ts';
import type { Shard, TestFlags } from './flags.ts';

/** A scenario, or one cell of its matrix, with its seeds. */
export interface Subject {
  readonly path: ScenarioPath;
  readonly name: string;
  /** What makes it this cell; empty without a matrix. */
  readonly cell: string;
  /** The same by path. */
  readonly cells: Cell;
  /** `--set` and what the cell adds. */
  readonly sets: readonly string[];
  /** In the order in which they run. */
  readonly seeds: readonly string[];
  /**
   * The seeds that speak for all: those that are run for nothing but having failed would not. null:
   * only a part runs, which says nothing of demands on many seeds.
   */
  readonly sample: ReadonlySet<string> | null;
  /** By what its failing seeds are remembered. */
  readonly key: string;
}

export interface Project {
  /** The folder that the configuration stands in, or where the command runs. */
  readonly folder: string;
  readonly config: TestConfig | null;
}

/** The scenarios that are named, or those of the project. */
export function testPaths(
  names: readonly string[],
  project: Project,
  cwd: string,
  engine: Engine,
): readonly ScenarioPath[] {
  if (names.length > 0) return once(names.flatMap((name) => pathsOf(name, cwd, engine)));
  const below = (path: string) => relative(cwd, join(project.folder, path)) || '.';
  const { scenarios } = project.config ?? {};
  if (scenarios !== undefined) {
    return once(scenarios.flatMap((name) => pathsOf(below(String(name)), cwd, engine)));
  }
  return findScenarios(project.folder, false).map((path) => plain(below(path)));
}

function pathsOf(name: string, cwd: string, engine: Engine): readonly ScenarioPath[] {
  const folder = resolve(cwd, name);
  const stat = name === '' ? undefined : statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return scenarioPaths([name], cwd, engine);
  return findScenarios(folder, true).map((path) => plain(join(name, path)));
}

function plain(file: string): ScenarioPath {
  return { file, shown: file, fromGallery: false };
}

/** A file that two names lead to is run once. */
function once(paths: readonly ScenarioPath[]): readonly ScenarioPath[] {
  return [...new Map(paths.map((path) => [path.file, path])).values()];
}

/** Every subject with its seeds; those without any are left out. */
export function planSubjects(
  paths: readonly ScenarioPath[],
  flags: TestFlags,
  config: TestConfig | null,
  failing: FailingSeeds,
  cwd: string,
): readonly Subject[] {
  const plans = paths.map((path) => ({ path, plan: planOf(path, flags, cwd) }));
  const wanted = plans.filter(({ path, plan }) => fits(flags.filter, [path.shown, plan.name]));
  let count = 0;
  const cells = wanted.flatMap(({ path, plan }) => plan.cells.map((of) => ({ path, plan, of })));
  return cells.flatMap(({ path, plan, of }) => {
    const base = baseSeeds(plan, flags, config);
    const cell = of.map(([key, value]) => `${key}=${value}`);
    const file = path.fromGallery ? path.shown : relative(cwd, resolve(cwd, path.file));
    const key = [file, ...cell].join(' ');
    const known = failing.get(key);
    const from = count;
    count += base.length;
    const seeds =
      flags.lastFailed === true ? [...(known?.failing ?? [])] : ordered(base, known, flags);
    const { shard } = flags;
    const whole = plan.asked !== null;
    const part = shard === undefined ? seeds : shardOf(seeds, whole ? [] : base, from, shard);
    if (part.length === 0) return [];
    const sample = flags.lastFailed === true ? null : new Set(base);
    const sets = [...cell, ...(flags.set ?? [])];
    return [
      { path, name: plan.name, cell: cell.join(', '), cells: of, sets, seeds: part, sample, key },
    ];
  });
}

function planOf(path: ScenarioPath, flags: TestFlags, cwd: string) {
  const plan = planTest(path.file, {
    cwd,
    sets: flags.set ?? [],
    without: flags.without === true,
    allowOutside: flags.allowOutside === true,
  });
  // Whatever is wrong with it is said by the one run that it gets.
  return plan ?? { name: nameOf(path.shown), seed: '1', seeds: null, asked: null, cells: [[]] };
}

/**
 * The command line, else the scenario, else as many as its expectations demand, else the
 * configuration, else the scenario's own seed.
 */
function baseSeeds(
  { seed, seeds, asked }: Omit<TestPlan, 'name'>,
  flags: TestFlags,
  config: TestConfig | null,
): readonly string[] {
  if (flags.seed !== undefined) return [flags.seed];
  if (flags.seeds !== undefined) return seedsOf([flags.seeds]);
  if (seeds !== null) return seeds;
  if (asked !== null) return seedsOf([{ first: 1, last: asked }]);
  const fromConfig = config?.seeds ?? null;
  return fromConfig === null ? [seed] : seedsOf(fromConfig);
}

/** Kept failing seeds first; where the command line names seeds, only those among them. */
function ordered(
  base: readonly string[],
  known: Remembered | undefined,
  flags: TestFlags,
): readonly string[] {
  if (known === undefined || flags.shard !== undefined) return base;
  const named = flags.seeds !== undefined || flags.seed !== undefined;
  const inBase = new Set(base);
  const first = named ? known.seeds.filter((seed) => inBase.has(seed)) : known.seeds;
  return [...new Set([...first, ...base])];
}

/**
 * Every so-many-th run of the whole test, so that parts are alike. What a machine remembers of
 * earlier tests changes no part. Without a `base` all seeds are in one part: what is demanded of
 * them together is judged there.
 */
function shardOf(
  seeds: readonly string[],
  base: readonly string[],
  from: number,
  { index, of }: Shard,
): readonly string[] {
  const places = new Map(base.map((seed, i) => [seed, from + i]));
  return seeds.filter((seed) => ((places.get(seed) ?? from) % of) + 1 === index);
}

/** A part of a path or a name; `*` stands for anything. */
function fits(filters: readonly string[] | undefined, texts: readonly string[]): boolean {
  if (filters === undefined) return true;
  return filters.some((filter) => texts.some((text) => patternOf(filter).test(text)));
}

function patternOf(filter: string): RegExp {
  const escaped = filter.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(escaped, 'i');
}
