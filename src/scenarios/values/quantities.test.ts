import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type QuantityKind, readQuantity, readRange } from './quantities.ts';
import { formatQuantity } from './quantity-format.ts';

const seed = 20;

function value(kind: QuantityKind, text: string): number | string {
  const read = readQuantity(kind, text);
  return read.ok ? read.value : `${read.problem.about}: ${read.problem.readings.join(' ')}`.trim();
}

describe('quantities', () => {
  test.each<[QuantityKind, string, number]>([
    ['duration', '10us', 0.01],
    ['duration', '10µs', 0.01],
    ['duration', '1.5ms', 1.5],
    ['duration', '.5s', 500],
    ['duration', '2s', 2000],
    ['duration', '1m30s', 90_000],
    ['duration', '1h2m3s4ms5us', 3_723_004.005],
    ['duration', '1d', 86_400_000],
    ['duration', '-20ms', -20],
    ['duration', '100 ms', 100],
    ['duration', '1,500 ms', 1500],
    ['duration', '1m 30s', 90_000],
    ['ratio', '98.82 %', 0.9882],
    ['rate', '2,942/s', 2942],
    ['rate', '1,234,567.5 /s', 1_234_567.5],
    ['bytes', '1,024 B', 1024],
    ['ppm', '50 ppm', 50],
    ['duration', '0', 0],
    // Each is the double nearest to the decimal, not a product of rounded ones.
    ['duration', '1.1ms', 1.1],
    ['duration', '0.7s', 700],
    ['ratio', '0.1%', 0.001],
    ['ratio', '0.7%', 0.007],
    ['ratio', '29%', 0.29],
    ['ratio', '100%', 1],
    ['ratio', '500ppm', 0.0005],
    ['ratio', '0.25', 0.25],
    ['ratio', '0', 0],
    ['rate', '50/s', 50],
    ['rate', '30/m', 0.5],
    ['rate', '0.5/s', 0.5],
    ['rate', '3600/h', 1],
    ['bytes', '64KiB', 65_536],
    ['bytes', '1.5kB', 1500],
    ['bytes', '1MB', 1_000_000],
    ['bytes', '2GiB', 2_147_483_648],
    ['ppm', '50ppm', 50],
    ['ppm', '-20ppm', -20],
    ['ppm', '0.01%', 100],
    ['integer', '0x10', 16],
    ['integer', '1e3', 1000],
    ['number', '-.5', -0.5],
  ])('%s %s is %d', (kind, text, expected) => {
    expect(value(kind, text)).toBe(expected);
  });

  test.each<[QuantityKind, string, string]>([
    ['duration', '50', 'unit: 50ms 50s'],
    ['duration', '5,00ms', 'unit:'],
    ['duration', '1,0000ms', 'unit:'],
    ['duration', '3 Seconds', 'unit: 3s'],
    ['duration', '10MS', 'unit: 10ms'],
    ['duration', 'soon', 'unit:'],
    ['duration', '', 'unit:'],
    ['duration', '5ns', 'unit:'],
    ['duration', '1s1m', 'value:'],
    ['duration', '1s2s', 'value:'],
    ['duration', '0.5us', 'value:'],
    ['duration', '99999999999d', 'value:'],
    ['ratio', '5', 'unit: 5%'],
    ['ratio', '5000', 'unit: 5000% 5000ppm'],
    ['ratio', '5 percent', 'unit: 5%'],
    ['rate', '100', 'unit: 100/s 100/m'],
    ['rate', '100rps', 'unit: 100/s'],
    ['rate', '5/sec', 'unit: 5/s'],
    ['bytes', '64', 'unit: 64B 64KiB'],
    ['bytes', '64k', 'unit: 64KiB'],
    ['bytes', '64KB', 'unit: 64kB'],
    ['bytes', '0.5B', 'value:'],
    ['ppm', '50', 'unit: 50ppm'],
    ['integer', 'five', 'value:'],
    ['integer', '10 000', 'value: 10000'],
    ['integer', '10,000', 'value: 10000'],
    ['number', 'NaN', 'value:'],
    ['number', 'Infinity', 'value:'],
    ['number', '1e999', 'value:'],
  ])('%s refuses %j, %s', (kind, text, problem) => {
    expect(value(kind, text)).toBe(problem);
  });

  test('ranges', () => {
    expect(readRange('duration', '150ms..300ms')).toEqual({
      ok: true,
      value: { min: 150, max: 300 },
    });
    expect(readRange('duration', '1.5ms..3ms')).toEqual({ ok: true, value: { min: 1.5, max: 3 } });
    expect(readRange('duration', '5ms')).toEqual({ ok: true, value: { min: 5, max: 5 } });
    expect(readRange('integer', '3..7')).toEqual({ ok: true, value: { min: 3, max: 7 } });
    const readings = (text: string) => {
      const read = readRange('duration', text);
      return read.ok ? [] : read.problem.readings;
    };
    expect(readings('300ms..150ms')).toEqual(['150ms..300ms']);
    expect(readings('150..300ms')).toEqual(['150ms..300ms']);
    expect(readings('150..300')).toEqual(['150ms..300ms', '150s..300s']);
    for (const text of ['..', '1ms..', '..1ms', '1ms..2ms..3ms', '1ms...2ms']) {
      expect(readRange('duration', text).ok, text).toBe(false);
    }
  });

  test('what is formatted reads back as the same number', () => {
    const us = fc.integer({ min: 0, max: 10_000_000_000_000 });
    fc.assert(
      fc.property(us, (n) => {
        expect(value('duration', formatQuantity('duration', n / 1000))).toBe(n / 1000);
        expect(value('bytes', formatQuantity('bytes', n))).toBe(n);
        expect(value('integer', formatQuantity('integer', n))).toBe(n);
      }),
      { seed },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 0, max: 9 }),
        (n, shift) => {
          const ratio = Number(`${n}e-${shift + 4}`);
          expect(value('ratio', formatQuantity('ratio', ratio))).toBe(ratio);
        },
      ),
      { seed },
    );
  });

  test('no text makes it throw, and what it accepts is finite', () => {
    const kinds = fc.constantFrom<QuantityKind>(
      'duration',
      'rate',
      'bytes',
      'ratio',
      'ppm',
      'integer',
      'number',
    );
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[-+]?[0-9.]{0,6}(e\d{1,3})?(us|ms|s|m|h|%|ppm|\/s|KiB|B)?$/),
    );
    fc.assert(
      fc.property(kinds, text, (kind, written) => {
        const read = readQuantity(kind, written);
        if (read.ok) expect(Number.isFinite(read.value)).toBe(true);
        const range = readRange(kind, written);
        if (range.ok) expect(range.value.min).toBeLessThanOrEqual(range.value.max);
      }),
      { seed, numRuns: 2000 },
    );
  });
});
