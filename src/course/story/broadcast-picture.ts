/**
 * What became of one broadcast that a node does not know at last: who acknowledged it, who was sent
 * it, and where the copies ended.
 */
import type { CheckResult } from '../../checks/checker.ts';
import type { Message } from '../../sim/node.ts';
import type { DropReason, TraceEvent, TraceSink } from '../../sim/trace.ts';
import { formatMomentUs } from '../../sim/units.ts';
import type { Lost } from './lost.ts';

/** How many lines from the beginning, and how many from the end. */
const FIRST = 3;
const LAST = 6;

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
  const clients = new Set(result.scenario.loads.flatMap((load) => load.clients));
  const operations = check.evidence.flatMap((index) => result.history[index] ?? []);
  const broadcast = operations.find(({ f }) => f === 'broadcast');
  const read = operations.find(({ f }) => f === 'read');
  if (broadcast === undefined || typeof broadcast.input !== 'number') return [];
  const value = broadcast.input;
  const where = (node: string | null) => node ?? 'a node';
  const paths = new Paths(value, read?.node ?? null, clients);
  again(result.scenario, { sink: paths });
  const acknowledged =
    broadcast.outcome === 'ok'
      ? `acknowledged ${value} at ${formatMomentUs(broadcast.completedAtUs)}`
      : `took ${value}`;
  const lines = [...paths.lines()];
  const isBefore = (line: string) => Number.parseFloat(line) * 1e6 <= broadcast.completedAtUs;
  const place = broadcast.outcome === 'ok' ? lines.findLastIndex(isBefore) + 1 : 0;
  lines.splice(place, 0, `${where(broadcast.node)}  ${acknowledged}`);
  if (read !== undefined) lines.push(`${where(read.node)}  read at last: no ${value}`);
  return lines;
}

/** Of a broadcast as a client sends it: its number. */
type Payload = Message & { readonly message?: unknown };

/** Messages that hold a number, to one node above all. */
class Paths implements TraceSink {
  readonly #value: number;
  readonly #word: RegExp;
  readonly #to: string | null;
  readonly #clients: ReadonlySet<string>;
  readonly #lines: string[] = [];

  constructor(value: number, to: string | null, clients: ReadonlySet<string>) {
    this.#clients = clients;
    this.#value = value;
    this.#word = new RegExp(`(?<![\\d.])${value}(?![\\d.])`);
    this.#to = to;
  }

  event(event: TraceEvent): void {
    if (event.type === 'crash' && (this.#to === null || event.node === this.#to)) {
      this.#lines.push(`${formatMomentUs(event.atUs)}  ${event.node} crashed`);
    }
    if (event.type !== 'drop' && event.type !== 'deliver') return;
    if (this.#to !== null && event.to !== this.#to) return;
    const message = event.message as Payload | undefined;
    if (message === undefined || !this.#word.test(JSON.stringify(message))) return;
    // The id of a client's request may be the same number.
    if (this.#clients.has(event.from) && message.message !== this.#value) return;
    const end = event.type === 'drop' ? ENDS[event.why] : 'arrived';
    const at = formatMomentUs(event.atUs);
    this.#lines.push(`${at}  ${event.from} ─${event.kind}→ ${event.to}  ${end}`);
  }

  lines(): readonly string[] {
    if (this.#lines.length === 0) return ['  nobody sent it to the one that lacks it'];
    const more = this.#lines.length - FIRST - LAST;
    if (more <= 1) return this.#lines;
    return [...this.#lines.slice(0, FIRST), `… ${more} more`, ...this.#lines.slice(-LAST)];
  }
}
