/** Bytes as a page carries them. */
import { createHash } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';

/** The same bytes on every release of Node and every processor; unpacked, they always are. */
const HIGHEST = 9;
const QUICKER = 7;

/** Without a head, which names a system. */
function pack(bytes: Uint8Array, level: number, strategy: number): string {
  return deflateRawSync(bytes, { level, strategy }).toString('base64');
}

/**
 * Numbers: they hardly repeat longer sequences, and to look for such takes twenty times as long for
 * a fiftieth of the bytes.
 */
export function packNumbers(bytes: Uint8Array): string {
  return pack(bytes, HIGHEST, constants.Z_RLE);
}

export function packText(text: string): string {
  return pack(Buffer.from(text, 'utf8'), HIGHEST, constants.Z_DEFAULT_STRATEGY);
}

/** What messages say: the highest level takes twice as long for a twentieth of the bytes. */
export function packBodies(bytes: Uint8Array): string {
  return pack(bytes, QUICKER, constants.Z_DEFAULT_STRATEGY);
}

/** Of a script or a style, as a policy names it. */
export function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}
