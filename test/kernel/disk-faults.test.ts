// What faults leave on a disk: by hand, and against a list of all its states.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import type { DiskChange } from '../../src/sim/fault.ts';
import { Disk } from '../../src/sim/kernel/disk.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import type { Context, Plain } from '../../src/sim/node.ts';
import { worldOf } from '../support/stage.ts';

const streams = () => new Streams('1');

function disk(instant = false): Disk {
  return new Disk({ needFlush: () => {}, needSync: () => {}, notifySoon: () => {} }, instant);
}

function flush(d: Disk, nowUs = 0): void {
  d.beginFlush();
  d.endFlush(nowUs);
}

function hold(d: Disk, change: DiskChange) {
  const tally = newTally();
  return { tally, release: d.change(change, tally, streams().get('x')) };
}

function records(d: Disk, name = 'l'): readonly Plain[] {
  const log = d.log(name);
  return Array.from({ length: log.end - log.start }, (_, i) => log.at(log.start + i));
}

describe('a full disk', () => {
  test('refuses sets and appends, not reads, deletes and truncation, until it has room again', () => {
    const d = disk();
    d.set('a', 1);
    d.log('l').append('x');
    const full = hold(d, { full: true });
    expect(() => d.set('a', 2)).toThrow('no room on the disk: set a');
    expect(() => d.log('l').append('y')).toThrow('no room on the disk: append to log l');
    expect(full.tally.writesRefused).toBe(2);
    d.log('l').truncate(0);
    expect([d.get('a'), records(d)]).toEqual([1, []]);
    d.delete('a');
    full.release();
    d.set('a', 3);
    expect(d.get('a')).toBe(3);
  });
});

describe('a disk that lies', () => {
  test('loses in a crash what it had reported durable', () => {
    const d = disk();
    d.set('a', 1);
    flush(d);
    const lie = hold(d, { lies: { cacheMs: Infinity } });
    d.set('a', 2);
    flush(d);
    expect(d.durable).toBe(2);
    d.set('a', 3);
    expect(d.crash(0)).toBe(1);
    expect([d.get('a'), lie.tally.writesLost]).toEqual([1, 1]);
  });

  test('a write that has been in the cache for long is safe', () => {
    const d = disk();
    const lie = hold(d, { lies: { cacheMs: 10 } });
    d.set('a', 1);
    flush(d, 1_000);
    d.set('a', 2);
    flush(d, 5_000);
    d.crash(12_000);
    expect([d.get('a'), lie.tally.writesLost]).toEqual([1, 1]);
  });

  test.each([true, false])('also if the disk has stopped lying meanwhile: %s', (stops) => {
    const crashAt = (atUs: number) => {
      const d = disk();
      const lie = hold(d, { lies: { cacheMs: 100 } });
      d.set('a', 1);
      flush(d, 1_000_000);
      if (stops) lie.release();
      d.crash(atUs);
      return [d.get('a'), lie.tally.writesLost];
    };
    expect(crashAt(8_000_000)).toEqual([1, 0]);
    expect(crashAt(1_100_000)).toEqual([1, 0]);
    expect(crashAt(1_099_999)).toEqual([undefined, 1]);
  });

  test('each lie keeps its own time in the cache', () => {
    const d = disk();
    const short = hold(d, { lies: { cacheMs: 10 } });
    d.set('a', 1);
    flush(d, 0);
    const long = hold(d, { lies: { cacheMs: 1000 } });
    d.set('b', 1);
    flush(d, 5_000);
    d.crash(20_000);
    expect([d.get('a'), d.get('b')]).toEqual([1, undefined]);
    expect([short.tally.writesLost, long.tally.writesLost]).toEqual([1, 1]);
  });

  test('an honest flush after it makes everything safe; before that, the lie is still to blame', () => {
    const lost = (flushed: boolean) => {
      const d = disk();
      const lie = hold(d, { lies: { cacheMs: Infinity } });
      d.set('a', 1);
      flush(d);
      lie.release();
      d.set('a', 2);
      if (flushed) flush(d);
      d.crash(0);
      return [d.get('a'), lie.tally.writesLost];
    };
    expect(lost(true)).toEqual([2, 0]);
    expect(lost(false)).toEqual([undefined, 1]);
  });

  test('one whose flushes take no time lies too, and is itself again when it stops', () => {
    const d = disk(true);
    d.set('a', 1);
    const lie = hold(d, { lies: { cacheMs: Infinity } });
    d.set('a', 2);
    flush(d);
    d.crash(0);
    expect([d.get('a'), lie.tally.writesLost]).toEqual([1, 1]);
    lie.release();
    d.set('a', 3);
    d.crash(0);
    expect(d.get('a')).toBe(3);
  });
});

