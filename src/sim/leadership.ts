/**
 * Who leads, in which term: read off what a node shows by `inspect()`. The one place that knows how
 * protocols call the two.
 */
import type { Detail } from './node.ts';

/** The roles that mean to lead in a kind that does not say otherwise by `System.leads`. */
export const LEADS: readonly string[] = ['leader'];

/** The names that protocols give to a term. */
const TERMS = ['term', 'ballot', 'epoch', 'view'] as const;

/** Does a node that shows this lead? `leads` are the leading roles of its kind. */
export function isLeading(state: Detail, leads: readonly string[] = LEADS): boolean {
  const role = state['role'];
  return typeof role === 'string' && leads.includes(role);
}

/** The term of what a node shows, under whatever name; undefined if it shows none. */
export function termOf(state: Detail): number | undefined {
  for (const name of TERMS) {
    const term = state[name];
    if (typeof term === 'number') return term;
  }
  return undefined;
}
