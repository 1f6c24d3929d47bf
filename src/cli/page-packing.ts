/** Bytes as a page carries them. */
import { createHash } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';

/**
 * Without a head, and at the highest level: the same bytes on every release of Node, and whatever
 * the processor, which lower levels are not.
 */
function pack(bytes: Uint8Array, strategy: number): string {
  return deflateRawSync(bytes, { level: 9, strategy }).toString('base64');
}

/**
 * Numbers: they hardly repeat longer sequences, and to look for such takes twenty times as long for
 * a fiftieth of the bytes.
 */
export function packNumbers(bytes: Uint8Array): string {
  return pack(bytes, constants.Z_RLE);
}

export function packText(text: string | Uint8Array): string {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  return pack(bytes, constants.Z_DEFAULT_STRATEGY);
}

/** Of a script or a style, as a policy names it. */
export function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}
