import { describe, expect, test } from 'vitest';
import type { Context, Message, Node, NodeId } from '../../src/sim/node.ts';
import { describeEvent } from '../../src/sim/trace.ts';
import { drive, HandCluster } from './drive.ts';

interface Put extends Message {
  readonly type: 'put';
  readonly value: number;
}
interface Stored extends Message {
  readonly type: 'stored';
  readonly count: number;
}

/** Keeps numbers in a log, and acknowledges them when they are durable; counts its boots. */
class Store implements Node<Put | Stored> {
  boots = 0;
  synced = 0;

  start(ctx: Context<Put | Stored>): void {
    this.boots = ((ctx.storage.get('boots') as number | undefined) ?? 0) + 1;
    ctx.storage.set('boots', this.boots);
    ctx.setTimer('report', 100);
    ctx.note('up', { boots: this.boots });
  }

  receive(ctx: Context<Put | Stored>, from: NodeId, m: Put | Stored): void {
    if (m.type !== 'put') return;
    const log = ctx.storage.log<number>('values');
    log.append(m.value);
    ctx.storage.sync('synced', m.value);
    ctx.sendNow(from, { type: 'stored', count: 0 });
    ctx.send(from, { type: 'stored', count: log.end });
  }

  timeout(ctx: Context<Put | Stored>, tag: string, key: number): void {
    if (tag === 'synced') this.synced = key;
    else {
      ctx.broadcast({ type: 'put', value: ctx.now() });
      ctx.setTimer('report', 100);
    }
  }
}

const put = (value: number): Put => ({ type: 'put', value });

describe('one node by hand', () => {
  test('the transcript is everything that happens, in the text of the trace', () => {
    const n1 = drive(() => new Store(), 'n1', ['n2']);
    n1.receive('c', put(7)).advance(150).crash().restart();
    expect(n1.transcript()).toMatchInlineSnapshot(`
      "n1 boot
      n1 up boots=1
      c⇒n1 put value=7
      n1→c stored count=0
      n1→c stored count=1
      n1 timer synced 7
      n1 timer report
      n1→n2 put value=100
      n1 crash
      n1 boot
      n1 up boots=2"
    `);
    expect(n1.transcript()).toBe('');
    const row = { atUs: 5, n: 1, type: 'timer', node: 'n1', tag: 'report', key: 0 } as const;
    expect(describeEvent(row)).toMatch(/ n1 timer report$/);
  });

  test('send waits for the writes issued before it, sendNow does not', () => {
    const n1 = drive(() => new Store(), 'n1', [], { disk: 'by-hand' });
    n1.flush().receive('c', put(1)).receive('c', put(2));
    expect(n1.sent()).toBe('n1→c stored count=0\nn1→c stored count=0');
    expect(n1.waiting()).toBe('n1→c stored count=1\nn1→c stored count=2');
    expect([n1.dirty, n1.node.synced]).toEqual([2, 0]);
    n1.flush(1);
    expect(n1.sent()).toBe('n1→c stored count=1');
    expect([n1.dirty, n1.node.synced]).toEqual([1, 1]);
    n1.flush();
    expect(n1.sent()).toBe('n1→c stored count=2');
    expect(n1.take().map(({ message }) => message.type)).toHaveLength(4);
  });

  test('a crash loses what is not durable, but for the oldest writes that had just been done', () => {
    const n1 = drive(() => new Store(), 'n1', [], { disk: 'by-hand' });
    n1.flush().receive('c', put(1)).receive('c', put(2)).receive('c', put(3)).forget();
    n1.crash(1);
    expect(n1.up).toBe(false);
    expect(() => n1.receive('c', put(4))).toThrow('n1 is down');
    n1.restart();
    expect(n1.node.boots).toBe(2);
    const log = n1.storage.log<number>('values');
    expect([log.end, log.at(0)]).toEqual([1, 1]);
    // What waited for the disk died with it.
    expect(n1.flush().sent()).toBe('');
    expect(n1.node.synced).toBe(0);
  });

  test('logs can be cut at both ends, and a crash takes that back too', () => {
    const n1 = drive(() => new Store(), 'n1', [], { disk: 'by-hand' });
    for (let value = 1; value <= 5; value++) n1.receive('c', put(value));
    n1.flush();
    const log = n1.storage.log<number>('values');
    log.dropBefore(2);
    log.truncate(4);
    expect([log.start, log.end, log.at(2), log.at(3)]).toEqual([2, 4, 3, 4]);
    expect(() => log.at(1)).toThrow(RangeError);
    n1.crash(1).restart();
    const again = n1.storage.log<number>('values');
    expect([again.start, again.end, again.at(4)]).toEqual([2, 5, 5]);
  });

  test('timers fire in the order they are due, at their time, each until it is set again', () => {
    const fired: string[] = [];
    const n1 = drive(
      (): Node => ({
        start: (ctx) => {
          ctx.setTimer('b', 20);
          ctx.setTimer('a', 20, 1);
          ctx.setTimer('a', 5);
          ctx.setTimer('never', 1);
          ctx.cancelTimer('never');
        },
        receive: () => {},
        timeout: (ctx, tag, key) => {
          fired.push(`${tag}${key}@${ctx.now()}`);
          if (tag === 'a' && key === 0) ctx.setTimer('b', 30);
        },
      }),
      'n1',
      [],
    );
    expect(n1.timersSetFor()).toEqual(['a 5', 'b 20', 'a 1 20']);
    n1.advance(19);
    expect(fired).toEqual(['a0@5']);
    n1.advance(100);
    expect(fired).toEqual(['a0@5', 'a1@20', 'b0@35']);
    expect([n1.now(), n1.nextTimerAtMs]).toEqual([119, Infinity]);
    expect(() => n1.fireNext()).toThrow('no timer');
  });

  test('a clock that is moved without firing fires late', () => {
    const n1 = drive(() => new Store(), 'n1', ['n2']).forget();
    n1.tick(170).tick(160).fireNext();
    expect(n1.sent()).toBe('n1→n2 put value=170');
    expect(n1.nextTimerAtMs).toBe(270);
  });

  test('every node draws from a stream that is the same in each run', () => {
    const draws = () => {
      const { random } = drive(() => new Store(), 'n1', []);
      return [random.int(1, 1000), random.between(0, 1), random.pick(['a', 'b', 'c'])];
    };
    expect(draws()).toEqual(draws());
  });
});