describe('a flush that fails', () => {
  const flushAgain = (d: Disk) => {
    flush(d);
    flush(d);
  };

  test('kills the node, and leaves what was durable before', () => {
    const d = disk();
    d.set('a', 1);
    flush(d);
    const fault = hold(d, { failsFlush: { ratio: 1, outcome: 'die' } });
    d.set('a', 2);
    d.beginFlush();
    expect(() => d.endFlush(0)).toThrow('a flush failed');
    expect(d.durable).toBe(1);
    d.crash(0);
    expect([d.get('a'), fault.tally.flushesFailed]).toEqual([1, 1]);
  });

  test('and is tried again succeeds with what it covered gone, which a crash shows', () => {
    const d = disk();
    d.set('a', 1);
    d.set('b', 1);
    flush(d);
    const fault = hold(d, { failsFlush: { ratio: 1, outcome: 'lose' } });
    d.set('a', 2);
    d.set('c', 2);
    d.log('l').append('x');
    flush(d);
    expect(d.durable).toBe(2);
    d.set('b', 3);
    flush(d);
    expect([d.durable, d.get('a'), d.get('c'), records(d)]).toEqual([6, 2, 2, ['x']]);
    d.crash(0);
    expect([d.get('a'), d.get('b'), d.get('c'), records(d)]).toEqual([1, 3, undefined, []]);
    expect([fault.tally.flushesFailed, fault.tally.writesLost]).toEqual([1, 3]);
  });

  test('loses a delete too: the record is back, in its place', () => {
    const d = disk();
    d.set('a', 1);
    d.set('b', 1);
    flush(d);
    hold(d, { failsFlush: { ratio: 1, outcome: 'lose' } });
    d.delete('a');
    flushAgain(d);
    d.crash(0);
    expect([d.keys(), d.get('a')]).toEqual([['a', 'b'], 1]);
  });

  test('loses nothing that is written anew', () => {
    const d = disk();
    hold(d, { failsFlush: { ratio: 1, outcome: 'lose' } });
    d.set('a', 1);
    d.log('l').append('x');
    flushAgain(d);
    hold(d, {}).release();
    d.set('a', 2);
    d.log('l').truncate(0);
    d.log('l').append('y');
    // This one fails too; the value of before is not what the disk holds.
    flush(d);
    d.crash(0);
    expect([d.get('a'), records(d)]).toEqual([undefined, []]);
  });

  test('has lost no entries that the log did not hold any more', () => {
    const d = disk();
    const fault = hold(d, { failsFlush: { ratio: 1, outcome: 'lose' } });
    for (const entry of ['x', 'y', 'z']) d.log('l').append(entry);
    flush(d);
    fault.release();
    d.log('l').dropBefore(1);
    d.log('l').truncate(2);
    flush(d);
    expect(records(d)).toEqual(['y']);
    d.crash(0);
    expect([records(d), fault.tally.writesLost]).toEqual([[], 1]);
  });

  test('after it has healed, what is written anew is back', () => {
    const d = disk();
    const fault = hold(d, { failsFlush: { ratio: 1, outcome: 'lose' } });
    d.set('a', 1);
    d.set('b', 1);
    d.log('l').append('x');
    flushAgain(d);
    fault.release();
    d.set('a', 2);
    d.log('l').truncate(0);
    d.log('l').append('y');
    flush(d);
    d.crash(0);
    expect([d.get('a'), d.get('b'), records(d)]).toEqual([2, undefined, ['y']]);
    expect(fault.tally.writesLost).toBe(1);
  });

  test('leaves a hole in a log that reads as torn, and recovery drops none but the last', () => {
    const d = disk();
    const fault = hold(d, { failsFlush: { ratio: 1, outcome: 'lose' } });
    d.log('l').append('x');
    d.log('l').append('y');
    flushAgain(d);
    fault.release();
    d.log('l').append('z');
    flush(d);
    d.crash(0);
    expect([d.log('l').end, d.log('l').at(2), d.log('l').dropTorn()]).toEqual([3, 'z', 0]);
    expect(() => d.log('l').at(1)).toThrow('was torn by a crash');
  });

  test('leaves clean pages in a page cache: the next life reads them, a power cut shows the loss', () => {
    const d = new Disk(
      { needFlush: () => {}, needSync: () => {}, notifySoon: () => {} },
      false,
      true,
    );
    const fault = hold(d, { failsFlush: { ratio: 1, outcome: 'die' } });
    d.set('a', 1);
    d.beginFlush();
    expect(() => d.endFlush(0)).toThrow('a flush failed');
    d.crash(0, false);
    expect(d.get('a')).toBe(1);
    fault.release();
    flush(d);
    d.crash(0, true);
    expect([d.get('a'), fault.tally.writesLost]).toEqual([undefined, 1]);
  });

  test('of a disk whose flushes take no time fails too', () => {
    const d = disk(true);
    const fault = hold(d, { failsFlush: { ratio: 1, outcome: 'die' } });
    d.set('a', 1);
    d.beginFlush();
    expect(() => d.endFlush(0)).toThrow('a flush failed');
    d.crash(0);
    expect(d.get('a')).toBeUndefined();
    fault.release();
    d.set('a', 2);
    expect(d.durable).toBe(d.issued);
  });

  test('sends nothing that waited for it, and the node boots when it heals', () => {
    const got: number[] = [];
    const boots: number[] = [];
    const world = worldOf(
      {
        a: () => ({
          start(ctx) {
            boots.push(ctx.now());
            ctx.storage.set('boots', boots.length);
            ctx.send('b', { type: 'booted' });
          },
        }),
        b: () => ({ receive: (ctx) => void got.push(ctx.now()) }),
      },
      { sync: constant(2) },
    );
    const tally = newTally();
    const stream = streams().get('x');
    const host = world.hosts[0]!;
    const undo = host.disk.change({ failsFlush: { ratio: 1, outcome: 'die' } }, tally, stream);
    world.at(50_000, () => {
      undo();
      world.lives.letLive(host, tally);
    });
    world.run(1_000_000);
    expect([boots, got]).toEqual([[0, 50], [53]]);
  });

  test('and is tried again takes the time of two flushes', () => {
    const got: number[] = [];
    const world = worldOf(
      {
        a: () => ({
          start(ctx) {
            ctx.storage.set('x', 1);
            ctx.send('b', { type: 'written' });
          },
        }),
        b: () => ({ receive: (ctx) => void got.push(ctx.now()) }),
      },
      { sync: constant(2) },
    );
    const change: DiskChange = { failsFlush: { ratio: 1, outcome: 'lose' } };
    world.hosts[0]!.disk.change(change, newTally(), streams().get('x'));
    world.run(1_000_000);
    expect(got).toEqual([5]);
  });
});

