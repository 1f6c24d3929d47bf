/**
 * What the judges of the hierarchy say: the witness in words, its edges, what still holds, and when
 * they refuse to say anything.
 */
import { describe, expect, it } from 'vitest';
import levels from '../../src/checks/causal/index.ts';
import type { CheckResult } from '../../src/checks/checker.ts';
import { checkEventual } from '../../src/checks/eventual/convergence.ts';
import eventual from '../../src/checks/eventual/index.ts';
import { judge } from '../../src/checks/models/judges/register.ts';
import { queue } from '../../src/checks/models/queue.ts';
import { named } from '../../src/checks/named.ts';
import { DEFAULT_BUDGET } from '../../src/checks/search/turns.ts';
import { checkSequential } from '../../src/checks/sequential/check.ts';
import sequential from '../../src/checks/sequential/index.ts';
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { handFacts, handLoad } from '../support/hand-history.ts';
import { historyOf, type OperationSketch } from '../support/histories.ts';

/** `p w x 1; q r x _`: process, operation, key, value; one after another. */
function program(text: string, load = 'load'): History {
  return historyOf(
    text.split('; ').map((one, i): OperationSketch => {
      const [process = '', f = '', key = '', word = ''] = one.split(' ');
      const value: Plain = word === '_' ? null : Number(word);
      const times = {
        process: Number(process),
        key,
        from: 10_000 * i,
        to: 10_000 * i + 5000,
        load,
      };
      if (f === 'r') return { ...times, f: 'read', output: value };
      if (f === 'w') return { ...times, f: 'write', input: value };
      if (f === 'w?') return { ...times, f: 'write', input: value, outcome: 'info' };
      const [from = '', to = ''] = word.split('>');
      const pair = [from === '_' ? null : Number(from), Number(to)];
      const outcome = f === 'cas!' ? ('fail' as const) : ('ok' as const);
      return {
        ...times,
        f: 'cas',
        input: pair,
        outcome,
        error: outcome === 'fail' ? 'precondition-failed' : null,
      };
    }),
  );
}

function ask(
  history: History,
  consistency: string,
  set: Record<string, unknown> = {},
): CheckResult {
  return judge.judge(history, defaultsOf(judge.params, set), consistency, DEFAULT_BUDGET);
}

function told({
  verdict,
  summary,
  reasons,
  evidence,
  anomalies = [],
  next = [],
}: CheckResult): string {
  const edges = anomalies.flatMap(({ name, edges }) => [
    name,
    ...edges.map(({ from, to, kind }) => `  #${from} -${kind}-> #${to}`),
  ]);
  return [
    `${verdict}: ${summary}`,
    ...reasons,
    `evidence ${evidence.join(' ')}`,
    ...edges,
    ...next,
  ].join('\n');
}

it('takes a compare-and-set that sets what it found for a read of another write', () => {
  const history = historyOf([
    { process: 0, f: 'cas', input: [1, 1], from: 1, to: 3 },
    { process: 1, f: 'write', input: 1, from: 2, to: 4 },
  ]);
  for (const level of ['causal', 'pram', 'sequential']) {
    expect([level, ask(history, level).verdict]).toEqual([level, 'pass']);
  }
});

it('blames the one read that goes back, where one order of the writes is against it alone', () => {
  const history = historyOf([
    { process: 1, f: 'write', input: 5, from: 1, to: 4 },
    { process: 0, f: 'write', input: 6, from: 2, to: 5 },
    { process: 2, f: 'read', output: 5, from: 3, to: 6 },
    { process: 1, f: 'write', input: 6, from: 8, to: 11 },
    { process: 1, f: 'read', output: 5, from: 13, to: 15 },
  ]);
  const { verdict, summary } = ask(history, 'causal-convergence');
  expect([verdict, summary]).toMatchInlineSnapshot(`
    [
      "fail",
      "Not causal convergence: p1 read x = 5 (#4), though it must have known x = 6 (#3), which came later.",
    ]
  `);
});

