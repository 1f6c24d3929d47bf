/** The log: messages, operations, notes and faults in the order of time. */
import type { RunData } from '../run-data.ts';
import { isLost } from '../run-events.ts';

export interface LogRow {
  readonly atUs: number;
  readonly select: string;
  readonly isLost: boolean;
}

/** `rows` are the messages that are not filtered away. */
export function logRows(data: RunData, rows: Uint32Array): readonly LogRow[] {
  const { messages, operations, model } = data;
  const all: LogRow[] = Array.from(rows, (row) => {
    const atUs = messages.sentUs[row] ?? 0;
    return { atUs, select: `m${row}`, isLost: isLost(messages.fate[row]) };
  });
  if (rows.length === messages.length) {
    for (let i = 0; i < operations.length; i++) {
      all.push({ atUs: operations.start[i] ?? 0, select: `o${i}`, isLost: false });
    }
    all.push(...model.notes.map(({ atUs }, i) => ({ atUs, select: `n${i}`, isLost: false })));
    all.push(
      ...model.faults.map(({ fromUs }, i) => ({ atUs: fromUs, select: `f${i}`, isLost: false })),
    );
  }
  return all.sort((a, b) => a.atUs - b.atUs);
}
