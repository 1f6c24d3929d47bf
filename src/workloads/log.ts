/**
 * The log workload: producers append unique integers to logs, consumers poll each log from where
 * they are, and at the end they poll until nothing comes, so that a loss can be told from a delay.
 *
 * Each process is a producer and a consumer. As a consumer it first takes all logs (`assign`), from
 * the offsets that its group has committed, or from the beginning; a process that takes the place
 * of one whose operation ended unknown does so again. Operations are written down as Jepsen's Kafka
 * test has them (jepsen-io/jepsen, tests/kafka.clj).
 */
import log from '../interfaces/log.ts';
import type { Flow } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import type { Reply } from '../sim/rpc.ts';
import { Keys } from './parts/keys.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
} from './workload.ts';

const params = defineParams({
  keys: {
    type: 'keys',
    doc: 'How many logs there are, `k1` and up, and how often each is appended to.',
    default: 5,
  },
  polls: {
    type: 'ratio',
    doc: 'Share of polls; the others append a value. With 0 there are none at the end either.',
    default: 0.5,
    min: 0,
    max: 1,
  },
  acks: {
    type: 'choice',
    options: ['all', 'leader', 'none'],
    doc: 'When an appended value is acknowledged. Absent: as the log has it.',
    optional: true,
  },
  commit: {
    type: 'boolean',
    doc: 'Whether consumers commit how far they are, and begin there when they are replaced.',
    default: true,
  },
  'first-value': {
    type: 'integer',
    doc: 'The first value appended; the next are one more each. Sets two loads apart.',
    default: 1,
  },
});

type LogWorkloadParams = Params<typeof params>;

export default defineWorkload({
  name: 'log',
  summary:
    'Unique values appended to logs, and polls of each log in its order, until nothing is left.',
  params,
  asks: log,
  operations: ['send', 'poll', 'assign'],
  tell: (f, input, output) => tell(f, input, output),
  generator: (given) => new LogGenerator(given),
  act: (given) => new LogActor(given),
  outputOf: (_f, reply: Reply) => reply as unknown as Plain,
});

/** `send k1 7 at 3`, `poll k1 7, k2 nothing`. */
function tell(f: string, input: Plain, output: Plain | undefined): string {
  if (f === 'assign') return `assign ${(input as readonly string[]).join(', ')}`;
  if (f === 'send') {
    const [[, key, value] = []] = input as readonly (readonly Plain[])[];
    const [[, , sent] = []] = (output ?? []) as readonly (readonly Plain[])[];
    const offset = sent === undefined ? '' : ` at ${(sent as readonly Plain[])[0]}`;
    return `send ${key} ${value}${offset}`;
  }
  const [[, polled] = []] = (output ?? []) as readonly (readonly Plain[])[];
  const logs = Object.entries((polled ?? {}) as Polled).filter(([, records]) => records.length > 0);
  const told = logs.map(
    ([key, records]) => `${key} ${records.map(([, value]) => value).join(' ')}`,
  );
  return output === undefined ? 'poll' : `poll ${told.join(', ') || 'nothing'}`;
}

type Polled = { readonly [key: string]: readonly (readonly [offset: number, value: Plain])[] };

class LogGenerator implements Generator {
  readonly #given: LogWorkloadParams;
  readonly #keys: Keys;
  readonly #assign: Invocation;
  /** Processes that have taken their logs, and those that found nothing more at the end. */
  readonly #assigned = new Set<number>();
  readonly #drained = new Set<number>();
  #value: number;

