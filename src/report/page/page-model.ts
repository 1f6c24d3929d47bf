/**
 * What a page knows of a run besides its columns: names, words and intervals, as JSON. Everything
 * in it is plain data, so that the same run gives the same text.
 */
import type { RoleInterval } from './roles.ts';
import type { Moment } from './time-axis.ts';

export type PageState =
  | 'held'
  | 'violated'
  | 'unknown'
  | 'never exercised'
  | 'interrupted'
  /** As far as it is: nothing stopped it. */
  | 'under way'
  | 'stopped';

/** Plain and strong text in turns, plain first. */
export type Words = readonly string[];

/** One step of the story; `select` names what it is about: `o1007`, `f0`, `r3`, `n2`. */
export interface Step {
  readonly atUs: number;
  readonly words: Words;
  readonly select: string | null;
  readonly isBad: boolean;
}

export interface PageNode {
  readonly name: string;
  readonly isClient: boolean;
  /** Group of a node, load of a client. */
  readonly group: string;
  readonly region: string | null;
  /** Of a client: the place of the node that it asks; null if it chooses. */
  readonly pinned: number | null;
}

export interface PageFault {
  readonly name: string;
  readonly label: string;
  readonly fromUs: number;
  readonly untilUs: number;
  /** Whether it ended before the run did. */
  readonly isHealed: boolean;
  /** Each side by name, with places of nodes. */
  readonly sides: readonly { readonly name: string; readonly nodes: readonly number[] }[];
}

export interface PageRole extends Omit<RoleInterval, 'node'> {
  readonly node: number;
}

/** A stretch in which a node did not run. */
export interface PageDown {
  readonly node: number;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly what: 'down' | 'paused' | 'not started';
}

export interface PageNote {
  readonly node: number;
  readonly atUs: number;
  readonly n: number;
  readonly label: string;
  readonly text: string;
}

/** A measure over the run: one line a node, in cells of equal length; null where nothing was. */
export interface PageSeries {
  readonly name: string;
  readonly unit: string;
  readonly doc: string;
  readonly lines: readonly {
    readonly node: number;
    readonly values: readonly (number | null)[];
  }[];
}

export interface PageExpectation {
  readonly text: string;
  readonly state: PageState;
  readonly measured: string;
  readonly because: string;
}

export interface PageModel {
  readonly format: 'dsim-page';
  readonly version: 1;
  readonly state: PageState;
  readonly name: string;
  /** The one sentence at the top. */
  readonly sentence: string;
  /** `partition`, `seed 42`, `raft x5`, ... */
  readonly subtitle: readonly string[];
  readonly expectations: readonly PageExpectation[];
  /** The end of chaos, and of the run. */
  readonly durationUs: number;
  readonly endUs: number;
  /** Where a run stopped before its time; null otherwise. */
  readonly stoppedAtUs: number | null;
  /** Whether times mean more than an order. */
  readonly hasTimes: boolean;
  /** Whether messages are known at all. */
  readonly hasMessages: boolean;
  readonly nodes: readonly PageNode[];
  /** Nodes in the order of their lanes. */
  readonly order: readonly number[];
  /** Types of messages. */
  readonly kinds: readonly string[];
  /** Which fault column numbers mean, as names. */
  readonly blamed: readonly string[];
  readonly faults: readonly PageFault[];
  readonly downs: readonly PageDown[];
  readonly roles: readonly PageRole[];
  readonly notes: readonly PageNote[];
  readonly series: readonly PageSeries[];
  /** By operation: `write k2 511`. */
  readonly operations: readonly string[];
  /** What the page opens on; null: the whole run. */
  readonly failure: {
    readonly atUs: number | null;
    /** Operations that show it, by index; the last of them is to blame. */
    readonly witnesses: readonly number[];
    readonly culprit: number | null;
    readonly moments: readonly Moment[];
    /** What is seen at first. */
    readonly fromUs: number;
    readonly untilUs: number;
  } | null;
  readonly story: readonly Step[];
  /** What the check says, step by step. */
  readonly reasons: readonly string[];
  /** What the page does not hold, a sentence each. */
  readonly leftOut: readonly string[];
  /** Sentences under headings, for the tab of facts. */
  readonly facts: readonly { readonly title: string; readonly lines: readonly string[] }[];
  /** Words explained: a question and its answer. */
  readonly glossary: readonly { readonly question: string; readonly answer: string }[];
  readonly repro: string;
}

/** By number, how an operation ended. */
export const outcomes = ['ok', 'fail', 'info'] as const;
