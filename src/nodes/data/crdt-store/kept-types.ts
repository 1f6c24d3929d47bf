/**
 * The types that a store can keep: each merges, and answers the requests of its interface. A
 * request that changes something gives the delta of the change.
 */
import counterInterface from '../../../interfaces/counter.ts';
import pnCounterInterface from '../../../interfaces/pn-counter.ts';
import registerInterface from '../../../interfaces/register.ts';
import setInterface from '../../../interfaces/set.ts';
import siblingsInterface from '../../../interfaces/siblings.ts';
import textInterface from '../../../interfaces/text.ts';
import { errorBody, type ReplyBody } from '../../../sim/call.ts';
import type { Interface, RequestOf } from '../../../sim/interface.ts';
import type { Plain, Random } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import {
  added,
  addedAsG,
  addition,
  type CounterState,
  counter,
  counterBySum,
  counterValue,
} from '../../parts/crdts/counters.ts';
import { type Crdt, mergeMaps } from '../../parts/crdts/crdt.ts';
import { insertedBetween, lettersOf, logoot } from '../../parts/crdts/logoot.ts';
import { type LwwState, lwwMap } from '../../parts/crdts/lww-map.ts';
import { deleted, inOrder, inserted, isHere, rga, textOf } from '../../parts/crdts/rga.ts';
import {
  addedTo,
  appliedTo,
  elementsOf,
  type OrSetState,
  orSet,
  orSetByValue,
  present,
  removedByValue,
  removedFrom,
  type TwoPhaseState,
  twoPhaseSet,
} from '../../parts/crdts/sets.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { seenOf, withSeen } from '../../parts/session-context.ts';
import { NOTHING_WRITTEN, type SiblingSet, schemes, valuesOf } from '../../parts/sibling-set.ts';
import type { Bug } from './declared.ts';
import type { TypeName } from './settings.ts';

export interface Asked {
  readonly replica: string;
  readonly nowMs: number;
  readonly random: Random;
}

export interface Answer<S extends Plain> {
  readonly body: ReplyBody;
  /** Null if nothing changes. */
  readonly delta: S | null;
}

export interface StoreType<S extends Plain = Plain> extends Crdt<S> {
  answer(state: S, request: Request, asked: Asked): Answer<S>;
  /** With `sync: op`: the operation that makes a change, from its delta. Absent: the delta. */
  operation?(state: S, delta: S): S;
  /** What an operation does that is applied once, in causal order. Absent: `merge`. */
  apply?(state: S, operation: S): S;
}

export const answersOfTypes: { readonly [T in TypeName]: readonly Interface[] } = {
  'g-counter': [counterInterface],
  'pn-counter': [pnCounterInterface],
  'lww-register': [registerInterface],
  'mv-register': [siblingsInterface],
  'g-set': [setInterface],
  '2p-set': [setInterface],
  'or-set': [setInterface],
  rga: [textInterface],
  logoot: [textInterface],
};

export function typeOf(name: TypeName, bug: Bug | null): StoreType {
  switch (name) {
    case 'g-counter':
    case 'pn-counter':
      return counterType(bug) as unknown as StoreType;
    case 'lww-register':
      return registerType as unknown as StoreType;
    case 'mv-register':
      return siblingsType as unknown as StoreType;
    case 'g-set':
    case '2p-set':
      return twoPhaseType(name === '2p-set', bug) as unknown as StoreType;
    case 'or-set':
      return orSetType(bug) as unknown as StoreType;
    case 'rga':
      return textType(rga, { inOrder, inserted }) as unknown as StoreType;
    case 'logoot':
      return textType(logoot, {
        inOrder: lettersOf,
        inserted: insertedBetween,
      }) as unknown as StoreType;
  }
}

function answered<S extends Plain>(body: ReplyBody, delta: S | null = null): Answer<S> {
  return { body, delta };
}

function unserved<S extends Plain>({ type }: Request): Answer<S> {
  return answered<S>(errorBody('not-supported', `replicas that change apart cannot ${type}`));
}

function counterType(bug: Bug | null): StoreType<CounterState> {
  const change = bug === 'pn-as-g' ? addedAsG : added;
  return {
    ...(bug === 'merge-by-sum' ? counterBySum : counter),
    operation: addition,
    apply: counterBySum.merge,
    answer(state, given, { replica }) {
      const request = given as RequestOf<typeof pnCounterInterface>;
      if (request.type === 'read') return answered({ type: 'read_ok', value: counterValue(state) });
      if (request.type !== 'add') return unserved(given);
      return answered({ type: 'add_ok' }, change(state, replica, request.delta));
    },
  };
}

const registerType: StoreType<LwwState> = {
  ...lwwMap,
  answer(state, given, { replica, nowMs }) {
    const request = given as RequestOf<typeof registerInterface>;
    const entry = Object.hasOwn(state, request.key) ? state[request.key] : undefined;
    if (request.type === 'read') return answered({ type: 'read_ok', value: entry?.[2] ?? null });
    if (request.type !== 'write') return unserved(given);
    // Later than what it replaces, however wrong the clock is.
    const stampMs = Math.max(nowMs, (entry?.[0] ?? 0) + 0.001);
    return answered({ type: 'write_ok' }, { [request.key]: [stampMs, replica, request.value] });
  },
};

