/** What operations on registers do to the replicated state; pure. */
import type register from '../../../interfaces/register.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import { samePlain } from '../../parts/same-plain.ts';
import type { Answer, Effect, LeaderMessage, State } from './messages.ts';

export const NOTHING: State = { generation: 0, index: 0, values: {}, served: {} };

/** Whether a state has operations that the other may lack. */
export function isFurther(state: State, than: State): boolean {
  if (state.generation !== than.generation) return state.generation > than.generation;
  return state.index > than.index;
}

/** What a request does in this state; null if it is none of a register. */
export function effectOf({ values }: State, request: RequestOf<typeof register>): Effect | null {
  const { session, serial } = request;
  const effect = (write: Effect['write'], answer: Answer) => ({ write, session, serial, answer });
  const held = Object.hasOwn(values, request.key) ? (values[request.key] ?? null) : null;
  switch (request.type) {
    case 'read':
      return effect(null, { type: 'read_ok', value: held });
    case 'write':
      return effect([request.key, request.value], { type: 'write_ok' });
    case 'cas':
      if (samePlain(held, request.from))
        return effect([request.key, request.to], { type: 'cas_ok' });
      return effect(null, { type: 'error', code: 'precondition-failed' });
    default:
      return null;
  }
}

export function applied(state: State, index: number, effect: Effect): State {
  const { write, session, serial, answer } = effect;
  const values = write === null ? state.values : { ...state.values, [write[0]]: write[1] };
  const served = remembered(state.served, session, [serial, answer]);
  return { generation: state.generation, index, values, served };
}

/** Sessions that are remembered: the repeat of a session that is forgotten is executed again. */
const SESSIONS_MAX = 500;

function remembered(
  served: State['served'],
  session: string,
  last: State['served'][string],
): State['served'] {
  const next = { ...served, [session]: last };
  const [oldest] = Object.keys(next);
  if (oldest !== undefined && oldest !== session && Object.keys(served).length >= SESSIONS_MAX) {
    delete next[oldest];
  }
  return next;
}

export function answerOf(answer: Answer, inReplyTo: number): LeaderMessage {
  return { ...answer, inReplyTo } as unknown as LeaderMessage;
}
