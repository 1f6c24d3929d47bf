/**
 * Circles of imports, and arrows between rooms. A circle of values makes what runs first a matter
 * of luck; a circle of types only says that several files are one idea, and one of them must say
 * so.
 */

import { posix } from 'node:path';
import { codeText } from './code-text.ts';
import type { SourceFile } from './rules.ts';

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Whether it is erased when the file is compiled. */
  readonly isType: boolean;
}

/** What stands between `import` or `export` and `from`, at the end of the text. */
const statement = /\b(?:import|export)\s+((?:type\s+)?[\w$*{},\s]*?)\s*\bfrom\s*$/;
const CLAUSE_MAX = 2000;

/** Static imports between these files, each once; a value before a type. */
export function arrows(files: readonly SourceFile[]): readonly Arrow[] {
  const paths = new Set(files.map(({ path }) => path));
  return files.flatMap(({ path, text }) => {
    const { code, strings } = codeText(text);
    const found = new Map<string, boolean>();
    for (const { start, value } of strings) {
      if (!value.startsWith('.')) continue;
      const clause = statement.exec(code.slice(Math.max(0, start - CLAUSE_MAX), start))?.[1];
      if (clause === undefined) continue;
      const to = posix.join(posix.dirname(path), value);
      if (paths.has(to)) found.set(to, isErased(clause) && (found.get(to) ?? true));
    }
    return [...found].map(([to, isType]) => ({ from: path, to, isType }));
  });
}

/** `type { A }`, or `{ type A, type B }`. */
function isErased(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  if (names === undefined) return false;
  const all = names.split(',').filter((name) => name.trim() !== '');
  return all.length > 0 && all.every((name) => /^\s*type\s/.test(name));
}

/**
 * The sets of files that reach one another (Tarjan: Depth-First Search and Linear Graph Algorithms,
 * SIAM J. Comput. 1972), those of one file left out.
 */
export function circles(all: readonly Arrow[]): readonly (readonly string[])[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of all) next.set(from, [...(next.get(from) ?? []), to]);
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    const at = order.size;
    order.set(file, at);
    low.set(file, at);
    stack.push(file);
    for (const to of next.get(file) ?? []) {
      if (!order.has(to)) visit(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file) ?? 0, low.get(to) ?? 0));
    }
    if (low.get(file) !== at) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) found.push(circle.sort((a, b) => (a < b ? -1 : 1)));
  };
  for (const file of next.keys()) if (!order.has(file)) visit(file);
  return found;
}
