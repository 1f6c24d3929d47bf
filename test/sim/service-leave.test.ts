// A service that is told to leave: it answers what it has, refuses what comes, and may say farewell.
import { expect, test } from 'vitest';
import type { Context, Message } from '../../src/sim/node.ts';
import { type Service, serve } from '../../src/sim/service.ts';
import { placeOf, worldOf } from '../support/stage.ts';

const MS = 1000;
const place = placeOf('s');

function ask(ctx: Context, id: number): void {
  const request = { id, session: 'a/1', serial: id, attempt: 1, timeoutMs: null };
  ctx.send('s', { type: 'do', ...request } as Message);
}

test('finishes what it has begun, refuses what comes, and is itself again in its next life', () => {
  const log: string[] = [];
  const service: Service = {
    *handle(ctx) {
      yield* ctx.sleep(20);
      return { type: 'do_ok' };
    },
    leave: (ctx) => ctx.send('a', { type: 'farewell' }),
  };
  const world = worldOf({
    a: () => ({
      start(ctx) {
        for (const [i, atMs] of [0, 10, 100].entries()) ctx.setTimer('ask', atMs, i + 1);
      },
      timeout: (ctx, _tag, id) => ask(ctx, id),
      receive(ctx, _from, message) {
        const { type, inReplyTo, code } = message as Message & {
          inReplyTo?: number;
          code?: string;
        };
        log.push(`${ctx.now()} ${inReplyTo ?? ''} ${code ?? type}`);
      },
    }),
    s: () => serve(service, place),
  });
  const host = world.hosts[1]!;
  world.at(5 * MS, () => void world.lives.tellToLeave(host));
  world.at(50 * MS, () => world.lives.crash(host));
  world.at(60 * MS, () => world.lives.boot(host));
  world.run(200 * MS);
  expect(world.error).toBeNull();
  expect(log).toEqual(['6  farewell', '12 2 temporarily-unavailable', '22 1 do_ok', '122 3 do_ok']);
});