describe('the witness', () => {
  it('of message passing against causal memory', () => {
    const history = program('0 w x 1; 0 w y 1; 1 r y 1; 1 r x _');
    expect(told(ask(history, 'causal'))).toMatchInlineSnapshot(`
      "fail: Not causal memory: p1 read x = null (#3), though it must have known that p0 wrote x = 1 (#0).
      p0 wrote x = 1 (#0), and then wrote y = 1 (#1).
      p1 read y = 1 (#2), which p0 had set (#1).
      p1 read y = 1 (#2), and then read x = null (#3).
      Whoever knows #0 cannot see x as it was at the start.
      evidence 0 1 2 3
      WriteHBInitRead
        #0 -process-> #1
        #1 -wr-> #2
        #2 -process-> #3
        #3 -rw-> #0
      These still hold: read your writes on top of monotonic writes; monotonic reads on top of writes follow reads."
    `);
  });

  it('of a value that came back against causal consistency', () => {
    const history = program('0 w x 1; 1 r x 1; 1 w x 2; 2 r x 2; 2 r x 1');
    expect(told(ask(history, 'causal-consistency'))).toMatchInlineSnapshot(`
      "fail: Not causal consistency: p2 read x = 1 (#4), though it must have known x = 2 (#2), which came later.
      p1 read x = 1 (#1), which p0 had set (#0).
      p1 read x = 1 (#1), and then wrote x = 2 (#2).
      So #2 came after #0.
      p2 read x = 2 (#3), which p1 had set (#2).
      p2 read x = 2 (#3), and then read x = 1 (#4).
      So #2 was known to #4, which returned the older value.
      evidence 0 1 2 3 4
      WriteCORead
        #2 -wr-> #3
        #3 -process-> #4
        #4 -rw-> #2
        #0 -wr-> #1
        #1 -process-> #2
      These still hold: PRAM consistency; read your writes on top of monotonic writes; monotonic reads on top of monotonic writes; writes follow reads (alone)."
    `);
  });

  it('of two readers who disagree against causal convergence', () => {
    const history = program('0 w x 1; 1 w x 2; 2 r x 1; 2 r x 2; 3 r x 2; 3 r x 1');
    expect(told(ask(history, 'causal-convergence'))).toMatchInlineSnapshot(`
      "fail: Not causal convergence: no one order of the writes explains that p3 read x = 1 (#5) and p2 read x = 2 (#3).
      p3 read x = 2 (#4), which p1 had set (#1).
      p3 read x = 2 (#4), and then read x = 1 (#5).
      p3 read x = 1 (#5) and must have known x = 2 (#1) by then: #1 came before #0.
      p2 read x = 1 (#2), which p0 had set (#0).
      p2 read x = 1 (#2), and then read x = 2 (#3).
      p2 read x = 2 (#3) and must have known x = 1 (#0) by then: #0 came before #1.
      evidence 0 1 2 3 4 5
      CyclicCF
        #1 -ww-> #0
        #0 -ww-> #1
      These still hold: causal memory; read your writes on top of monotonic writes; writes follow reads (alone)."
    `);
  });

  it('of a process whose calls a coarse clock does not order: it does', () => {
    const at = { process: 0, key: 'x', load: 'load' };
    const history = historyOf([
      { ...at, f: 'read', output: 1, from: 0, to: 1000 },
      { ...at, f: 'write', input: 1, from: 1000, to: 2000 },
    ]);
    expect(ask(history, 'linearizable').verdict).toBe('pass');
    expect(ask(history, 'sequential').verdict).toBe('fail');
    expect(ask(history, 'strongest').summary).toContain('PRAM consistency');
  });

  it('of store buffers against sequential consistency', () => {
    const history = program('0 w x 1; 0 r y _; 1 w y 1; 1 r x _');
    expect(told(ask(history, 'sequential'))).toMatchInlineSnapshot(`
      "fail: Not sequentially consistent: no order of all operations explains p0's read → null on y (#1) and p1's read → null on x (#3).
      p0 did write 1 on x (#0), and then read → null on y (#1).
      p0's read → null on y (#1) came before p1's write 1 on y (#2), else it would have found another value.
      p1 did write 1 on y (#2), and then read → null on x (#3).
      p1's read → null on x (#3) came before p0's write 1 on x (#0), else it would have found another value.
      evidence 0 1 2 3
      cycle
        #0 -process-> #1
        #1 -rw-> #2
        #2 -process-> #3
        #3 -rw-> #0
      These still hold: causal memory; causal convergence."
    `);
  });

  it('of thin air against everything', () => {
    expect(told(ask(program('0 r x 7'), 'monotonic-reads'))).toMatchInlineSnapshot(`
      "fail: Not monotonic reads (alone): p0 read x = 7 (#0), which nobody wrote.
      No operation that can have happened set that value, nor does the key start so.
      evidence 0
      ThinAirRead
      No other level was found to hold."
    `);
  });

  it('of a circle', () => {
    const history = program('0 r x 1; 0 w y 1; 1 r y 1; 1 w x 1');
    expect(told(ask(history, 'causal-consistency'))).toMatchInlineSnapshot(`
      "fail: Not causal consistency: p0 read x = 1 (#0), p0 wrote y = 1 (#1), p1 read y = 1 (#2), p1 wrote x = 1 (#3): each depends on the one before, in a circle.
      p0 read x = 1 (#0), and then wrote y = 1 (#1).
      p1 read y = 1 (#2), which p0 had set (#1).
      p1 read y = 1 (#2), and then wrote x = 1 (#3).
      p0 read x = 1 (#0), which p1 had set (#3).
      evidence 0 1 2 3
      CyclicCO
        #0 -process-> #1
        #1 -wr-> #2
        #2 -process-> #3
        #3 -wr-> #0
      These still hold: PRAM consistency; read your writes on top of monotonic writes; monotonic reads on top of monotonic writes."
    `);
  });
});

