/**
 * Columns of whole numbers as bytes: what a page carries of a run, and what it reads back.
 *
 * A column is its name, its length and its numbers as LEB128 (DWARF 4, section 7.6), signed ones
 * by zigzag; a column of times stores differences. Each says how many bytes it takes, so that a
 * reader skips a column that it does not know. The same numbers give the same bytes everywhere.
 */

export interface Column {
  readonly name: string;
  readonly values: ArrayLike<number>;
  /** Stored as differences: for numbers that mostly grow. */
  readonly grows?: boolean;
}

/** `dsim`, and the version of this layout. */
const MAGIC = [0x64, 0x73, 0x69, 0x6d, 1];
const FIRST_BYTES = 1 << 16;

class Writer {
  private bytes = new Uint8Array(FIRST_BYTES);
  length = 0;

  byte(value: number): void {
    if (this.length === this.bytes.length) this.grow();
    this.bytes[this.length++] = value;
  }

  /** A whole number from 0 to 2^53. */
  number(value: number): void {
    let rest = value;
    // Shifts take 32 bits, and a fraction of the time.
    for (; rest >= 0x80 && rest < 0x80000000; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    while (rest >= 0x80) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  all(bytes: Uint8Array): void {
    while (this.length + bytes.length > this.bytes.length) this.grow();
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  done(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private grow(): void {
    const wider = new Uint8Array(this.bytes.length * 2);
    wider.set(this.bytes);
    this.bytes = wider;
  }
}

/** Numbers must be whole, and less than 2^51 in size. */
export function writeColumns(columns: readonly Column[]): Uint8Array {
  const writer = new Writer();
  for (const byte of MAGIC) writer.byte(byte);
  for (const { name, values, grows = false } of columns) {
    writer.number(name.length);
    for (let i = 0; i < name.length; i++) writer.byte(name.charCodeAt(i));
    writer.byte(grows ? 1 : 0);
    writer.number(values.length);
    const body = new Writer();
    let before = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      const stored = grows ? value - before : value;
      body.number(stored < 0 ? -2 * stored - 1 : 2 * stored);
      before = value;
    }
    writer.number(body.length);
    writer.all(body.done());
  }
  return writer.done();
}

/** Throws RangeError for bytes that are no columns, or that were cut short. */
export function readColumns(bytes: Uint8Array): ReadonlyMap<string, Float64Array> {
  const reader = new Reader(bytes);
  for (const expected of MAGIC) {
    if (reader.number() !== expected) {
      throw new RangeError('these are no columns of this version');
    }
  }
  const columns = new Map<string, Float64Array>();
  while (!reader.isDone) {
    const length = reader.number();
    let name = '';
    for (let i = 0; i < length; i++) name += String.fromCharCode(reader.number());
    const grows = reader.number() === 1;
    const values = new Float64Array(reader.number());
    reader.number();
    reader.fill(values, grows);
    columns.set(name, values);
  }
  return columns;
}

class Reader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isDone(): boolean {
    return this.at >= this.bytes.length;
  }

  number(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const next = this.bytes[this.at++];
      if (next === undefined) throw new RangeError('the columns were cut short');
      value += (next & 0x7f) * unit;
      if (next < 0x80) return value;
      unit *= 0x80;
    }
  }

  /** Most numbers are one byte, so those are read without a call. */
  fill(values: Float64Array, grows: boolean): void {
    const { bytes } = this;
    let before = 0;
    for (let i = 0; i < values.length; i++) {
      const first = bytes[this.at] ?? 0x80;
      let stored = first;
      if (first < 0x80) this.at++;
      else stored = this.number();
      // Zigzag; the bits of a number above 2^31 are not looked at.
      const isNegative = stored < 0x80000000 ? (stored & 1) === 1 : stored % 2 === 1;
      const value = isNegative ? -(stored + 1) / 2 : stored / 2;
      before = grows ? before + value : value;
      values[i] = before;
    }
  }
}
