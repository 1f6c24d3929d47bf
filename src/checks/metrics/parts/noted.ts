/** What metrics of notes share: which notes count, who was up, and what a run did not keep. */
import type { NodeId, Plain } from '../../../sim/node.ts';
import { formatCount, formatMomentUs } from '../../../sim/units.ts';
import type { DownFact, Facts, Measurement, NoteFact, ScenarioNames } from '../../checker.ts';
import { placesOf } from './scope.ts';

/** Arguments of a metric of notes: groups, their roles, and nodes. */
export function placeNames({ groups, nodes }: ScenarioNames): readonly string[] {
  return [...new Set([...groups, ...nodes])];
}

/** The nodes that the arguments name; null without arguments: all. */
export function placesNamed(args: readonly string[], facts: Facts): ReadonlySet<NodeId> | null {
  return args.length === 0 ? null : new Set(args.flatMap((arg) => placesOf(arg, facts)));
}

/** Notes with one of these labels, in the order of time. */
export function notesOf(labels: readonly string[], { notes }: Facts): readonly NoteFact[] {
  return notes.filter(({ label }) => labels.includes(label));
}

/** A field of a note's detail that names a node or a thing. */
export function fieldOf(note: NoteFact, field: string): Plain {
  return note.detail[field] ?? null;
}

/** Why nothing can be said: notes of these labels were not kept. null if all were. */
export function lostNotes(labels: readonly string[], facts: Facts): Measurement | null {
  const lost = facts.notesLost.find(({ label }) => labels.includes(label));
  if (lost === undefined) return null;
  const since = formatMomentUs(lost.fromUs);
  const because = `${formatCount(lost.count)} notes '${lost.label}' found no room from ${since} on`;
  return { value: null, samples: 0, because, isUnknown: true };
}

/** Who was down or paused when: asked by node. */
export class UpTimes {
  readonly #stretches = new Map<NodeId, DownFact[]>();

  constructor({ down }: Facts) {
    for (const stretch of down) {
      const own = this.#stretches.get(stretch.node);
      if (own === undefined) this.#stretches.set(stretch.node, [stretch]);
      else own.push(stretch);
    }
  }

  /** Up and not paused. */
  isUpAt(node: NodeId, atUs: number): boolean {
    return !this.#of(node).some(({ fromUs, untilUs }) => fromUs <= atUs && atUs < untilUs);
  }

  /** Up and not paused from one moment to the other. */
  isUpFrom(node: NodeId, fromUs: number, untilUs: number): boolean {
    return !this.#of(node).some((down) => down.fromUs < untilUs && fromUs < down.untilUs);
  }

  /** Whether it went up or down, was paused or resumed, in this time. */
  hasChanged(node: NodeId, fromUs: number, untilUs: number): boolean {
    return this.#of(node).some(
      (down) =>
        (down.fromUs > fromUs && down.fromUs <= untilUs) ||
        (down.untilUs > fromUs && down.untilUs <= untilUs),
    );
  }

  #of(node: NodeId): readonly DownFact[] {
    return this.#stretches.get(node) ?? [];
  }
}
