/** What messages say, one line each, as the bytes of one text. */

/** A text of at least this length is made into bytes at once: a call for each line takes longer. */
const CHUNK_CHARS = 65_536;
/** Of UTF-8 for one UTF-16 unit, at most. */
const BYTES_MOST = 3;
const FIRST_BYTES = 1 << 20;

export class MessageBodies {
  private bytes = new Uint8Array(FIRST_BYTES);
  private length = 0;
  private chunk = '';
  /** By the number of a line that repeats another, that other's number. */
  private readonly copies = new Map<number, number>();
  private readonly encoder = new TextEncoder();
  count = 0;

  add(text: string): void {
    if (this.count++ > 0) this.chunk += '\n';
    this.chunk += text.includes('\n') ? text.replaceAll('\n', '\\n') : text;
    if (this.chunk.length >= CHUNK_CHARS) this.flush();
  }

  /** A line more, the same as that of an earlier number. */
  copy(line: number): void {
    this.copies.set(this.count, line);
    this.add('');
  }

  /** All lines by their numbers in this order; null: as they came. */
  inOrder(order: Uint32Array | null): Uint8Array {
    this.flush();
    const bytes = this.bytes.subarray(0, this.length);
    if (order === null && this.copies.size === 0) return bytes;
    const lines = new TextDecoder().decode(bytes).split('\n');
    for (const [line, of] of this.copies) lines[line] = lines[of] ?? '';
    const ordered = order === null ? lines : Array.from(order, (line) => lines[line]);
    return this.encoder.encode(ordered.join('\n'));
  }

  private flush(): void {
    const { chunk } = this;
    while (this.bytes.length < this.length + chunk.length * BYTES_MOST) {
      const wider = new Uint8Array(2 * this.bytes.length);
      wider.set(this.bytes.subarray(0, this.length));
      this.bytes = wider;
    }
    this.length += this.encoder.encodeInto(chunk, this.bytes.subarray(this.length)).written;
    this.chunk = '';
  }
}
