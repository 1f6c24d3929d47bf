/**
 * The broker by hand: what it answers and pushes, in order, on a network of 1 ms and a disk of 5 ms.
 */
import { expect, test } from 'vitest';
import { Stage } from '../../../../test/support/stage.ts';
import type { Message } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';
import { type MessageQueueParams, refuse } from './params.ts';

/** The time of a message on its link. */
const LINK_MS = 1;

interface Story {
  readonly params?: Partial<MessageQueueParams>;
  readonly bug?: string;
  /** The broker crashes, and boots at once. */
  readonly crashAtMs?: number;
  readonly untilMs?: number;
}

/** A request at a time, of `client`, or of the client that is named: `50 other`. */
type Ask = readonly [
  when: number | string,
  request: { readonly type: string; [f: string]: unknown },
];

/** What the broker says, a line each: when it arrives, at which client, and its fields. */
function tell(
  asks: readonly Ask[],
  { params = {}, bug, crashAtMs, untilMs = 10_000 }: Story = {},
): string {
  const stage = new Stage({ diskMs: 5, outside: ['other'] }).addSystem('mq', system, {
    params,
    ...(bug === undefined ? {} : { bug }),
  });
  for (const [id, [when, request]] of asks.entries()) {
    const [atMs, session = 'client'] = String(when).split(' ');
    const message = { id, session, serial: id + 1, attempt: 1, timeoutMs: null, ...request };
    stage.inject(session, 'mq', message, Number(atMs) + LINK_MS);
  }
  if (crashAtMs !== undefined) stage.at(crashAtMs, () => void stage.crash('mq').boot('mq'));
  const said = stage.until(untilMs).sent.filter(({ from }) => from === 'mq');
  return said.map(({ atMs, to, message }) => lineOf(atMs + LINK_MS, to, message)).join('\n');
}

function lineOf(atMs: number, to: string, message: Message): string {
  const { type, ...fields } = message as Message & { inReplyTo?: number };
  delete fields.inReplyTo;
  const texts = Object.entries(fields).map(([field, value]) => `${field}=${JSON.stringify(value)}`);
  return [`${atMs}`, to, type, ...texts].join(' ');
}

const enqueue = (value: unknown, more: object = {}) => ({ type: 'enqueue', value, ...more });
const dequeue = { type: 'dequeue' };
const ack = (receipt: string) => ({ type: 'ack', receipt });
const nack = (receipt: string) => ({ type: 'nack', receipt });
const drain = { type: 'drain' };
/** A message is put in, and delivered with the receipt `1-1.1`. */
const delivered: readonly Ask[] = [
  [10, enqueue('a')],
  [20, dequeue],
];

test('in, out, acknowledged; and nothing is left', () => {
  expect(
    tell([
      ...delivered,
      [30, ack('1-1.1')],
      [40, dequeue],
      [50, drain],
      [60, { type: 'write', key: 'x', value: 1 }],
    ]),
  ).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    27 client dequeue_ok value="a" receives=1 receipt="1-1.1"
    37 client ack_ok
    42 client dequeue_ok value=null
    52 client drain_ok values=[]
    62 client error code="not-supported""
  `);
});

test('a message is confirmed once it is durable, and delivered once its count is', () => {
  expect(tell([[10, enqueue('a')]], { crashAtMs: 14 })).toBe('');
  // Delivered, and the count was not durable: nobody has it, and it is there again.
  expect(tell([...delivered, [40, dequeue]], { crashAtMs: 24 })).toBe(
    ['17 client enqueue_ok', '47 client dequeue_ok value="a" receives=1 receipt="1-1.1"'].join(
      '\n',
    ),
  );
});

test('a message that is not acknowledged comes again; its old receipt is worth nothing then', () => {
  expect(
    tell(
      [
        ...delivered,
        [125, dequeue],
        [140, ack('1-1.1')],
        [150, { type: 'extend', receipt: '1-1.1', forMs: 50 }],
        [160, nack('1-1.1')],
        [170, dequeue],
        [180, ack('1-1.2')],
        // The message is gone: whoever asks again hears that it is.
        [190, ack('1-1.2')],
        [200, ack('nonsense')],
      ],
      { params: { visibility: 100 } },
    ),
  ).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    27 client dequeue_ok value="a" receives=1 receipt="1-1.1"
    132 client dequeue_ok value="a" receives=2 receipt="1-1.2"
    142 client error code="precondition-failed" text="this delivery is over"
    152 client error code="precondition-failed" text="this delivery is over"
    162 client nack_ok
    172 client dequeue_ok value=null
    187 client ack_ok
    192 client ack_ok
    202 client error code="precondition-failed" text="this delivery is over""
  `);
});

