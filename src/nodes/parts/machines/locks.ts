/**
 * Locks with fencing tokens, and the registers that they guard.
 *
 * Each key is a lock. A token is greater than all that were handed out for its key before, so that
 * a guarded store can refuse a holder of the past (Burrows 2006, "The Chubby lock service for
 * loosely-coupled distributed systems", section 2.4: sequencers). The session that holds a lock
 * gets the same token when it acquires again: one whose answer was lost is not locked out by
 * itself, and one release is enough.
 *
 * The machine has no clock, so nobody waits in it and no lease runs out: `waitMs` and `leaseMs` of
 * `acquire` are without effect, and `renew` only says whether the token still holds the lock.
 */
import lock from '../../../interfaces/lock.ts';
import { errorBody, type ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';
import { type Command, type Machine, unknownCommand } from './machine.ts';

type LockState = {
  /** The session that holds it; null: it is free. */
  holder: string | null;
  /** The last token handed out; 0 before the first. */
  token: number;
  /** What the lock guards, and the greatest token that wrote or tried to. */
  value: Plain;
  seen: number;
};

export const TAKEN = errorBody('lock-held', 'another session holds the lock');
export const NOT_HELD = errorBody('precondition-failed', 'this token does not hold the lock');
export const PAST = errorBody('precondition-failed', 'a later token was seen');

export class Locks implements Machine {
  readonly answers = [lock];
  readonly #locks = new Map<string, LockState>();

  apply(command: Command): ReplyBody {
    const request = command as unknown as RequestOf<typeof lock>;
    switch (request.type) {
      case 'acquire':
        return this.#acquire(request.key, command.session);
      case 'renew':
        return this.#holds(request.key, request.token) ? { type: 'renew_ok' } : NOT_HELD;
      case 'release':
        return this.#release(request.key, request.token);
      case 'write':
        return this.#write(request.key, request.token, request.value);
      case 'read':
        return { type: 'read_ok', value: this.#locks.get(request.key)?.value ?? null };
      default:
        return unknownCommand(command);
    }
  }

  isRead(type: string): boolean {
    return type === 'read' || type === 'renew';
  }

  snapshot(): Plain {
    return [...this.#locks].map(([key, state]): Plain => [key, { ...state }]);
  }

  restore(snapshot: Plain): void {
    this.#locks.clear();
    for (const [key, state] of snapshot as unknown as readonly [string, LockState][]) {
      this.#locks.set(key, { ...state });
    }
  }

  #acquire(key: string, session: string): ReplyBody {
    const state = this.#stateOf(key);
    if (state.holder === null) {
      state.holder = session;
      state.token++;
    } else if (state.holder !== session) return TAKEN;
    return { type: 'acquire_ok', token: state.token };
  }

  #release(key: string, token: number): ReplyBody {
    if (!this.#holds(key, token)) return NOT_HELD;
    this.#stateOf(key).holder = null;
    return { type: 'release_ok' };
  }

  #write(key: string, token: number, value: Plain): ReplyBody {
    const state = this.#stateOf(key);
    if (token < state.seen) return PAST;
    state.seen = token;
    state.value = value;
    return { type: 'write_ok' };
  }

  #holds(key: string, token: number): boolean {
    const state = this.#locks.get(key);
    return state !== undefined && state.holder !== null && state.token === token;
  }

  #stateOf(key: string): LockState {
    let state = this.#locks.get(key);
    if (state === undefined) {
      state = { holder: null, token: 0, value: null, seen: 0 };
      this.#locks.set(key, state);
    }
    return state;
  }
}
