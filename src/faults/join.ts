/**
 * Join: nodes boot for the first time when it strikes, with empty disks. Of a group of five that
 * are all members from the start, with one to join, four are up before. Members that the scenario
 * keeps `spare` are no part of the group before they join.
 */
import { defineFault, type Levers } from '../sim/fault.ts';
import { NODE_PARAMS } from './parts/node-faults.ts';
import { partsOf, ROLE_WORDS, select } from './parts/select.ts';

/** Before any node boots none shows a role. */
const ROLES: readonly unknown[] = ROLE_WORDS;

export default defineFault({
  name: 'join',
  summary: 'Keeps nodes away from the start, until it strikes and they boot.',
  family: 'process',
  params: NODE_PARAMS,
  shorthand: 'nodes',
  refuse({ nodes }) {
    const role = partsOf(nodes).find((part) => ROLES.includes(part));
    return role === undefined ? null : `join: nobody is ${role} before the nodes have booted`;
  },
  prepare(levers, { nodes }) {
    const of = levers.of.map((node) => ({ ...node, up: true }));
    const before = Object.create(levers, { of: { value: of } }) as Levers;
    for (const node of select(before, nodes) ?? []) levers.keepOut(node);
  },
  inject(levers) {
    const { absent } = levers;
    if (absent.length === 0) return null;
    for (const node of absent) levers.letIn(node);
    return { label: absent.join(' '), sides: [], detail: { nodes: absent }, lastsMs: 0 };
  },
});
