/**
 * The built-in objects that own code shares with dsim: `Array.prototype`, `Map`, `Math`, `JSON` and
 * their like. A file that changes one changes dsim itself, in this run and in all that come after.
 * So they are compared with what they were, and put back.
 */

/** Where a property was, and what it was. */
interface Kept {
  readonly owner: object;
  readonly key: PropertyKey;
  readonly before: PropertyDescriptor;
}

interface KeptOwner {
  readonly owner: object;
  readonly path: string;
  readonly keys: Names;
  readonly count: number;
  readonly prototype: object | null;
}

/** Constructors and namespaces by their global names; with each goes its `prototype`. */
const NAMES = [
  'Object',
  'Function',
  'Array',
  'String',
  'Number',
  'Boolean',
  'Symbol',
  'BigInt',
  'Math',
  'JSON',
  'Reflect',
  'Promise',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'RegExp',
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ArrayBuffer',
  'DataView',
  'Uint8Array',
  'Int32Array',
  'Float64Array',
  'Date',
] as const;

// What this file itself needs must work after the worst: functions are taken now, lists are walked
// by index, and sets are objects without a prototype.
const { defineProperty, deleteProperty, getPrototypeOf, setPrototypeOf, ownKeys } = Reflect;
const { getOwnPropertyDescriptor } = Reflect;
const { is } = Object;
const textOf = String;

type Names = { [key: PropertyKey]: true | undefined };

function namesOf(keys: readonly PropertyKey[]): Names {
  const names: Names = { __proto__: null } as never;
  for (let i = 0; i < keys.length; i++) names[keys[i] as string] = true;
  return names;
}

const HOT: readonly string[] = [
  'Array.prototype',
  'Map.prototype',
  'Set.prototype',
  'Math',
  'the iterator of arrays',
  'the iterator of maps',
  'the iterator of sets',
];

/** What the guard against the host's clock and chance replaces while a run goes on. */
const GUARDED = namesOf(['Math.random', 'Date.now', 'Date.prototype.constructor']);
/** Engines and runners of tests set them, and nothing of a run depends on them. */
const FREE = namesOf(['stackTraceLimit', 'prepareStackTrace']);

export class Intrinsics {
  private readonly owners: readonly KeptOwner[];
  private readonly kept: readonly Kept[];
  private globals: Names = namesOf([]);
  /** What the kernel works with at every event, in three columns: looked at after every handler. */
  private readonly hotOwners: readonly object[];
  private readonly hotKeys: readonly PropertyKey[];
  private readonly hotValues: readonly unknown[];

  /** Remembers how they are now: before any own code has run. */
  constructor() {
    const owners = ownersOf();
    this.owners = [...owners].map(([owner, path]) => ({
      owner,
      path,
      keys: namesOf(ownKeys(owner)),
      count: ownKeys(owner).length,
      prototype: getPrototypeOf(owner),
    }));
    this.kept = [...owners].flatMap(([owner, path]) =>
      ownKeys(owner)
        .filter((key) => FREE[key] !== true && GUARDED[`${path}.${textOf(key)}`] !== true)
        .map((key) => ({ owner, key, before: getOwnPropertyDescriptor(owner, key) ?? {} })),
    );
    const hot = this.kept.filter(
      ({ owner, before }) => HOT.includes(owners.get(owner) ?? '') && before.value !== undefined,
    );
    this.hotOwners = hot.map(({ owner }) => owner);
    this.hotKeys = hot.map(({ key }) => key);
    this.hotValues = hot.map(({ before }) => before.value);
    this.renewGlobals();
  }

  /** Whether what the kernel works with is as it was: a few µs, where `restore` takes a hundred. */
  get isIntact(): boolean {
    const { hotOwners, hotKeys, hotValues } = this;
    for (let i = 0; i < hotOwners.length; i++) {
      const owner = hotOwners[i] as { readonly [key: PropertyKey]: unknown };
      if (owner[hotKeys[i] as PropertyKey] !== hotValues[i]) return false;
    }
    return true;
  }