/** By key, the values that nobody has replaced who had seen them. */
type MvState = { readonly [key: string]: SiblingSet };

const siblingsType: StoreType<MvState> = {
  bottom: {},
  merge: (a, b) => mergeMaps(a, b, schemes.dotted.merge),
  answer(state, given, { replica, nowMs }) {
    const request = given as RequestOf<typeof siblingsInterface>;
    const { type, key, context } = request;
    const held = Object.hasOwn(state, key) ? (state[key] ?? NOTHING_WRITTEN) : NOTHING_WRITTEN;
    if (type === 'get') {
      const seen = withSeen(context, key, held.context);
      return answered({ type: 'get_ok', values: valuesOf(held), context: seen });
    }
    if (type !== 'put' && type !== 'delete') return unserved(given);
    const { set, seen } = schemes.dotted.put(held, {
      value: type === 'put' ? request.value : null,
      deleted: type === 'delete',
      stampMs: nowMs,
      seen: seenOf(context, key),
      actor: replica,
    });
    const body = { type: `${type}_ok`, context: withSeen(context, key, seen) };
    return answered(body, { [key]: set });
  },
};

/** What a set does with its elements; a removal is null where nothing is ever removed. */
interface SetChanges<S extends Plain> {
  elements(state: S): readonly Plain[];
  added(state: S, replica: string, element: Plain): S;
  readonly removed: ((state: S, element: Plain) => S) | null;
}

function setType<S extends Plain>(
  crdt: Crdt<S>,
  { elements, added, removed }: SetChanges<S>,
): StoreType<S> {
  return {
    ...crdt,
    answer(state, given, { replica }) {
      const request = given as RequestOf<typeof setInterface>;
      switch (request.type) {
        case 'read':
          return answered({ type: 'read_ok', elements: elements(state) });
        case 'contains': {
          const found = elements(state).some((each) => samePlain(each, request.element));
          return answered({ type: 'contains_ok', found });
        }
        case 'add':
          return answered({ type: 'add_ok' }, added(state, replica, request.element));
        case 'remove':
          if (removed === null) return unserved(given);
          return answered({ type: 'remove_ok' }, removed(state, request.element));
        default:
          return unserved(given);
      }
    },
  };
}

function orSetType(bug: Bug | null): StoreType<OrSetState> {
  const byValue = bug === 'remove-by-value';
  const crdt = byValue ? orSetByValue : orSet;
  const removed = byValue ? removedByValue : removedFrom;
  return {
    ...setType(crdt, { elements: elementsOf, added: addedTo, removed }),
    apply: (state, operation) => appliedTo(crdt, state, operation),
  };
}

function twoPhaseType(removes: boolean, bug: Bug | null): StoreType<TwoPhaseState> {
  const mark = (element: Plain, isRemoved: boolean) => ({ [JSON.stringify(element)]: isRemoved });
  const { bottom, merge } = twoPhaseSet;
  // The bug: the tombstone goes at once, and an addition that is late finds none.
  const forgets: typeof merge = (a, b) =>
    Object.fromEntries(Object.entries(merge(a, b)).filter(([, isRemoved]) => !isRemoved));
  return setType(bug === 'tombstone-gc' ? { bottom, merge: forgets } : twoPhaseSet, {
    elements: present,
    added: (_state, _replica, element) => mark(element, false),
    removed: removes ? (_state, element) => mark(element, true) : null,
  });
}

type Letters = { readonly [name: string]: { readonly text: string; readonly deleted: boolean } };

/** What kinds of texts do differently. */
interface TextChanges<S extends Letters> {
  inOrder(state: S): readonly string[];
  inserted(
    state: S,
    replica: string,
    after: string | null,
    text: string,
    random: Random,
  ): { readonly delta: S; readonly names: readonly string[] };
}

function textType<S extends Letters>(
  crdt: Crdt<S>,
  { inOrder, inserted }: TextChanges<S>,
): StoreType<S> {
  return {
    ...crdt,
    answer(state, given, { replica, random }) {
      const request = given as RequestOf<typeof textInterface>;
      switch (request.type) {
        case 'read': {
          const characters = inOrder(state);
          return answered({ type: 'read_ok', value: textOf(state, characters), characters });
        }
        case 'insert': {
          const { after, value } = request;
          if (after !== null && !isHere(state, after)) return answered(NOT_HERE);
          const { delta, names } = inserted(state, replica, after, value, random);
          return answered({ type: 'insert_ok', characters: names }, delta);
        }
        case 'delete':
          if (!isHere(state, request.character)) return answered(NOT_HERE);
          return answered({ type: 'delete_ok' }, deleted(state, request.character));
        default:
          return unserved(given);
      }
    },
  };
}

const NOT_HERE = errorBody('key-does-not-exist', 'that character is not here');
