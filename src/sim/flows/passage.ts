/**
 * A flow written by hand, for what stands around every call: a generator for each layer would cost
 * a call more than its messages.
 *
 * It waits for one flow after another. `begin` and `went` each either name the next with `waitFor`,
 * or give the value of the whole with `end`.
 */
import type { Flow, Step } from './flow.ts';

export abstract class Passage<R, I = R> implements Flow<R> {
  /** It is its own iterator result once it has ended. */
  done = false;
  value: R | undefined = undefined;
  private started = false;
  private inner: Flow<I> | null = null;

  protected abstract begin(): void;
  /** The flow waited for has ended with this value. */
  protected abstract went(value: I): void;
  /** It was cancelled while it waited, or the flow waited for has thrown. */
  protected abandoned(): void {}

  protected waitFor(flow: Flow<I>): void {
    this.inner = flow;
  }

  protected end(value: R): void {
    this.inner = null;
    this.done = true;
    this.value = value;
  }

  next(): IteratorResult<Step, R> {
    if (!this.started) {
      this.started = true;
      this.begin();
    }
    for (let { inner } = this; inner !== null; inner = this.inner) {
      let result: IteratorResult<Step, I>;
      try {
        result = inner.next();
      } catch (error) {
        this.drop();
        throw error;
      }
      if (result.done !== true) return result;
      this.went(result.value);
    }
    return this as IteratorResult<Step, R>;
  }

  return(value: R): IteratorResult<Step, R> {
    const inner = this.drop();
    if (inner?.return(undefined as I).done === false) return WAITING;
    return { done: true, value };
  }

  throw(error: unknown): IteratorResult<Step, R> {
    this.drop()?.return(undefined as I);
    throw error;
  }

  [Symbol.iterator](): Flow<R> {
    return this;
  }

  private drop(): Flow<I> | null {
    const { inner } = this;
    this.inner = null;
    this.started = true;
    if (inner !== null) this.abandoned();
    return inner;
  }
}

/** A flow that should have ended waits in a `finally` block: whoever cancelled it complains. */
const WAITING: IteratorResult<Step, never> = { done: false, value: { waits: true } };
