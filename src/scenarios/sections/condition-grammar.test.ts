/** Conditions as text, and on a running system. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { raftUnder } from '../../../test/support/raft-scenario.ts';
import crash from '../../faults/crash.ts';
import partition from '../../faults/partition.ts';
import pause from '../../faults/pause.ts';
import { ROLE_NOTE } from '../../sim/trace.ts';
import type { Condition, FaultSpec, Measured, Scenario } from '../scenario.ts';
import { simulate } from '../simulate.ts';
import type { Comparison } from '../values/comparison.ts';
import { type ConditionSyntax, parseCondition } from './condition-grammar.ts';

/** With all parentheses. */
function written(syntax: ConditionSyntax): string {
  switch (syntax.kind) {
    case 'compare':
      return `${syntax.text} ${syntax.comparison} ${syntax.value.text}`;
    case 'not':
      return `not (${written(syntax.of)})`;
    default:
      return syntax.of.map((each) => `(${written(each)})`).join(` ${syntax.kind} `);
  }
}

function read(text: string): string {
  const parsed = parseCondition(text);
  if (parsed.ok) return written(parsed.value);
  const { at, message, help } = parsed.problem;
  return `${at.from}: ${message}${help === null ? '' : ` (${help})`}`;
}

describe('syntax', () => {
  test('and binds before or, not before both', () => {
    expect(read('a > 1 or b(x) < 2 and not c(x, y) = 3')).toBe(
      '(a > 1) or ((b(x) < 2) and (not (c(x, y) = 3)))',
    );
    expect(read('(a > 1 or b < 2) and c != 3')).toBe('((a > 1) or (b < 2)) and (c != 3)');
    expect(read('elapsed > 2,000 ms and b > 1')).toBe('(elapsed > 2,000 ms) and (b > 1)');
    expect(read("noted('became leader', kv) >= 2")).toBe("noted('became leader', kv) >= 2");
  });

  test.each([
    ['', '0: a condition is empty'],
    ['leaders(kv)', '11: a comparison is missing (for example `leaders(kv) >= 1`)'],
    ['leaders(kv) == 1', '12: `==` is no comparison (did you mean `=`?)'],
    ['leaders(kv > 1', '11: expected `)`'],
    ['a > 1 && b > 2', '6: the condition should end here (did you mean `and`?)'],
    ['(a > 1', '6: expected `)`'],
    ['a > 1 b > 2', '6: the condition should end here'],
    ['a > 1 and', '9: expected a quantity, such as `leaders(kv)`'],
    ['noted(,) > 1', '6: expected an argument'],
  ])('%s', (text, problem) => {
    expect(read(text)).toBe(problem);
  });

  test('whatever the text is, there is an answer, and a problem lies within the text', () => {
    const word = fc.constantFrom(
      'a',
      'kv',
      'and',
      'or',
      'not',
      '(',
      ')',
      ',',
      '>',
      '>=',
      '1',
      "'x'",
      ' ',
      '',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 30 }).map((all) => all.join(' ')),
        ),
        (text) => {
          const parsed = parseCondition(text);
          if (parsed.ok) expect(read(written(parsed.value))).toBe(written(parsed.value));
          else expect(parsed.problem.at.from).toBeLessThanOrEqual(text.length);
        },
      ),
      { seed: 5, numRuns: 2000 },
    );
  });

  test('nesting without end is refused', () => {
    expect(read(`${'('.repeat(10_000)}a > 1`)).toContain('nested too deeply');
    expect(read(`${'not '.repeat(10_000)}a > 1`)).toContain('nested too deeply');
  });
});

const NODES = ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'];

function when(measured: Measured, comparison: Comparison, value: number): Condition {
  const text = `${measured.kind} ${comparison} ${value}`;
  return { text, root: { kind: 'compare', text: measured.kind, measured, comparison, value } };
}

/** Raft in which the leader is cut off from 1 s to 3 s, and what a probe that pauses `kv-1` saw. */
function probe(condition: Condition, given: Partial<FaultSpec> = {}): ReturnType<typeof simulate> {
  const cut = {
    fault: partition,
    params: { isolate: 'leader' },
    atUs: 1_000_000,
    forUs: 2_000_000,
  };
  const touch = { fault: pause, params: { nodes: ['kv-1'] }, atUs: 0, forUs: 1_000 };
  const scenario = raftUnder([cut, touch]);
  const faults = scenario.faults.map((fault, i) =>
    i === 1 ? { ...fault, name: 'probe', when: condition, ...given } : fault,
  );
  return simulate({ ...scenario, faults } as Scenario);
}

