/** What a world is made of: data that the composition root fills in. */
import type { DistributionSpec } from '../distribution.ts';
import type { Journal } from '../history.ts';
import type { LoadDial } from '../load-dial.ts';
import type { MeasureTable } from '../measure.ts';
import type { Node, NodeId } from '../node.ts';
import type { Views } from '../system.ts';
import type { TraceSink } from '../trace.ts';
import type { LinkSpec } from './link-spec.ts';

export interface WorldNode {
  readonly id: NodeId;
  readonly group: string;
  /** The group's members, itself included, in scenario order. */
  readonly members: readonly NodeId[];
  readonly region: string | null;
  /** Its role in a group that has roles. */
  readonly role?: string | null;
  readonly labels?: { readonly [name: string]: string };
  /** The roles, as it shows them, that mean to lead. */
  readonly leads?: readonly string[];
  /** It is not started as the run begins, but when somebody starts it. */
  readonly spare?: boolean;
  readonly client: boolean;
  /** Time of a flush, in ms. */
  readonly sync: DistributionSpec;
  /**
   * How long a write stays in the page cache that no flush asked for: all are written back
   * together, so long after the first of them, or after the flush that they missed. null or absent:
   * none does.
   */
  readonly writeBackUs?: number | null;
  /** It tries a flush again that failed, as by mistake: no failed flush ends it. Absent: false. */
  readonly retriesFlush?: boolean;
  readonly cpuMessageUs: number;
  /** Of what the node is one: for errors; absent for a client. */
  readonly kind?: string;
  /** What it may measure; absent: anything, of no declared sort. */
  readonly measures?: MeasureTable;
  /** The labels of notes that it may make; absent: any. */
  readonly notes?: ReadonlySet<string>;
  /** How many cores its machine has; absent: one. */
  readonly cores?: number;
  /** Nodes of one machine share its cores; absent or null: the node has a machine of its own. */
  readonly machine?: string | null;
  readonly clock: { readonly offsetUs: number; readonly driftPpm: number };
  /** The nodes that it may start and stop; absent: it operates none. */
  readonly operates?: readonly NodeId[];
  readonly create: (journal: Journal) => Node;
  /** Changes the parameters with which `create` makes it from now on. */
  readonly configure?: (values: { readonly [name: string]: unknown }) => void;
}

/** An invariant of a group, bound to the views of all groups that it looks at. */
export interface WorldInvariant {
  readonly name: string;
  readonly source: string;
  /** `views` are those of the group that had an event, `groups` those of every group by name. */
  check(views: Views, groups: ReadonlyMap<string, Views>): string | null;
}

/** A load, and what faults turn to change it. */
export interface WorldLoad {
  readonly name: string;
  readonly clients: readonly NodeId[];
  /** The nodes that it asks. */
  readonly targets: readonly NodeId[];
  readonly dial: LoadDial;
}

/** Of each message between nodes: nothing, when it was sent and dropped, or its bytes too. */
export type MessageDetail = 'none' | 'times' | 'bytes';

export interface WorldSpec {
  readonly seed: string;
  readonly nodes: readonly WorldNode[];
  /** Those that faults may change. */
  readonly loads?: readonly WorldLoad[];
  readonly link: (from: number, to: number) => LinkSpec;
  /** By group; evaluated after every event of one of its members when `checkInvariants`. */
  readonly invariants: ReadonlyMap<string, readonly WorldInvariant[]>;
  /** What to keep of messages, besides counts; absent: nothing. */
  readonly messageRows?: MessageDetail;
  /** Keep when each link was cut; absent: no. */
  readonly keepCuts?: boolean;
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
  /** No rows, no digest of messages: for runs of which nobody asks, and to measure their cost. */
  readonly traceOff?: boolean;
}

/** A stretch of time in which a fault cut a link in one direction. */
export interface CutStretch {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly fromUs: number;
  /** Infinity while it lasts. */
  untilUs: number;
}

/** A stretch of time in which a node was down or paused. */
export interface DownRecord {
  readonly node: NodeId;
  readonly fromUs: number;
  /** The first crash of a running node in this time. */
  crashedAtUs?: number;
  untilUs: number;
}
