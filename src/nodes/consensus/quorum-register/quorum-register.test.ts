/** Replicated registers by hand: both phases, quorums in numbers, and each mistake in few steps. */
import { describe, expect, test } from 'vitest';
import { heldLink, Stage, type StageOptions } from '../../../../test/support/stage.ts';
import { told } from '../../../../test/support/told.ts';
import type { Message } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';
import type { Stored } from './messages.ts';
import { refuseSettings } from './settings.ts';

const names = (n: number) => Array.from({ length: n }, (_, i) => `r${i + 1}`);

interface GroupOptions extends StageOptions {
  readonly params?: { readonly [name: string]: unknown };
  readonly bug?: string;
}

function group(n: number, { params = {}, bug, ...options }: GroupOptions = {}): Stage {
  const stage = new Stage(options);
  const place = { group: 'r', members: names(n) };
  for (const id of place.members) {
    stage.addSystem(id, system, { params, place, ...(bug === undefined ? {} : { bug }) });
  }
  return stage;
}

type Asked = Message & { readonly [field: string]: unknown };

const read = (key: string) => ({ type: 'read', key });
const write = (key: string, value: number) => ({ type: 'write', key, value });

/** Hands requests over one after the other, and returns the answers by number. */
function ask(stage: Stage, to: string, ...requests: readonly Asked[]) {
  const asked = requests.map((request) => {
    const id = stage.ask(to, request);
    stage.step(100);
    return id;
  });
  return asked.map((id) => told(stage, id));
}

describe('the two phases', () => {
  test('a write asks for stamps, and stores under a higher one', () => {
    const stage = group(3);
    stage.ask('r1', write('x', 7));
    stage.untilQuiet();
    expect(stage.transcript()).toMatchInlineSnapshot(`
      "0ms r1→r2 query life=1 operation=1 key=x
      0ms r1→r3 query life=1 operation=1 key=x
      1ms r2→r1 queryReply life=1 operation=1 stored={"stamp":{"number":0,"by":""},"value":null}
      1ms r3→r1 queryReply life=1 operation=1 stored={"stamp":{"number":0,"by":""},"value":null}
      2ms r1→r2 store life=1 operation=1 key=x stored={"stamp":{"number":1,"by":"r1"},"value":7}
      2ms r1→r3 store life=1 operation=1 key=x stored={"stamp":{"number":1,"by":"r1"},"value":7}
      3ms r2→r1 storeReply life=1 operation=1
      3ms r3→r1 storeReply life=1 operation=1
      4ms r1→client write_ok inReplyTo=1"
    `);
  });

  test('a read writes back what it has read', () => {
    const stage = group(3);
    ask(stage, 'r2', write('x', 7));
    stage.transcript();
    stage.ask('r1', read('x'));
    stage.untilQuiet();
    expect(stage.transcript()).toMatchInlineSnapshot(`
      "100ms r1→r2 query life=1 operation=1 key=x
      100ms r1→r3 query life=1 operation=1 key=x
      101ms r2→r1 queryReply life=1 operation=1 stored={"stamp":{"number":1,"by":"r2"},"value":7}
      101ms r3→r1 queryReply life=1 operation=1 stored={"stamp":{"number":1,"by":"r2"},"value":7}
      102ms r1→r2 store life=1 operation=1 key=x stored={"stamp":{"number":1,"by":"r2"},"value":7}
      102ms r1→r3 store life=1 operation=1 key=x stored={"stamp":{"number":1,"by":"r2"},"value":7}
      103ms r2→r1 storeReply life=1 operation=1
      103ms r3→r1 storeReply life=1 operation=1
      104ms r1→client read_ok inReplyTo=2 value=7"
    `);
  });

  test('a key that nobody wrote is null, in one phase', () => {
    const stage = group(3);
    expect(ask(stage, 'r1', read('x'))).toEqual([null]);
    expect(stage.sent.filter(({ message }) => message.type === 'store')).toEqual([]);
  });

  test('write-back: needed saves the second phase if a write quorum shows the value', () => {
    const stage = group(3, { params: { 'write-back': 'needed' } });
    ask(stage, 'r2', write('x', 7));
    stage.transcript();
    expect(ask(stage, 'r1', read('x'))).toEqual([7]);
    expect(stage.sent.filter(({ message }) => message.type === 'store')).toEqual([]);
  });

  test('write-back: needed stores what only some of them show', () => {
    const stage = group(3, { params: { 'write-back': 'needed' }, link: heldLink });
    stage.ask('r1', write('x', 7));
    stage.step(1);
    stage.deliver(
      ({ message, from, to }) => /query/.test(message.type) && [from, to].includes('r2'),
    );
    stage
      .step(1)
      .deliver(({ message }) => message.type === 'queryReply')
      .step(1);
    // r1 alone has the value. r2 reads from itself and r1.
    stage.ask('r2', read('x'));
    stage
      .step(1)
      .deliver(({ from, to }) => from === 'r2' && to === 'r1')
      .step(1);
    stage.deliver(({ message, to }) => message.type === 'queryReply' && to === 'r2').step(1);
    const stored = stage.sent.filter(
      ({ from, message }) => from === 'r2' && message.type === 'store',
    );
    expect(stored.map(({ to }) => to)).toEqual(['r1', 'r3']);
  });

  test('a compare-and-set is refused: it would need consensus', () => {
    const cas = { type: 'cas', key: 'x', from: 1, to: 2 };
    expect(ask(group(3), 'r1', cas)).toEqual(['not-supported']);
  });

  test('writes of one coordinator that overlap get stamps of their own', () => {
    const stage = group(3);
    stage.ask('r1', write('x', 1));
    stage.ask('r1', write('x', 2));
    stage.untilQuiet();
    const stamps = stage.sent.flatMap(({ message }) =>
      message.type === 'store'
        ? [(message as Message & { stored: Stored }).stored.stamp.number]
        : [],
    );
    expect(stamps).toEqual([1, 1, 2, 2]);
  });

  test('who is silent is asked again', () => {
    const stage = group(3, { link: heldLink, params: { resend: 20 } });
    stage.ask('r1', write('x', 1));
    stage.until(19);
    expect(stage.sent.length).toBe(2);
    stage.until(20);
    expect(stage.sent.map(({ to, message }) => `${to} ${message.type}`)).toEqual([
      'r2 query',
      'r3 query',
      'r2 query',
      'r3 query',
    ]);
  });

  test('more operations than pending-max are refused', () => {
    const stage = group(3, { link: heldLink, params: { 'pending-max': 1 } });
    expect(ask(stage, 'r1', write('x', 1), write('x', 2))).toEqual(['silence', 'overloaded']);
  });
});

