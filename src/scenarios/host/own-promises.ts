/**
 * Promises that own code makes while a handler runs. What waits for one would go on after the run,
 * in real time: the node would have stopped in the middle without a word.
 */
import { promiseHooks } from 'node:v8';
import { whenLowered } from '../../sim/kernel/guard.ts';

let watching = false;
/** Made since the last question, and where the first of them was. */
let made: Promise<unknown>[] = [];
let first: Error | null = null;

/** Watches until the guard of the run comes down; a promise costs nothing before and after. */
export function watchPromises(): void {
  if (watching) return;
  watching = true;
  let stop: (() => void) | null = null;
  // First, for a run may be stopped anywhere.
  whenLowered(() => {
    watching = false;
    stop?.();
  });
  stop = promiseHooks.onInit((promise) => {
    if (!watching) return;
    first ??= new Error('a promise is made');
    made.push(promise);
  }) as () => void;
}

/**
 * The place where a promise was made since the last question; null if none was. One of them that
 * is rejected later must not end the process: the run is stopped for it already.
 */
export function promiseMade(): Error | null {
  if (first === null) return null;
  const place = first;
  const settled = made;
  first = null;
  made = [];
  const before = watching;
  watching = false;
  for (const promise of settled) promise.then(ignore, ignore);
  watching = before;
  return place;
}

function ignore(): void {}
