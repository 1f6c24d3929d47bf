/** The one watch over the built-in objects of this process, for all own code. */
import { BuiltinChangedError, guardAlso, watchRuns, whenLowered } from '../../sim/kernel/guard.ts';
import { guardOwnCode } from './own-guard.ts';
import { Intrinsics } from './own-intrinsics.ts';

let intrinsics: Intrinsics | null = null;
/** What own files are called that have run in this process: the launcher asks for it too. */
const files = new Set<string>();
(globalThis as { [key: symbol]: unknown })[Symbol.for('dsim.own-files')] = files;

/** To be called before the code of a file runs for the first time. */
export function watchBuiltins(file: string): void {
  files.add(file);
  if (intrinsics !== null) return;
  const watched = new Intrinsics();
  intrinsics = watched;
  guardAlso(guardOwnCode);
  watchRuns({
    before() {
      // A module that the process loads between two runs may add names to the global object.
      watched.renewGlobals();
      // However the run ends, the built-in objects are as they were when its guard comes down.
      whenLowered(() => void watched.restore());
    },
    after: () => checkBuiltins([...files].join(' or ')),
  });
}

/** Puts back what own code has changed, and throws BuiltinChangedError if that was anything. */
export function checkBuiltins(by: string): void {
  const changed = builtinsChanged(by);
  if (changed !== null) throw changed;
}

/** The same after every handler, for what the kernel could not go on without. */
export function checkHotBuiltins(by: string): void {
  if (intrinsics !== null && !intrinsics.isIntact) checkBuiltins(by);
}

/** Puts back what own code has changed; null if that was nothing. */
export function builtinsChanged(by: string): BuiltinChangedError | null {
  const changed = intrinsics?.restore() ?? null;
  return changed === null ? null : new BuiltinChangedError(changed, `the code of ${by}`);
}
