/**
 * What the arguments of a metric mean: `availability(minority, read)`.
 *
 * An argument is the name of a side, a node or group, a load, or an operation, looked up in this
 * order. Those of one kind add up (`read, write` is both), kinds restrict each other (`minority,
 * read` is reads at the minority). Where an operation belongs is the node that its client asked.
 */
import type { Operation } from '../../../sim/history.ts';
import type { NodeId } from '../../../sim/node.ts';
import type { Facts, FaultFact, ScenarioNames, Window } from '../../checker.ts';

/** The names that a scope understands, for `Metric.accepts`. */
export function scopeNames(names: ScenarioNames): readonly string[] {
  const { sides, nodes, groups, loads, operations } = names;
  return [...new Set([...sides, ...nodes, ...groups, ...loads, ...operations])];
}

/** ` of minority, read`, for sentences; empty without arguments. */
export function ofScope(args: readonly string[]): string {
  return args.length === 0 ? '' : ` of ${args.join(', ')}`;
}

/** Decides which operations count; asked in the order of invocation. */
export class Scope {
  readonly #sides: SideCursor | null;
  readonly #places: ReadonlySet<NodeId> | null;
  readonly #loads: ReadonlySet<string> | null;
  readonly #operations: ReadonlySet<string> | null;

  /** `windows` must be disjoint and in order. */
  constructor(args: readonly string[], windows: readonly Window[], facts: Facts) {
    const sides = new Set<string>();
    const places = new Set<NodeId>();
    const loads = new Set<string>();
    const operations = new Set<string>();
    for (const arg of args) {
      const nodes = placesOf(arg, facts);
      if (facts.faults.some((fault) => fault.sides.some(({ name }) => name === arg))) {
        sides.add(arg);
      } else if (nodes.length > 0) for (const node of nodes) places.add(node);
      else if (facts.loads.some(({ name }) => name === arg)) loads.add(arg);
      else operations.add(arg);
    }
    this.#sides = sides.size === 0 ? null : new SideCursor(sides, windows, facts);
    this.#places = places.size === 0 ? null : places;
    this.#loads = loads.size === 0 ? null : loads;
    this.#operations = operations.size === 0 ? null : operations;
  }

  /** `window` is the index of the window that the operation counts in. */
  includes(operation: Operation, window: number): boolean {
    const { node, load, f } = operation;
    if (this.#operations !== null && !this.#operations.has(f)) return false;
    if (this.#loads !== null && !this.#loads.has(load)) return false;
    if (this.#places !== null && (node === null || !this.#places.has(node))) return false;
    if (this.#sides === null) return true;
    return node !== null && this.#sides.nodesAt(operation.invokedAtUs, window).has(node);
  }
}

/** The nodes that the name of a node, a group or a role stands for; none if nothing has it. */
export function placesOf(name: string, { groups }: Facts): readonly NodeId[] {
  if (groups.some(({ nodes }) => nodes.includes(name))) return [name];
  const whole = groups.find((group) => group.name === name);
  const roles = groups.flatMap((group) => group.roles ?? []);
  return (whole ?? roles.find((role) => role.name === name))?.nodes ?? [];
}

interface Stretch {
  readonly fromUs: number;
  readonly nodes: ReadonlySet<NodeId>;
}

/**
 * The nodes on a side at each moment: those that the faults in force put there; between faults,
 * those of the last one; before the first fault, those of the first. So `availability(minority)
 * after partition` asks about the nodes that had been cut off. In a window that is exactly one
 * fault's, that fault alone decides.
 */
class SideCursor {
  readonly #stretches: readonly Stretch[];
  readonly #byWindow: readonly (ReadonlySet<NodeId> | null)[];
  #at = 0;

  constructor(names: ReadonlySet<string>, windows: readonly Window[], facts: Facts) {
    const strikes = facts.faults
      .filter(({ injectedAtUs, sides }) => {
        return injectedAtUs !== null && sides.some(({ name }) => names.has(name));
      })
      .sort((a, b) => startOf(a) - startOf(b));
    this.#stretches = stretchesOf(strikes, names);
    this.#byWindow = windows.map(({ fromUs, untilUs }) => {
      const own = strikes.filter(
        (fault) =>
          startOf(fault) === fromUs && Math.min(endOf(fault), facts.durationUs) === untilUs,
      );
      return own.length === 0 ? null : nodesOf(own, names);
    });
  }

  nodesAt(atUs: number, window: number): ReadonlySet<NodeId> {
    const own = this.#byWindow[window];
    if (own) return own;
    const stretches = this.#stretches;
    while (this.#at + 1 < stretches.length && stretches[this.#at + 1]!.fromUs <= atUs) this.#at++;
    return stretches[this.#at]?.nodes ?? NOBODY;
  }
}

const NOBODY: ReadonlySet<NodeId> = new Set();

function stretchesOf(
  strikes: readonly FaultFact[],
  names: ReadonlySet<string>,
): readonly Stretch[] {
  const first = strikes[0];
  if (first === undefined) return [];
  const changes = new Set<number>();
  for (const fault of strikes) changes.add(startOf(fault)).add(endOf(fault));
  const stretches: Stretch[] = [{ fromUs: -Infinity, nodes: nodesOf([first], names) }];
  for (const fromUs of [...changes].sort((a, b) => a - b)) {
    const inForce = strikes.filter((fault) => startOf(fault) <= fromUs && fromUs < endOf(fault));
    if (inForce.length > 0) stretches.push({ fromUs, nodes: nodesOf(inForce, names) });
  }
  return stretches;
}

function nodesOf(faults: readonly FaultFact[], names: ReadonlySet<string>): ReadonlySet<NodeId> {
  const nodes = new Set<NodeId>();
  for (const { sides } of faults) {
    for (const side of sides) {
      if (names.has(side.name)) for (const node of side.nodes) nodes.add(node);
    }
  }
  return nodes;
}

function startOf(fault: FaultFact): number {
  return fault.injectedAtUs ?? Infinity;
}

function endOf(fault: FaultFact): number {
  return fault.healedAtUs ?? Infinity;
}
