/**
 * Roles as intervals, from the notes with which nodes announce them: who led in which term, from
 * when until when, and since when another led a later one.
 */
import { isLeading, termOf } from '../../sim/leadership.ts';
import type { NodeId } from '../../sim/node.ts';
import { ROLE_NOTE } from '../../sim/trace.ts';
import type { LifeEvent, NotedEvent } from './run-events.ts';

export interface RoleInterval {
  readonly node: NodeId;
  readonly role: string;
  readonly term: number | null;
  readonly leads: boolean;
  readonly fromUs: number;
  readonly untilUs: number;
  /** Since when another member leads a later term; null if nobody did. */
  readonly staleFromUs: number | null;
}

export interface RoleGroup {
  readonly nodes: readonly NodeId[];
  /** The roles that mean to lead; absent: `leader`. */
  readonly leads?: readonly string[];
}

/** `leader, term 2`. */
export function roleTitle({ role, term }: Pick<RoleInterval, 'role' | 'term'>): string {
  return term === null ? role : `${role}, term ${term}`;
}

type Open = { -readonly [K in keyof RoleInterval]: RoleInterval[K] };

/** In the order in which they began. A role ends with the next one, or when its node crashes. */
export function roleIntervals(
  notes: readonly NotedEvent[],
  lives: readonly LifeEvent[],
  groups: readonly RoleGroup[],
  endUs: number,
): readonly RoleInterval[] {
  const groupOf = new Map(groups.flatMap((group) => group.nodes.map((node) => [node, group])));
  const changes = [
    ...notes.filter(({ label }) => label === ROLE_NOTE),
    ...lives.filter(({ what }) => what === 'crash'),
  ].sort((a, b) => a.n - b.n);
  const open = new Map<NodeId, Open>();
  const all: Open[] = [];
  for (const change of changes) {
    const before = open.get(change.node);
    if ('what' in change) {
      if (before !== undefined) before.untilUs = change.atUs;
      open.delete(change.node);
      continue;
    }
    const role = String(change.detail['role'] ?? '');
    const term = termOf(change.detail) ?? null;
    if (before !== undefined) {
      if (before.role === role && before.term === term) continue;
      before.untilUs = change.atUs;
    }
    const leads = isLeading(change.detail, groupOf.get(change.node)?.leads);
    const { node, atUs: fromUs } = change;
    const next: Open = { node, role, term, leads, fromUs, untilUs: endUs, staleFromUs: null };
    open.set(node, next);
    all.push(next);
  }
  markStale(all, groupOf);
  return all;
}

function markStale(all: readonly Open[], groupOf: ReadonlyMap<NodeId, RoleGroup>): void {
  const leaders = all.filter(({ leads }) => leads);
  for (const old of leaders) {
    for (const { node, term, fromUs } of leaders) {
      const rivals = node !== old.node && groupOf.get(node) === groupOf.get(old.node);
      if (!rivals || term === null || old.term === null || term <= old.term) continue;
      const sinceUs = Math.max(fromUs, old.fromUs);
      if (sinceUs >= old.untilUs) continue;
      old.staleFromUs = Math.min(old.staleFromUs ?? Infinity, sinceUs);
    }
  }
}
