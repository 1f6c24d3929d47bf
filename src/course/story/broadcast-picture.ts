/**
 * What became of one broadcast that a node does not know at last: who acknowledged it, who was sent
 * it, and where the copies ended.
 */
import type { CheckResult } from '../../checks/checker.ts';
import type { DropReason, TraceEvent, TraceSink } from '../../sim/trace.ts';
import { formatMomentUs } from '../../sim/units.ts';
import type { Lost } from './lost.ts';

const LINES_MAX = 9;

const ENDS: { readonly [K in DropReason]: string } = {
  partition: '✂ cut off',
  loss: '✂ lost',
  down: '✂ it was down',
  corrupt: '✂ damaged',
  full: '✂ no room',
  reset: '✂ connection broke',
  script: '✂ lost',
};

/**
 * The last lines of the picture, each at most some 78 columns; empty if there is nothing to draw.
 */
export function broadcastPicture({ result, again }: Lost, check: CheckResult): readonly string[] {
  const operations = check.evidence.flatMap((index) => result.history[index] ?? []);
  const broadcast = operations.find(({ f }) => f === 'broadcast');
  const read = operations.find(({ f }) => f === 'read');
  if (broadcast === undefined || typeof broadcast.input !== 'number') return [];
  const value = broadcast.input;
  const where = (node: string | null) => node ?? 'a node';
  const paths = new Paths(value, read?.node ?? null);
  again(result.scenario, { sink: paths });
  const acknowledged =
    broadcast.outcome === 'ok'
      ? `acknowledged ${value} at ${formatMomentUs(broadcast.completedAtUs)}`
      : `took ${value}`;
  const lines = [`${where(broadcast.node)}  ${acknowledged}`, ...paths.lines()];
  if (read !== undefined) lines.push(`${where(read.node)}  read at last: no ${value}`);
  return lines;
}

/** Messages that hold a number, to one node above all. */
class Paths implements TraceSink {
  readonly #word: RegExp;
  readonly #to: string | null;
  readonly #lines: string[] = [];
  #more = 0;

  constructor(value: number, to: string | null) {
    this.#word = new RegExp(`(?<![\\d.])${value}(?![\\d.])`);
    this.#to = to;
  }

  event(event: TraceEvent): void {
    if (event.type === 'crash' && (this.#to === null || event.node === this.#to)) {
      return this.#add(`${formatMomentUs(event.atUs)}  ${event.node} crashed`);
    }
    if (event.type !== 'drop' && event.type !== 'deliver') return;
    if (this.#to !== null && event.to !== this.#to) return;
    const { message } = event;
    if (message === undefined || !this.#word.test(JSON.stringify(message))) return;
    const end = event.type === 'drop' ? ENDS[event.why] : 'arrived';
    this.#add(`${formatMomentUs(event.atUs)}  ${event.from} ─${event.kind}→ ${event.to}  ${end}`);
  }

  #add(line: string): void {
    if (this.#lines.length < LINES_MAX) this.#lines.push(line);
    else this.#more++;
  }

  lines(): readonly string[] {
    if (this.#lines.length === 0) return ['  nobody sent it to the one that lacks it'];
    return this.#more === 0 ? this.#lines : [...this.#lines, `… and ${this.#more} more`];
  }
}