  /** What others have added to the global object meanwhile is theirs. */
  renewGlobals(): void {
    this.globals = namesOf(ownKeys(globalThis));
  }

  /**
   * Puts back what has changed, and names the first of it: `Array.prototype.map`; null if nothing
   * has.
   */
  restore(): string | null {
    let first: string | null = null;
    const { kept, owners } = this;
    for (let i = 0; i < kept.length; i++) {
      const { owner, key, before } = kept[i] as Kept;
      const now = getOwnPropertyDescriptor(owner, key);
      if (now !== undefined && isSame(now, before)) continue;
      first ??= this.nameOf(owner, key);
      defineProperty(owner, key, before);
    }
    for (let i = 0; i < owners.length; i++) {
      const { owner, path, keys, count, prototype } = owners[i] as KeptOwner;
      const now = ownKeys(owner);
      if (now.length !== count) first ??= this.dropAdded(owner, now, keys);
      if (getPrototypeOf(owner) === prototype) continue;
      first ??= `the prototype of ${path}`;
      setPrototypeOf(owner, prototype);
    }
    const globals = ownKeys(globalThis);
    for (let i = 0; i < globals.length; i++) {
      const key = globals[i] as PropertyKey;
      // Symbols are the host's: a user's file has no reason to hang anything there.
      if (typeof key !== 'string' || this.globals[key] === true) continue;
      first ??= `globalThis.${key}`;
      deleteProperty(globalThis, key);
    }
    return first;
  }

  /** Takes away what was not there, and names the first of it. */
  private dropAdded(owner: object, now: readonly PropertyKey[], keys: Names): string | null {
    let first: string | null = null;
    for (let i = 0; i < now.length; i++) {
      const key = now[i] as PropertyKey;
      if (keys[key] === true || FREE[key] === true) continue;
      first ??= this.nameOf(owner, key);
      deleteProperty(owner, key);
    }
    return first;
  }

  private nameOf(owner: object, key: PropertyKey): string {
    let path = '';
    const { owners } = this;
    for (let i = 0; i < owners.length; i++) {
      if (owners[i]?.owner === owner) path = owners[i]?.path ?? '';
    }
    return typeof key === 'symbol' ? `${path}[${textOf(key)}]` : `${path}.${textOf(key)}`;
  }
}

function isSame(now: PropertyDescriptor, before: PropertyDescriptor): boolean {
  return (
    is(now.value, before.value) &&
    now.get === before.get &&
    now.set === before.set &&
    now.writable === before.writable
  );
}

/** The objects that are watched, by what people call them. */
function ownersOf(): ReadonlyMap<object, string> {
  const owners = new Map<object, string>();
  const scope = globalThis as unknown as { readonly [name: string]: object | undefined };
  for (const name of NAMES) {
    const owner = scope[name];
    if (owner === undefined) continue;
    owners.set(owner, name);
    const { prototype } = owner as { readonly prototype?: object };
    if (prototype !== undefined) owners.set(prototype, `${name}.prototype`);
  }
  const add = (owner: object | null, path: string) => {
    if (owner !== null) owners.set(owner, path);
  };
  const iterator = Reflect.getPrototypeOf([][Symbol.iterator]());
  add(iterator, 'the iterator of arrays');
  add(iterator === null ? null : Reflect.getPrototypeOf(iterator), 'the prototype of iterators');
  add(Reflect.getPrototypeOf(new Map()[Symbol.iterator]()), 'the iterator of maps');
  add(Reflect.getPrototypeOf(new Set()[Symbol.iterator]()), 'the iterator of sets');
  const generator = Reflect.getPrototypeOf(function* () {}.prototype as object);
  add(generator, 'the prototype of generators');
  add(Reflect.getPrototypeOf(Int32Array), 'TypedArray');
  add(Reflect.getPrototypeOf(Int32Array.prototype), 'TypedArray.prototype');
  return owners;
}