describe('several nodes and the mail between them', () => {
  const three = () =>
    new HandCluster(
      ['n1', 'n2', 'n3'].map((id, _, all) =>
        drive(
          () => new Store(),
          id,
          all.filter((other) => other !== id),
        ),
      ),
    );
  const said = (group: HandCluster<Store>) =>
    group.mail.map(({ from, to, message }) => `${from}→${to} ${message.type}`);

  test('what is sent is under way until it is delivered, and leads to further mail', () => {
    const group = three().fire('n1', 'report');
    expect(said(group)).toEqual(['n1→n2 put', 'n1→n3 put']);
    group.deliver(({ to }) => to === 'n2');
    expect(said(group)).toEqual(['n1→n3 put', 'n2→n1 stored', 'n2→n1 stored']);
    group.settle();
    expect(said(group)).toEqual([]);
  });

  test('what goes to clients is kept as answers', () => {
    const group = three().ask('c', 'n2', put(1));
    expect(group.answers.map(({ from, to }) => [from, to])).toEqual([
      ['n2', 'c'],
      ['n2', 'c'],
    ]);
  });

  test('a cut link loses what is sent on it and what is under way, until it is healed', () => {
    const group = three().fire('n1', 'report').cut(['n1'], ['n2']).settle();
    expect(group.at('n2').storage.log('values').end).toBe(0);
    expect(group.at('n3').storage.log('values').end).toBe(1);
    group.fire('n1', 'report');
    expect(said(group)).toEqual(['n1→n3 put']);
    group.heal().fire('n1', 'report').settle();
    expect(group.at('n2').storage.log('values').end).toBe(1);
  });

  test('one direction can be cut alone, and one node from all', () => {
    const group = three().cutOneWay('n1', 'n2').fire('n2', 'report').settle();
    expect(group.at('n1').storage.log('values').end).toBe(1);
    group.heal().isolate('n3').fire('n3', 'report');
    expect(said(group)).toEqual([]);
  });

  test('mail for a node that is down is lost', () => {
    const group = three();
    group.at('n2').crash();
    group.fire('n1', 'report').settle();
    group.at('n2').restart();
    expect(group.at('n2').storage.log('values').end).toBe(0);
  });
});