describe('a torn write', () => {
  test('reads as damaged, and recovery drops it; what came before it is whole', () => {
    const d = disk();
    d.log('l').append('a');
    flush(d);
    const tear = hold(d, { tears: 'logs' });
    d.log('l').append('b');
    d.set('term', 2);
    d.crash(0);
    expect(d.get('term')).toBeUndefined();
    expect(() => records(d)).toThrow(
      'record 1 of log l was torn by a crash: its checksum is wrong',
    );
    expect(tear.tally).toMatchObject({ writesTorn: 1, writesLost: 0 });
    expect([d.log('l').dropTorn(), d.log('l').dropTorn(), records(d)]).toEqual([1, 0, ['a']]);
  });

  test('stays when the fault heals, and comes back if the crash takes its removal back', () => {
    const d = disk();
    const tear = hold(d, { tears: 'logs' });
    d.log('l').append('a');
    d.crash(0);
    tear.release();
    expect(d.log('l').dropTorn()).toBe(1);
    d.crash(0);
    expect(() => records(d)).toThrow('torn');
    expect(d.log('l').dropTorn()).toBe(1);
    flush(d);
    d.crash(0);
    expect(records(d)).toEqual([]);
  });

  test('spares keyed records, unless they are written in place', () => {
    const crashed = (tears: 'logs' | 'all') => {
      const d = disk();
      d.set('a', 1);
      flush(d);
      const tear = hold(d, { tears });
      d.set('a', 2);
      d.crash(0);
      return { d, torn: tear.tally.writesTorn };
    };
    expect([crashed('logs').d.get('a'), crashed('logs').torn]).toEqual([1, 0]);
    expect(() => crashed('all').d.get('a')).toThrow('record a was torn');
    expect(crashed('all').torn).toBe(1);
  });
});

