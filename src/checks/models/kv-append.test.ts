/** The steps of the store of strings, and what it leaves out. */
import { describe, expect, it } from 'vitest';
import type { Call } from '../search/call.ts';
import { kvAppend } from './kv-append.ts';

describe('a key of strings', () => {
  it('starts empty, puts, appends and gets', () => {
    expect(kvAppend.init()).toBe('');
    expect(kvAppend.step('ab', 'put', 'c', null)).toBe('c');
    expect(kvAppend.step('ab', 'append', 'c', undefined)).toBe('abc');
    expect(kvAppend.step('ab', 'get', null, 'ab')).toBe('ab');
    expect(kvAppend.step('ab', 'get', null, 'a')).toBeNull();
    expect(kvAppend.describe('get', null, 'ab')).toBe('get → "ab"');
    expect(kvAppend.describe('append', 'c', null)).toBe('append "c"');
  });
});

describe('the reduction', () => {
  const call = (index: number, f: string, input: string | null, output?: string): Call => {
    const completedAtUs = output === undefined ? Infinity : index + 1;
    return { index, f, input, output, invokedAtUs: index, completedAtUs };
  };
  const got = call(9, 'get', null, 'xay');

  it('leaves out open writes of text that was never got', () => {
    const calls = [call(0, 'append', 'a'), call(1, 'append', 'b'), call(2, 'put', 'ya'), got];
    expect(kvAppend.reduce?.(calls).calls.map(({ index }) => index)).toEqual([0, 9]);
  });

  it('merges the states that no get can match any more', () => {
    const other = call(8, 'get', null, 'b');
    const merge = kvAppend.reduce?.([other, got]).merge ?? ((state: string) => state);
    for (const possible of ['', 'x', 'xa', 'xay', 'b']) expect(merge(possible)).toBe(possible);
    const lost = merge('a');
    for (const hopeless of ['bb', 'xayy', 'y', 'xb', `${lost}x`])
      expect(merge(hopeless)).toBe(lost);
    expect('xay'.startsWith(lost) || 'b'.startsWith(lost)).toBe(false);
  });
});