describe('2f+1 in numbers', () => {
  test.each([
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 1],
    [5, 2],
    [6, 2],
    [7, 3],
  ])('%i replicas survive %i', (n, f) => {
    const stage = group(n);
    for (let down = 0; down <= f; down++) {
      if (down > 0) stage.crash(`r${n + 1 - down}`);
      expect(ask(stage, 'r1', write('x', down), read('x'))).toEqual(['write_ok', down]);
    }
    if (n === 1) return;
    stage.crash(`r${n - f}`);
    stage.ask('r1', read('x'), 50);
    stage.step(100);
    expect(stage.notes).toEqual([`r1 gives up {"key":"x","phase":"query","heard":${n - f - 1}}`]);
  });

  test('read one, write all: reads need no other replica, writes need each', () => {
    const params = { 'read-quorum': 1, 'write-quorum': 3, 'write-back': 'needed', patience: 80 };
    const stage = group(3, { params });
    expect(ask(stage, 'r1', write('x', 1))).toEqual(['write_ok']);
    stage.crash('r2').crash('r3');
    expect(ask(stage, 'r1', write('y', 1))).toEqual(['timeout']);
  });

  test('quorums that need not meet are refused', () => {
    const values = (read: number, write: number) =>
      defaultsOf(system.params, { 'read-quorum': read, 'write-quorum': write });
    expect(refuseSettings(values(1, 2), 3)).toContain('must be more than its 3 replicas');
    expect(refuseSettings(values(2, 2), 3)).toBe(null);
    expect(refuseSettings(values(4, 2), 3)).toContain('a quorum of 4');
  });
});

describe('giving up', () => {
  test('is definite while nothing was sent to be stored', () => {
    const stage = group(3, { params: { patience: 50 } });
    stage.crash('r2').crash('r3');
    expect(ask(stage, 'r1', write('x', 1))).toEqual(['temporarily-unavailable']);
  });

  test('is in doubt for a write that a replica may keep', () => {
    const stage = group(3, { link: heldLink, params: { patience: 50, resend: 1000 } });
    stage.ask('r1', write('x', 1));
    stage
      .step(1)
      .deliver(({ to }) => to === 'r2')
      .step(1);
    stage.deliver(({ message }) => message.type === 'queryReply').step(100);
    expect([...stage.answers().values()]).toMatchObject([{ type: 'error', code: 'timeout' }]);
  });
});

// ---- each mistake in the fewest steps ----------------------------------------------------------

