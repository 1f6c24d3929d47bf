/** Answers to what a test has asked on a stage, in short. */
import type { Stage } from './stage.ts';

/** The value of a read, the code of an error, the type of any other answer; `silence` for none. */
export function told(stage: Stage, id: number): unknown {
  const answer = stage.answers().get(id);
  if (answer === undefined) return 'silence';
  const { type, value, code } = answer as { type: string; value?: unknown; code?: string };
  return type === 'error' ? code : type === 'read_ok' ? value : type;
}
