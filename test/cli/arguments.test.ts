/** What the command line takes apart, decides once, and answers with a code. */
import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  collectOutput,
  collectSet,
  parseColor,
  parseCount,
  parseDigest,
  parseDuration,
  parseNames,
  parseSeed,
  parseSeeds,
} from '../../src/cli/arguments.ts';
import { exitCodes, worstCode } from '../../src/cli/exit-codes.ts';
import { runInterruptible } from '../../src/cli/interruptible.ts';
import { usesAscii, usesColor, widthOf } from '../../src/cli/terminal.ts';
import { guardHost } from '../../src/sim/kernel/guard.ts';
import { TextOutput } from '../support/cli-host.ts';

describe('arguments', () => {
  test('seeds', () => {
    expect(parseSeeds('0..99')).toEqual({ first: 0, last: 99 });
    expect(parseSeeds('7..7')).toEqual({ first: 7, last: 7 });
    expect(parseSeed('ünï')).toBe('ünï');
    expect(() => parseSeeds('9..1')).toThrow('did you mean 1..9?');
    for (const text of [
      '9',
      '1-9',
      '0..',
      '..9',
      '0...9',
      '1.5..2',
      '-1..3',
      '0..9007199254740992',
    ]) {
      expect(() => parseSeeds(text), text).toThrow(InvalidArgumentError);
    }
    expect(() => parseSeeds('0..10000000')).toThrow('more than ten million');
    expect(() => parseSeed('')).toThrow(InvalidArgumentError);
  });

  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['0.5s', 500],
    ['2h', 7_200_000],
  ])('the duration %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['30', 's', '1d', '-1s', '0s', '1s 2s', '1e3s', '999h'])(
    '%s is no duration',
    (text) => {
      expect(() => parseDuration(text)).toThrow(InvalidArgumentError);
    },
  );

  test('counts, digests, names, colours, values', () => {
    expect(parseCount('1000')).toBe(1000);
    for (const text of ['0', '-1', '1.5', '1e3', '', '99999999999999999999']) {
      expect(() => parseCount(text), text).toThrow(InvalidArgumentError);
    }
    expect(parseDigest('0123456789ABCDEF')).toBe('0123456789abcdef');
    expect(() => parseDigest('0123')).toThrow(InvalidArgumentError);
    expect(parseNames('kv-1, kv-2')).toEqual(['kv-1', 'kv-2']);
    expect(() => parseNames('kv-1,')).toThrow(InvalidArgumentError);
    expect(() => parseColor('blue')).toThrow('--color=auto');
    expect(collectSet('b=2', ['a=1'])).toEqual(['a=1', 'b=2']);
    expect(() => collectSet('a')).toThrow('path=value');
    expect(() => collectSet('=1')).toThrow(InvalidArgumentError);
  });

  test('the ending of a file says what goes in', () => {
    const formats = ['a.json', 'a.ndjson', 'a.csv', 'a.md', 'a.mmd', 'a.TXT'].map(
      (path) => collectOutput(path)[0]?.format,
    );
    expect(formats).toEqual(['json', 'trace', 'measures', 'markdown', 'mermaid', 'text']);
    for (const path of ['a', 'a.pdf', '.json/a', 'json']) {
      expect(() => collectOutput(path), path).toThrow(
        '.json, .ndjson, .jsonl, .csv, .md, .mmd, .txt',
      );
    }
  });
});

describe('colour is decided once', () => {
  test.each([
    // The option wins over everything.
    ['always', { NO_COLOR: '1' }, false, true],
    ['never', { FORCE_COLOR: '1' }, true, false],
    // FORCE_COLOR wins over NO_COLOR, which wins over the terminal.
    ['auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    ['auto', { FORCE_COLOR: '3' }, false, true],
    ['auto', { FORCE_COLOR: '0' }, true, false],
    ['auto', { FORCE_COLOR: '', NO_COLOR: '1' }, true, false],
    ['auto', { NO_COLOR: '1' }, true, false],
    ['auto', { NO_COLOR: '' }, true, true],
    ['auto', { TERM: 'dumb' }, true, false],
    ['auto', {}, true, true],
    ['auto', {}, false, false],
  ] as const)('%s %j on a terminal: %s', (choice, env, isTTY, color) => {
    expect(usesColor(choice, env, isTTY)).toBe(color);
  });
});

test.each([
  [true, { LANG: 'en_US.UTF-8' }, true],
  [false, {}, false],
  [false, { LANG: 'C' }, true],
  [false, { LANG: 'C.UTF-8' }, false],
  [false, { LANG: 'de_DE.utf8' }, false],
  [false, { LC_ALL: 'C', LANG: 'en_US.UTF-8' }, true],
  [false, { LC_ALL: '', LC_CTYPE: 'POSIX', LANG: 'en_US.UTF-8' }, true],
])('ASCII: asked %s, %j', (asked, env, ascii) => {
  expect(usesAscii(asked, env)).toBe(ascii);
});

test('the width is that of the terminal, else COLUMNS, else 80', () => {
  expect(widthOf(new TextOutput(true, 132), { COLUMNS: '60' })).toBe(132);
  expect(widthOf(new TextOutput(), { COLUMNS: '60' })).toBe(60);
  expect(widthOf(new TextOutput(), { COLUMNS: 'wide' })).toBe(80);
  expect(widthOf(new TextOutput(), {})).toBe(80);
});

describe('exit codes', () => {
  test.each([
    [[0, 0], 0],
    [[0, 4], 4],
    [[0, 3, 4], 3],
    [[3, 1, 0], 1],
    [[1, 2], 2],
    [[2, 5, 1], 5],
    [[5, 70], 70],
    [[70, 130], 130],
    [[], 4],
  ])('of %j is %i', (codes, worst) => {
    expect(worstCode(codes)).toBe(worst);
  });

  test('the worst does not depend on the order', () => {
    const codes = fc.array(fc.constantFrom(...exitCodes.keys()), { minLength: 1 });
    fc.assert(
      fc.property(codes, (list) => {
        expect(worstCode(list.toReversed())).toBe(worstCode(list));
        expect(list).toContain(worstCode(list));
      }),
      { seed: 6 },
    );
  });
});

describe('a long synchronous function', () => {
  test('gives its value, or throws what it threw', () => {
    expect(runInterruptible(() => 7, null)).toEqual({ kind: 'done', value: 7 });
    expect(() =>
      runInterruptible(() => {
        throw new RangeError('own');
      }, null),
    ).toThrow(new RangeError('own'));
  });

  test('is stopped by its time limit, and the globals that it had replaced are put back', () => {
    const { now } = Date;
    const { random } = Math;
    const { setTimeout: later, Date: clock } = globalThis;
    const ending = runInterruptible(
      () =>
        guardHost(() => {
          for (;;);
        }),
      50,
    );
    expect(ending).toEqual({ kind: 'timeout' });
    expect([Date.now, Math.random, globalThis.setTimeout, globalThis.Date]).toEqual([
      now,
      random,
      later,
      clock,
    ]);
  });
});
