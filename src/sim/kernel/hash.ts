/**
 * Hashes of names and running digests of runs: fast, the same on every machine, and not for
 * secrets.
 *
 * `Digest` is our own: two lanes of 32 bits, each a multiplicative hash with its own rotation and
 * multiplier, which every word enters. `hash128` is MurmurHash3_x86_128 (Austin Appleby, public
 * domain), tested against the verification value of his SMHasher.
 */

// Odd multipliers with their bits well spread, as MurmurHash3 uses them.
const MULTIPLY_A = 0xcc9e2d51 | 0;
const MULTIPLY_B = 0x85ebca6b | 0;
const TWO_TO_32 = 4294967296;

/**
 * A running hash of a sequence of integers and texts: equal sequences give equal digests, and any
 * other sequence, in other order too, gives another except for one chance in some 2^64.
 *
 * What is fed has no boundaries: `word(1); word(2)` is `mix4(1, 2, ...)` begun. Feed records of
 * fixed shape, or a word that gives the shape. Texts bring their length with them.
 */
export class Digest {
  private a = 0x243f6a88 | 0;
  private b = 0x13198a2e | 0;

  /** One integer, of which the low 32 bits count. */
  word(x: number): void {
    this.a = Math.imul(((this.a << 5) | (this.a >>> 27)) ^ x, MULTIPLY_A);
    this.b = Math.imul((((this.b << 13) | (this.b >>> 19)) + x) | 0, MULTIPLY_B);
  }

  /** Four integers, the same as four words. */
  mix4(w: number, x: number, y: number, z: number): void {
    let { a, b } = this;
    a = Math.imul(((a << 5) | (a >>> 27)) ^ w, MULTIPLY_A);
    b = Math.imul((((b << 13) | (b >>> 19)) + w) | 0, MULTIPLY_B);
    a = Math.imul(((a << 5) | (a >>> 27)) ^ x, MULTIPLY_A);
    b = Math.imul((((b << 13) | (b >>> 19)) + x) | 0, MULTIPLY_B);
    a = Math.imul(((a << 5) | (a >>> 27)) ^ y, MULTIPLY_A);
    b = Math.imul((((b << 13) | (b >>> 19)) + y) | 0, MULTIPLY_B);
    this.a = Math.imul(((a << 5) | (a >>> 27)) ^ z, MULTIPLY_A);
    this.b = Math.imul((((b << 13) | (b >>> 19)) + z) | 0, MULTIPLY_B);
  }

  /** Two integers, the same as two words. */
  pair(x: number, y: number): void {
    const a = Math.imul(((this.a << 5) | (this.a >>> 27)) ^ x, MULTIPLY_A);
    const b = Math.imul((((this.b << 13) | (this.b >>> 19)) + x) | 0, MULTIPLY_B);
    this.a = Math.imul(((a << 5) | (a >>> 27)) ^ y, MULTIPLY_A);
    this.b = Math.imul((((b << 13) | (b >>> 19)) + y) | 0, MULTIPLY_B);
  }

  /** A time in whole microseconds, 0 to 2^53 - 1: both halves. */
  time(us: number): void {
    this.word(us | 0);
    this.word((us / TWO_TO_32) | 0);
  }

  /** One record of the hot path: a time in whole microseconds and three integers. */
  event(us: number, x: number, y: number, z: number): void {
    this.mix4(us | 0, x, y, z);
    this.word((us / TWO_TO_32) | 0);
  }