describe('damage', () => {
  const hit = (d: Disk, undetected: boolean) => {
    const tally = newTally();
    const strike = {};
    const count = d.damage(
      { ratio: 1, what: 'all', undetected },
      strike,
      tally,
      streams().get('x'),
    );
    return { tally, count, mend: () => d.mend(strike, tally) };
  };

  test('throws on reading, and not once a record is written anew or the damage is mended', () => {
    const d = disk();
    d.set('a', 1);
    d.set('b', 1);
    d.log('l').append('x');
    const damage = hit(d, false);
    expect(damage.count).toBe(3);
    expect(() => d.get('a')).toThrow('record a is damaged: its checksum is wrong');
    expect(() => d.log('l').at(0)).toThrow('record 0 of log l is damaged');
    expect(d.log('l').dropTorn()).toBe(0);
    d.set('a', 2);
    expect(d.get('a')).toBe(2);
    expect(damage.tally.readsDamaged).toBe(2);
    damage.mend();
    expect([d.get('b'), records(d)]).toEqual([1, ['x']]);
  });

  test('a crash that takes a write back takes the damage below it back too', () => {
    const d = disk();
    d.set('a', 1);
    d.log('l').append('x');
    flush(d);
    hit(d, false);
    d.set('a', 2);
    d.log('l').truncate(0);
    d.log('l').append('y');
    expect([d.get('a'), records(d)]).toEqual([2, ['y']]);
    d.crash(0);
    expect(() => d.get('a')).toThrow('damaged');
    expect(() => d.log('l').at(0)).toThrow('damaged');
  });

  test('undetected, gives other data of the same kind, and the true data when mended', () => {
    const d = disk();
    const entry = { term: 3, command: { key: 'k', value: 7 } };
    d.log('l').append(entry);
    const damage = hit(d, true);
    const read = records(d)[0];
    expect(read).not.toEqual(entry);
    expect(Object.keys(read as object)).toEqual(['term', 'command']);
    expect(records(d)[0]).toEqual(read);
    expect(entry).toEqual({ term: 3, command: { key: 'k', value: 7 } });
    damage.mend();
    expect(records(d)[0]).toBe(entry);
  });

  test('of two strikes both must be mended', () => {
    const d = disk();
    d.set('a', 1);
    const [one, two] = [hit(d, false), hit(d, false)];
    one.mend();
    expect(() => d.get('a')).toThrow('damaged');
    two.mend();
    expect(d.get('a')).toBe(1);
  });

  test('a wiped disk is empty and whole', () => {
    const d = disk();
    d.set('a', 1);
    d.log('l').append('x');
    flush(d);
    hit(d, false);
    d.crash(0);
    expect(d.wipe()).toBe(2);
    expect([d.keys(), records(d), d.crash(0)]).toEqual([[], [], 0]);
  });
});

/** What a disk holds, whatever is damaged on it. */
function whole(d: Disk): string {
  const log = d.log('l');
  const values: Plain[] = [];
  for (let i = log.start; i < log.end; i++) {
    try {
      values.push(log.at(i));
    } catch {
      values.push('torn');
    }
  }
  return JSON.stringify([d.keys().map((key) => d.get(key) ?? null), log.start, values]);
}

