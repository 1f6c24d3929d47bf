/** Changes to a scenario as a page has them in its fields, and as the command line takes them. */
import type { FaultEntry } from './pack.ts';

/** A fault of the scenario as it is to strike. */
export interface FaultChange {
  readonly isOn: boolean;
  /** By key, as YAML; only what differs. */
  readonly values: ReadonlyMap<string, string>;
}

/** One message that is to be lost. */
export interface DroppedMessage {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  /** Which of this type on this link, from 1. */
  readonly number: number;
}

export interface Changes {
  /** By path, in the order in which they were made. */
  readonly values: ReadonlyMap<string, string>;
  /** By place in `faults`. */
  readonly faults: ReadonlyMap<number, FaultChange>;
  readonly drops: readonly DroppedMessage[];
  readonly branch: { readonly at: string; readonly salt: number } | null;
}

export const NO_CHANGES: Changes = {
  values: new Map(),
  faults: new Map(),
  drops: [],
  branch: null,
};

/** What `--set` takes for these changes. `entries` are the faults as the scenario has them. */
export function setsOf(changes: Changes, entries: readonly FaultEntry[]): readonly string[] {
  const { values, branch } = changes;
  return [
    ...faultSets(changes, entries),
    ...[...values].map(([path, value]) => `${path}=${value}`),
    ...(branch === null ? [] : [`branch.at=${branch.at}`, `branch.salt=${branch.salt}`]),
  ];
}

/** Single values where that is enough, else the whole list. */
function faultSets({ faults, drops }: Changes, entries: readonly FaultEntry[]): readonly string[] {
  const isWhole = drops.length > 0 || [...faults.values()].some(({ isOn }) => !isOn);
  if (!isWhole) {
    return [...faults].flatMap(([place, { values }]) =>
      [...values].map(([key, value]) => `faults.${place}.${key}=${value}`),
    );
  }
  const kept = entries.flatMap(({ keys }, place) => {
    const change = faults.get(place);
    if (change?.isOn === false) return [];
    const all = new Map([...keys, ...(change?.values ?? [])]);
    return [`{ ${[...all].map(([key, value]) => `${key}: ${value}`).join(', ')} }`];
  });
  return [`faults=[${[...kept, ...drops.map(dropText)].join(', ')}]`];
}

/** A name as YAML: quoted where it could be taken for anything else. */
function word(name: string): string {
  const isPlain = /^[a-z][\w./-]*$/i.test(name) && !/^(true|false|null)$/i.test(name);
  return isPlain ? name : JSON.stringify(name);
}

function dropText({ from, to, type, number }: DroppedMessage, place: number): string {
  const message = `{ from: ${word(from)}, to: ${word(to)}, type: ${word(type)}, number: ${number} }`;
  return `{ at: 0s, name: drop-${place + 1}, message: ${message} }`;
}
