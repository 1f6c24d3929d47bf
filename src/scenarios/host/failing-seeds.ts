/**
 * Which seeds of which scenario failed, kept in `.dsim/test.json`: the next test runs them first,
 * and `--last-failed` runs nothing else. A convenience: a file that cannot be read or written is no
 * failure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputError } from './descriptor-writer.ts';
import { openStore } from './run-store.ts';
import { writeWhole } from './whole-file.ts';

const FOLDER = '.dsim';
const FILE = 'test.json';
const FORMAT = 'dsim-test-memory';
/** Of one scenario; the oldest beyond these are forgotten. */
const SEEDS_KEPT = 50;

export interface Remembered {
  /** Failed at least once, the newest first. They stay when they hold again. */
  readonly seeds: readonly string[];
  /** Those that failed when they last ran. */
  readonly failing: readonly string[];
}

export type FailingSeeds = ReadonlyMap<string, Remembered>;

/** By scenario; empty where nothing is kept. */
export function readFailingSeeds(cwd: string): FailingSeeds {
  try {
    const text = readFileSync(join(cwd, FOLDER, FILE), 'utf8');
    const parsed = JSON.parse(text) as { format?: unknown; scenarios?: unknown };
    if (parsed.format !== FORMAT || typeof parsed.scenarios !== 'object') return new Map();
    return new Map(Object.entries(parsed.scenarios ?? {}).map(([key, of]) => [key, shaped(of)]));
  } catch {
    return new Map();
  }
}

function shaped(of: unknown): Remembered {
  const fields = (of ?? {}) as { seeds?: unknown; failing?: unknown };
  const texts = (list: unknown) =>
    Array.isArray(list) ? list.filter((seed): seed is string => typeof seed === 'string') : [];
  return { seeds: texts(fields.seeds), failing: texts(fields.failing) };
}

/**
 * What a scenario's runs add to what is known. `failed` and `held` are the seeds that ran,
 * `invalid` those that could not: that says nothing of the seed, but is to be repeated.
 */
export function remember(
  known: Remembered | undefined,
  failed: readonly string[],
  held: readonly string[],
  invalid: readonly string[] = [],
): Remembered {
  const { seeds = [], failing = [] } = known ?? {};
  const again = [...failed, ...invalid];
  const ran = new Set([...again, ...held]);
  return {
    seeds: [...new Set([...failed, ...seeds])].slice(0, SEEDS_KEPT),
    failing: [...again, ...failing.filter((seed) => !ran.has(seed))].slice(0, SEEDS_KEPT),
  };
}

/** Why it could not be written, or null. */
export function writeFailingSeeds(cwd: string, all: FailingSeeds): string | null {
  const folder = join(cwd, FOLDER);
  const known = [...all].filter(([, { seeds, failing }]) => seeds.length + failing.length > 0);
  if (known.length === 0 && !existsSync(join(folder, FILE))) return null;
  const scenarios = Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)));
  try {
    openStore(cwd);
    const document = { format: FORMAT, version: 1, scenarios };
    writeWhole(join(folder, FILE), `${JSON.stringify(document, null, 2)}\n`);
    return null;
  } catch (error) {
    return outputError(`${FOLDER}/${FILE}`, error).message;
  }
}
