/** The node by hand: what it answers, what survives a crash, and that its bug shows. */

import { expect, test } from 'vitest';
import { worldOf } from '../../../test/support/stage.ts';
import { constant } from '../../sim/distribution.ts';
import type { Message, Node } from '../../sim/node.ts';
import { defaultsOf } from '../../sim/params.ts';
import type { Place } from '../../sim/system.ts';
import system from './index.ts';

const place = {} as Place;

interface Story {
  readonly bug?: string;
  /** When the node crashes, to boot at once. A request takes 1 ms to arrive, a write 5 ms to last. */
  readonly crashAtMs?: number;
}

/** Sends the requests in this order, 10 ms apart from 10 ms on; returns the answers. */
function ask(requests: readonly object[], { bug, crashAtMs }: Story = {}): unknown[] {
  const answers: unknown[] = [];
  const client = {
    timeout: (ctx: { send(to: string, message: Message): void }, _tag: string, id: number) =>
      ctx.send('kept', { id, session: 's', serial: 1, attempt: 1, ...requests[id] } as never),
    start: (ctx: { setTimer(tag: string, afterMs: number, key: number): void }) => {
      for (const id of requests.keys()) ctx.setTimer('ask', 10 * (id + 1), id);
    },
    receive: (_ctx: unknown, _from: string, message: Message) => void answers.push(message),
  };
  const create = () => system.create(defaultsOf(system.params), place, bug ?? null) as Node;
  const world = worldOf({ client: () => client, kept: create }, { sync: constant(5) });
  const crash = () => {
    const host = world.hosts[world.indexOf('kept')];
    if (host === undefined) return;
    world.lives.crash(host);
    world.lives.boot(host);
  };
  if (crashAtMs !== undefined) world.at(1000 * crashAtMs, crash);
  world.run(1_000_000);
  expect(world.error).toBe(null);
  return answers;
}

test('answers reads, writes and compare-and-sets, and refuses what it does not know', () => {
  expect(
    ask([
      { type: 'read', key: 'x' },
      { type: 'write', key: 'x', value: 1 },
      { type: 'cas', key: 'x', from: 1, to: 2 },
      { type: 'cas', key: 'x', from: 1, to: 3 },
      { type: 'read', key: 'x' },
      { type: 'enqueue', value: 1 },
    ]),
  ).toMatchInlineSnapshot(`
    [
      {
        "inReplyTo": 0,
        "type": "read_ok",
        "value": null,
      },
      {
        "inReplyTo": 1,
        "type": "write_ok",
      },
      {
        "inReplyTo": 2,
        "type": "cas_ok",
      },
      {
        "code": "precondition-failed",
        "inReplyTo": 3,
        "type": "error",
      },
      {
        "inReplyTo": 4,
        "type": "read_ok",
        "value": 2,
      },
      {
        "code": "not-supported",
        "inReplyTo": 5,
        "type": "error",
      },
    ]
  `);
});

const write = { type: 'write', key: 'x', value: 1 };
const read = { type: 'read', key: 'x' };

test('what it acknowledged survives a crash, but not with the bug', () => {
  const [written, found] = ask([write, read], { crashAtMs: 18 });
  expect(written).toMatchObject({ type: 'write_ok' });
  expect(found).toMatchObject({ type: 'read_ok', value: 1 });
  const [, lost] = ask([write, read], { crashAtMs: 18, bug: 'forgetful' });
  expect(lost).toMatchObject({ type: 'read_ok', value: null });
});

test('a write that is not durable yet is not acknowledged', () => {
  expect(ask([write, read], { crashAtMs: 13 })).toEqual([
    { type: 'read_ok', inReplyTo: 1, value: null },
  ]);
});
