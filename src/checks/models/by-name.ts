/**
 * The sequential models by name: what `linearizable` judges loads by. A workload is judged by the
 * model that it names, else by the one of its own name. A model that is added here needs no other
 * change.
 */
import type { SearchModel } from '../search/call.ts';
import { bag } from './bag.ts';
import { counter } from './counter.ts';
import { fencingLock } from './fencing-lock.ts';
import { ids } from './ids.ts';
import { kv } from './kv.ts';
import { kvAppend } from './kv-append.ts';
import { lock } from './lock.ts';
import { multiRegister } from './multi-register.ts';
import { nondeterministicRegister } from './nondeterministic-register.ts';
import { queue } from './queue.ts';
import { register } from './register.ts';
import { set } from './set.ts';
import { stack } from './stack.ts';

const all: readonly SearchModel[] = [
  register,
  kvAppend,
  kv,
  multiRegister,
  set,
  queue,
  bag,
  stack,
  counter,
  lock,
  fencingLock,
  ids,
  nondeterministicRegister,
];

export const modelsByName: ReadonlyMap<string, SearchModel> = new Map(
  all.map((model) => [model.name, model]),
);
