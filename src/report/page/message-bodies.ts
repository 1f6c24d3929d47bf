/**
 * What messages say, one line each, as the bytes of one text. A line that repeats one of the last
 * few is one digit, the place of that other: half of the messages of a Raft do, and what is not
 * there need not be packed. What a message says is never one digit: it has a `=`.
 */

/** A text of at least this length is made into bytes at once: a call for each line takes longer. */
const CHUNK_CHARS = 65_536;
/** How many lines may be repeated: the last that are whole. */
const RECENT = 8;

/** The last whole lines, the newest first. */
function remember(recent: string[], line: string): void {
  if (recent.unshift(line) > RECENT) recent.pop();
}

export class MessageBodies {
  private readonly chunks: Uint8Array[] = [];
  private chunk = '';
  private readonly recent: string[] = [];
  /** Numbers of lines that are copies, each with that of its first. */
  private readonly copies: (readonly [number, number])[] = [];
  private readonly encoder = new TextEncoder();
  count = 0;

  /** A break in it becomes the two characters that say so. */
  add(text: string): void {
    if (this.count++ > 0) this.chunk += '\n';
    if (text === '') return;
    const line = text.includes('\n') ? text.replaceAll('\n', '\\n') : text;
    const place = this.recent.indexOf(line);
    if (place >= 0) this.chunk += place;
    else {
      remember(this.recent, line);
      this.chunk += line;
      if (this.chunk.length >= CHUNK_CHARS) this.flush();
    }
  }

  /** A line more, the same as that of an earlier number. */
  copy(line: number): void {
    this.copies.push([this.count, line]);
    this.add('');
  }

  /** All lines by their numbers in this order; null: as they came. */
  inOrder(order: Uint32Array | null): Uint8Array {
    this.flush();
    const bytes = joined(this.chunks);
    if (order === null && this.copies.length === 0) return bytes;
    const lines = linesOf(new TextDecoder().decode(bytes));
    for (const [line, of] of this.copies) lines[line] = lines[of] ?? '';
    const ordered = new MessageBodies();
    for (const line of order ?? lines.keys()) ordered.add(lines[line] ?? '');
    return ordered.inOrder(null);
  }

  private flush(): void {
    this.chunks.push(this.encoder.encode(this.chunk));
    this.chunk = '';
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The lines that were written, those that repeat another as that other. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  const recent: string[] = [];
  return text.split('\n').map((line) => {
    if (line.length === 1 && line !== '=') return recent[Number(line)] ?? '';
    if (line !== '') remember(recent, line);
    return line;
  });
}
