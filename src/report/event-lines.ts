/**
 * The log of `--verbose`: a line for each event, in columns, with a word for what happened. Time,
 * node, event, and what it was about.
 */
import type { NodeId } from '../sim/node.ts';
import { describeDetail, describeMessage, formatAtUs, type TraceEvent } from '../sim/trace.ts';
import type { Ink } from './ink.ts';
import { padLeft, padRight, textWidth } from './layout.ts';

/** `  12345.678ms`: ten thousand seconds before the column has to widen. */
const TIME_COLUMNS = 13;
const NODE_COLUMNS_MAX = 24;

/** Kinds of events by the word that the log has for them, where it is not their own. */
const WORDS: { readonly [type: string]: string } = { send: 'sends', deliver: 'gets', drop: 'lost' };
const WORD_COLUMNS = 6;
const PHASES = { inject: 'strikes', heal: 'heals', 'not-felt': 'has no effect' } as const;

export class EventLines {
  readonly #ink: Ink;
  readonly #nodeColumns: number;

  /** `nodes` are all that may come, clients too: they give the width of their column. */
  constructor(nodes: readonly NodeId[], ink: Ink) {
    this.#ink = ink;
    const widest = Math.max(4, ...nodes.map((node) => textWidth(ink.clean(node))));
    this.#nodeColumns = Math.min(NODE_COLUMNS_MAX, widest);
  }

  /** What the columns are, with a line break at its end. */
  head(): string {
    const { strong } = this.#ink;
    return `${strong(this.#columns('time', 'node', 'event', ''))}\n`;
  }

  /** The line of an event, with its break. */
  line(event: TraceEvent): string {
    const ink = this.#ink;
    const at = formatAtUs(event.atUs);
    if (event.type === 'fault') {
      const label = event.label === '' ? '' : ` ${event.label}`;
      const text = ink.clean(`${event.name} ${PHASES[event.phase]}${label}`);
      return `${this.#columns(at, '', 'fault', ink.warn(`${ink.glyph.barLine.repeat(2)} ${text}`))}\n`;
    }
    const { node, text } = aboutOf(event);
    const word = WORDS[event.type] ?? event.type;
    const line = this.#columns(at, ink.clean(node), word, ink.clean(text));
    return `${event.type === 'note' ? ink.strong(line) : line}\n`;
  }

  #columns(at: string, node: string, word: string, text: string): string {
    const head = `${padLeft(at, TIME_COLUMNS)}  ${padRight(node, this.#nodeColumns)}`;
    return `${head}  ${padRight(word, WORD_COLUMNS)}  ${text}`.trimEnd();
  }
}

/** The node at which it happened, and the rest. A message arrives, and is lost, at its receiver. */
function aboutOf(event: Exclude<TraceEvent, { readonly type: 'fault' }>): {
  readonly node: NodeId;
  readonly text: string;
} {
  switch (event.type) {
    case 'send':
      return { node: event.from, text: `→ ${event.to}  ${bodyOf(event)}` };
    case 'deliver':
      return { node: event.to, text: `← ${event.from}  ${bodyOf(event)}` };
    case 'drop':
      return { node: event.to, text: `← ${event.from}  (${event.why}) ${bodyOf(event)}` };
    case 'timer':
      return { node: event.node, text: `${event.tag}${event.key === 0 ? '' : ` ${event.key}`}` };
    case 'note':
      return { node: event.node, text: `${event.label}${describeDetail(event.detail)}` };
    case 'invoke':
    case 'ok':
    case 'fail':
    case 'info':
      return { node: event.node, text: `#${event.operation} ${event.text}` };
    default:
      return { node: event.node, text: '' };
  }
}

function bodyOf(
  event: Extract<TraceEvent, { readonly type: 'send' | 'deliver' | 'drop' }>,
): string {
  return event.message === undefined ? event.kind : describeMessage(event.message);
}
