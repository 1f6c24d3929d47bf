/**
 * What own code throws, in words. It may throw anything: an object whose `message` throws in turn,
 * a proxy, nothing at all. Whoever reports it must not stumble over it.
 */
import { types } from 'node:util';
import { describe } from './own-system.ts';

/**
 * An error that is safe to look at: the one that was thrown, if that is an ordinary error. What has
 * no stack of its own gets none, which would show dsim's own files: `by` names the user's.
 */
export function ordinaryError(thrown: unknown, by: string): Error {
  try {
    if (types.isNativeError(thrown) && !types.isProxy(thrown) && hasPlainWords(thrown)) {
      return thrown;
    }
  } catch (_error) {
    // Described below.
  }
  const error = new Error(`${wordsOf(thrown)} was thrown by ${by}: throw an Error`);
  error.stack = `Error: ${error.message}`;
  return error;
}

/** Its words are what they seem, each time that somebody asks. */
function hasPlainWords(error: Error): boolean {
  for (const field of ['name', 'message', 'stack'] as const) {
    if (typeof error[field] !== 'string' && error[field] !== undefined) return false;
    const own = Object.getOwnPropertyDescriptor(error, field);
    // V8's own `stack` is an accessor in some versions.
    if (field !== 'stack' && own?.get !== undefined) return false;
  }
  return true;
}

function wordsOf(thrown: unknown): string {
  try {
    if (types.isProxy(thrown)) return 'a Proxy';
    return describe(thrown);
  } catch (_error) {
    return 'an object that cannot be looked at';
  }
}
