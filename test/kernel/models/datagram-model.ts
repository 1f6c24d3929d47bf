/**
 * What arrives over one link of datagrams and when, from the pages of `LinkChange`, `Levers` and
 * `MessageScript` alone. Each message is followed by itself; only a bandwidth knows those before
 * it. Chances are 0 or 1, so that nothing is drawn.
 */

export interface LinkFault {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly does:
    | { readonly kind: 'cut' | 'lose' | 'double' | 'hold back' | 'damage' }
    | { readonly kind: 'slow'; readonly extraUs: number; readonly factor: number }
    | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number; readonly queue: number }
    | {
        readonly kind: 'script';
        readonly first: number;
        readonly last: number;
        readonly action: 'drop' | 'delay' | 'duplicate';
        readonly byUs: number | null;
      };
}

export interface DatagramCase {
  readonly latencyUs: number;
  /** What the link does of itself: it holds each message back, and doubles each. */
  readonly holdsBack: boolean;
  readonly doubles: boolean;
  readonly faults: readonly LinkFault[];
  /** When everything under way is lost. */
  readonly resetsUs: readonly number[];
  readonly sends: readonly { readonly atUs: number; readonly bytes: number }[];
}

/** Bytes of every message beside its own. */
const HEADER = 64;

export interface Arrival {
  readonly n: number;
  readonly atUs: number;
}

/**
 * Arrivals in the order of time. null: two things meet in one microsecond, and nothing says which
 * first.
 */
export function arrivals(given: DatagramCase): Arrival[] | null {
  const { latencyUs, holdsBack, doubles, faults, resetsUs, sends } = given;
  /** What the link itself takes for a message, and for a copy of it. */
  const ownUs = holdsBack ? 2 * latencyUs : latencyUs;
  const found: Arrival[] = [];
  /** For each pipe: what waits or is being sent, by when its last byte has left. */
  const pipes = new Map<LinkFault, { readonly leavesUs: number; readonly bytes: number }[]>();
  let isClear = true;
  const holds = (atUs: number) =>
    faults.filter(({ fromUs, untilUs }) => {
      if (atUs === fromUs || atUs === untilUs) isClear = false;
      return fromUs < atUs && atUs < untilUs;
    });
  for (const [n, { atUs, bytes }] of sends.entries()) {
    const inForce = holds(atUs);
    const of = <K extends LinkFault['does']['kind']>(kind: K) =>
      inForce.filter(({ does }) => does.kind === kind) as (LinkFault & {
        does: Extract<LinkFault['does'], { kind: K }>;
      })[];
    const scripts = of('script').filter(({ does }) => does.first <= n + 1 && n + 1 <= does.last);
    const gone = of('cut').length + of('lose').length + of('damage').length > 0;
    let [factor, extraUs] = [1, 0];
    for (const { does } of of('slow')) {
      factor *= does.factor;
      extraUs += does.extraUs;
    }
    const oneWayUs = Math.round(ownUs * factor) + extraUs;
    let leavesUs = atUs;
    let isFull = false;
    for (const fault of of('bandwidth')) {
      const perByteUs = 1e6 / fault.does.bytesPerSecond;
      const pipe = (pipes.get(fault) ?? []).filter((one) => one.leavesUs > atUs);
      pipes.set(fault, pipe);
      // The rest of the one on its way out counts, and an empty queue takes any message.
      const [first] = pipe;
      const restUs = Math.min((first?.leavesUs ?? 0) - atUs, perByteUs * (first?.bytes ?? 0));
      const waiting = pipe.slice(1).reduce((sum, one) => sum + one.bytes, restUs / perByteUs);
      const size = bytes + HEADER;
      if (first !== undefined && waiting + size > fault.does.queue) {
        isFull = true;
        break;
      }
      const startsUs = pipe.at(-1)?.leavesUs ?? atUs;
      leavesUs = startsUs + size * perByteUs;
      pipe.push({ leavesUs, bytes: size });
    }
    // What is lost on the way has left the sender all the same.
    if (isFull || gone || scripts.some(({ does }) => does.action === 'drop')) continue;
    let arrivesUs = leavesUs + oneWayUs;
    arrivesUs += of('hold back').length * latencyUs;
    // A message comes twice at most. The copy of the link meets the same faults as the message.
    let copyUs = doubles ? arrivesUs : null;
    if (of('double').length > 0) copyUs = arrivesUs + latencyUs;
    for (const { does } of scripts) {
      if (does.action === 'duplicate') copyUs = arrivesUs + (does.byUs ?? latencyUs);
      else {
        arrivesUs += does.byUs ?? latencyUs;
        if (copyUs !== null) copyUs += does.byUs ?? latencyUs;
      }
    }
    for (const eachUs of copyUs === null ? [arrivesUs] : [arrivesUs, copyUs]) {
      const arrivalUs = Math.round(eachUs);
      if (resetsUs.some((one) => one === atUs || one === arrivalUs)) isClear = false;
      if (resetsUs.some((one) => one > atUs && one < arrivalUs)) continue;
      if (holds(arrivalUs).some(({ does }) => does.kind === 'cut')) continue;
      found.push({ n, atUs: arrivalUs });
    }
  }
  return isClear ? found.sort((x, y) => x.atUs - y.atUs || x.n - y.n) : null;
}