describe('the strongest that holds', () => {
  it('may be several at once, with what is against the next ones up', () => {
    const history = program('0 w x 1; 0 r y _; 1 w y 1; 1 r x _');
    expect(told(ask(history, 'strongest'))).toMatchInlineSnapshot(`
      "pass: The strongest levels that hold are causal memory and causal convergence; sequential consistency does not.
      Not sequentially consistent: no order of all operations explains p0's read → null on y (#1) and p1's read → null on x (#3).
      evidence 0 1 2 3
      cycle
        #0 -process-> #1
        #1 -rw-> #2
        #2 -process-> #3
        #3 -rw-> #0
      --consistency causal: each process has an order of all writes that keeps causes first and explains its reads.
      --consistency causal-convergence: one order of all writes keeps causes first and explains every read by what it knew.
      --consistency sequential: one order of all operations explains what each process saw."
    `);
  });

  it('may be all, or none', () => {
    expect(ask(program('0 w x 1; 1 r x 1'), 'strongest')).toMatchObject({
      verdict: 'pass',
      summary: 'The strongest level that holds is linearizability.',
    });
    expect(ask(program('0 r x 7'), 'strongest')).toMatchObject({ verdict: 'fail' });
  });
});

describe('every level', () => {
  it('is asked for by name, and the first is the default', () => {
    const history = program('0 w x 1; 1 r x 1; 0 r x 1');
    expect(judge.consistencies[0]).toBe('linearizable');
    for (const name of judge.consistencies) {
      const { verdict } = ask(history, name, { versions: 0 });
      expect(`${name} ${verdict}`).toBe(`${name} pass`);
    }
  });

  it('refuses to judge what it does not understand, and finds nothing wrong with silence', () => {
    const strange = historyOf([{ process: 0, f: 'pop', from: 0, to: 5 }]);
    const unanswered = program('0 w? x 1');
    // These are about what was read in the end, and how old it was.
    const silent = (name: string) =>
      /^(eventual|bounded-staleness)$/.test(name) ? 'unknown' : 'pass';
    for (const name of judge.consistencies) {
      expect(ask(strange, name).verdict, name).toBe('unknown');
      expect(ask(unanswered, name).verdict, name).toBe(silent(name));
      expect(ask([], name).verdict, name).toBe(silent(name));
    }
  });

  it('starts from the initial value that is given', () => {
    const history = program('0 r x 0; 0 w x 1; 1 r x 0; 1 r x 1');
    expect(ask(history, 'sequential').verdict).toBe('fail');
    expect(ask(history, 'sequential', { initial: '0' }).verdict).toBe('pass');
    expect(ask(history, 'pram', { initial: '0' }).verdict).toBe('pass');
  });

  it('takes a failed compare-and-set for an observation where told so', () => {
    const history = program('0 w x 1; 0 cas! x 1>2; 0 r x 1');
    for (const name of ['sequential', 'causal', 'read-your-writes']) {
      expect(ask(history, name).verdict).toBe('pass');
      expect(ask(history, name, { as: 'observation' }).verdict, name).toBe('fail');
    }
  });

  it('lets an open write take effect after what its process did next', () => {
    const late = program('0 w? x 1; 0 r x _; 1 r x 1');
    for (const name of ['linearizable', 'sequential', 'causal', 'pram', 'read-your-writes']) {
      expect(ask(late, name).verdict, name).toBe('pass');
    }
  });

  it('lets an open write happen or not, and a failed one never', () => {
    expect(ask(program('0 w? x 1; 1 r x _; 1 r x 1'), 'causal').verdict).toBe('pass');
    expect(ask(program('0 w? x 1; 1 r x _; 1 r x _'), 'causal').verdict).toBe('pass');
    expect(ask(program('0 w? x 1; 1 r x 1; 1 r x _'), 'causal').verdict).toBe('fail');
    const failed = historyOf([
      { process: 0, f: 'write', input: 1, from: 0, to: 5, outcome: 'fail', error: 'refused' },
      { process: 1, f: 'read', output: 1, from: 10, to: 15 },
    ]);
    expect(ask(failed, 'monotonic-reads').verdict).toBe('fail');
  });
});

