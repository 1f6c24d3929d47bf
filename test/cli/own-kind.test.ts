/** Commands on scenarios with kinds from the user's own files, and the examples that ship. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestCli } from '../support/cli-host.ts';
import { dsimIn } from './dsim-in.ts';

const root = resolve(import.meta.dirname, '../..');
let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});
afterEach(() => cli.close());

function run(...argv: readonly string[]) {
  return dsimIn(cli.folder, argv);
}

const talking = `
import { isRequest } from 'dsim';
export default class Talking {
  start() { console.log('up'); }
  receive(ctx, from, m) {
    if (isRequest(m)) ctx.send(from, { type: m.type + '_ok', inReplyTo: m.id });
  }
}`;
const scenario = `
duration: 1s
nodes: { own: { kind: ./talking.js } }
clients: { load: { workload: request, rate: 20/s, timeout: 200ms } }
expect: [availability >= 99%]
`;

describe('a scenario with an own kind', () => {
  beforeEach(() => {
    mkdirSync(join(cli.folder, 'deep'));
    writeFileSync(join(cli.folder, 'deep/talking.js'), talking);
    writeFileSync(join(cli.folder, 'deep/s.yaml'), scenario);
  });

  test('what its nodes say is on standard error, once, with virtual time', async () => {
    const said = '[0.000ms own] up\n';
    const shown = await run('deep/s.yaml');
    expect([shown.code, shown.err]).toEqual([0, said]);
    const json = await run('deep/s.yaml', '--json');
    expect([JSON.parse(json.out).summary.held, json.err]).toEqual([1, said]);
    expect((await run('deep/s.yaml', '-q')).err).toBe('');
    const logged = await run('deep/s.yaml', '--verbose');
    expect([logged.err, /0\.000ms {2}own +note +console text=up\n/.test(logged.out)]).toEqual([
      '',
      true,
    ]);
  });

  test('is linted, replayed and verified', async () => {
    expect(await run('lint', 'deep/s.yaml')).toMatchObject({ code: 0, out: '✓ deep/s.yaml\n' });
    await run('deep/s.yaml');
    expect((await run('replay', 'latest', '-q')).code).toBe(0);
    expect(await run('verify', 'deep/s.yaml', '--no-child')).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^note: the scenario runs code of your own: .+\n$/),
    });
  });

  test.each([
    ['run', 'deep/s.yaml'],
    ['lint', 'deep/s.yaml'],
    ['verify', 'deep/s.yaml'],
    ['replay', 'deep/s.yaml'],
  ])('%s --no-code refuses it and says why', async (...argv) => {
    const { code, out, err } = await run(...argv, '--no-code');
    expect([code, out + err]).toEqual([
      2,
      expect.stringContaining('forbidden here by `--no-code`'),
    ]);
  });

  test('--no-code lets everything else run', async () => {
    expect((await run('lint', join(root, 'scenarios/partition.yaml'), '--no-code')).code).toBe(0);
  });
});

describe('the examples', () => {
  beforeEach(() =>
    cpSync(join(root, 'examples'), join(cli.folder, 'examples'), { recursive: true }),
  );

  test.each(['counter/counter.yaml', 'store/store.yaml', 'store/front.yaml'])(
    '%s',
    async (file) => {
      expect((await run(`examples/${file}`, '-q')).code).toBe(0);
      expect((await run('verify', `examples/${file}`, '--no-child')).code).toBe(0);
    },
  );

  test('the store without its disk loses what it acknowledged', async () => {
    const { code, out } = await run('examples/store/store.yaml', '--without', '--no-keep');
    expect([code, out]).toEqual([1, expect.stringContaining('✗ linearizable')]);
  });
});
