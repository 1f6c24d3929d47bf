/** The register's steps, and that what it tells the search agrees with them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plain } from '../../sim/node.ts';
import type { Call } from '../search/call.ts';
import { register, registerModel } from './register.ts';

const stateAfter = (value: Plain, f: string, input: Plain, output: Plain | undefined) => {
  const next = register.step({ value }, f, input, output);
  return next === null ? 'does not fit' : next.value;
};

describe('a register', () => {
  it('starts as null, or as told', () => {
    expect(register.init()).toEqual({ value: null });
    expect(registerModel({ initial: 0 }).init()).toEqual({ value: 0 });
  });

  it('reads what it holds', () => {
    expect(stateAfter(1, 'read', null, 1)).toBe(1);
    expect(stateAfter(1, 'read', null, 2)).toBe('does not fit');
    expect(stateAfter(null, 'read', null, null)).toBe(null);
    expect(stateAfter(1, 'read', null, undefined)).toBe(1);
  });

  it('tells the number 1 from the text 1, and knows equal records', () => {
    expect(stateAfter('1', 'read', null, 1)).toBe('does not fit');
    expect(register.identify({ value: 1 })).not.toBe(register.identify({ value: '1' }));
    const record = { a: 1, b: [2] };
    expect(stateAfter(record, 'read', null, { b: [2], a: 1 })).toEqual(record);
    expect(register.identify({ value: record })).toBe(
      register.identify({ value: { b: [2], a: 1 } }),
    );
  });

  it('writes, whatever the output', () => {
    expect(stateAfter(1, 'write', 2, null)).toBe(2);
    expect(stateAfter(1, 'write', 2, undefined)).toBe(2);
  });

  it('compares and sets', () => {
    expect(stateAfter(1, 'cas', [1, 2], null)).toBe(2);
    expect(stateAfter(3, 'cas', [1, 2], null)).toBe('does not fit');
  });

  it('takes an unseen compare-and-set for one that may have been refused', () => {
    expect(stateAfter(1, 'cas', [1, 2], undefined)).toBe(2);
    expect(stateAfter(3, 'cas', [1, 2], undefined)).toBe(3);
  });

  it('refuses only what does not match', () => {
    expect(stateAfter(1, 'cas', [1, 2], false)).toBe('does not fit');
    expect(stateAfter(3, 'cas', [1, 2], false)).toBe(3);
  });

  it('names operations for people', () => {
    expect(register.describe('read', null, 3)).toBe('read → 3');
    expect(register.describe('read', null, undefined)).toBe('read');
    expect(register.describe('write', 'a', null)).toBe('write a');
    expect(register.describe('cas', [1, 2], null)).toBe('cas 1→2');
    expect(register.describe('cas', [1, 2], false)).toBe('cas 1→2 refused');
  });
});

describe('a refused compare-and-set', () => {
  it('did not happen, and says nothing, unless refusals are observations', () => {
    expect(register.refusal?.('cas', [1, 2], 'precondition-failed')).toBeUndefined();
    const observing = registerModel({ failedCas: 'observation' });
    expect(observing.refusal?.('cas', [1, 2], 'precondition-failed')).toBe(false);
    expect(observing.refusal?.('cas', [1, 2], null)).toBe(false);
    // Refused for another reason: nothing was compared.
    expect(observing.refusal?.('cas', [1, 2], 'temporarily-unavailable')).toBeUndefined();
    expect(observing.refusal?.('write', 1, 'precondition-failed')).toBeUndefined();
  });
});

const value = fc.constantFrom<Plain>(null, 1, 2, 'a');
const operation = fc.oneof(
  fc.record({ f: fc.constant('read'), input: fc.constant(null), output: value }),
  fc.record({ f: fc.constant('write'), input: value, output: fc.constant(null) }),
  fc.record({
    f: fc.constant('cas'),
    input: fc.tuple(value, value),
    output: fc.constantFrom<Plain | undefined>(null, false, undefined),
  }),
);

describe('what the register tells the search', () => {
  it('agrees with its steps', () => {
    fc.assert(
      fc.property(value, operation, (state, { f, input, output }) => {
        const next = register.step({ value: state }, f, input, output);
        const { needs, refutes, sets } = register.effect?.(f, input, output) ?? {};
        const seen = output !== undefined;
        if (needs !== undefined && seen) expect(next !== null).toBe(state === needs.value);
        if (refutes !== undefined) expect(next !== null).toBe(state !== refutes.value);
        if (next === null) return;
        if (register.readOnly?.(f, input, output)) expect(next.value).toBe(state);
        if (next.value !== state) expect(next.value).toBe(sets?.value);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('the reduction', () => {
  const call = (index: number, f: string, input: Plain, output?: Plain): Call => {
    const open = output === undefined;
    return {
      index,
      f,
      input,
      output,
      invokedAtUs: index,
      completedAtUs: open ? Infinity : index + 1,
    };
  };
  const reduced = (...calls: Call[]) =>
    register.reduce?.(calls).calls.map(({ index, input }) => [index, input]);

  it('leaves out open writes that nobody noticed', () => {
    const calls = [call(0, 'write', 1), call(1, 'write', 2), call(2, 'read', null, 2)];
    expect(reduced(...calls)).toEqual([
      [1, 2],
      [2, null],
    ]);
  });

  it('keeps what an open compare-and-set may have needed, if that one may have been noticed', () => {
    const chain = [call(0, 'write', 1), call(1, 'cas', [1, 2]), call(2, 'read', null, 2)];
    expect(reduced(...chain)).toEqual([
      [0, 1],
      [1, [1, 2]],
      [2, null],
    ]);
    const unnoticed = [call(0, 'write', 1), call(1, 'cas', [1, 2]), call(2, 'read', null, null)];
    expect(reduced(...unnoticed)).toEqual([[2, null]]);
  });

  it('keeps open writes where a refusal may be due to them', () => {
    const calls = [call(0, 'write', 1), call(1, 'cas', [null, 2], false)];
    expect(reduced(...calls)).toEqual([
      [0, 'unwanted'],
      [1, [null, 2]],
    ]);
  });

  it('makes one of all values that nobody wants, but never of one that somebody does', () => {
    const calls = [
      call(0, 'write', 1, null),
      call(1, 'write', 2, null),
      call(2, 'cas', ['unwanted', 4], null),
      call(3, 'read', null, 1),
    ];
    expect(reduced(...calls)).toEqual([
      [0, 1],
      [1, 'unwanted*'],
      [2, ['unwanted', 'unwanted*']],
      [3, null],
    ]);
  });
});