describe('eventual consistency', () => {
  it('asks what each process read last', () => {
    expect(
      told(ask(program('0 w x 1; 1 w x 2; 0 r x 1; 0 r x 2; 1 r x 2'), 'eventual')),
    ).toMatchInlineSnapshot(`
      "pass: Every key converged: 2 final reads of 1 key agree.
      evidence "
    `);
    expect(
      told(ask(program('0 w x 1; 1 w x 2; 0 r x 1; 1 r x 2'), 'eventual')),
    ).toMatchInlineSnapshot(`
      "fail: x did not converge: p0 read 1 (#2), p1 read 2 (#3).
      The last write of x was over at 0.015s.
      p0 read 1 (#2) at 0.020s.
      p1 read 2 (#3) at 0.030s.
      evidence 2 3
      divergence"
    `);
  });

  it('needs two processes, and a value that was written', () => {
    expect(ask(program('0 w x 1; 0 r x 1'), 'eventual').verdict).toBe('unknown');
    expect(ask(program('0 w x 1; 0 r x _; 1 r x _'), 'eventual')).toMatchObject({
      verdict: 'fail',
      evidence: [1],
    });
    expect(ask(program('0 w? x 1; 1 r x _; 2 r x _'), 'eventual').verdict).toBe('pass');
  });

  it('takes what a compare-and-set without an answer would have compared for nothing seen', () => {
    const history = program('0 w? x 1; 1 w? x 2; 1 r x _; 2 r x _').map((operation) =>
      operation.index === 1 ? { ...operation, f: 'cas', input: [1, 2] } : operation,
    );
    expect(ask(history, 'eventual').verdict).toBe('pass');
  });

  it('waits for quiet', () => {
    const history = program('0 w x 1; 1 w x 2; 0 r x 1; 1 r x 2');
    expect(ask(history, 'eventual', { quiet: 100 }).verdict).toBe('unknown');
    expect(checkEventual(history, {}, { afterUs: 25_000 }).verdict).toBe('unknown');
  });

  it('says which acknowledged write an older one has overwritten', () => {
    const { verdict, next, numbers } = ask(
      program('0 w x 1; 1 w x 2; 0 r x 1; 1 r x 1'),
      'eventual',
    );
    expect(verdict).toBe('pass');
    expect(numbers['overwritten']).toBe(1);
    expect(next).toMatchInlineSnapshot(`
      [
        "x ended as 1, though #1 was acknowledged later: it was overwritten by an older write.",
      ]
    `);
  });
});

