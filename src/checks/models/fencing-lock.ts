/**
 * A lock that hands out fencing tokens: the output of each `acquire` is an integer greater than all
 * before. Who asks is the operation's input, or else its process; `release` gives the lock back.
 * Each key is a lock of its own.
 *
 * With `leases` a lock may be lost at any time, which is what tokens are for: two may then believe
 * that they hold it, but tokens still grow.
 *
 * What the lock guards is an object of its own: `write` with [token, value] as input, which is
 * refused if a greater token was seen before (Burrows 2006, Chubby, section 2.4), and `read` with
 * the value as output. Nothing is said of who may write: the store knows no holders.
 */
import { compareNumbers, isNumeric, type Numeric, plus } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import type { SearchModel } from '../search/call.ts';
import { identityOf, samePlain } from '../search/identity.ts';
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
  /** The greatest token that a write has shown, and the value that it left. */
  readonly seen: Numeric;
  readonly value: Plain;
}

/** A lock with these conventions. */
export function fencingLockModel(options: FencingLockOptions = {}): SearchModel<FencingLock> {
  const { leases = false } = options;
  return {
    name: 'fencing-lock',
    summary: 'acquire and release; each acquire answers a greater token',
    operations: ['acquire', 'release', 'write', 'read'],
    byKey: true,
    inputOf: ({ f, process, input }) => (input === null && f !== 'read' ? `p${process}` : input),
    misshapen: (f, output) =>
      f === 'acquire' && output !== false && !isNumeric(output) ? 'no token' : null,
    misasked: (f, input) => {
      if (f === 'acquire' && input === 'shared') return 'a lock that readers share';
      return f === 'write' && writeOf(input) === null ? 'no pair of token and value' : null;
    },
    // The lock and what it guards.
    partsOf: (f) => [f === 'write' || f === 'read' ? 'store' : 'lock'],
    init: () => ({ holder: null, token: -Infinity, seen: -Infinity, value: null }),
    step(state, f, input, output) {
      if (f === 'write') return write(state, input, output);
      if (f === 'read')
        return output === undefined || samePlain(state.value, output) ? state : null;
      const asker = plainText(input);
      if (f === 'acquire') return acquire(state, asker, output, leases);
      if (f !== 'release') return null;
      if (state.holder === asker) return output === false ? null : { ...state, holder: null };
      // A lease may have run out before; unanswered, it may have been refused.
      return leases || output === false || output === undefined ? state : null;
    },
    identify: ({ holder, token, seen, value }) =>
      `${token} ${JSON.stringify(holder)} ${seen} ${JSON.stringify(identityOf(value))}`,
    describe(f, input, output) {
      if (f === 'write') {
        const [token = null, value = null] = writeOf(input) ?? [];
        return `write ${plainText(value)} with token ${plainText(token)}`;
      }
      if (f === 'read') return output === undefined ? f : `read → ${plainText(output)}`;
      const token = isNumeric(output) ? ` → ${output}` : '';
      return `${describeLock(f, input, output)}${token}`;
    },
    couldBeWrong: () => true,
    readOnly: (f, _input, output) => f === 'read' || (f === 'acquire' && output === false),
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
  if (output === undefined) return free ? { ...state, holder, token: next(state.token) } : state;
  if (output === false) return state.holder === null ? null : state;
  if (!isNumeric(output)) return null;
  return free && compareNumbers(output, state.token) > 0
    ? { ...state, holder, token: output }
    : null;
}

function writeOf(input: Plain): readonly [Numeric, Plain] | null {
  if (!Array.isArray(input)) return null;
  const [token, value = null] = input as readonly Plain[];
  return isNumeric(token) ? [token, value] : null;
}

/** A write that nobody saw refused may have been. */
function write(state: FencingLock, input: Plain, output: Plain | undefined): FencingLock | null {
  const shown = writeOf(input);
  if (shown === null) return null;
  const [token, value] = shown;
  if (compareNumbers(token, state.seen) >= 0) return { ...state, seen: token, value };
  return output === undefined ? state : null;
}

function next(token: Numeric): Numeric {
  return token === -Infinity ? token : plus(token, 1);
}

/** A write with a token that is less than one that the store had seen. */
function staleWrite(scene: Scene): Story | null {
  const { prefix, last } = scene;
  const token = writeOf(last.call.input)?.[0];
  if (last.call.f !== 'write' || token === undefined) return null;
  const earlier = prefix.find((actor) => {
    const before = actor.call.f === 'write' ? writeOf(actor.call.input)?.[0] : undefined;
    return before !== undefined && compareNumbers(before, token) > 0 && precedes(actor, last);
  });
  if (earlier === undefined) return null;
  return {
    kind: 'stale token accepted',
    text: `${scene.name(last)} after ${scene.name(earlier)}`,
    reasons: [
      `${scene.name(earlier)} was acknowledged at ${scene.at(earlier.call.completedAtUs)}.`,
      `${scene.ran(last)}: all of it later.`,
      `So the store had seen a greater token than ${token}, and had to refuse.`,
    ],
    also: [earlier],
  };
}

/** A token that is not greater than one handed out before. */
function story(scene: Scene): Story | null {
  const { prefix, last } = scene;
  if (last.call.f === 'write') return staleWrite(scene);
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
