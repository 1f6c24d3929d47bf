/** A row of the trace, as the recorder keeps it in memory, as an event that a reader gets. */
import type { Operation } from '../history.ts';
import type { NodeId } from '../node.ts';
import type { TraceEvent } from '../trace.ts';
import type { Notebook } from './notebook.ts';
import {
  DELIVER,
  DROP,
  describeOperation,
  ends,
  FAULT,
  LIFE,
  lives,
  NOTE,
  reasons,
  SEND,
  TIMER,
} from './rows.ts';

export interface FaultRecord {
  readonly name: string;
  readonly phase: 'inject' | 'heal' | 'not-felt';
  readonly label: string;
}

/** What the numbers in rows stand for. */
export interface KeptRows {
  readonly names: readonly NodeId[];
  readonly types: readonly string[];
  readonly notebook: Notebook;
  readonly faults: readonly FaultRecord[];
  readonly operations: readonly Operation[];
}

/** `word` is the row's kind, with its type, life, end or reason in the higher bits. */
export function eventOf(
  kept: KeptRows,
  atUs: number,
  n: number,
  word: number,
  a: number,
  b: number,
  id: number,
): TraceEvent {
  const kind = word & 15;
  const type = word >>> 8;
  const at = { atUs, n };
  switch (kind) {
    case SEND:
    case DELIVER:
      return {
        ...at,
        type: kind === SEND ? 'send' : 'deliver',
        from: kept.names[a]!,
        to: kept.names[b]!,
        id: id >>> 0,
        kind: kept.types[type]!,
      };
    case DROP:
      return {
        ...at,
        type: 'drop',
        from: kept.names[a]!,
        to: kept.names[b]!,
        id: id >>> 0,
        kind: kept.types[type]!,
        why: reasons[(word >>> 4) & 15]!,
      };
    case TIMER:
      return { ...at, type: 'timer', node: kept.names[a]!, tag: kept.types[type]!, key: b };
    case LIFE:
      return { ...at, type: lives[type]!, node: kept.names[a]! };
    case NOTE: {
      const note = kept.notebook.at(id);
      return {
        ...at,
        type: 'note',
        node: kept.names[a]!,
        label: note.label,
        detail: note.detail,
      };
    }
    case FAULT:
      return { ...at, type: 'fault', ...kept.faults[id]! };
    default: {
      const operation = kept.operations[id]!;
      return {
        ...at,
        type: ends[type]!,
        node: operation.client,
        operation: id,
        text: describeOperation(operation, type === 0),
      };
    }
  }
}
