/**
 * Whether what the loads ask is answered by the nodes that it reaches, through any number of
 * proxies. Looked at once the parameters of all groups are known.
 */
import type { Interface } from '../../sim/interface.ts';
import { spokenBy } from '../../workloads/workload.ts';
import type { GroupSpec } from '../scenario.ts';
import { listNames, quote } from '../text/diagnostic.ts';
import { circleFrom, declaredBy, type Members, membersAmong, strangerTo } from './answers.ts';
import type { LoadPlan } from './clients.ts';
import type { ParseContext } from './context.ts';
import type { GroupPlan } from './nodes.ts';

/** Complains of proxies in a circle, and of loads that ask what is not answered. */
export function checkAnswers(
  groups: readonly GroupSpec[],
  groupPlans: readonly GroupPlan[],
  loadPlans: readonly LoadPlan[],
  context: ParseContext,
): void {
  if (refuseCircles(groups, groupPlans, context)) return;
  for (const plan of loadPlans) checkLoad(plan, groups, context);
}

/** Each circle once, at its first group. */
function refuseCircles(
  groups: readonly GroupSpec[],
  plans: readonly GroupPlan[],
  { diagnostics }: ParseContext,
): boolean {
  const told = new Set<GroupSpec>();
  for (const group of groups) {
    const circle = told.has(group) ? null : circleFrom(group, groups);
    if (circle === null) continue;
    for (const member of circle) told.add(member);
    const plan = plans.find(({ name }) => name === group.name);
    const way = circle.map(({ name }) => quote(name)).join(' to ');
    diagnostics.error(
      'DS152',
      plan?.entry.keySpot ?? null,
      `${quote(group.name)} passes requests on in a circle`,
      {
        label: 'expected targets that answer at last',
        notes: [`the way is ${way}, so nobody ever answers`],
      },
    );
  }
  return told.size > 0;
}

function checkLoad(
  { workload, target }: LoadPlan,
  groups: readonly GroupSpec[],
  { diagnostics }: ParseContext,
): void {
  if (workload === null || target === null) return;
  const asks = spokenBy(workload);
  const stranger = strangerTo(asks, target.nodes, groups);
  if (stranger === null) return;
  const { members, path } = stranger;
  const way = path.map(({ name }) => quote(name)).join(' to ');
  const who =
    path.length === 0
      ? `${quote(target.name)} does`
      : `${way} passes requests on to ${quote(members.group.name)}, which does`;
  diagnostics.error('DS129', target.spot, `${who} not answer ${quote(asks.name)}`, {
    label: answersLabel(members),
    notes: [
      ...target.notes,
      `the workload ${quote(workload.name)} asks ${quote(asks.name)}; ${serversNote(asks, groups)}`,
    ],
  });
}

/** `a `server` answers `request``; of a role that answers something else, what the role does. */
function answersLabel(members: Members): string {
  const { group, role } = members;
  const declared = declaredBy(members) as readonly Interface[];
  const names = declared.map(({ name }) => name);
  const who = role === null ? '' : `${quote(role)} of `;
  const what = names.length === 0 ? 'nothing' : listNames(names);
  return `${who}a ${quote(group.system.name)} answers ${what}`;
}

function serversNote(asked: Interface, groups: readonly GroupSpec[]): string {
  const servers = groups.filter(({ nodes }) =>
    membersAmong(nodes, groups).some((some) => strangerTo(asked, some.nodes, groups) === null),
  );
  if (servers.length === 0) return 'no group answers it here';
  const names = listNames(servers.map(({ name }) => name));
  return `${names} answer${servers.length === 1 ? 's' : ''} it here`;
}
