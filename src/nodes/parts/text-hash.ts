/**
 * A hash of texts: for places on a ring, and for the leaves of a hash tree. The same on every
 * machine. It is no protection: whoever chooses the texts can make two with one hash.
 */

/**
 * 32 bits, 0 .. 2^32-1. FNV-1a over the UTF-16 units, and then the finalizer of MurmurHash3, since
 * texts that differ in their last letter alone leave FNV close together.
 */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
