/** The machines that a replicating system can be asked to run, by name. */
import type counter from '../../../interfaces/counter.ts';
import type ids from '../../../interfaces/ids.ts';
import type lock from '../../../interfaces/lock.ts';
import type queue from '../../../interfaces/queue.ts';
import type register from '../../../interfaces/register.ts';
import type { Interface, ReplyOf, RequestOf } from '../../../sim/interface.ts';
import { Counter } from './counter.ts';
import { Ids } from './ids.ts';
import { Locks } from './locks.ts';
import type { Machine } from './machine.ts';
import { Queue } from './queue.ts';
import { Registers } from './registers.ts';

export const machineNames = ['registers', 'locks', 'queue', 'ids', 'counter'] as const;
export type MachineName = (typeof machineNames)[number];

const makers: { readonly [name in MachineName]: () => Machine } = {
  registers: () => new Registers(),
  locks: () => new Locks(),
  queue: () => new Queue(),
  ids: () => new Ids(),
  counter: () => new Counter(),
};

type Conversations = typeof counter | typeof ids | typeof lock | typeof queue | typeof register;

/** What can be asked of one or another of them, and its answers. */
export type MachineRequest = EachOf<Conversations>['request'];
export type MachineReply = EachOf<Conversations>['reply'];
type EachOf<I extends Interface> = I extends Interface
  ? { readonly request: RequestOf<I>; readonly reply: ReplyOf<I> }
  : never;

/** A new machine, in its first state. */
export function makeMachine(name: MachineName): Machine {
  return makers[name]();
}