test('a receipt from before a crash is good, and the time of the message begins again', () => {
  const story = { params: { visibility: 100 }, crashAtMs: 90 };
  expect(
    tell([...delivered, [130, dequeue], [140, ack('1-1.1')], [250, drain]], story),
  ).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    27 client dequeue_ok value="a" receives=1 receipt="1-1.1"
    132 client dequeue_ok value=null
    147 client ack_ok
    252 client drain_ok values=[]"
  `);
  expect(tell([...delivered, [185, dequeue], [192, dequeue]], story)).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    27 client dequeue_ok value="a" receives=1 receipt="1-1.1"
    187 client dequeue_ok value=null
    201 client dequeue_ok value="a" receives=2 receipt="1-1.2""
  `);
});

test('given back it takes its old place, or with `unordered` the last', () => {
  const asks: readonly Ask[] = [
    [10, enqueue('a')],
    [11, enqueue('b')],
    [30, dequeue],
    [40, nack('1-1.1')],
    [60, dequeue],
  ];
  expect(tell(asks).split('\n').at(-1)).toContain('value="a" receives=2');
  expect(
    tell(asks, { params: { order: 'unordered' } })
      .split('\n')
      .at(-1),
  ).toContain('value="b"');
});

test('of a group one message is out at a time; others do not wait for it', () => {
  expect(
    tell([
      [10, enqueue('a1', { group: 'a' })],
      [11, enqueue('a2', { group: 'a' })],
      [12, enqueue('b1', { group: 'b' })],
      [30, dequeue],
      [40, dequeue],
      [50, dequeue],
      [60, nack('1-1.1')],
      [70, dequeue],
      [80, ack('1-1.2')],
      [90, dequeue],
    ]),
  ).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    22 client enqueue_ok
    22 client enqueue_ok
    37 client dequeue_ok value="a1" receives=1 receipt="1-1.1"
    47 client dequeue_ok value="b1" receives=1 receipt="1-3.1"
    52 client dequeue_ok value=null
    67 client nack_ok
    77 client dequeue_ok value="a1" receives=2 receipt="1-1.2"
    87 client ack_ok
    97 client dequeue_ok value="a2" receives=1 receipt="1-2.1""
  `);
});

test('after too many deliveries it is a dead letter, also over a crash; drain gives it too', () => {
  const asks: readonly Ask[] = [
    [10, enqueue('poison', { group: 'g' })],
    [11, enqueue('next', { group: 'g' })],
    [20, dequeue],
    [30, nack('1-1.1')],
    [50, dequeue],
    [60, nack('1-1.2')],
    [70, dequeue],
    [80, { ...drain, dedup: 'd' }],
    [90, { ...drain, dedup: 'd' }],
    [100, { ...drain, dedup: 'e' }],
  ];
  const params = { 'max-deliveries': 2 };
  expect(tell(asks, { params, crashAtMs: 40 })).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    22 client enqueue_ok
    27 client dequeue_ok value="poison" receives=1 receipt="1-1.1"
    37 client nack_ok
    57 client dequeue_ok value="poison" receives=2 receipt="1-1.2"
    67 client nack_ok
    77 client dequeue_ok value="next" receives=1 receipt="1-2.1"
    87 client drain_ok values=["poison","next"]
    92 client drain_ok values=["poison","next"]
    107 client drain_ok values=[]"
  `);
});

test('delete-first loses a dead letter if the broker crashes in between', () => {
  const asks: readonly Ask[] = [...delivered, [30, nack('1-1.1')], [60, drain]];
  const story = { params: { 'max-deliveries': 1 }, crashAtMs: 38 };
  expect(tell(asks, story)).toContain('values=["a"]');
  expect(tell(asks, { ...story, bug: 'delete-first' })).toContain('values=[]');
});