function strikesUs(result: ReturnType<typeof simulate>): (number | null)[] {
  return result.facts.faults.flatMap(({ name, injectedAtUs }) =>
    name === 'probe' ? [injectedAtUs] : [],
  );
}

describe('on Raft', () => {
  test('two leaders: at the very event that made the second one', () => {
    const result = probe(when({ kind: 'role', nodes: NODES, role: 'leader' }, '>', 1));
    const [atUs] = strikesUs(result);
    const took = result.facts.notes.filter(
      ({ label, detail }) => label === ROLE_NOTE && detail['role'] === 'leader',
    );
    expect(took.map((note) => note.atUs)).toContain(atUs);
    expect(atUs).toBeGreaterThan(1_000_000);
    expect(atUs).toBeLessThan(3_000_000);
  });

  test('no leader: before the first, and after each crash of one when it may strike again', () => {
    const none = when({ kind: 'role', nodes: NODES, role: 'leader' }, '=', 0);
    expect(strikesUs(probe(none))).toEqual([0]);
    const crashes = raftUnder(
      [1, 2.5, 4].map((s) => ({
        fault: crash,
        params: { nodes: 'leader' },
        atUs: s * 1_000_000,
        forUs: 300_000,
      })),
      { seconds: 6 },
    );
    const name = 'probe';
    const again = { minUs: 100_000, maxUs: 100_000, waitsFirst: false };
    const [first] = crashes.faults;
    if (first === undefined) throw new Error('no faults');
    const spec: FaultSpec = {
      ...first,
      name,
      fault: pause,
      params: { nodes: ['kv-1'] },
      atUs: 900_000,
      forUs: 1_000,
      repeat: again,
      when: none,
    };
    const result = simulate({ ...crashes, faults: [...crashes.faults, spec] });
    expect(strikesUs(result)).toEqual([1_000_000, 2_500_000, 4_000_000]);
  });

  test('terms, notes, nodes that are up, time, and faults that hold', () => {
    const [termUs = 0] = strikesUs(probe(when({ kind: 'term', nodes: NODES }, '>=', 2)));
    expect(termUs).toBeGreaterThan(1_000_000);
    const noted = probe(when({ kind: 'noted', label: ROLE_NOTE, nodes: null }, '>=', 3));
    expect(strikesUs(noted)).toEqual([
      noted.facts.notes.filter(({ label }) => label === ROLE_NOTE)[2]?.atUs,
    ]);
    expect(strikesUs(probe(when({ kind: 'elapsed' }, '>=', 1_234_567)))).toEqual([1_234_567]);
    expect(strikesUs(probe(when({ kind: 'elapsed' }, '>', 1_234_567)))).toEqual([1_234_568]);
    expect(strikesUs(probe(when({ kind: 'held', fault: 'partition' }, '>=', 1)))).toEqual([
      1_000_000,
    ]);
    const healed = when({ kind: 'held', fault: 'partition-1' }, '=', 0);
    expect(strikesUs(probe(healed, { atUs: 1_500_000 }))).toEqual([3_000_000]);
    const down = when({ kind: 'paused', nodes: NODES }, '=', 0);
    expect(strikesUs(probe(down, { atUs: 400_000 }))).toEqual([400_000]);
  });

  test('what never came true says what it was instead', () => {
    const three = probe(when({ kind: 'role', nodes: NODES, role: 'leader' }, '>', 2));
    expect(three.facts.faults.find(({ name }) => name === 'probe')).toMatchObject({
      injectedAtUs: null,
      missed: 'waited for role > 2, which never came true: role was at most 2',
    });
    const unknown = probe(when({ kind: 'most', nodes: NODES, field: 'nothing' }, '>', 2));
    expect(unknown.facts.faults.find(({ name }) => name === 'probe')?.missed).toBe(
      'waited for most > 2, which never came true: it was never looked at',
    );
  });

  test('to wait changes nothing: the same run as without the fault', () => {
    const plain = simulate(raftUnder([], { seed: '3' }));
    const scenario = raftUnder(
      [{ fault: crash, params: { nodes: 'leader' }, atUs: 0, forUs: null }],
      {
        seed: '3',
      },
    );
    const faults = scenario.faults.map((fault) => ({
      ...fault,
      when: when({ kind: 'role', nodes: NODES, role: 'leader' }, '>', 4),
    }));
    const waiting = simulate({ ...scenario, faults });
    expect(waiting.digests.messages).toBe(plain.digests.messages);
    expect(waiting.digests.history).toBe(plain.digests.history);
  });
});
