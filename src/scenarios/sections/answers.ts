/** What the nodes of a scenario answer, through any number of proxies. */
import type { Answers, AnswersByItself, Interface } from '../../sim/interface.ts';
import type { NodeId } from '../../sim/node.ts';
import type { GroupSpec } from '../scenario.ts';

/** Members of one group in one role: they answer alike. */
export interface Members {
  readonly group: GroupSpec;
  /** null for a kind without roles. */
  readonly role: string | null;
  readonly nodes: readonly NodeId[];
}

/** Nodes by group and role, in the order of the groups. */
export function membersAmong(
  nodes: readonly NodeId[],
  groups: readonly GroupSpec[],
): readonly Members[] {
  const asked = new Set(nodes);
  return groups.flatMap((group) => {
    const roles = group.roles ?? [];
    const parts = roles.length === 0 ? [{ role: null, nodes: group.nodes }] : roles;
    return parts.flatMap(({ role, nodes: all }) => {
      const meant = all.filter((node) => asked.has(node));
      return meant.length === 0 ? [] : [{ group, role, nodes: meant }];
    });
  });
}

/** Of a role what the role says, else what the system says; of a choice what was chosen. */
export function declaredBy({ group: { system, params }, role }: Members): AnswersByItself {
  const declared: Answers = system.roles?.[role ?? '']?.answers ?? system.answers;
  if (typeof declared !== 'object' || !('by' in declared)) return declared;
  return declared.each[String(params[declared.by])] ?? [];
}

/** The nodes to which these members pass requests on; null if they answer themselves. */
export function targetsOf(
  members: Members,
  groups: readonly GroupSpec[],
): readonly Members[] | null {
  const declared = declaredBy(members);
  if (typeof declared !== 'object' || !('of' in declared)) return null;
  const { params, different } = members.group;
  const targets = members.nodes.flatMap((node) => {
    const own = different?.get(node)?.params ?? params;
    return (own[declared.of] ?? []) as readonly NodeId[];
  });
  return membersAmong(targets, groups);
}

/**
 * Groups that pass requests on in a circle, this one first and last; null if it is in none.
 */
export function circleFrom(
  group: GroupSpec,
  groups: readonly GroupSpec[],
): readonly GroupSpec[] | null {
  const walk = (from: Members, path: readonly GroupSpec[]): readonly GroupSpec[] | null => {
    for (const next of targetsOf(from, groups) ?? []) {
      if (next.group === group) return [...path, group];
      const longer = [...path, next.group];
      const found = path.includes(next.group) ? null : walk(next, longer);
      if (found !== null) return found;
    }
    return null;
  };
  for (const members of membersAmong(group.nodes, groups)) {
    const found = walk(members, [group]);
    if (found !== null) return found;
  }
  return null;
}

/**
 * The interfaces that all of these nodes answer: those that their systems declare, or for a proxy
 * those that all its targets answer. Empty where a user's own file does not say.
 */
export function answersOf(
  nodes: readonly NodeId[],
  groups: readonly GroupSpec[],
  above: readonly GroupSpec[] = [],
): readonly Interface[] {
  const lists = membersAmong(nodes, groups).map((members): readonly Interface[] => {
    const declared = declaredBy(members);
    if (declared === 'anything' || above.includes(members.group)) return [];
    if (!('of' in declared)) return declared;
    const targets = (targetsOf(members, groups) ?? []).flatMap((target) => target.nodes);
    return answersOf(targets, groups, [...above, members.group]);
  });
  const [first = [], ...others] = lists;
  return first.filter((one) => others.every((other) => other.includes(one)));
}

/** Somebody who does not answer what comes to him, and the groups by way of which it comes. */
export interface Stranger {
  readonly members: Members;
  readonly path: readonly GroupSpec[];
}

/** One of these nodes, or of those they pass requests on to, that does not answer this; or null. */
export function strangerTo(
  asked: Interface,
  nodes: readonly NodeId[],
  groups: readonly GroupSpec[],
  path: readonly GroupSpec[] = [],
): Stranger | null {
  for (const members of membersAmong(nodes, groups)) {
    const declared = declaredBy(members);
    if (declared === 'anything' || path.includes(members.group)) continue;
    const targets = targetsOf(members, groups);
    if (targets === null) {
      if (!('of' in declared) && !declared.includes(asked)) return { members, path };
      continue;
    }
    const all = targets.flatMap((target) => target.nodes);
    const stranger = strangerTo(asked, all, groups, [...path, members.group]);
    if (stranger !== null) return stranger;
  }
  return null;
}