describe('in a run', () => {
  const facts = handFacts({
    durationUs: 30_000,
    loads: ['one', 'two'].map((name) => handLoad(name, 'register', `kv-${name}`)),
  });

  it('loads on different targets are different registers', () => {
    const one = program('0 w x 1; 0 r x 1', 'one');
    const two = program('1 r x _; 1 w x 2', 'two').map((o, i) => ({ ...o, index: i + 2 }));
    for (const checker of [named(levels, 'causal'), sequential]) {
      expect(checker.check([...one, ...two], facts).verdict).toBe('pass');
      const same = [...one, ...two].map((operation) => ({ ...operation, load: 'one' }));
      const wrong = same.map((o) => (o.index === 2 ? { ...o, output: 2 } : o));
      expect(checker.check(wrong, facts).verdict).toBe('fail');
    }
  });

  it('only reads after the end of the load show what a store has converged to', () => {
    const history = program('0 w x 1; 0 r x 1; 1 r x _; 0 r x 1; 1 r x 1', 'one');
    expect(eventual.check(history, facts).verdict).toBe('pass');
    const late = history.map((o) => (o.index === 4 ? { ...o, output: null } : o));
    expect(eventual.check(late, facts)).toMatchObject({ verdict: 'fail', evidence: [3, 4] });
  });
});

describe('other objects under sequential consistency', () => {
  const steps = (...all: readonly (readonly [number, string, Plain])[]): History =>
    historyOf(
      all.map(([process, f, value], i) => {
        const times = { process, key: null, from: 10 * i, to: 10 * i + 5 };
        return f === 'enqueue' ? { ...times, f, input: value } : { ...times, f, output: value };
      }),
    );

  it('a queue may answer late, but in the order of each process', () => {
    const late = steps([0, 'enqueue', 1], [1, 'dequeue', null], [1, 'dequeue', 1]);
    expect(checkSequential(late, queue).verdict).toBe('pass');
    const swapped = steps(
      [0, 'enqueue', 1],
      [0, 'enqueue', 2],
      [1, 'dequeue', 2],
      [1, 'dequeue', 1],
    );
    expect(told(checkSequential(swapped, queue))).toMatchInlineSnapshot(`
      "fail: Not sequentially consistent: no order of all operations explains p0's enqueue 1 (#0) and p1's dequeue → 2 (#2).
      p0 did enqueue 1 (#0).
      p1 did dequeue → 2 (#2).
      They fit in no order that keeps that of each process, whatever else happened.
      evidence 0 2"
    `);
  });
});

describe('all writes that a read knew come before the one that it returned', () => {
  // Process 0 knows its own writes, and process 1 the one that it made before it read one of them.
  const history = (count: number, returned: number) => {
    const own = Array.from({ length: count }, (_, i) => `0 w x ${i + 1}`);
    return program([...own, '1 w x 99', '0 r x 99', `1 r x ${returned}`].join('; '));
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 13])('of %i each', (count) => {
    for (let returned = 1; returned <= count; returned++) {
      const { verdict } = ask(history(count, returned), 'read-your-writes');
      expect([returned, verdict]).toEqual([returned, 'fail']);
    }
    expect(ask(history(count, 99), 'read-your-writes').verdict).toBe('pass');
  });
});
