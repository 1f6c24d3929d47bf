/**
 * What a graded node has of JavaScript: that of Node 20, so that a submission is the same program
 * everywhere, without what sees the machine or waits. Some of what came later makes promises, and
 * Node itself looks at one that is rejected: it would hold an object of the node.
 */

// biome-ignore lint/suspicious/noExplicitAny: a global object has anything.
type Anything = any;

/** Its text is a script, which runs in a node's own context first: it may name nothing outside. */
export function takeAway(): void {
  const { getPrototypeOf } = Object;
  const { deleteProperty, ownKeys } = Reflect;
  const groups = [
    [
      '',
      'WebAssembly SharedArrayBuffer Atomics FinalizationRegistry WeakRef Intl Temporal ShadowRealm',
    ],
    ['', 'Iterator Float16Array SuppressedError DisposableStack AsyncDisposableStack'],
    ['Array', 'fromAsync'],
    ['Object', 'groupBy'],
    ['Map', 'groupBy'],
    ['Map.prototype', 'getOrInsert getOrInsertComputed'],
    ['WeakMap.prototype', 'getOrInsert getOrInsertComputed'],
    ['Set.prototype', 'union intersection difference symmetricDifference'],
    ['Set.prototype', 'isSubsetOf isSupersetOf isDisjointFrom'],
    ['RegExp', 'escape'],
    ['Error', 'isError'],
    ['Math', 'f16round sumPrecise'],
    ['JSON', 'rawJSON isRawJSON'],
    ['ArrayBuffer.prototype', 'transfer transferToFixedLength detached'],
    ['DataView.prototype', 'getFloat16 setFloat16'],
    ['Uint8Array', 'fromBase64 fromHex'],
    ['Uint8Array.prototype', 'toBase64 toHex setFromBase64 setFromHex'],
  ] as const;
  for (const [path, names] of groups) {
    let owner = globalThis as Anything;
    if (path !== '') for (const step of path.split('.')) owner = owner[step];
    for (const name of names.split(' ')) deleteProperty(owner, name);
  }
  const iterators = getPrototypeOf(getPrototypeOf([][Symbol.iterator]()));
  for (const key of ownKeys(iterators)) {
    if (key !== Symbol.iterator) deleteProperty(iterators, key);
  }
}
