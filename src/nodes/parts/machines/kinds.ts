/** The machines that a replicating system can be asked to run, by name. */
import coordination from '../../../interfaces/coordination.ts';
import counter from '../../../interfaces/counter.ts';
import ids from '../../../interfaces/ids.ts';
import lock from '../../../interfaces/lock.ts';
import propose from '../../../interfaces/propose.ts';
import queue from '../../../interfaces/queue.ts';
import register from '../../../interfaces/register.ts';
import type { Interface, ReplyOf, RequestOf } from '../../../sim/interface.ts';
import { Coordination } from './coordination.ts';
import { Counter } from './counter.ts';
import { Decisions } from './decisions.ts';
import { Ids } from './ids.ts';
import { Locks } from './locks.ts';
import type { Machine } from './machine.ts';
import { Queue } from './queue.ts';
import { Registers } from './registers.ts';

export const machineNames = [
  'registers',
  'locks',
  'queue',
  'ids',
  'counter',
  'coordination',
  'decisions',
] as const;
export type MachineName = (typeof machineNames)[number];

/** The parameter `machine:` of a replicating system. */
export const machineParam = {
  type: 'choice',
  options: machineNames,
  default: 'registers',
  doc: 'What is replicated, and so what the group answers: a key-value store, locks with fencing tokens, a queue, identifiers, a counter, a tree of nodes whose leases nobody ends, a decision for each key.',
} as const;

const makers: { readonly [name in MachineName]: () => Machine } = {
  registers: () => new Registers(),
  locks: () => new Locks(),
  queue: () => new Queue(),
  ids: () => new Ids(),
  counter: () => new Counter(),
  coordination: () => new Coordination(),
  decisions: () => new Decisions(),
};

type Conversations =
  | typeof coordination
  | typeof counter
  | typeof ids
  | typeof lock
  | typeof propose
  | typeof queue
  | typeof register;

/** What can be asked of one or another of them, and its answers. */
export type MachineRequest = EachOf<Conversations>['request'];
export type MachineReply = EachOf<Conversations>['reply'];
type EachOf<I extends Interface> = I extends Interface
  ? { readonly request: RequestOf<I>; readonly reply: ReplyOf<I> }
  : never;

/** What each of them answers. */
export const answersOfMachines: { readonly [name in MachineName]: readonly Interface[] } = {
  registers: [register],
  locks: [lock],
  queue: [queue],
  ids: [ids],
  counter: [counter],
  coordination: [coordination, lock],
  decisions: [propose],
};

/** A new machine, in its first state. */
export function makeMachine(name: MachineName): Machine {
  return makers[name]();
}
