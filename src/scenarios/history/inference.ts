/**
 * Which model a history speaks of, by the names of its operations and the shape of their values.
 *
 * A wrong guess would be a wrong verdict, so it is a guess only where nothing else fits; what it
 * was is always told. Where several models know the operations, they are named instead.
 */
import type { History, Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';

/** A judge, as far as this needs it. */
export interface Candidate {
  readonly name: string;
  /** Names of the operations that it knows. */
  readonly operations: readonly string[];
}

export type Inference =
  | { readonly kind: 'one'; readonly name: string }
  /** In the order given; perhaps none. */
  | { readonly kind: 'several'; readonly names: readonly string[] };

/** Operations that are looked at: the shape of a history shows early. */
const OPERATIONS_MAX = 2000;

/** The model that the shape of the values speaks for, if a judge of that name is there. */
export function inferModel(history: History, candidates: readonly Candidate[]): Inference {
  const shape = shapeOf(history.slice(0, OPERATIONS_MAX));
  const speaksFor = shape === null ? null : (candidates.find(({ name }) => name === shape) ?? null);
  if (speaksFor !== null) return { kind: 'one', name: speaksFor.name };
  const used = [...new Set(history.map(({ f }) => f))];
  const fitting = candidates
    .filter(({ operations }) => operations.length > 0 && used.every((f) => operations.includes(f)))
    .map(({ name }) => name);
  const [only] = fitting;
  if (used.length > 0 && fitting.length === 1 && only !== undefined) {
    return { kind: 'one', name: only };
  }
  return { kind: 'several', names: used.length === 0 ? [] : fitting };
}

/** Shapes that leave no doubt. */
function shapeOf(history: History): string | null {
  if (history.length === 0) return null;
  const micro = microNames(history);
  if (micro !== null) return shapeOfMicro(micro, history);
  const names = new Set(history.map(({ f }) => f));
  const within = (...known: readonly string[]) => [...names].every((f) => known.includes(f));
  if (within('read', 'write', 'cas') && (names.has('write') || names.has('cas'))) {
    return history.some(isListRead) ? null : 'register';
  }
  if (within('get', 'put', 'append') && names.has('append')) return 'kv-append';
  return null;
}

/** Names of the small operations that every value is a list of; null if one is none. */
function microNames(history: History): ReadonlySet<string> | null {
  const names = new Set<string>();
  for (const { input } of history) {
    const parts = partsOf(input);
    if (parts === null) return null;
    for (const name of parts) names.add(name);
  }
  return names;
}

function partsOf(value: Plain): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const names: string[] = [];
  for (const part of value as readonly Plain[]) {
    if (!Array.isArray(part) || typeof part[0] !== 'string') return null;
    names.push(part[0]);
  }
  return names;
}

function shapeOfMicro(names: ReadonlySet<string>, history: History): string | null {
  const within = (...known: readonly string[]) => [...names].every((name) => known.includes(name));
  if (within('r', 'append') && names.has('append')) return 'list-append';
  if (within('send', 'poll')) return 'log';
  // Reads and writes apart are also how a long fork is looked for.
  if (within('r', 'w') && names.has('w') && history.every(({ f }) => f === 'txn')) {
    return 'rw-register';
  }
  return null;
}

/** A read of many values is no read of a register, or not surely. */
function isListRead({ f, output }: Operation): boolean {
  return f === 'read' && typeof output === 'object' && output !== null;
}
