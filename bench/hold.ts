/**
 * The hold model on the event queue: pop the earliest event, push one at a random delay.
 *
 *     hold <pending> [distribution]
 *
 * Delays are made beforehand, as in `baseline-heap`. The distributions besides the exponential are
 * those that queues fail at; none may cost more than about twice as much.
 */
import { EventQueue } from '../src/sim/kernel/queue.ts';
import { cpuNs, report } from './measure.ts';

let state = 2463534242;

/** Uniform in (0, 1): Marsaglia's xorshift. */
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return ((state >>> 0) + 1) / 4294967297;
}

/** Delays in µs. */
const distributions: Record<string, () => number> = {
  exponential: () => -1e6 * Math.log(random()),
  uniform: () => 2e6 * random(),
  constant: () => 1e6,
  instant: () => (random() < 0.5 ? 0 : 1),
  bimodal: () => (random() < 0.9 ? 1e4 : 1e7),
  ticks: () => 1e5 * Math.floor(10 * random()),
  pareto: () => 1e6 * random() ** (-1 / 1.2),
  jumps: () => 2 ** Math.floor(40 * random()),
};

const DELAYS = 65536;

export function main(args: readonly string[]): void {
  const pending = Number(args[0] ?? 1000);
  const name = args[1] ?? 'exponential';
  const draw = distributions[name];
  if (draw === undefined || !(pending >= 1)) {
    throw new Error(`usage: hold <pending> [${Object.keys(distributions).join(' | ')}]`);
  }
  const delays = Float64Array.from({ length: DELAYS }, () => Math.floor(draw()));
  let drawn = 0;
  const queue = new EventQueue();
  for (let i = 0; i < pending; i++)
    queue.push(delays[drawn++ & (DELAYS - 1)] as number, 1, i, 0, 0);
  const run = (events: number) => {
    for (let i = 0; i < events; i++) {
      queue.pop();
      const at = queue.at + (delays[drawn++ & (DELAYS - 1)] as number);
      queue.push(at, queue.kind, queue.a, queue.b, queue.c);
    }
  };
  run(Math.max(500_000, pending));
  const events = 2_000_000;
  const start = cpuNs();
  run(events);
  const spent = cpuNs() - start;
  report({ name: `hold ${pending} ${name}`, events, cpuNs: spent, bytes: queue.bytes / pending });
}

main(process.argv.slice(2));
