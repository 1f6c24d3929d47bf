/**
 * Join: nodes are absent from the start and boot for the first time when it strikes, with empty
 * disks. They are members all along: of a group of five with one to join, four are up.
 */
import { defineFault, type Levers } from '../sim/fault.ts';
import { NODE_PARAMS } from './parts/node-faults.ts';
import { select } from './parts/select.ts';

/** Before any node boots none has a role. */
const ROLES: readonly unknown[] = ['leader', 'follower', 'followers'];

export default defineFault({
  name: 'join',
  summary: 'Keeps nodes away from the start, until it strikes and they boot.',
  family: 'process',
  params: NODE_PARAMS,
  shorthand: 'nodes',
  refuse({ nodes }) {
    const parts: readonly unknown[] = typeof nodes === 'object' ? nodes : [nodes];
    const role = parts.find((part) => ROLES.includes(part));
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
