/**
 * Conditions on a running world. A condition is looked at after every event of a node that it
 * speaks of, and after every strike and heal, so it misses no state that a node was in between two
 * events. Views are kept and taken again for the node that had the event only.
 */

import type { Striker, Trigger } from '../../sim/kernel/injection.ts';
import type { World } from '../../sim/kernel/world.ts';
import { isLeading, termOf } from '../../sim/leadership.ts';
import type { Detail, NodeId } from '../../sim/node.ts';
import { formatDurationUs } from '../../sim/units.ts';
import type { Condition, ConditionNode, Measured } from '../scenario.ts';
import { compares } from '../values/comparison.ts';

type Compare = ConditionNode & { readonly kind: 'compare' };

/** A condition bound to a world. `strikers` gives whatever strikes in it, for `held`. */
export function bindCondition(
  condition: Condition,
  world: World,
  strikers: () => readonly Striker[],
): Trigger {
  return new BoundCondition(condition, world, strikers);
}

class BoundCondition implements Trigger {
  readonly text: string;
  readonly momentsUs: readonly number[];
  private readonly root: ConditionNode;
  private readonly world: World;
  private readonly strikers: () => readonly Striker[];
  /** Views of up nodes that it speaks of, by number; null: taken again when asked for. */
  private readonly views = new Map<number, Detail | null>();
  /** It counts notes of anybody. */
  private readonly hears: boolean;
  private held = false;
  /** Notes looked at so far, and those of each `noted` found among them. */
  private notesSeen = 0;
  private readonly noted = new Map<Measured, number>();
  /** The smallest and largest value of each comparison seen. */
  private readonly seen = new Map<Compare, { least: number; most: number }>();

  constructor({ text, root }: Condition, world: World, strikers: () => readonly Striker[]) {
    this.text = text;
    this.root = root;
    this.world = world;
    this.strikers = strikers;
    const compares = comparesOf(root);
    this.hears = compares.some(({ measured }) => measured.kind === 'noted');
    for (const { measured } of compares) {
      if (measured.kind === 'noted') this.noted.set(measured, 0);
      for (const node of nodesOf(measured)) this.views.set(world.indexOf(node), null);
    }
    this.momentsUs = compares
      .flatMap(({ measured, value }) => (measured.kind === 'elapsed' ? [value, value + 1] : []))
      .sort((a, b) => a - b);
  }

  holds(changed: number | null): boolean {
    if (changed === null) for (const node of this.views.keys()) this.views.set(node, null);
    else if (this.views.has(changed)) this.views.set(changed, null);
    else if (!this.hears || this.world.recorder.notes.length === this.notesSeen) return this.held;
    this.listen();
    this.held = this.evaluate(this.root);
    return this.held;
  }

  forget(): void {
    this.seen.clear();
  }

  explain(): string {
    const parts = [...this.seen].map(([{ text, measured, comparison }, { least, most }]) => {
      const tell = (value: number) =>
        measured.kind === 'elapsed' ? formatDurationUs(value) : String(value);
      if (least === most) return `${text} was ${tell(least)} all the time`;
      if (comparison.startsWith('>')) return `${text} was at most ${tell(most)}`;
      if (comparison.startsWith('<')) return `${text} was at least ${tell(least)}`;
      return `${text} was from ${tell(least)} to ${tell(most)}`;
    });
    return parts.length === 0 ? 'it was never looked at' : parts.join(', ');
  }

  /** Every part is measured each time, so that what was seen can be reported. */
  private evaluate(node: ConditionNode): boolean {
    switch (node.kind) {
      case 'and':
        return node.of.map((each) => this.evaluate(each)).every(Boolean);
      case 'or':
        return node.of.map((each) => this.evaluate(each)).some(Boolean);
      case 'not':
        return !this.evaluate(node.of);
      case 'compare':
        return this.compare(node);
    }
  }

  private compare(node: Compare): boolean {
    const value = this.measure(node.measured);
    // A number that no node has compares with nothing.
    if (value === null) return false;
    const seen = this.seen.get(node);
    if (seen === undefined) this.seen.set(node, { least: value, most: value });
    else {
      seen.least = Math.min(seen.least, value);
      seen.most = Math.max(seen.most, value);
    }
    return compares(value, node.comparison, node.value);
  }

  private measure(measured: Measured): number | null {
    const { world } = this;
    switch (measured.kind) {
      case 'leaders':
        return this.count(measured.nodes, (view, index) =>
          isLeading(view, world.nodes[index]?.leads),
        );
      case 'role':
        return this.count(measured.nodes, (view) => view['role'] === measured.role);
      case 'term':
        return this.extreme(measured.nodes, termOf, Math.max) ?? 0;
      case 'most':
      case 'least': {
        const { field, nodes, kind } = measured;
        return this.extreme(nodes, (view) => view[field], kind === 'most' ? Math.max : Math.min);
      }
      case 'up':
        return this.count(measured.nodes, () => true);
      case 'down':
        return measured.nodes.length - this.count(measured.nodes, () => true);
      case 'paused':
        return measured.nodes.filter((node) => {
          return (world.hosts[world.indexOf(node)]?.pausedBy.length ?? 0) > 0;
        }).length;
      case 'noted':
        return this.noted.get(measured) ?? 0;
      case 'held':
        return this.countHeld(measured.fault);
      case 'elapsed':
        return world.now;
    }
  }

  /** Up nodes whose view is such. */
  private count(nodes: readonly NodeId[], such: (view: Detail, index: number) => boolean): number {
    let count = 0;
    for (const node of nodes) {
      const index = this.world.indexOf(node);
      const view = this.viewOf(index);
      if (view !== null && such(view, index)) count++;
    }
    return count;
  }

  private extreme(
    nodes: readonly NodeId[],
    of: (view: Detail) => unknown,
    choose: (a: number, b: number) => number,
  ): number | null {
    let found: number | null = null;
    for (const node of nodes) {
      const view = this.viewOf(this.world.indexOf(node));
      const value = view === null ? null : of(view);
      if (typeof value === 'number') found = found === null ? value : choose(found, value);
    }
    return found;
  }

  /** null for a node that is down. */
  private viewOf(index: number): Detail | null {
    if (this.world.hosts[index]?.node == null) return null;
    const kept = this.views.get(index);
    if (kept !== null && kept !== undefined) return kept;
    const view = this.world.viewOf(index);
    this.views.set(index, view);
    return view;
  }

  private listen(): void {
    const { notes } = this.world.recorder;
    if (!this.hears) return;
    for (; this.notesSeen < notes.length; this.notesSeen++) {
      const note = notes[this.notesSeen];
      for (const [measured, count] of this.noted) {
        if (measured.kind !== 'noted' || note?.label !== measured.label) continue;
        if (measured.nodes === null || measured.nodes.includes(note.node)) {
          this.noted.set(measured, count + 1);
        }
      }
    }
  }

  private countHeld(fault: string): number {
    let count = 0;
    for (const { name, strikes } of this.strikers()) {
      for (const { isHeld, spec } of strikes) {
        if (isHeld && (name === fault || spec.fault.name === fault)) count++;
      }
    }
    return count;
  }
}

/** All comparisons in a condition, in the order written. */
export function comparesOf(node: ConditionNode): readonly Compare[] {
  if (node.kind === 'compare') return [node];
  return node.kind === 'not' ? comparesOf(node.of) : node.of.flatMap(comparesOf);
}

function nodesOf(measured: Measured): readonly NodeId[] {
  return 'nodes' in measured && measured.kind !== 'noted' ? measured.nodes : [];
}