test('after any writes, flushes, lies and tears, a crash leaves one of the states there were', () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant('set' as const), value: fc.nat(9) }),
    fc.record({ op: fc.constant('append' as const), value: fc.nat(9) }),
    fc.record({ op: fc.constant('append' as const), value: fc.nat(9) }),
    fc.record({ op: fc.constant('truncate' as const), value: fc.nat(5) }),
    fc.record({ op: fc.constant('drop' as const), value: fc.nat(3) }),
    fc.record({ op: fc.constant('flush' as const), value: fc.nat(3) }),
    fc.record({ op: fc.constant('lie' as const), value: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.boolean(), (steps, tears) => {
      const d = disk();
      const tear = tears ? hold(d, { tears: 'logs' }) : null;
      let lie: ReturnType<typeof hold> | null = null;
      /** By the number of writes; what is safe, and what was reported. */
      const states = [whole(d)];
      let safe = 0;
      for (const { op, value } of steps) {
        const log = d.log('l');
        const before = d.issued;
        if (op === 'set') d.set('k', value);
        else if (op === 'append') log.append(value);
        else if (op === 'truncate') log.truncate(Math.max(value, log.start));
        else if (op === 'drop') log.dropBefore(Math.min(value, log.end));
        else if (op === 'flush') {
          flush(d);
          if (lie === null) safe = states.length - 1;
        } else if (lie === null) lie = hold(d, { lies: { cacheMs: Infinity } });
        else {
          lie.release();
          lie = null;
        }
        if (d.issued !== before) states.push(whole(d));
      }
      const lied = d.durable - safe;
      const lost = d.crash(0);
      const left = whole(d);
      if (tear?.tally.writesTorn === 1) {
        // The state that a torn append was part of, but for the torn record.
        const at = states.findIndex((state, i) => i > safe && sameButLast(state, left));
        expect(at).toBeGreaterThan(safe);
      } else {
        expect(left).toBe(states[safe]);
        expect(lost).toBe(states.length - 1 - safe - lied);
      }
    }),
    { seed: 3, numRuns: 1500 },
  );
});

function sameButLast(state: string, torn: string): boolean {
  const [keys, start, values] = JSON.parse(state) as [unknown, number, unknown[]];
  if (values.length === 0) return false;
  return JSON.stringify([keys, start, [...values.slice(0, -1), 'torn']]) === torn;
}

describe('in a world', () => {
  const writer = () => ({
    start(ctx: Context) {
      ctx.setTimer('write', 10);
    },
    timeout(ctx: Context) {
      ctx.storage.set('n', ctx.now());
      ctx.setTimer('write', 10);
    },
  });

  test('a slow disk delays flushes; two add up, and one goes before the other', () => {
    const flushes: number[] = [];
    const world = worldOf(
      {
        a: () => ({
          start: (ctx) => ctx.setTimer('write', 10),
          timeout(ctx, tag) {
            if (tag === 'done') return void flushes.push(ctx.now());
            ctx.storage.set('n', 1);
            ctx.storage.sync('done');
            ctx.setTimer('write', 100);
          },
        }),
      },
      { sync: constant(2) },
    );
    const { disk: d } = world.hosts[0]!;
    const [one, two] = [newTally(), newTally()];
    const stream = streams().get('x');
    let slower = () => {};
    let slow = () => {};
    world.at(50_000, () => {
      slow = d.change({ extraFlush: constant(5) }, one, stream);
    });
    world.at(150_000, () => {
      slower = d.change({ flushFactor: 10 }, two, stream);
    });
    world.at(250_000, () => slow());
    world.at(350_000, () => slower());
    world.run(450_000);
    expect(flushes).toEqual([12, 117, 235, 330, 412]);
    expect([one.flushesDelayed, two.flushesDelayed]).toEqual([2, 2]);
  });

  test('a disk whose flushes take no time can be slowed down', () => {
    const sent: number[] = [];
    const world = worldOf({
      a: () => ({
        start: (ctx) => ctx.setTimer('go', 10),
        timeout(ctx) {
          ctx.storage.set('n', 1);
          ctx.send('b', { type: 'x' });
          ctx.setTimer('go', 20);
        },
      }),
      b: () => ({ receive: (ctx) => void sent.push(ctx.now()) }),
    });
    const { disk: d } = world.hosts[0]!;
    let release = () => {};
    world.at(20_000, () => {
      release = d.change({ extraFlush: constant(7) }, newTally(), streams().get('x'));
    });
    world.at(40_000, () => release());
    world.run(60_000);
    expect(sent).toEqual([11, 38, 51]);
    expect(d.instant).toBe(true);
  });

  test('who dies of a full disk stays down while it is full, and boots when there is room', () => {
    const world = worldOf({ a: writer }, { sync: constant(1) });
    const host = world.hosts[0]!;
    const tally = newTally();
    world.at(15_000, () => {
      const release = host.disk.change({ full: true }, tally, streams().get('x'));
      world.at(60_000, () => {
        release();
        world.lives.letLive(host, tally);
      });
    });
    world.run(100_000);
    expect(world.error).toBeNull();
    expect(world.lives.down).toMatchObject([{ node: 'a', fromUs: 20_000, untilUs: 60_000 }]);
  });
});