  constructor(given: LogWorkloadParams) {
    this.#given = given;
    this.#keys = new Keys(given.keys);
    this.#value = given['first-value'];
    const keys = Array.from({ length: this.#keys.count }, (_, i) => this.#keys.at(i));
    this.#assign = { f: 'assign', key: null, input: keys, request: { type: 'assign', keys } };
  }

  get firstKey(): string | undefined {
    return this.#keys.first;
  }

  get wasMoved(): boolean {
    return this.#sent && this.#keys.wasMoved;
  }

  next(process: number, random: Random, heat?: string): Invocation {
    const { acks, polls } = this.#given;
    this.#sent = false;
    if (polls > 0 && !this.#assigned.has(process)) return this.#assign;
    if (random.chance(polls)) return POLL;
    this.#sent = true;
    const key = this.#keys.next(random, heat);
    const value = this.#value++;
    const request = { type: 'send', key, value, ...(acks === undefined ? {} : { acks }) };
    return { f: 'send', key: null, input: [['send', key, value]], request };
  }

  heard(process: number, { f }: Invocation, outcome: OperationOutcome, output: Plain): void {
    if (f === 'assign' && outcome === 'ok') this.#assigned.add(process);
    if (outcome !== 'ok' || (f === 'poll' && isEmpty(output))) this.#drained.add(process);
    else this.#drained.delete(process);
  }

  /** Polls until nothing comes, or until there is no answer. */
  last(process: number): Invocation | null {
    if (this.#given.polls === 0) return null;
    if (!this.#assigned.has(process)) {
      const isFirst = !this.#drained.has(process);
      this.#drained.add(process);
      return isFirst ? this.#assign : null;
    }
    const begun = this.#finals.has(process);
    this.#finals.add(process);
    return begun && this.#drained.has(process) ? null : POLL;
  }

  readonly #finals = new Set<number>();
  /** Whether the last operation sends: the others have no key. */
  #sent = false;
}

const POLL: Invocation = {
  f: 'poll',
  key: null,
  input: [['poll']],
  request: { type: 'poll' },
};

function isEmpty(output: Plain): boolean {
  const [[, polled] = []] = output as readonly (readonly Plain[])[];
  return Object.values(polled as Polled).every((records) => records.length === 0);
}

const COMMIT_PATIENCE_MS = 500;

class LogActor implements Actor {
  readonly #given: LogWorkloadParams;

  constructor(given: LogWorkloadParams) {
    this.#given = given;
  }

  *invoke(ctx: ActorContext, what: Invocation): Flow<Plain> {
    switch (what.f) {
      case 'assign':
        return yield* this.#assign(ctx, what.input as readonly string[]);
      case 'poll':
        return yield* this.#poll(ctx);
      default: {
        const [[, key, value] = []] = what.input as readonly (readonly Plain[])[];
        const { offset } = (yield* ctx.call(ctx.target, what.request)) as ReplyOf<
          typeof log,
          'send'
        >;
        return [['send', key ?? null, [offset, value ?? null]]];
      }
    }
  }

  /** A client is a consumer group of its own: who takes its place goes on where it had come to. */
  *#assign(ctx: ActorContext, keys: readonly string[]): Flow<Plain> {
    yield* ctx.call(ctx.target, { type: 'assign', keys });
    const offsets: { [key: string]: number } = {};
    for (const key of keys) offsets[key] = 0;
    if (this.#given.commit) {
      const body = { type: 'committed', keys, group: ctx.self };
      const committed = (yield* ctx.call(ctx.target, body)) as ReplyOf<typeof log, 'committed'>;
      Object.assign(offsets, committed.offsets);
    }
    ctx.mine.set('offsets', offsets);
    return null;
  }

  *#poll(ctx: ActorContext): Flow<Plain> {
    const before = ctx.mine.get('offsets') as { readonly [key: string]: number };
    const reply = yield* ctx.call(ctx.target, { type: 'poll', offsets: before });
    const { records } = reply as ReplyOf<typeof log, 'poll'>;
    const offsets = { ...before };
    for (const [key, polled] of Object.entries(records)) {
      const last = polled.at(-1);
      if (last !== undefined) offsets[key] = last[0] + 1;
    }
    ctx.mine.set('offsets', offsets);
    if (this.#given.commit && !isEmpty([['poll', records]])) {
      const body = { type: 'commit', offsets, group: ctx.self };
      ctx.fork((own) => own.attempt(own.target, body, { timeoutMs: COMMIT_PATIENCE_MS }));
    }
    return [['poll', records]];
  }
}
