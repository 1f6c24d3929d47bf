/**
 * Which loads a checker judges, and which of their operations act on one object. Reading a scenario
 * and judging a run ask here, and nothing else decides it.
 */
import type { History, Operation } from '../sim/history.ts';
import type { Interface } from '../sim/interface.ts';
import { type Facts, type LoadFact, objectOfLoad } from './checker.ts';

/** The loads whose clients ask an interface that the checker judges. */
export function loadsJudgedBy<L extends { readonly asks: Interface }>(
  checker: { readonly judges: readonly Interface[] },
  facts: { readonly loads: readonly L[] },
): readonly L[] {
  return facts.loads.filter(({ asks }) => checker.judges.includes(asks));
}

/** The operations that a checker judges. */
export interface JudgedHistory {
  readonly operations: History;
  /** The load that made one of them. */
  loadOf(operation: Operation): LoadFact;
  /** What it acts on, by `objectOfLoad`: loads of different objects act on different ones. */
  objectOf(operation: Operation): string;
}

/** The operations of the loads that a checker judges. */
export function judgedBy(
  checker: { readonly judges: readonly Interface[] },
  history: History,
  facts: Pick<Facts, 'loads'>,
): JudgedHistory {
  const loads = new Map(loadsJudgedBy(checker, facts).map((load) => [load.name, load]));
  const all = loads.size === facts.loads.length && history.every(({ load }) => loads.has(load));
  const loadOf = ({ load }: Operation) => loads.get(load) as LoadFact;
  return {
    operations: all ? history : history.filter(({ load }) => loads.has(load)),
    loadOf,
    objectOf: (operation) => objectOfLoad(loadOf(operation)),
  };
}

/** Operations on one object. */
export interface JudgedObject {
  /** What the load asks that used the object first. */
  readonly asks: Interface;
  readonly operations: readonly Operation[];
}

/**
 * Objects in the order in which they were first used. Loads on one object whose interfaces have one
 * `kind` share it.
 */
export function judgedObjects(
  { operations, loadOf, objectOf }: JudgedHistory,
  kind: (asks: Interface) => string,
): readonly JudgedObject[] {
  const objects = new Map<string, { asks: Interface; operations: Operation[] }>();
  for (const operation of operations) {
    const { asks } = loadOf(operation);
    const name = JSON.stringify([kind(asks), objectOf(operation)]);
    const object = objects.get(name);
    if (object === undefined) objects.set(name, { asks, operations: [operation] });
    else object.operations.push(operation);
  }
  return [...objects.values()];
}
