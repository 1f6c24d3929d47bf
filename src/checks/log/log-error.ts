/**
 * One thing wrong with a log, under the name that Jepsen's Kafka test gives it.
 */
import type { Plain } from '../../sim/node.ts';
import type { Dependency } from '../checker.ts';
import type { LogOperation } from './log-history.ts';

export interface LogError {
  readonly name: string;
  readonly key: string;
  /** What shows it. */
  readonly operations: readonly LogOperation[];
  /** One sentence without the full stop. */
  readonly sentence: () => string;
  /** `delta`, `skipped`, `values`, `offsets`, ...: what was found, as data. */
  readonly facts: () => { readonly [name: string]: Plain };
  /** Of a cycle. */
  readonly edges?: readonly Dependency[];
}

/** Every error there is, the worst first, and what it means. */
export const logErrors: ReadonlyMap<string, string> = new Map([
  ['inconsistent-offsets', 'one offset holds two values'],
  ['lost-write', 'a committed value was never polled, though a later one was'],
  ['G1a', 'a value was polled whose send had failed'],
  ['precommitted-read', 'a transaction polled its own send before it was committed'],
  ['duplicate', 'one value stands at several offsets'],
  ['int-nonmonotonic-poll', 'polls went back within one transaction'],
  ['nonmonotonic-poll', 'a consumer went back between two transactions'],
  ['int-poll-skip', 'polls left something out within one transaction'],
  ['poll-skip', 'a consumer left something out between two transactions'],
  ['int-nonmonotonic-send', 'sends of one transaction stand in another order than they were made'],
  ['nonmonotonic-send', 'sends of one producer stand in another order than they were made'],
  ['G1c-realtime', 'a cycle of sends, polls and real time'],
  ['G1c', 'a cycle of sends and polls'],
  ['int-send-skip', 'something of others stands between the sends of one transaction'],
  ['G0-realtime', 'a cycle of sends and real time'],
  ['G0', 'a cycle of sends: transactions stand in different orders in two logs'],
]);

/** `#3`. */
export function numberOf({ operation }: LogOperation): string {
  return `#${operation.index}`;
}
