/** `nines` and `capacity`: the numbers that engineers compute without a run. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestCli } from '../support/cli-host.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});
afterEach(() => cli.close());

test.each([
  [['99.9%'], '1 part: 99.900%, 3 nines'],
  [['--up', '100s', '--down', '5s'], '1 part: 95.24%, 1 nines'],
  [['--up', '100s', '--down', '5s', '--copies', '3'], 'all of 3 parts: 86.38%, 0 nines'],
  [
    ['--up', '100s', '--down', '5s', '--copies', '3', '--need', '1'],
    'any 1 of 3 parts: 99.989%, 3 nines',
  ],
  [['99%', '99%', '99%', '--need', '2'], 'any 2 of 3 parts: 99.970%, 3 nines'],
  [['99.9%', '90%'], 'all of 2 parts: 89.91%, 0 nines'],
])('nines %j: %s', async (words, line) => {
  const { code, out } = await cli.run(['nines', ...words]);
  expect(out.split('\n')[0]).toBe(line);
  expect(code).toBe(0);
});

test('nines says what may be down: a year of 365.25 days, a month of a twelfth of it', async () => {
  const { out } = await cli.run(['nines', '99.9%']);
  expect(out.split('\n')[1]).toBe(
    'down for 8.77h a year, 43m50s a month, 10m5s a week, 86.4s a day',
  );
});

test.each([
  [[], 'expected an availability'],
  [['99.9'], 'such as 99.9%'],
  [['101%'], 'up to 100%'],
  [['--up', '5s'], 'belong together'],
  [['99%', '--need', '2'], 'more than the 1 parts'],
])('nines %j is wrong: %s', async (words, message) => {
  const { code, err } = await cli.run(['nines', ...words]);
  expect(err).toContain(message);
  expect(code).toBe(2);
});

test('capacity: ten million users with ten requests a day, 100/s of each server', async () => {
  const asked = ['--users', '10M', '--daily', '10', '--per-server', '100'];
  const more = ['--time', '20ms', '--data', '70GB'];
  const { code, out } = await cli.run(['capacity', ...asked, ...more]);
  expect(out).toMatchInlineSnapshot(`
    "requests   1,157/s on average, 2,315/s at the peak
    servers    34
    under way  47
    disk       100 GB
    cache      14 GB
    "
  `);
  expect(code).toBe(0);
});

test.each([
  ['--users', '10X', '10M'],
  ['--data', '70', '2GB'],
  ['--use', '0%', 'above 0'],
])('capacity refuses %s %s', async (flag, value, message) => {
  const all = { '--users': '1k', '--daily': '1', '--per-server': '1', [flag]: value };
  const { code, err } = await cli.run(['capacity', ...Object.entries(all).flat()]);
  expect(err).toContain(message);
  expect(code).toBe(2);
});
