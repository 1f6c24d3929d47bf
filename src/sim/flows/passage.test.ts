// A flow written by hand does what a generator would: one flow after another, one end.
import { expect, test } from 'vitest';
import type { Flow, Step } from './flow.ts';
import { Passage } from './passage.ts';

const STEP: Step = { waits: true };

/** A flow that waits once, then gives `value` or throws it. */
function* waiting(log: string[], value: number | Error): Generator<Step, number> {
  try {
    yield STEP;
    if (value instanceof Error) throw value;
    return value;
  } finally {
    log.push('inner over');
  }
}

class Sum extends Passage<string, number> {
  readonly log: string[] = [];
  private readonly flows: Flow<number>[];
  private sum = 0;

  constructor(...values: (number | Error)[]) {
    super();
    this.flows = values.map((value) => waiting(this.log, value) as Flow<number>);
  }

  protected override begin(): void {
    this.log.push('begun');
    this.goOn();
  }

  protected override went(value: number): void {
    this.sum += value;
    this.goOn();
  }

  protected override abandoned(): void {
    this.log.push('abandoned');
  }

  private goOn(): void {
    const next = this.flows.shift();
    if (next === undefined) this.end(`${this.sum}`);
    else this.waitFor(next);
  }
}

function* around(flow: Flow<string>): Flow<string> {
  return `(${yield* flow})`;
}

test('waits for one flow after another, and gives what it ends with', () => {
  const sum = new Sum(1, 2);
  const flow = around(sum);
  expect([flow.next().done, flow.next().done]).toEqual([false, false]);
  expect(flow.next()).toEqual({ done: true, value: '(3)' });
  expect(sum.log).toEqual(['begun', 'inner over', 'inner over']);
});

test('may end without waiting', () => {
  expect(around(new Sum()).next()).toEqual({ done: true, value: '(0)' });
});

test('cancelled while it waits, it is abandoned once, and so is what it waits for', () => {
  const sum = new Sum(1, 2);
  const flow = around(sum);
  flow.next();
  expect(flow.return('cancelled').done).toBe(true);
  flow.return('again');
  expect(sum.log).toEqual(['begun', 'abandoned', 'inner over']);
});

test('cancelled before it began, or once it has ended, there is nothing to abandon', () => {
  const early = new Sum(1);
  expect(early.return('never').done).toBe(true);
  const late = new Sum();
  late.next();
  late.return('too late');
  expect([early.log, late.log]).toEqual([[], ['begun']]);
});

test('what is thrown inside it or into it goes on, after it was abandoned', () => {
  const inside = new Sum(new Error('inside'));
  inside.next();
  expect(() => inside.next()).toThrow('inside');
  const into = new Sum(1);
  into.next();
  expect(() => into.throw(new Error('into'))).toThrow('into');
  expect([inside.log, into.log]).toEqual([
    ['begun', 'inner over', 'abandoned'],
    ['begun', 'abandoned', 'inner over'],
  ]);
});

test('what waits again in a finally block is seen by whoever cancels', () => {
  class Stubborn extends Passage<number> {
    protected override begin(): void {
      this.waitFor(
        (function* (): Generator<Step, number> {
          try {
            yield STEP;
            return 1;
          } finally {
            yield STEP;
          }
        })() as Flow<number>,
      );
    }
    protected override went(value: number): void {
      this.end(value);
    }
  }
  const flow = new Stubborn();
  flow.next();
  expect(flow.return(0).done).toBe(false);
});
