/** A worker of `dsim test` as its master sees it. */
import type { TestedRun } from '../../report/suite/suite.ts';

/** null: it was interrupted. */
export interface RunReply {
  readonly id: number;
  readonly run: TestedRun | null;
}

export interface WorkerListener {
  replied(reply: RunReply): void;
  /** It is gone, with whatever it had not replied to. */
  ended(why: string): void;
}

export interface RunWorker {
  /** The order is `RunOrder` of `tested-run.ts`, which knows the host that this is a part of. */
  send(id: number, order: unknown): void;
  /** Ends it now; `ended` is not called then. */
  stop(): void;
}

export type StartWorker = (listener: WorkerListener) => RunWorker;