  /** A text: its length and its UTF-16 code units, two to a word. */
  text(text: string): void {
    const { length } = text;
    this.word(length);
    const even = length & ~1;
    for (let i = 0; i < even; i += 2) {
      this.word(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
    }
    if (even < length) this.word(text.charCodeAt(even));
  }

  /** The text of the first `length` of these code units. */
  units(units: Uint16Array, length: number): void {
    this.word(length);
    let { a, b } = this;
    const even = length & ~1;
    for (let i = 0; i < even; i += 2) {
      const word = units[i]! | (units[i + 1]! << 16);
      a = Math.imul(((a << 5) | (a >>> 27)) ^ word, MULTIPLY_A);
      b = Math.imul((((b << 13) | (b >>> 19)) + word) | 0, MULTIPLY_B);
    }
    this.a = a;
    this.b = b;
    if (even < length) this.word(units[even]!);
  }

  /** The digest so far, as 16 hexadecimal digits; feeding may go on. */
  hex(): string {
    const high = this.finished();
    return hex32(high) + hex32(finish(this.b + high));
  }

  /** The digest so far in 32 bits, as an unsigned integer. */
  finished(): number {
    return finish(this.a + finish(this.b)) >>> 0;
  }
}

/** 32 bits of a text as an unsigned integer. */
export function hash32(text: string): number {
  const digest = new Digest();
  digest.text(text);
  return digest.finished();
}

/** 64 bits of a text as 16 hexadecimal digits. */
export function hash64(text: string): string {
  const digest = new Digest();
  digest.text(text);
  return digest.hex();
}

const NO_KEY = new Int32Array(4);
const BLOCK = 16;
/** The bytes that are being hashed, and zeros after them up to a whole block. */
let room = new Uint8Array(16 * BLOCK);

/**
 * MurmurHash3_x86_128 of bytes, as four integers. `key` is the state that the four lanes start
 * from: the published function, when all four are its seed.
 */
export function hash128(bytes: Uint8Array, key: Int32Array = NO_KEY): Int32Array {
  makeRoom(bytes.length);
  room.set(bytes);
  const lanes = new Int32Array(4);
  hashRoom(bytes.length, key, lanes);
  return lanes;
}

/** The same of the UTF-8 bytes of a text, into `lanes`: a large group has millions of names. */
export function hashName(text: string, key: Int32Array, lanes: Int32Array): void {
  makeRoom(BYTES_MOST * text.length);
  hashRoom(encode(text, room), key, lanes);
}

function makeRoom(length: number): void {
  if (room.length < length + BLOCK) room = new Uint8Array(2 * length + BLOCK);
}

// Written out lane by lane: in an array of lanes each step would be a load and a store.
function hashRoom(length: number, key: Int32Array, lanes: Int32Array): void {
  let [a, b, c, d] = [key[0]!, key[1]!, key[2]!, key[3]!];
  room.fill(0, length, length + BLOCK);
  const whole = length - (length % BLOCK);
  for (let at = 0; at < whole; at += BLOCK) {
    a = (Math.imul(rotate(a ^ scrambleA(at), 19) + b, 5) + 0x561ccd1b) | 0;
    b = (Math.imul(rotate(b ^ scrambleB(at), 17) + c, 5) + 0x0bcaa747) | 0;
    c = (Math.imul(rotate(c ^ scrambleC(at), 15) + d, 5) + 0x96cd1c35) | 0;
    d = (Math.imul(rotate(d ^ scrambleD(at), 13) + a, 5) + 0x32ac3b17) | 0;
  }
  a ^= scrambleA(whole) ^ length;
  b ^= scrambleB(whole) ^ length;
  c ^= scrambleC(whole) ^ length;
  d ^= scrambleD(whole) ^ length;
  a = (a + b + c + d) | 0;
  b = finish(b + a);
  c = finish(c + a);
  d = finish(d + a);
  a = finish(a);
  a = (a + b + c + d) | 0;
  lanes[0] = a;
  lanes[1] = b + a;
  lanes[2] = c + a;
  lanes[3] = d + a;
}

function scrambleA(at: number): number {
  return Math.imul(rotate(Math.imul(wordAt(at), 0x239b961b), 15), 0xab0e9789);
}

function scrambleB(at: number): number {
  return Math.imul(rotate(Math.imul(wordAt(at + 4), 0xab0e9789), 16), 0x38b34ae5);
}

function scrambleC(at: number): number {
  return Math.imul(rotate(Math.imul(wordAt(at + 8), 0x38b34ae5), 17), 0xa1e38b93);
}

function scrambleD(at: number): number {
  return Math.imul(rotate(Math.imul(wordAt(at + 12), 0xa1e38b93), 18), 0x239b961b);
}

/** Four bytes of the room as a little-endian word. */
function wordAt(at: number): number {
  return room[at]! | (room[at + 1]! << 8) | (room[at + 2]! << 16) | (room[at + 3]! << 24);
}

/** What one unit of UTF-16 takes at most in UTF-8. */
const BYTES_MOST = 3;

/** The UTF-8 bytes of a text; a lone surrogate, which has none, gets the three of its number. */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(BYTES_MOST * text.length);
  return bytes.subarray(0, encode(text, bytes));
}

/** Writes the UTF-8 bytes of a text, and gives their number. */
function encode(text: string, bytes: Uint8Array): number {
  const { length } = text;
  let end = 0;
  for (let i = 0; i < length; i++) {
    const code = text.codePointAt(i)!;
    if (code < 0x80) bytes[end++] = code;
    else if (code < 0x800) {
      bytes[end++] = 0xc0 | (code >> 6);
      bytes[end++] = tail(code);
    } else if (code < 0x10000) {
      bytes[end++] = 0xe0 | (code >> 12);
      bytes[end++] = tail(code >> 6);
      bytes[end++] = tail(code);
    } else {
      bytes[end++] = 0xf0 | (code >> 18);
      bytes[end++] = tail(code >> 12);
      bytes[end++] = tail(code >> 6);
      bytes[end++] = tail(code);
      // It is two units.
      i++;
    }
  }
  return end;
}

function tail(code: number): number {
  return 0x80 | (code & 0x3f);
}

/** Each bit of the argument reaches every bit of the result (MurmurHash3's fmix32). */
function finish(hash: number): number {
  let h = hash | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** 8 hexadecimal digits. */
export function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
