/** What a recorder knows beforehand of the world that it records. */
import type { NodeId } from '../node.ts';
import type { TraceSink } from '../trace.ts';
import type { NodeMeasures } from './measured-columns.ts';
import type { MessageDetail } from './world-spec.ts';

export interface RecorderOptions {
  readonly names: readonly NodeId[];
  /** By node, whether it is a client. */
  readonly client: readonly boolean[];
  readonly sink: TraceSink | null;
  /** Keep every row instead of the last few: 32 B each. */
  readonly keepAll: boolean;
  /** Payload text goes into the digest of messages. */
  readonly payload: boolean;
  /** Write no rows of messages, timers and lives, and no digest of messages. */
  readonly off?: boolean;
  /** By node, what it may measure. */
  readonly measures: readonly NodeMeasures[];
  /** What to keep of messages, besides counts. */
  readonly messageRows: MessageDetail;
  /** Labels of notes of which every one is kept; roles always are. */
  readonly askedNotes: ReadonlySet<string>;
}
