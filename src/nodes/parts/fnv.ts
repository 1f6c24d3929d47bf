/** FNV-1a over the characters of a text (Fowler, Noll, Vo), in 32 bits: short, fast, no secret. */

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** From 0 to 2^32 - 1. Both bytes of each character count. */
export function fnv1a(text: string): number {
  let hash = OFFSET;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    hash = Math.imul(hash ^ (code & 0xff), PRIME);
    if (code > 0xff) hash = Math.imul(hash ^ (code >>> 8), PRIME);
  }
  return hash >>> 0;
}
