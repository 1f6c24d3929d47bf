/**
 * A lock that hands out fencing tokens: the output of each `acquire` is an integer greater than all
 * before. Who asks is the operation's input, or else its process; `release` gives the lock back.
 * Each key is a lock of its own.
 *
 * With `leases` a lock may be lost at any time, which is what tokens are for: two may then believe
 * that they hold it, but tokens still grow.
 */
import { compareNumbers, isNumeric, type Numeric, plus } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import type { SearchModel } from '../search/call.ts';
import { precedes, type Scene, type Story } from '../search/scene.ts';
import { describeLock } from './lock.ts';
import { plainText } from './plain-text.ts';

export interface FencingLockOptions {
  /** Whether a lock may be lost at any time. Default false. */
  readonly leases?: boolean;
}

export interface FencingLock {
  readonly holder: string | null;
  /** The greatest token handed out so far, or the least that it can have been. */
  readonly token: Numeric;
}

/** A lock with these conventions. */
export function fencingLockModel(options: FencingLockOptions = {}): SearchModel<FencingLock> {
  const { leases = false } = options;
  return {
    name: 'fencing-lock',
    summary: 'acquire and release; each acquire answers a greater token',
    operations: ['acquire', 'release'],
    byKey: true,
    inputOf: ({ process, input }) => (input === null ? `p${process}` : input),
    init: () => ({ holder: null, token: -Infinity }),
    step(state, f, input, output) {
      const asker = plainText(input);
      if (f === 'acquire') return acquire(state, asker, output, leases);
      if (f !== 'release') return null;
      if (state.holder === asker) return output === false ? null : { ...state, holder: null };
      // A lease may have run out before; unanswered, it may have been refused.
      return leases || output === false || output === undefined ? state : null;
    },
    identify: ({ holder, token }) => `${token} ${JSON.stringify(holder)}`,
    describe(f, input, output) {
      const token = isNumeric(output) ? ` → ${output}` : '';
      return `${describeLock(f, input, output)}${token}`;
    },
    couldBeWrong: () => true,
    readOnly: (f, _input, output) => f === 'acquire' && output === false,
    story,
  };
}

export const fencingLock: SearchModel<FencingLock> = fencingLockModel();

function acquire(
  state: FencingLock,
  holder: string,
  output: Plain | undefined,
  leases: boolean,
): FencingLock | null {
  const free = leases || state.holder === null;
  // Tokens are integers: one that nobody saw was at least the next.
  if (output === undefined) return free ? { holder, token: next(state.token) } : state;
  if (output === false) return state.holder === null ? null : state;
  if (!isNumeric(output)) return null;
  return free && compareNumbers(output, state.token) > 0 ? { holder, token: output } : null;
}

function next(token: Numeric): Numeric {
  return token === -Infinity ? token : plus(token, 1);
}

/** A token that is not greater than one handed out before. */
function story(scene: Scene): Story | null {
  const { prefix, last } = scene;
  const token = tokenOf(last.call.output);
  if (last.call.f !== 'acquire' || token === null) return null;
  const earlier = prefix.find((actor) => {
    const before = tokenOf(actor.call.output);
    return (
      before !== null &&
      compareNumbers(before, token) >= 0 &&
      actor !== last &&
      precedes(actor, last)
    );
  });
  if (earlier === undefined) return null;
  const before = tokenOf(earlier.call.output);
  return {
    kind:
      before !== null && compareNumbers(before, token) === 0
        ? 'token handed out twice'
        : 'token went back',
    text: `${scene.name(last)} after ${scene.name(earlier)}`,
    reasons: [
      `${scene.name(earlier)} was acknowledged at ${scene.at(earlier.call.completedAtUs)}.`,
      `${scene.ran(last)}: all of it later.`,
      `So its token had to be greater than ${before}, and is ${token}.`,
    ],
    also: [earlier],
  };
}

function tokenOf(output: Plain | undefined): Numeric | null {
  return isNumeric(output) ? output : null;
}
