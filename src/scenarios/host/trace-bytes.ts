/**
 * The lines of a trace as bytes, in the chunk that is written to the file. They are the lines of
 * `formatEvent`, in half the time: a text has to be joined, searched for long characters and
 * copied.
 */
import type { TraceEvent } from '../../sim/trace.ts';
import { visibleJson } from '../../sim/visible-text.ts';

/** What one unit of a text takes at most in UTF-8. */
const BYTES_MOST = 3;
const [BREAK, QUOTE, COMMA, ZERO, COLON, BACKSLASH] = [0x0a, 0x22, 0x2c, 0x30, 0x3a, 0x5c] as const;
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d] as const;
/** These characters are written as they are, except for quote and backslash. */
const [SEEN_FROM, SEEN_UNTIL] = [0x20, 0x7f];
/** Numbers of nine digits fit into 32 bits, and are divided fast. */
const NINE_DIGITS = 1e9;

type Sent = Extract<TraceEvent, { readonly type: 'send' | 'deliver' | 'drop' }>;

/**
 * Each method writes at `at` and moves it on. Nothing is written behind the end of the chunk, but
 * `at` still counts: then the line is written again, into an empty or a larger chunk.
 */
export class TraceBytes {
  chunk: Buffer;
  at = 0;

  constructor(bytes: number) {
    this.chunk = Buffer.allocUnsafeSlow(bytes);
  }

  /** Writes a line and its break. */
  put(line: TraceEvent | string): void {
    if (typeof line === 'string') this.text(line);
    else this.event(line);
    this.chunk[this.at++] = BREAK;
  }

  /** Field by field, as `formatEvent` does; a test compares the two. */
  private event(event: TraceEvent): void {
    this.ascii('{"n":');
    this.number(event.n);
    this.ascii(',"atUs":');
    this.number(event.atUs);
    this.ascii(',"type":');
    this.string(event.type);
    switch (event.type) {
      case 'send':
      case 'deliver':
      case 'drop':
        this.message(event);
        break;
      case 'fault':
        this.field(',"name":', event.name);
        this.field(',"phase":', event.phase);
        this.field(',"label":', event.label);
        break;
      default:
        this.atNode(event);
    }
    this.chunk[this.at++] = OBJECT_END;
  }

  private message(event: Sent): void {
    this.ascii(',"from":');
    this.string(event.from);
    this.ascii(',"to":');
    this.string(event.to);
    this.ascii(',"id":');
    this.number(event.id);
    this.ascii(',"kind":');
    this.string(event.kind);
    if (event.type === 'send') this.field(',"cause":', event.cause);
    else if (event.type === 'deliver') this.field(',"late":', event.late);
    else {
      this.field(',"why":', event.why);
      this.field(',"fault":', event.fault);
    }
    this.field(',"message":', event.message);
  }

  private atNode(event: Exclude<TraceEvent, Sent | { readonly type: 'fault' }>): void {
    this.field(',"node":', event.node);
    if ('tag' in event) {
      this.field(',"tag":', event.tag);
      this.field(',"key":', event.key);
    } else if ('label' in event) {
      this.field(',"label":', event.label);
      this.field(',"detail":', event.detail);
    } else if ('operation' in event) {
      this.field(',"operation":', event.operation);
      this.field(',"text":', event.text);
    }
  }

  private field(name: string, value: unknown): void {
    if (value === undefined) return;
    this.ascii(name);
    this.value(value);
  }

  /** As JSON.stringify writes it. */
  private value(value: unknown): void {
    if (typeof value === 'string') this.string(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'object' && value !== null) this.object(value);
    else this.text(JSON.stringify(value) ?? 'null');
  }

  private object(value: object): void {
    const start = this.at;
    if (Array.isArray(value)) {
      this.chunk[this.at++] = LIST;
      for (let i = 0; i < value.length; i++) {
        if (i > 0) this.chunk[this.at++] = COMMA;
        this.value(value[i]);
      }
      this.chunk[this.at++] = LIST_END;
      return;
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return this.text(JSON.stringify(value));
    this.chunk[this.at++] = OBJECT;
    for (const name in value) {
      const field: unknown = (value as { readonly [name: string]: unknown })[name];
      if (field === undefined) continue;
      // It may be `toJSON`.
      if (typeof field === 'function') {
        this.at = start;
        return this.text(JSON.stringify(value));
      }
      if (this.at > start + 1) this.chunk[this.at++] = COMMA;
      this.string(name);
      this.chunk[this.at++] = COLON;
      this.value(field);
    }
    this.chunk[this.at++] = OBJECT_END;
  }

  private number(value: number): void {
    if (value < 0 || !Number.isSafeInteger(value)) return this.text(JSON.stringify(value));
    if (value < NINE_DIGITS) return this.digits(value, 1);
    this.number(Math.floor(value / NINE_DIGITS));
    this.digits(value % NINE_DIGITS, 9);
  }

  /** A number below 10^9, with zeros before it to fill `least` digits. */
  private digits(value: number, least: number): void {
    let count = least;
    for (let above = least === 1 ? 10 : NINE_DIGITS; above <= value; above *= 10) count++;
    let rest = value | 0;
    for (let at = this.at + count - 1; at >= this.at; at--) {
      const tenth = (rest / 10) | 0;
      this.chunk[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.at += count;
  }

  private string(text: string): void {
    const { chunk, at } = this;
    chunk[at] = QUOTE;
    let next = at + 1;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const isSeen = code >= SEEN_FROM && code < SEEN_UNTIL && code !== QUOTE && code !== BACKSLASH;
      if (!isSeen) return this.text(JSON.stringify(text));
      chunk[next++] = code;
    }
    chunk[next] = QUOTE;
    this.at = next + 1;
  }

  private ascii(text: string): void {
    const { chunk, at } = this;
    for (let i = 0; i < text.length; i++) chunk[at + i] = text.charCodeAt(i);
    this.at = at + text.length;
  }

  /** Any JSON text. */
  private text(json: string): void {
    const text = visibleJson(json);
    const most = this.at + BYTES_MOST * text.length;
    this.at = most > this.chunk.length ? most : this.at + this.chunk.write(text, this.at, 'utf8');
  }
}
