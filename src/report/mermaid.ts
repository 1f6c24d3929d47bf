/**
 * The messages that led to a failure as a Mermaid sequence diagram, which GitHub, GitLab and many
 * editors draw.
 *
 * Names and texts are escaped: Mermaid ends a statement at `;`, begins an entity with `#`, takes
 * the word `end` for the end of a block wherever it stands alone, reads settings after `%%`, sets
 * formulas between `$$`, and breaks lines after `wrap:`. A diagram has at most 50 000 characters,
 * Mermaid's own limit.
 */
import { formatMomentUs } from '../sim/units.ts';
import { visible, visibleLines } from '../sim/visible-text.ts';

/** What may be drawn; `Cone` of `scenarios/cone.ts` fits. */
export interface SequencePicture {
  /** In the order of the run. */
  readonly events: readonly SequenceEvent[];
  /** Messages that were left out. */
  readonly omitted: number;
}

export type SequenceEvent = { readonly atUs: number; readonly text: string } & (
  | {
      readonly type: 'message';
      readonly from: string;
      readonly to: string;
      readonly kind: string;
      /** Why it never arrived; null when it did. */
      readonly lost: string | null;
    }
  | { readonly type: 'note' | 'life' | 'operation'; readonly node: string }
  | { readonly type: 'fault'; readonly phase: 'inject' | 'heal' | 'not-felt' }
);

const CHARS_MAX = 50_000;
const TEXT_CHARS_MAX = 80;
const INDENT = '  ';

/**
 * The diagram, with a line break at its end. `order` gives the participants' places from left to
 * right; those that it lacks come last.
 */
export function renderMermaid(
  picture: SequencePicture,
  title: string,
  order: readonly string[],
): string {
  let { events, omitted } = picture;
  for (;;) {
    const text = draw(events, omitted, title, order);
    if (text.length <= CHARS_MAX) return text;
    // Drops the oldest tenth until it fits.
    const cut = Math.max(1, Math.ceil(events.length / 10));
    omitted += events.slice(0, cut).filter(({ type }) => type === 'message').length;
    events = events.slice(cut);
  }
}

function draw(
  events: readonly SequenceEvent[],
  omitted: number,
  title: string,
  order: readonly string[],
): string {
  const ids = participants(events, order);
  const first = events.findIndex(({ type }) => type !== 'fault');
  const lines = [
    'sequenceDiagram',
    `${INDENT}%% ${comment(title)}`,
    ...[...ids].map(([name, id]) => `${INDENT}participant ${id} as ${escapeText(name)}`),
  ];
  const across = [...ids.values()];
  const over = across.length > 1 ? `${across[0]},${across.at(-1)}` : (across[0] ?? '');
  if (over === '') return `${lines.join('\n')}\n`;
  if (omitted > 0)
    lines.push(`${INDENT}Note over ${over}: ${omitted} other messages before it are not shown`);
  const shade = new Shade(over, lines);
  for (const event of events.slice(0, Math.max(0, first))) shade.before(event);
  shade.begin();
  for (const event of events.slice(Math.max(0, first))) {
    if (event.type === 'fault') shade.fault(event);
    else lines.push(shade.indent + statement(event, ids));
  }
  shade.close();
  return `${lines.join('\n')}\n`;
}

function participants(
  events: readonly SequenceEvent[],
  order: readonly string[],
): ReadonlyMap<string, string> {
  const names = new Set<string>();
  for (const event of events) {
    if (event.type === 'message') names.add(event.from).add(event.to);
    else if (event.type !== 'fault') names.add(event.node);
  }
  const known = order.filter((name) => names.has(name));
  const rest = [...names].filter((name) => !known.includes(name));
  return new Map([...known, ...rest].map((name, i) => [name, `p${i + 1}`]));
}

function statement(
  event: Exclude<SequenceEvent, { type: 'fault' }>,
  ids: ReadonlyMap<string, string>,
): string {
  const at = formatMomentUs(event.atUs);
  if (event.type !== 'message') {
    return `Note over ${ids.get(event.node)}: ${escapeText(event.text)} (${at})`;
  }
  const { from, to, kind, lost } = event;
  const reply = /_ok$|^error$/.test(kind);
  const arrow = lost !== null ? (reply ? '--x' : '-x') : reply ? '-->>' : '->>';
  const why = lost === null ? '' : `, lost: ${lost}`;
  return `${ids.get(from)}${arrow}${ids.get(to)}: ${escapeText(event.text)} (${at}${why})`;
}

type FaultEvent = Extract<SequenceEvent, { type: 'fault' }>;

/** The shaded block that stands while at least one fault holds. */
class Shade {
  private active = 0;
  private readonly pending: FaultEvent[] = [];
  private readonly over: string;
  private readonly lines: string[];

  constructor(over: string, lines: string[]) {
    this.over = over;
    this.lines = lines;
  }

  get indent(): string {
    return this.active > 0 ? INDENT + INDENT : INDENT;
  }

  /** A fault from before the picture begins. */
  before(event: SequenceEvent): void {
    if (event.type !== 'fault') return;
    if (event.phase === 'inject') this.pending.push(event);
    if (event.phase === 'heal') {
      const name = event.text.split(' ')[0];
      const at = this.pending.findIndex(({ text }) => text.split(' ')[0] === name);
      if (at >= 0) this.pending.splice(at, 1);
    }
  }

  /** Shows the faults that hold when the picture begins. */
  begin(): void {
    for (const event of this.pending) this.fault(event);
  }

  fault(event: FaultEvent): void {
    if (event.phase === 'inject' && this.active++ === 0) {
      this.lines.push(`${INDENT}rect rgb(255, 236, 236)`);
    }
    this.lines.push(
      `${this.indent}Note over ${this.over}: ${escapeText(event.text)} (${formatMomentUs(event.atUs)})`,
    );
    if (event.phase === 'heal' && this.active > 0 && --this.active === 0)
      this.lines.push(`${INDENT}end`);
  }

  close(): void {
    if (this.active > 0) this.lines.push(`${INDENT}end`);
  }
}

function comment(text: string): string {
  return visible(text).replace(/[{}]+/g, ' ');
}

/**
 * Text as Mermaid reads it back: entities for what would end a statement, no line breaks, no bare
 * `end`.
 */
export function escapeText(text: string): string {
  const characters = Array.from(visibleLines(text.replace(/\r\n?/g, '\n')));
  const cut =
    characters.length > TEXT_CHARS_MAX
      ? `${characters.slice(0, TEXT_CHARS_MAX - 1).join('')}…`
      : characters.join('');
  return cut
    .replace(/[#;<>&]|%(?=%)|\$(?=\$)|(?<=^(?:no)?wrap):/g, entity)
    .replace(/[\r\n]+/g, '<br/>')
    .replace(/\bend\b/gi, (word) => entity(word) + word.slice(1));
}

/** The first character of a text as Mermaid writes it to mean nothing else. */
export function entity(text: string): string {
  return `#${text.charCodeAt(0)};`;
}