/** A write that reached r1 only, and then two reads: by r1 and r2, and after its answer by r2 and r3. */
function readTwice(bug?: string) {
  const stage = group(3, { link: heldLink, params: { resend: 10_000 }, ...(bug && { bug }) });
  const exchange = (a: string, b: string) => {
    for (let i = 0; i < 4; i++) {
      stage.step(1).deliver(({ from, to }) => (from === a && to === b) || (from === b && to === a));
    }
    stage.step(1);
  };
  stage.ask('r1', write('x', 1));
  // It has its stamp from r2, and none of what it stores arrives.
  stage
    .step(1)
    .deliver(({ to }) => to === 'r2')
    .step(1);
  stage
    .deliver(({ message }) => message.type === 'queryReply')
    .step(1)
    .drop();
  const first = stage.ask('r1', read('x'));
  exchange('r1', 'r2');
  stage.drop();
  const second = stage.ask('r3', read('x'));
  exchange('r3', 'r2');
  const value = (id: number) => (stage.answers().get(id) as { value?: unknown } | undefined)?.value;
  return [value(first), value(second)];
}

test('no-write-back: a read sees a write under way, the next one does not (Kleppmann 2017, figure 9-6)', () => {
  expect(readTwice()).toEqual([1, 1]);
  expect(readTwice('no-write-back')).toEqual([1, null]);
});

test('minority-quorum: with half of them a read misses what was written', () => {
  const missed = (bug?: string) => {
    const stage = group(4, { ...(bug && { bug }), params: { patience: 50 } });
    const cut = ['r1', 'r2'];
    const isCut = (a: string, b: string) => cut.includes(a) !== cut.includes(b);
    const levers = stage.levers();
    for (const a of names(4)) for (const b of names(4)) if (isCut(a, b)) levers.cut(a, b);
    return [...ask(stage, 'r1', write('x', 1)), ...ask(stage, 'r4', read('x'))];
  };
  expect(missed()).toEqual(['temporarily-unavailable', 'temporarily-unavailable']);
  expect(missed('minority-quorum')).toEqual(['write_ok', null]);
});

test('no-writer-in-stamp: two writers at a time leave two values under one stamp', () => {
  const values = (bug?: string) => {
    const stage = group(3, { ...(bug && { bug }) });
    stage.ask('r1', write('x', 1));
    stage.ask('r3', write('x', 3));
    stage.untilQuiet();
    return system.invariants.map(({ check }) => check(stage.views(), undefined as never));
  };
  expect(values()).toEqual([null]);
  expect(values('no-writer-in-stamp')).toEqual([expect.stringContaining('x has two values')]);
});

test('stamp-in-memory: after a crash the writer uses its stamp for another value', () => {
  const written = (bug?: string) => {
    const stage = group(3, { diskMs: 5, ...(bug && { bug }) });
    stage.ask('r1', write('x', 1));
    // r3 alone gets what is stored, at 3 ms, while the disk of r1 still writes until 7 ms.
    const heal = stage.until(2.5).levers().cut('r1', 'r2');
    stage.until(4).crash('r1').step(20).boot('r1');
    // The next life hears nothing from r3, and asks r2, which knows no stamp.
    heal();
    stage.levers().cut('r1', 'r3');
    stage.ask('r1', write('x', 2));
    stage.step(30);
    const values = stage.views();
    const shown = names(3).map((node) => values.get(node)?.['latest']);
    return [shown, ...system.invariants.map(({ check }) => check(values, undefined as never))];
  };
  const second = { x: [1, 'r1', 2] };
  expect(written()).toEqual([[second, second, {}], null]);
  expect(written('stamp-in-memory')).toEqual([
    [second, second, { x: [1, 'r1', 1] }],
    expect.stringContaining('x has two values under the stamp 1.r1'),
  ]);
});

test('ack-before-durable: a power cut takes back what was acknowledged', () => {
  const after = (bug?: string) => {
    const stage = group(3, { diskMs: 20, ...(bug && { bug }), params: { patience: 90 } });
    const id = stage.ask('r1', write('x', 1));
    // Its own disk has it at 22 ms, the two others at 43 ms.
    stage.until(30);
    const early = stage.answers().has(id);
    for (const node of names(3)) stage.crash(node);
    stage.boot('r2').boot('r3');
    return [early, ...ask(stage, 'r2', read('x'))];
  };
  expect(after()).toEqual([false, null]);
  expect(after('ack-before-durable')).toEqual([true, null]);
});

test('count-doubles: two copies of one answer are no quorum', () => {
  const answered = (bug?: string) => {
    const stage = group(5, { link: heldLink, ...(bug && { bug }), params: { resend: 10_000 } });
    stage.ask('r1', read('x'));
    stage
      .step(1)
      .deliver(({ to }) => to === 'r2')
      .step(1);
    const reply = stage.inFlight.find(({ message }) => message.type === 'queryReply');
    if (reply === undefined) throw new Error('r2 is silent');
    stage.again(reply).again(reply).step(1);
    return stage.answers().size;
  };
  expect(answered()).toBe(0);
  expect(answered('count-doubles')).toBe(1);
});
