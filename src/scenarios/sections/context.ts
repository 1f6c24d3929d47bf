/** What the readers of the sections share, and what they say alike. */

import type { Position } from '../scenario.ts';
import { type Diagnostics, quote } from '../text/diagnostic.ts';
import {
  lineAndColumn,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  type Spot,
} from '../text/source.ts';
import { drawOf } from '../values/draw-reader.ts';
import { CLIENT_KEYS, FAULT_KEYS, type Names, NODE_KEYS, TOP_KEYS } from '../values/names.ts';
import type { ParamReader } from '../values/param-reader.ts';
import type { Catalogue } from './catalogue.ts';

export interface ParseContext {
  readonly catalogue: Catalogue;
  readonly diagnostics: Diagnostics;
  readonly names: Names;
  readonly reader: ParamReader;
  readonly durationUs: number;
  /** `30s`. */
  readonly durationText: string;
  /**
   * The labels that nodes may note; null where a kind declares none, or while groups are unread.
   */
  readonly notes: ReadonlySet<string> | null;
}

export function positionOf(spot: Spot): Position {
  return { file: spot.file.name, ...lineAndColumn(spot.file, spot.from) };
}

/**
 * The entries of a section that is a map of names; none after a complaint. An empty section is an
 * absent one.
 */
export function namedEntries(
  section: SourceEntry | null,
  context: ParseContext,
  example: string,
): readonly SourceEntry[] {
  const node = section?.value ?? null;
  if (section === null || node === null || isEmpty(node)) return [];
  if (node.kind === 'map') return node.entries;
  if (node.kind !== 'scalar' || !node.failed) {
    context.diagnostics.error('DS103', node.spot, `\`${section.key}\` is a map of names`, {
      label: 'expected names, each with a map',
      help: [`for example \`${example}\``],
    });
  }
  return [];
}

/** The items of a section that is a list; none after a complaint. */
export function listItems(
  section: SourceEntry | null,
  context: ParseContext,
  example: string,
): readonly SourceNode[] {
  const node = section?.value ?? null;
  if (section === null || node === null || isEmpty(node)) return [];
  if (node.kind === 'list') return node.items;
  if (node.kind !== 'scalar' || !node.failed) {
    context.diagnostics.error('DS103', node.spot, `\`${section.key}\` is a list`, {
      label: 'expected `- …` lines, or `[…]`',
      help: [`for example \`${example}\``],
    });
  }
  return [];
}

/**
 * Was a section left out, or written in the form it must have? Then what is not in it does not
 * exist.
 */
export function isReadable(section: SourceEntry | null, form: 'map' | 'list'): boolean {
  return section === null || isEmpty(section.value) || section.value.kind === form;
}

export function isEmpty(node: SourceNode): boolean {
  return node.kind === 'scalar' && node.value === null && !node.failed;
}

/**
 * The parameters of a policy or fault; a bare value sets the one that `shorthand` names. null after
 * a complaint.
 */
export function paramsMap(
  entry: SourceEntry,
  shorthand: string | null,
  context: ParseContext,
): SourceMap | null {
  const { value, key, keySpot } = entry;
  const isMap = value.kind === 'map' && drawOf(value) === null;
  if (isMap) return value;
  if (value.kind === 'scalar' && value.failed) return null;
  const empty = value.kind === 'scalar' && value.value === null;
  if (shorthand !== null && !empty) {
    return {
      kind: 'map',
      entries: [{ key: shorthand, keySpot, value, shownAs: key }],
      spot: value.spot,
    };
  }
  const help = empty ? `for all defaults write \`${key}: {}\`` : null;
  context.diagnostics.error(
    'DS103',
    value.spot,
    `${quote(key)} ${empty ? 'is empty' : 'takes a map'}`,
    {
      label: 'expected a map of its parameters',
      help: [help],
    },
  );
  return null;
}

/** The same where nothing written means that nothing is given: `nemesis:`, `{ fail: }`. */
export function paramsMapOrEmpty(
  entry: SourceEntry,
  shorthand: string | null,
  context: ParseContext,
): SourceMap | null {
  if (!isEmpty(entry.value)) return paramsMap(entry, shorthand, context);
  return { kind: 'map', entries: [], spot: entry.value.spot };
}

/** Refuses a reserved key whose time has not come. */
export function reportNotYet(
  entry: SourceEntry | null,
  context: ParseContext,
  what: string,
  help: string | null = null,
): void {
  if (entry === null) return;
  context.diagnostics.error(
    'DS150',
    entry.keySpot,
    `\`${entry.key}\` is not yet available: ${what}`,
    { help: [help] },
  );
}

/** Where a key that is unknown here belongs, for help. */
export function belongsElsewhere(key: string): string | null {
  const sections: readonly (readonly [readonly string[], string])[] = [
    [CLIENT_KEYS, 'to a load, under `clients.<name>`'],
    [FAULT_KEYS, 'to an entry of `faults`'],
    [NODE_KEYS, 'to a group, under `nodes.<name>`'],
    [['latency', 'loss', 'duplicate', 'reorder', 'links', 'regions'], 'under `network`'],
    [TOP_KEYS, 'at the top of the scenario'],
  ];
  const place = sections.find(([keys]) => keys.includes(key));
  return place === undefined ? null : `\`${key}\` belongs ${place[1]}`;
}
