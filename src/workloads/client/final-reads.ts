/**
 * The final reads of one client: what its generator asks once the load is over and the faults are
 * healed, one operation after the other until there is no more. One without an answer is repeated a
 * few times.
 */
import type { OperationOutcome } from '../../sim/history.ts';
import type { Context } from '../../sim/node.ts';
import { errors } from '../../sim/rpc.ts';
import type { Generator, Invocation } from '../workload.ts';
import type { Process } from './process.ts';

const FINAL_READS_MAX = 3;
const FIRST_PATIENCE_US = 1_000_000;
export const FINAL_READ_AGAIN = 'final-read-again';
const FINAL_READ_AGAIN_MS = 100;

/** What the reads need of their client. */
export interface Reading {
  takeProcess(ctx: Context): Process;
  read(ctx: Context, process: Process, invocation: Invocation, mostUs: number): void;
}

export class FinalReads {
  readonly #generator: Generator;
  readonly #client: Reading;
  /** Who reads; null before the first read. */
  #reader: Process | null = null;
  /** The number under which the generator knows the reader, whoever goes on in its place. */
  #number = -1;
  /** The read under way; null between and after them. */
  #reading: Invocation | null = null;
  #tries = 0;

  constructor(generator: Generator, client: Reading) {
    this.#generator = generator;
    this.#client = client;
  }

  get reader(): Process | null {
    return this.#reader;
  }

  get number(): number {
    return this.#number;
  }

  get isUnderWay(): boolean {
    return this.#reading !== null;
  }

  /** 1 s, and twice as long with each try: a long patience would use up all the time there is. */
  get #patienceUs(): number {
    return FIRST_PATIENCE_US * (1 << (this.#tries - 1));
  }

  start(ctx: Context): void {
    this.#reader = this.#client.takeProcess(ctx);
    this.#number = this.#reader.number;
    this.#next(ctx, this.#reader);
  }

  again(ctx: Context): void {
    if (this.#reader === null || this.#reading === null) return;
    this.#tries++;
    this.#client.read(ctx, this.#reader, this.#reading, this.#patienceUs);
  }

  ended(ctx: Context, outcome: OperationOutcome, error: string | null): void {
    // After `info` the process is retired, and somebody new goes on in its place.
    if (outcome === 'info') this.#reader = this.#client.takeProcess(ctx);
    const answered = outcome === 'ok' || (error !== null && errors.get(error)?.answers === true);
    if (answered || this.#tries >= FINAL_READS_MAX) this.#next(ctx, this.#reader as Process);
    else ctx.setTimer(FINAL_READ_AGAIN, FINAL_READ_AGAIN_MS);
  }

  #next(ctx: Context, reader: Process): void {
    this.#reading = this.#generator.last(this.#number, ctx.random);
    this.#tries = 1;
    if (this.#reading !== null) this.#client.read(ctx, reader, this.#reading, this.#patienceUs);
  }
}
