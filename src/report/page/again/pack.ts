/**
 * What a page carries to run its scenario again, and what it and its worker say to each other. All
 * of it is plain data.
 */
import type { Digests } from '../../../scenarios/result.ts';
import type { PageModel } from '../page-model.ts';
import type { PackedNode } from './packed-tree.ts';

/** A file of the scenario, with the words that asked for it. */
export interface PackedText {
  /** The file that extends it, by its name; null for the scenario itself. */
  readonly from: string | null;
  readonly path: string;
  readonly name: string;
  readonly text: string;
  /** What the text says. */
  readonly tree: PackedNode;
}

/** By list (`systems`) and name, what `require` takes for it. */
export type PackedItems = {
  readonly [list: string]: { readonly [name: string]: string };
};

/** One run of the scenario, as the command line asks for it. */
export interface Asked {
  readonly seed: string;
  /** `--set`, each `path=value`, in order. */
  readonly sets: readonly string[];
  readonly without: boolean;
}

export interface AgainPack {
  /** The scenario as the user named it. */
  readonly file: string;
  readonly texts: readonly PackedText[];
  readonly items: PackedItems;
  /** How the run of this page was asked for. */
  readonly asked: Asked;
  readonly maxEvents: number | null;
  readonly strict: boolean;
  readonly allowOutside: boolean;
  readonly scenarioHash: string;
  /** The version of dsim that wrote the page. */
  readonly version: string;
  readonly digests: Digests;
}

/** A value that may be changed. */
export interface Knob {
  /** As `--set` takes it. */
  readonly path: string;
  /** Under which heading it is listed. */
  readonly group: string;
  readonly name: string;
  /** As YAML has it; empty if nothing is set and there is no default. */
  readonly value: string;
  /** What it takes: a unit by example, and bounds. */
  readonly takes: string;
  readonly doc: string;
  /** All that it may be; empty if there is no such list. */
  readonly options: readonly string[];
}

/** An entry of `faults`, key by key, each value as YAML in one line. */
export interface FaultEntry {
  readonly label: string;
  readonly keys: readonly (readonly [key: string, value: string])[];
}

export interface Knobs {
  readonly knobs: readonly Knob[];
  readonly faults: readonly FaultEntry[];
  readonly hasWithout: boolean;
}

export type Request =
  | { readonly id: number; readonly what: 'knobs'; readonly without: boolean }
  /** `whole` brings the messages too. */
  | { readonly id: number; readonly what: 'run'; readonly asked: Asked; readonly whole: boolean };

/** How a run ended, without its messages. */
export interface Brief {
  readonly state: PageModel['state'];
  readonly sentence: string;
  readonly digests: Digests;
  readonly expectations: PageModel['expectations'];
}

export interface WholeRun {
  readonly model: PageModel;
  readonly columns: Uint8Array<ArrayBuffer>;
  readonly bodies: string;
  /** The head and what is below it, as HTML. */
  readonly head: string;
  readonly main: string;
}

export type Answer = { readonly id: number } & (
  | { readonly ok: true; readonly knobs: Knobs }
  | { readonly ok: true; readonly brief: Brief; readonly whole: WholeRun | null }
  /** What is wrong with the changes, for people. */
  | { readonly ok: false; readonly why: string }
);
