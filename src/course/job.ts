/**
 * What crosses to the process that runs a test, and what comes back: plain data, as one line of
 * JSON each.
 */
import type { ExpectationState, Judged } from '../scenarios/result.ts';
import type { BundleText } from './sandbox/bundle.ts';
import type { TrafficBudget } from './sandbox/traffic.ts';
import { fields, integer, list, oneOf, orNull, type Reader, text } from './shape.ts';

/** One run of a test: which scenario, under which seed. */
export interface RunSpec {
  /** A name among `files`. */
  readonly entry: string;
  readonly seed: string;
}

/** A submission in another language, as the process with the kernel starts it. */
export interface SubmittedProgram {
  /** The file, as messages name it. */
  readonly file: string;
  readonly words: readonly string[];
  /** Where it runs. Absolute. */
  readonly folder: string;
  readonly isIsolated: boolean;
}

/** What one run may use up. All of it is virtual, so it is the same on every machine. */
export interface RunBudget extends TrafficBudget {
  readonly events: number;
}

export interface Job {
  /** Frames without it are no frames: what a node prints is not taken for a result. */
  readonly nonce: string;
  /** Texts of scenario files by name. */
  readonly files: { readonly [name: string]: string };
  /** Own kinds by path, as scenarios name them. */
  readonly kinds: { readonly [path: string]: BundleText };
  /** A submission in another language, by the path that stands for it; absent: it is a bundle. */
  readonly programs?: { readonly [path: string]: SubmittedProgram };
  readonly runs: readonly RunSpec[];
  readonly budget: RunBudget;
  /** Ends the test when that many runs were lost. */
  readonly lossesMax: number;
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
  /** Of the whole run: another run has another one. */
  readonly digest: string;
  readonly events: number;
  /** What its nodes sent, see `RunBudget`. */
  readonly messages: number;
  readonly bytes: number;
  readonly judged: readonly JudgedLine[];
  readonly error: RunFault | null;
  /** Of a run that was lost, the first of its test. */
  readonly story: Story | null;
}

/** A run's outcome as it was printed. Throws ShapeError for what is none. */
export function readOutcome(value: unknown): RunOutcome {
  return outcome(value, '');
}

/**
 * Whether two outcomes are of the same run, at whatever place of a job. Their stories may differ: a
 * job tells one, of the first run that it lost.
 */
export function isSameRun(one: RunOutcome, other: RunOutcome): boolean {
  const [a, b] = [one, other].map((each) => JSON.stringify({ ...each, index: 0, story: null }));
  return a === b;
}

const state = oneOf('held', 'violated', 'unknown', 'never exercised');
const outcome: Reader<RunOutcome> = fields({
  index: integer(0),
  state,
  digest: text,
  events: integer(0),
  messages: integer(0),
  bytes: integer(0),
  judged: list(fields({ text, state, measured: text })),
  error: orNull(
    fields({
      kind: text,
      node: orNull(text),
      atUs: integer(0),
      message: text,
      place: orNull(text),
    }),
  ),
  story: orNull(fields({ what: text, because: text, picture: list(text), finding: text })),
});

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
