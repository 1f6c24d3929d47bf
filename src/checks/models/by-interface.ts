/**
 * The sequential models by the interface whose operations they specify: what `linearizable` and
 * `sequential` judge loads by. A model that is added here needs no other change.
 */
import coordinationInterface from '../../interfaces/coordination.ts';
import counterInterface from '../../interfaces/counter.ts';
import idsInterface from '../../interfaces/ids.ts';
import lockInterface from '../../interfaces/lock.ts';
import pnCounterInterface from '../../interfaces/pn-counter.ts';
import queueInterface from '../../interfaces/queue.ts';
import registerInterface from '../../interfaces/register.ts';
import setInterface from '../../interfaces/set.ts';
import type { Interface } from '../../sim/interface.ts';
import type { SearchModel } from '../search/call.ts';
import { coordination } from './coordination.ts';
import { counter } from './counter.ts';
import { fencingLock } from './fencing-lock.ts';
import { ids } from './ids.ts';
import { queue } from './queue.ts';
import { register } from './register.ts';
import { set } from './set.ts';

export const modelsByInterface: ReadonlyMap<Interface, SearchModel> = new Map<
  Interface,
  SearchModel
>([
  [registerInterface, register],
  [setInterface, set],
  [counterInterface, counter],
  [pnCounterInterface, counter],
  [queueInterface, queue],
  [lockInterface, fencingLock],
  [idsInterface, ids],
  [coordinationInterface, coordination],
]);