test('drain gives what is delayed, delivered and dead as well', () => {
  const params = { delay: 50, 'max-deliveries': 1 };
  expect(
    tell(
      [
        [10, enqueue('dead')],
        [12, enqueue('unacked')],
        [70, dequeue],
        [71, dequeue],
        [80, nack('1-1.1')],
        [81, enqueue('delayed')],
        [95, dequeue],
        [100, drain],
      ],
      { params },
    ),
  ).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    22 client enqueue_ok
    77 client dequeue_ok value="dead" receives=1 receipt="1-1.1"
    82 client dequeue_ok value="unacked" receives=1 receipt="1-2.1"
    87 client nack_ok
    92 client enqueue_ok
    97 client dequeue_ok value=null
    107 client drain_ok values=["dead","unacked","delayed"]"
  `);
});

test('a dequeue may wait, and those that wait take turns', () => {
  const waiting = { type: 'dequeue', waitMs: 50 };
  expect(
    tell([
      [10, waiting],
      ['11 other', waiting],
      [30, enqueue('a')],
    ]),
  ).toMatchInlineSnapshot(`
    "37 client enqueue_ok
    37 client dequeue_ok value="a" receives=1 receipt="1-3.1"
    63 other dequeue_ok value=null"
  `);
});

test('pushes within the credit; what is acknowledged makes room', () => {
  const consume = { type: 'consume', credit: 2 };
  expect(
    tell(
      [
        [10, consume],
        [20, enqueue('a')],
        [21, enqueue('b')],
        [22, enqueue('c')],
        [40, ack('1-2.1')],
        // It is there again under the same name, and has what it had.
        [60, { ...consume, credit: 3 }],
        // Somebody new on that node: what the one before had comes back.
        [80, { ...consume, consumer: 'new' }],
      ],
      { untilMs: 200 },
    ),
  ).toMatchInlineSnapshot(`
    "12 client consume_ok
    27 client enqueue_ok
    27 client delivery value="a" receives=1 receipt="1-2.1"
    32 client enqueue_ok
    32 client delivery value="b" receives=1 receipt="1-3.1"
    32 client enqueue_ok
    47 client ack_ok
    47 client delivery value="c" receives=1 receipt="1-4.1"
    62 client consume_ok
    87 client consume_ok
    87 client delivery value="b" receives=2 receipt="1-3.2"
    87 client delivery value="c" receives=2 receipt="1-4.2""
  `);
});

test('consumers take turns; whoever does not ask again gets no more', () => {
  const consume = { type: 'consume', credit: 9 };
  expect(
    tell(
      [
        [10, consume],
        ['11 other', consume],
        [20, enqueue('a')],
        [21, enqueue('b')],
        ['60 other', consume],
        [130, enqueue('c')],
        [131, enqueue('d')],
      ],
      { params: { 'consumer-timeout': 100, prefetch: 3 }, untilMs: 200 },
    ),
  ).toMatchInlineSnapshot(`
    "12 client consume_ok
    13 other consume_ok
    27 client enqueue_ok
    27 client delivery value="a" receives=1 receipt="1-3.1"
    32 client enqueue_ok
    32 other delivery value="b" receives=1 receipt="1-4.1"
    62 other consume_ok
    137 client enqueue_ok
    137 other delivery value="c" receives=1 receipt="1-5.1"
    142 client enqueue_ok
    142 other delivery value="d" receives=1 receipt="1-6.1""
  `);
});

test('at most once there is no receipt, and no second delivery', () => {
  const params = { delivery: 'at-most-once', visibility: 50 } as const;
  expect(tell([...delivered, [100, dequeue], [110, drain]], { params })).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    27 client dequeue_ok value="a" receives=1
    102 client dequeue_ok value=null
    112 client drain_ok values=[]"
  `);
});

test('a full queue refuses, or drops the oldest that waits', () => {
  const asks: readonly Ask[] = [
    [10, enqueue('a')],
    [11, enqueue('b')],
    [20, dequeue],
    [30, enqueue('c')],
    [40, enqueue('d')],
    [50, drain],
  ];
  const last = (overflow: 'reject' | 'drop-oldest') =>
    tell(asks, { params: { 'max-length': 2, overflow } })
      .split('\n')
      .slice(-2)
      .join('\n');
  expect(last('reject')).toMatchInlineSnapshot(`
    "42 client error code="overloaded" text="2 messages wait"
    57 client drain_ok values=["a","b","c"]"
  `);
  expect(last('drop-oldest')).toMatchInlineSnapshot(`
    "47 client enqueue_ok
    57 client drain_ok values=["a","c","d"]"
  `);
});

