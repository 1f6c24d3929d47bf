/** Recovery point and time: which acknowledged writes are gone, and how long nobody could write. */
import { describe, expect, test } from 'vitest';
import { brokenIn, loadLaidOver } from '../../../test/support/laid-over.ts';
import { simulate } from '../../scenarios/simulate.ts';

const file = 'scenarios/region-loss.yaml';

async function measured(
  expectation: string,
  sets: readonly string[] = [],
): Promise<readonly [value: string, because: string]> {
  const scenario = await loadLaidOver({ file, sets: [`expect=[${expectation}]`, ...sets] });
  const [one] = simulate(scenario).judged;
  return [one?.measured ?? '', one?.because ?? ''];
}

const ms = (text: string) =>
  text.endsWith('ms') ? Number.parseFloat(text) : 1000 * Number.parseFloat(text);
const shipped = (every: string) => ['nodes.db.replication=async', `nodes.db.ship-every=${every}`];

describe('what is lost with a region', () => {
  test('nothing that a replica elsewhere has', async () => {
    expect(await measured('lost writes = 0')).toEqual([
      '0',
      expect.stringMatching(/^none of 1,\d/),
    ]);
    expect((await measured('rpo <= 0s'))[1]).toBe('none');
  });

  test('what was acknowledged since the last shipment: never more than an interval', async () => {
    const [lost, because] = await measured('lost writes = 0', shipped('1s'));
    expect(Number(lost)).toBeGreaterThan(5);
    expect(because).toMatch(/^the oldest #\d+ at \d+\.\d+s, the newest #\d+ at \d+\.\d+s of 1,\d/);
    const [second] = await measured('rpo <= 0s', shipped('1s'));
    const [third] = await measured('rpo <= 0s', shipped('3s'));
    expect([ms(second) > 0, ms(second) <= 1100]).toEqual([true, true]);
    // Shipments are at whole intervals: the last one before 10 s was at 9 s in both.
    expect([ms(third) > 0, ms(third) <= 3100]).toEqual([true, true]);
  });

  test('only in the window', async () => {
    const windows = ['', ' before crash', ' during crash'];
    const counts = await Promise.all(
      windows.map(async (window) => {
        return Number((await measured(`lost writes = 0${window}`, shipped('1s')))[0]);
      }),
    );
    const [all = 0, before = 0, during = 0] = counts;
    expect([before > 0, during > 0, before + during]).toEqual([true, true, all]);
  });

  test('nobody knows, if a key was not read at last', async () => {
    const [value, because] = await measured('lost writes = 0', ['verify=1ms']);
    expect([value, because]).toEqual([
      'nothing',
      expect.stringMatching(/^Nothing was read on key/),
    ]);
  });
});

describe('until a write is acknowledged again', () => {
  test('as long as it takes to notice and to promote', async () => {
    const [fast] = await measured('rto <= 4s during crash');
    const [slow, because] = await measured('rto <= 4s during crash', ['nodes.guard.interval=1s']);
    expect([ms(fast) > 500, ms(fast) < 4000, ms(slow) > ms(fast)]).toEqual([true, true, true]);
    expect(because).toMatch(/^#\d+ was acknowledged .* after 10\.000s$/);
  });

  test('forever without anybody to promote', async () => {
    const [value, because] = await measured('rto <= 4s during crash', ['nodes.guard.interval=1h']);
    expect([value, because]).toEqual(['∞', expect.stringMatching(/no write was acknowledged/)]);
  });
});

test('the gallery scenario shows both', async () => {
  expect(await brokenIn({ file })).toEqual([]);
});
