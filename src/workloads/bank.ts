/**
 * The bank workload: money moved between accounts, and reads of all balances at once.
 *
 * After Jepsen's bank test (jepsen-io/jepsen, tests/bank.clj): the two accounts of a transfer
 * differ, the amount is from 1 to a most. The system decides how much money there is.
 */
import bank from '../interfaces/bank.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { Keys } from './parts/keys.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  accounts: {
    type: 'keys',
    doc: 'The accounts, `k1` and up: their number, or how often each comes too. The system must have as many.',
    default: 8,
    min: 2,
  },
  reads: {
    type: 'ratio',
    doc: 'Share of reads; the others are transfers.',
    default: 0.5,
    min: 0,
    max: 1,
  },
  'max-amount': {
    type: 'integer',
    doc: 'The most that one transfer moves; with more of it more are refused.',
    default: 5,
    min: 1,
  },
});

export default defineWorkload({
  name: 'bank',
  summary: 'Money moved between accounts, and reads of all balances at once.',
  params,
  asks: bank,
  tell: (f, input) => {
    if (f !== 'transfer') return f;
    const { from, to, amount } = input as Transfer;
    return `transfer ${amount} ${from}→${to}`;
  },
  generator: (given) => new BankGenerator(given),
  outputOf: (f, reply) => (f === 'read' ? (reply as ReplyOf<typeof bank, 'read'>).balances : null),
});

type Transfer = { readonly from: string; readonly to: string; readonly amount: number };

const READ: Invocation = { f: 'read', key: null, input: null, request: { type: 'read' } };

class BankGenerator implements Generator {
  readonly #accounts: Keys;
  readonly #reads: number;
  readonly #maxAmount: number;
  readonly #finals = new FinalPositions(1);
  #wasMoved = false;

  constructor(given: Params<typeof params>) {
    this.#accounts = new Keys(given.accounts);
    this.#reads = given.reads;
    this.#maxAmount = given['max-amount'];
  }

  get firstKey(): string | undefined {
    return this.#accounts.first;
  }

  get wasMoved(): boolean {
    return this.#wasMoved;
  }

  /** A heat takes one of the two sides of every transfer. */
  next(_process: number, random: Random, heat?: string): Invocation {
    this.#wasMoved = false;
    if (random.chance(this.#reads)) return READ;
    const drawn = this.#accounts.next(random);
    const to = this.#other(drawn, random);
    this.#wasMoved =
      heat !== undefined && this.#accounts.has(heat) && drawn !== heat && to !== heat;
    const from = heat !== undefined && this.#wasMoved ? heat : drawn;
    const amount = random.int(1, this.#maxAmount);
    const input: Transfer = random.chance(0.5)
      ? { from, to, amount }
      : { from: to, to: from, amount };
    return { f: 'transfer', key: null, input, request: { type: 'transfer', ...input } };
  }

  /** Each process reads once. */
  last(process: number): Invocation | null {
    return this.#finals.next(process) === null ? null : READ;
  }

  /** Another account, chosen alike; one beside, if the choice falls on the same. */
  #other(from: string, random: Random): string {
    const drawn = this.#accounts.next(random);
    if (drawn !== from) return drawn;
    const { count } = this.#accounts;
    const first = random.int(0, count - 1);
    const candidate = this.#accounts.at(first);
    return candidate !== from ? candidate : this.#accounts.at((first + 1) % count);
  }
}
