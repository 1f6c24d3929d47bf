/**
 * A lock: `acquire` and `release`, not reentrant. Who asks is the operation's input, or else its
 * process; the output of `acquire` is `false` if the lock was held (a try that came back without
 * it), all else means that it was got; `release` is `false` if the asker did not hold it. Each key
 * is a lock of its own.
 *
 * With `owner: 'anyone'` whoever may release, as in Knossos's mutex.
 */
import type { Plain } from '../../sim/node.ts';
import type { Effect, SearchModel } from '../search/call.ts';
import { precedes, type Scene, type Story } from '../search/scene.ts';
import { plainText } from './plain-text.ts';

export interface LockOptions {
  /** Whether only the process that holds it may release it. Default `process`. */
  readonly owner?: 'process' | 'anyone';
}

/** Who holds the lock; null: nobody. */
export interface Lock {
  readonly holder: string | null;
}

/** A lock with these conventions. */
export function lockModel({ owner = 'process' }: LockOptions = {}): SearchModel<Lock> {
  return {
    name: 'lock',
    summary: 'acquire and release by one holder at a time',
    operations: ['acquire', 'release'],
    byKey: true,
    inputOf: ({ process, input }) =>
      owner === 'anyone' ? ANYONE : input === null ? `p${process}` : input,
    init: () => ({ holder: null }),
    step(state, f, input, output) {
      const { needs, refutes, sets } = effectOf(f, input, output);
      const fits =
        (needs === undefined || needs.holder === state.holder) &&
        (refutes === undefined || refutes.holder !== state.holder);
      if (fits) return sets ?? state;
      // Nobody saw how it ended: it may have been refused.
      return output === undefined ? state : null;
    },
    identify: ({ holder }) => JSON.stringify(holder),
    describe: describeLock,
    couldBeWrong: () => true,
    readOnly: (_f, _input, output) => output === false,
    effect: effectOf,
    story,
  };
}

export const lock: SearchModel<Lock> = lockModel();

/** The holder where it does not matter who holds. */
const ANYONE = 'somebody';
const FREE: Lock = { holder: null };

function effectOf(f: string, input: Plain, output: Plain | undefined): Effect<Lock> {
  const asker = { holder: plainText(input) };
  if (f === 'acquire') return output === false ? { refutes: FREE } : { needs: FREE, sets: asker };
  return output === false ? { refutes: asker } : { needs: asker, sets: FREE };
}

export function describeLock(f: string, input: Plain, output: Plain | undefined): string {
  const refused = output === false ? ' refused' : '';
  return `${f} by ${plainText(input)}${refused}`;
}

function story(scene: Scene): Story | null {
  return heldTwice(scene) ?? notHeld(scene);
}

/** Two acquired it, and the first cannot have released it in between. */
function heldTwice(scene: Scene): Story | null {
  const { firm, last } = scene;
  if (last.call.f !== 'acquire' || last.call.output === false) return null;
  const first = firm.findLast(({ call }) => call.f === 'acquire' && call !== last.call);
  if (first === undefined || !precedes(first, last)) return null;
  const holder = plainText(first.call.input);
  const released = scene.prefix.some(
    (actor) =>
      actor.call.f === 'release' &&
      plainText(actor.call.input) === holder &&
      !precedes(actor, first),
  );
  if (released) return null;
  const untilNow = `by ${scene.at(last.call.completedAtUs)}`;
  return {
    kind: 'two holders',
    text: `${scene.name(last)} while ${scene.name(first)} held`,
    reasons: [
      `${scene.name(first)} was acknowledged at ${scene.at(first.call.completedAtUs)}.`,
      holder === ANYONE
        ? `Nobody had released it ${untilNow}.`
        : `${holder} had not released it ${untilNow}.`,
      `${scene.ran(last)}.`,
    ],
    also: [],
  };
}

/** A release by somebody who cannot have held it. */
function notHeld(scene: Scene): Story | null {
  const { last } = scene;
  if (last.call.f !== 'release' || last.call.output === false) return null;
  const holder = plainText(last.call.input);
  const acquired = scene.prefix.some(
    ({ call }) => call.f === 'acquire' && plainText(call.input) === holder && call.output !== false,
  );
  if (acquired) return null;
  const who = holder === ANYONE ? 'Nobody' : holder;
  return {
    kind: 'release without hold',
    text: `${scene.name(last)}, which had never acquired it`,
    reasons: [`${scene.ran(last)}.`, `${who} had not acquired it by then.`],
    also: [],
  };
}
