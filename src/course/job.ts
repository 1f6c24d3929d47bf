/**
 * What crosses to the process that runs a test, and what comes back: plain data, as one line of
 * JSON each.
 */
import type { ExpectationState, Judged } from '../scenarios/result.ts';
import type { BundleText } from './sandbox/bundle.ts';

/** One run of a test: which scenario, under which seed. */
export interface RunSpec {
  /** A name among `files`. */
  readonly entry: string;
  readonly seed: string;
}

export interface Job {
  /** Frames without it are no frames: what a node prints is not taken for a result. */
  readonly nonce: string;
  /** Texts of scenario files by name. */
  readonly files: { readonly [name: string]: string };
  /** Own kinds by path, as scenarios name them. */
  readonly kinds: { readonly [path: string]: BundleText };
  readonly runs: readonly RunSpec[];
  readonly eventsMax: number;
  /** Ends the test at the first run that is lost, and tells its story. */
  readonly stopsAtLoss: boolean;
}

export type JudgedLine = Pick<Judged, 'text' | 'state' | 'measured'>;

export interface RunFault {
  readonly kind: string;
  readonly node: string | null;
  readonly atUs: number;
  readonly message: string;
  /** `node.ts:12:7`; null if it is not known. */
  readonly place: string | null;
}

/** What a student is shown of a lost run. */
export interface Story {
  readonly what: string;
  readonly because: string;
  readonly picture: readonly string[];
  /** The expectation that was lost. */
  readonly finding: string;
}

export interface RunOutcome {
  readonly index: number;
  readonly state: ExpectationState;
  readonly events: number;
  readonly judged: readonly JudgedLine[];
  readonly error: RunFault | null;
  /** Of a run that was lost, the first of its test. */
  readonly story: Story | null;
}

export type Frame =
  | { readonly nonce: string; readonly type: 'begin'; readonly index: number }
  | { readonly nonce: string; readonly type: 'run'; readonly outcome: RunOutcome }
  /** The scenario or the submission cannot run at all. */
  | {
      readonly nonce: string;
      readonly type: 'refused';
      readonly message: string;
      readonly by: 'submission' | 'exercise';
    }
  | { readonly nonce: string; readonly type: 'end' };
