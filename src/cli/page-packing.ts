/** Bytes as a page carries them. */
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

/**
 * Without a head, and at the highest level: the same bytes on every release of Node, and whatever
 * the processor, which lower levels are not.
 */
export function pack(bytes: Uint8Array): string {
  return deflateRawSync(bytes, { level: 9 }).toString('base64');
}

export function packText(text: string): string {
  return pack(Buffer.from(text, 'utf8'));
}

/** Of a script or a style, as a policy names it. */
export function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}
