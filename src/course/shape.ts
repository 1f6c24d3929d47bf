/**
 * What a value out of a YAML file must look like: small readers to put together. Each gives the
 * value that it has checked, or throws a ShapeError that says where it is and what is wrong.
 */

/** Reads a value that stands at a path such as `tests.0.points`. Throws ShapeError. */
export type Reader<T> = (value: unknown, path: string) => T;

export type ReadBy<R> = R extends Reader<infer T> ? T : never;

export class ShapeError extends Error {
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'the file' : path}: expected ${expected}`);
    this.name = 'ShapeError';
  }
}

export function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new ShapeError(path, 'a text');
  return value;
}

export function boolean(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw new ShapeError(path, 'true or false');
  return value;
}

/** A text that fits the pattern, which `called` says in words. */
export function matching(pattern: RegExp, called: string): Reader<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new ShapeError(path, called);
    return value;
  };
}

export function number(min: number, max: number): Reader<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw new ShapeError(path, `a number${bounds(min, max)}`);
    }
    return value;
  };
}

export function integer(min = -Infinity, max = Infinity): Reader<number> {
  return (value, path) => {
    if (!Number.isSafeInteger(value) || !((value as number) >= min && (value as number) <= max)) {
      throw new ShapeError(path, `an integer${bounds(min, max)}`);
    }
    return value as number;
  };
}

function bounds(min: number, max: number): string {
  if (min === -Infinity) return max === Infinity ? '' : ` of at most ${max}`;
  return max === Infinity ? ` of at least ${min}` : ` from ${min} to ${max}`;
}

export function oneOf<const T extends string>(...words: readonly T[]): Reader<T> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new ShapeError(path, words.join(' or '));
    return found;
  };
}

export function orNull<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path));
}

/** A list with at least `least` items. */
export function list<T>(of: Reader<T>, least = 0): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ShapeError(path, 'a list');
    if (value.length < least) throw new ShapeError(path, `a list of at least ${least}`);
    return value.map((item, i) => of(item, `${path}.${i}`));
  };
}

/** A list of two. */
export function pair<A, B>(first: Reader<A>, second: Reader<B>): Reader<readonly [A, B]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw new ShapeError(path, 'a list of two');
    return [first(value[0], `${path}.0`), second(value[1], `${path}.1`)];
  };
}

/** A map from any names that `key` reads. */
export function record<T>(
  key: Reader<string>,
  of: Reader<T>,
): Reader<{ readonly [name: string]: T }> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(mapAt(value, path)).map(([name, one]) => {
        const at = path === '' ? name : `${path}.${name}`;
        return [key(name, at), of(one, at)];
      }),
    );
}

/** A value that may be left out; then it is `instead`. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined>;
export function optional<T, I>(reader: Reader<T>, instead: I): Reader<T | I>;
export function optional<T>(reader: Reader<T>, instead?: unknown): Reader<unknown> {
  return (value, path) => (value === undefined ? instead : reader(value, path));
}

/** A map with these keys and no others. */
export function fields<R extends { readonly [key: string]: Reader<unknown> }>(
  readers: R,
): Reader<{ readonly [K in keyof R]: ReadBy<R[K]> }> {
  return (value, path) => {
    const map = mapAt(value, path);
    const prefix = path === '' ? '' : `${path}.`;
    const stranger = Object.keys(map).find((key) => !Object.hasOwn(readers, key));
    if (stranger !== undefined) {
      throw new ShapeError(`${prefix}${stranger}`, `one of ${Object.keys(readers).join(', ')}`);
    }
    const read = Object.entries(readers).map(([key, reader]) => [
      key,
      reader(map[key], `${prefix}${key}`),
    ]);
    return Object.fromEntries(read) as { readonly [K in keyof R]: ReadBy<R[K]> };
  };
}

/** The first if the map has the key, else the second. */
export function withKey<A, B>(key: string, first: Reader<A>, second: Reader<B>): Reader<A | B> {
  return (value, path) =>
    Object.hasOwn(mapAt(value, path), key) ? first(value, path) : second(value, path);
}

function mapAt(value: unknown, path: string): { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(path, 'a map');
  }
  return value as { readonly [key: string]: unknown };
}
