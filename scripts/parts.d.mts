/** The types of `parts.mjs`, for tests too. */

import type { BuildOptions } from 'esbuild';

export interface Plan {
  /** By source file, the part that has it. */
  readonly partOf: ReadonlyMap<string, string>;
  /** By part, its files that are asked for: by other parts, or on use. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  /** By such file, the names of the values that it exports. */
  readonly exports: ReadonlyMap<string, readonly string[]>;
  /** Small pure modules of other parts that the command line has copies of. */
  readonly copied: ReadonlySet<string>;
  /** By file that is asked for, what parts call it. */
  readonly names: ReadonlyMap<string, FileName>;
}

export interface FileName {
  /** Of one or two letters, a capital first. */
  readonly word: string;
  /** By export, its name in what the part hands out; without those that keep theirs. */
  readonly exports: ReadonlyMap<string, string>;
}

/** The folder of the repository. */
export declare const root: string;

/** What programs import: by entry, the source file that has its exports. */
export declare const ENTRIES: {
  readonly index: string;
  readonly host: string;
  readonly test: string;
};

/** What runs a scenario again in a page. */
export declare const AGAIN: string;

/** The lists of items, each with how an item's file gives its part. */
export declare const LISTS: { readonly [list: string]: (file: string) => string };

/** The file that lists metrics, and the one with what pages may leave out. */
export declare const METRICS: string;
export declare const LEAVES: string;

/** Divides the sources, as they are now, into parts. */
export declare function planParts(): Promise<Plan>;

/** The names of all parts, in an order that changes nothing. */
export declare function partNames(plan: Plan): readonly string[];

/** How a part is bundled. */
export declare const partOptions: (plan: Plan, part: string) => BuildOptions;

/** The text of a part, of what esbuild has made. */
export declare const partText: (plan: Plan, text: string, part: string) => Promise<string>;

/** How all that runs on Node is bundled. */
export declare function program(): BuildOptions;
