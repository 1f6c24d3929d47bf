/** The messages of a trace, and what a cone is by its definition: for tests of pages. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import type { PageModel } from '../../src/report/page/page-model.ts';
import { describeMessage } from '../../src/sim/trace.ts';

export interface Traced {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  /** All but its type, as it is printed. */
  readonly body: string;
  readonly cause: number;
  readonly sentUs: number;
  endedUs: number;
  /** The step in which it arrived; null for never. */
  arrivedStep: number | null;
}

/** The messages of a trace file, in the order of sending. */
export function readTraced(file: string): readonly Traced[] {
  const sent = new Map<number, Traced>();
  const all: Traced[] = [];
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    if (!/"type":"(send|deliver|drop)"/.test(line)) continue;
    const { type, id, n, atUs, from, to, cause, kind, message: said } = JSON.parse(line);
    if (type === 'send') {
      const body = describeMessage(said).slice(kind.length + 1);
      const ends = { sentUs: atUs, endedUs: Infinity, arrivedStep: null };
      const message = { from, to, kind, body, cause, ...ends };
      sent.set(id, message);
      all.push(message);
      continue;
    }
    const message = sent.get(id);
    if (message === undefined) continue;
    message.endedUs = atUs;
    if (type === 'deliver') message.arrivedStep = n;
  }
  return all;
}

/** What a page knows of its run besides columns. */
export function modelOf(file: string): PageModel {
  const [, base64 = ''] = /id="model">([^<]*)</.exec(readFileSync(file, 'latin1')) ?? [];
  return JSON.parse(inflateRawSync(Buffer.from(base64, 'base64')).toString());
}

/** How a page's card says the cone of a message: its arrival's, or of a lost one its sending's. */
export function coneWords(all: readonly Traced[], row: number): string {
  const { from, to, cause, arrivedStep } = all[row] as Traced;
  const event = arrivedStep === null ? ([from, cause] as const) : ([to, arrivedStep] as const);
  const [past, future] = [pastOf(all, ...event), futureOf(all, ...event)];
  return `${past} messages could have led to it (blue), ${future} it could have led to (amber)`;
}

/** How many messages could have led to a step of a node: whatever is learnt may bring in more. */
function pastOf(all: readonly Traced[], node: string, step: number): number {
  const known = new Map([[node, step]]);
  const found = new Set<Traced>();
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const message of all) {
      const { from, to, cause, arrivedStep } = message;
      if (arrivedStep === null || arrivedStep > (known.get(to) ?? -1)) continue;
      found.add(message);
      known.set(from, Math.max(known.get(from) ?? -1, cause));
    }
  }
  return found.size;
}

function futureOf(all: readonly Traced[], node: string, step: number): number {
  const heard = new Map([[node, step]]);
  const found = new Set<Traced>();
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const message of all) {
      const { from, to, cause, arrivedStep } = message;
      if (arrivedStep === null || cause < (heard.get(from) ?? Infinity)) continue;
      found.add(message);
      heard.set(to, Math.min(heard.get(to) ?? Infinity, arrivedStep));
    }
  }
  return found.size;
}
