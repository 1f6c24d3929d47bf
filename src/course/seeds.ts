/**
 * Seeds that nobody knows without the key, and a fingerprint of the key by which `--reveal` can be
 * believed. HMAC-SHA-256 (RFC 2104), so that anybody can compute them again in any language.
 */
import { createHash, createHmac } from 'node:crypto';

/** Of one test: what its hidden seeds depend on. */
export interface SeedContext {
  readonly exercise: string;
  readonly version: number;
  readonly test: string;
  /** Each student has seeds of their own; null: the same for all. */
  readonly student: string | null;
}

const MASK_53 = (1n << 53n) - 1n;

/** The hidden seed number `index`, from 0: the first 53 bits of the HMAC, as an integer. */
export function hiddenSeed(
  key: string,
  { exercise, version, test, student }: SeedContext,
  index: number,
): string {
  const lines = ['dsim-grade/1', exercise, String(version), test, String(index)];
  if (student !== null) lines.push(student);
  const digest = createHmac('sha256', key).update(lines.join('\n')).digest();
  return String((digest.readBigUInt64BE(0) >> 11n) & MASK_53);
}

/** Which of `count` runs is audited: only who has the key can know it. */
export function auditedRun(key: string, submission: string, test: string, count: number): number {
  const lines = ['dsim-audit/1', submission, test];
  const digest = createHmac('sha256', key).update(lines.join('\n')).digest();
  return Number((digest.readBigUInt64BE(0) >> 11n) % BigInt(count));
}

/** The first 12 hex digits of SHA-256 of `dsim-key`, a line end, and the key. */
export function keyFingerprint(key: string): string {
  return createHash('sha256').update(`dsim-key\n${key}`).digest('hex').slice(0, 12);
}

/** SHA-256 of a submission: names and contents of its files, in the order of the names. */
export function submissionHash(
  files: readonly (readonly [name: string, content: Uint8Array])[],
): string {
  const hash = createHash('sha256');
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [name, content] of sorted) {
    hash.update(`${name}\n${content.length}\n`);
    hash.update(content);
  }
  return hash.digest('hex');
}