test('a message with a known id is confirmed and not put in again, also after a crash', () => {
  const asks: readonly Ask[] = [
    [10, enqueue('a', { dedup: 'x' })],
    [30, enqueue('a', { dedup: 'x' })],
    [160, enqueue('a', { dedup: 'x' })],
    [180, drain],
  ];
  const params = { 'dedup-window': 100 };
  expect(tell(asks, { params }).split('\n').at(-1)).toContain('values=["a","a"]');
  // The window begins again in full.
  expect(tell(asks, { params, crashAtMs: 70 }).split('\n').at(-1)).toContain('values=["a"]');
});

test('what has waited too long is deleted; what a consumer has is not', () => {
  const params = { retention: 100, visibility: 150 };
  expect(
    tell(
      [
        [10, enqueue('a')],
        [11, enqueue('b')],
        [20, dequeue],
        [120, dequeue],
        [121, ack('1-1.1')],
        [130, drain],
      ],
      { params },
    ),
  ).toMatchInlineSnapshot(`
    "17 client enqueue_ok
    22 client enqueue_ok
    27 client dequeue_ok value="a" receives=1 receipt="1-1.1"
    122 client dequeue_ok value=null
    128 client ack_ok
    132 client drain_ok values=[]"
  `);
  // Given back after its time it goes at once.
  expect(tell([...delivered, [120, nack('1-1.1')], [130, drain]], { params })).toContain(
    'values=[]',
  );
});

const lastOf = (asks: readonly Ask[], story: Story = {}) => tell(asks, story).split('\n').at(-1);

test('a dequeue waits no longer than its client', () => {
  const impatient = { ...dequeue, waitMs: 100, timeoutMs: 20 };
  const asks: readonly Ask[] = [
    [10, impatient],
    [50, enqueue('a')],
    [70, dequeue],
  ];
  expect(tell(asks).split('\n')[0]).toBe('32 client dequeue_ok value=null');
  expect(lastOf(asks)).toContain('value="a" receives=1');
});

test('a consumer has no more than `prefetch`, whatever credit it asks for', () => {
  const asks: readonly Ask[] = [
    [10, { type: 'consume', credit: 9 }],
    [20, enqueue('a')],
    [30, enqueue('b')],
    [40, enqueue('c')],
  ];
  const pushed = (params: Partial<MessageQueueParams>) =>
    tell(asks, { params, untilMs: 200 }).match(/delivery value="."/g)?.length;
  expect([pushed({}), pushed({ prefetch: 2 })]).toEqual([3, 2]);
});

test('a group waits for the one that is out, also over a crash and if one in between is dropped', () => {
  const grouped = (value: string) => enqueue(value, { group: 'g' });
  const asks: readonly Ask[] = [
    [10, grouped('a')],
    [20, dequeue],
    [30, grouped('b')],
    [50, grouped('c')],
    [80, dequeue],
  ];
  expect(lastOf(asks, { crashAtMs: 70 })).toContain('value=null');
  const params = { 'max-length': 1, overflow: 'drop-oldest' } as const;
  expect(lastOf(asks, { params })).toContain('value=null');
});

test('without a window no id is known, and no delivery is extended by less than nothing', () => {
  const twice: readonly Ask[] = [
    [10, enqueue('a', { dedup: 'x' })],
    [30, enqueue('a', { dedup: 'x' })],
    [50, drain],
  ];
  expect(lastOf(twice, { params: { 'dedup-window': 0 } })).toContain('values=["a","a"]');
  const extended = (forMs: number) =>
    lastOf([...delivered, [40, { type: 'extend', receipt: '1-1.1', forMs }]], { untilMs: 60 });
  expect([extended(1000), extended(-1)]).toEqual([
    '47 client extend_ok',
    '42 client error code="precondition-failed" text="this delivery is over"',
  ]);
});

test('the sender of a false parameter hears why', () => {
  const given = (params: Partial<MessageQueueParams>) => defaultsOf(system.params, params);
  expect(refuse(given({}), 1)).toBe(null);
  expect(refuse(given({}), 3)).toContain('count must be 1');
  expect(refuse(given({ delivery: 'at-most-once', 'max-deliveries': 3 }), 1)).toContain(
    'no meaning',
  );
  expect(refuse(given({ delay: 50, retention: 50 }), 1)).toContain('must be longer');
});
