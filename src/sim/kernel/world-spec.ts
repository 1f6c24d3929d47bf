/** What a world is made of: data that the composition root fills in. */
import type { DistributionSpec } from '../distribution.ts';
import type { Journal } from '../history.ts';
import type { LoadDial } from '../load-dial.ts';
import type { MeasureTable } from '../measure.ts';
import type { Node, NodeId } from '../node.ts';
import type { Invariant } from '../system.ts';
import type { TraceSink } from '../trace.ts';
import type { LinkSpec } from './network.ts';

export interface WorldNode {
  readonly id: NodeId;
  readonly group: string;
  /** The group's members, itself included, in scenario order. */
  readonly members: readonly NodeId[];
  readonly region: string | null;
  readonly client: boolean;
  /** Time of a flush, in ms. */
  readonly sync: DistributionSpec;
  readonly cpuMessageUs: number;
  /** Of what the node is one: for errors; absent for a client. */
  readonly kind?: string;
  /** What it may measure; absent: anything, of no declared sort. */
  readonly measures?: MeasureTable;
  /** The labels of notes that it may make; absent: any. */
  readonly notes?: ReadonlySet<string>;
  readonly clock: { readonly offsetUs: number; readonly driftPpm: number };
  readonly create: (journal: Journal) => Node;
}

/** A load, and what faults turn to change it. */
export interface WorldLoad {
  readonly name: string;
  readonly clients: readonly NodeId[];
  readonly dial: LoadDial;
}

export interface WorldSpec {
  readonly seed: string;
  readonly nodes: readonly WorldNode[];
  /** Those that faults may change. */
  readonly loads?: readonly WorldLoad[];
  readonly link: (from: number, to: number) => LinkSpec;
  /** By group; evaluated after every event of one of its members when `checkInvariants`. */
  readonly invariants: ReadonlyMap<string, readonly Invariant[]>;
  /** Labels of notes of which every one is kept, however many there are. */
  readonly askedNotes?: ReadonlySet<string>;
}

export interface WorldOptions {
  readonly sink?: TraceSink | null;
  readonly keepRows?: boolean;
  /** Freeze messages, and put their text into the digest. */
  readonly strict?: boolean;
  readonly payloadDigest?: boolean;
  readonly checkInvariants?: boolean;
  readonly eventsMax?: number;
  /** No rows, no digests: only to measure what they cost. */
  readonly traceOff?: boolean;
}

/** A stretch of time in which a node was down or paused. */
export interface DownRecord {
  readonly node: NodeId;
  readonly fromUs: number;
  untilUs: number;
}
