// Connections: times of handshakes by hand, order, and what both ends hear when one breaks.
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import type { LinkChange } from '../../src/sim/fault.ts';
import { type LinkSpec, newTally } from '../../src/sim/kernel/network.ts';
import type { World } from '../../src/sim/kernel/world.ts';
import { CONNECTION_DEFAULTS, type ConnectionSpec } from '../../src/sim/link.ts';
import type { Message } from '../../src/sim/node.ts';
import { type Service, serve } from '../../src/sim/service.ts';
import { type Body, fastLink, lines, placeOf, worldOf } from '../support/stage.ts';

/** One way takes 10 ms. */
function link(connection: Partial<ConnectionSpec> = {}, more: Partial<LinkSpec> = {}): LinkSpec {
  return {
    ...fastLink,
    latency: constant(10),
    transport: 'connection',
    connection: { ...CONNECTION_DEFAULTS, ...connection },
    ...more,
  };
}

interface Numbered extends Message {
  readonly n: number;
  readonly stream?: number;
}

/** `a` and `b` write down what they get and hear; `a` sends message n to `b` at the n-th time. */
function talking(spec: LinkSpec, sendAtMs: readonly number[], options: { streams?: number } = {}) {
  const told: string[] = [];
  let boots = 0;
  const ears = (me: string): Body => ({
    receive: (ctx, from, message) =>
      void told.push(`${ctx.now()} ${me} gets ${(message as Numbered).n} of ${from}`),
    connected: (ctx, peer) => void told.push(`${ctx.now()} ${me} has ${peer}`),
    disconnected: (ctx, peer, why) => void told.push(`${ctx.now()} ${me} loses ${peer}: ${why}`),
  });
  const makers: { [id: string]: () => Body } = {
    a: () => ({
      ...ears('a'),
      start(ctx) {
        if (boots++ > 0) return;
        for (const [i, atMs] of sendAtMs.entries()) ctx.setTimer('send', atMs, i + 1);
      },
      timeout(ctx, _tag, key) {
        const stream = options.streams === undefined ? {} : { stream: key % options.streams };
        ctx.send('b', { type: 'm', n: key, ...stream } as Numbered);
      },
    }),
    b: () => ears('b'),
  };
  const world = worldOf(makers, { link: spec });
  return {
    world,
    told,
    at: (ms: number, action: () => void) => world.at(ms * 1000, action),
    run: (ms = 200_000) => {
      world.run(ms * 1000);
      expect(world.error).toBeNull();
      return told;
    },
  };
}

/** Crashes a node for so long. */
function crash(world: World, index: number, forMs: number): void {
  const host = world.hosts[index]!;
  const tally = newTally();
  host.downBy.push(tally);
  world.lives.crash(host);
  world.at(world.now + forMs * 1000, () => world.lives.letBoot(host, tally));
}

describe('a connection opens', () => {
  test.each([
    [0, 0, [0, 10, 10]],
    [1, 0, [20, 10, 30]],
    [1, 1, [40, 30, 50]],
    [1, 2, [60, 50, 70]],
    [0, 1, [20, 10, 30]],
  ])('after %i round trips of TCP and %i of TLS', (tcp, tls, [opener, acceptor, first]) => {
    const { told, run } = talking(link({ tcp, tls }), [0, 0, 1000]);
    run();
    expect([...told].sort((x, y) => Number.parseFloat(x) - Number.parseFloat(y))).toEqual(
      [
        `${opener} a has b`,
        `${acceptor} b has a`,
        `${first} b gets 1 of a`,
        `${first} b gets 2 of a`,
        '1010 b gets 3 of a',
      ].sort((x, y) => Number.parseFloat(x) - Number.parseFloat(y)),
    );
    expect(told.indexOf(`${acceptor} b has a`)).toBeLessThan(
      told.indexOf(`${first} b gets 1 of a`),
    );
  });

  test('by whoever sends first, for both directions', () => {
    const got: number[] = [];
    const world = worldOf(
      {
        a: () => ({ receive: (ctx) => void got.push(ctx.now()) }),
        b: () => ({
          start: (ctx) => ctx.send('a', { type: 'm' }),
          receive: (ctx) => void got.push(ctx.now()),
        }),
      },
      { link: link({ tcp: 1 }) },
    );
    world.at(25_000, () => world.send(0, 1, { type: 'm' }));
    world.run(1_000_000);
    expect(got).toEqual([30, 35]);
  });

  test('again 1, 3 and 7 s later when the first packet meets a cut, at last 127 s later never', () => {
    const opening = (cutMs: number) => {
      const { world, at, run } = talking(link({ tcp: 1 }), [0]);
      const release = world.network.cut(0, 1, newTally());
      at(cutMs, release);
      return run();
    };
    expect(opening(500)).toEqual(['1010 b has a', '1020 a has b', '1030 b gets 1 of a']);
    expect(opening(1000.001)).toEqual(['3010 b has a', '3020 a has b', '3030 b gets 1 of a']);
    expect(opening(6000)).toEqual(['7010 b has a', '7020 a has b', '7030 b gets 1 of a']);
    expect(opening(190_000)).toEqual(['127000 a loses b: timeout']);
  });

  test('later when packets are lost, each as often as a message', () => {
    const times: number[] = [];
    for (let seed = 0; seed < 400; seed++) {
      let atMs = -1;
      const world = worldOf(
        {
          a: () => ({
            start: (ctx) => ctx.send('b', { type: 'm' }),
            connected: (ctx) => {
              atMs = ctx.now();
            },
          }),
          b: () => ({}),
        },
        { link: link({ tcp: 1 }, { loss: 0.2 }), seed: String(seed) },
      );
      world.run(200_000_000);
      times.push(atMs);
    }
    // Both packets get through with 0.64: then it takes a round trip.
    const prompt = times.filter((ms) => ms === 20).length;
    expect(Math.abs(prompt - 400 * 0.64)).toBeLessThan(5 * Math.sqrt(400 * 0.64 * 0.36));
    expect(times.every((ms) => ms % 1000 === 20)).toBe(true);
    expect(times.some((ms) => ms === 1020)).toBe(true);
  });

  test('not to a node that is down: it refuses after a round trip', () => {
    for (const tcp of [0, 1]) {
      const { world, told, at, run } = talking(link({ tcp }), [100, 500]);
      at(50, () => crash(world, 1, 300));
      run();
      expect(told.filter((line) => line.includes('loses'))).toEqual(['120 a loses b: refused']);
      const first = tcp === 0 ? 510 : 530;
      expect(told.at(-1)).toBe(`${first} b gets 2 of a`);
    }
  });

  test('without a handshake exactly as before: nobody listens, nothing is told', () => {
    const plain = (spec: LinkSpec) => {
      const got: string[] = [];
      const world = worldOf(
        {
          a: () => ({
            start: (ctx) => ctx.setTimer('t', 1),
            timeout(ctx) {
              ctx.send('b', { type: 'm' });
              if (ctx.now() < 500) ctx.setTimer('t', 1);
            },
          }),
          b: () => ({ receive: (ctx) => void got.push(String(ctx.now())) }),
        },
        { link: spec },
      );
      world.run(100_000_000);
      return { got, events: world.events };
    };
    const noisy = { loss: 0.05, jitter: { kind: 'uniform', min: 0, max: 30 } } as const;
    const bare: LinkSpec = {
      ...fastLink,
      ...noisy,
      latency: constant(10),
      transport: 'connection',
    };
    expect(plain(bare)).toEqual(plain(link({}, noisy)));
    // A handshake moves no draw of a message: all but the first few come when they came.
    const jitter = { jitter: noisy.jitter };
    const prompt = plain(link({}, jitter)).got;
    const late = plain(link({ tcp: 1 }, jitter)).got;
    expect(late).not.toEqual(prompt);
    expect(late.slice(100)).toEqual(prompt.slice(100));
  });
});

describe('a connection breaks', () => {
  test('by a reset: both ends hear at once, what is under way is lost, the next message opens it', () => {
    const { world, at, told, run } = talking(link({ tcp: 1 }), [0, 100, 110]);
    at(105, () => {
      world.network.reset(0, 1, newTally());
      world.network.reset(1, 0, newTally());
    });
    run();
    expect(told.slice(3)).toEqual([
      '105 a loses b: reset',
      '105 b loses a: reset',
      '120 b has a',
      '130 a has b',
      '140 b gets 3 of a',
    ]);
  });

  test('by any cut, unless it outlasts it; then what the cut stopped is sent again', () => {
    const cutFor = (ms: number, spec: Partial<ConnectionSpec>) => {
      const { world, at, told, run } = talking(link(spec), [0, 95, 100, 150, 5000]);
      at(99, () => {
        const releases = [world.network.cut(0, 1, newTally()), world.network.cut(1, 0, newTally())];
        at(99 + ms, () => {
          for (const release of releases) release();
        });
      });
      run();
      return told.slice(3);
    };
    expect(cutFor(10, {})).toEqual([
      '99 a loses b: timeout',
      '99 b loses a: timeout',
      // Message 3 is sent into the cut: what every cut breaks cannot be opened in one.
      '100 a loses b: timeout',
      '150 a has b',
      '160 b has a',
      '160 b gets 4 of a',
      '5010 b gets 5 of a',
    ]);
    // Message 2 met the cut at 105 and is sent again at 305; message 3, of 100, waits behind it.
    expect(cutFor(60, { 'break-after': 1000 })).toEqual([
      '315 b gets 2 of a',
      '315 b gets 3 of a',
      '360 b gets 4 of a',
      '5010 b gets 5 of a',
    ]);
    expect(cutFor(1000, { 'break-after': 1000 }).slice(0, 2)).toEqual([
      '1099 a loses b: timeout',
      '1099 b loses a: timeout',
    ]);
    // Stopped at 105, tried in vain at 305 and 705, then at 1505.
    expect(cutFor(999, { 'break-after': 1000 })[0]).toBe('1515 b gets 2 of a');
  });

  test('when its other end crashes: the machine closes it after what was sent before', () => {
    const { world, at, told, run } = talking(link({ tcp: 1 }), [0, 100, 103, 200]);
    at(105, () => crash(world, 1, 50));
    run();
    // 2 and 3 were under way to it; a hears at 115.
    expect(told.slice(3)).toEqual([
      '115 a loses b: closed',
      '210 b has a',
      '220 a has b',
      '230 b gets 4 of a',
    ]);
  });

  test('when its own end crashes: what it had sent arrives, then the other end hears', () => {
    const { world, at, told, run } = talking(link({}), [0, 100]);
    at(105, () => crash(world, 0, 1));
    run();
    expect(told.slice(3)).toEqual(['110 b gets 2 of a', '115 b loses a: closed']);
  });

  test('for one who does not know yet, what it sends is lost though the other end is back', () => {
    const { world, at, told, run } = talking(link({}), [0, 108, 120]);
    at(105, () => crash(world, 1, 1));
    run();
    expect(told.slice(3)).toEqual([
      '115 a loses b: closed',
      '120 a has b',
      '130 b has a',
      '130 b gets 3 of a',
    ]);
  });

  /** Message 2 is sent at 100; everything from `a` is lost from 95 ms on, for so long. */
  function losingAll(forMs: number) {
    const { world, at, run } = talking(link({}), [0, 100, 200, 30_000]);
    const tally = newTally();
    at(95, () => {
      const release = world.network.shape(0, 1, { loss: 1 }, 'x', tally);
      at(95 + forMs, release);
    });
    return { told: run().slice(3), tally };
  }

  test('when the seventh try of a message is lost, and its time-out is over', () => {
    // The first try is at 100, the seventh at 12 700; its time-out ends at 25 500.
    const lost = losingAll(12_605.001);
    expect(lost.told).toEqual([
      '25500 a loses b: timeout',
      '25500 b loses a: timeout',
      '30000 a has b',
      '30010 b has a',
      '30010 b gets 4 of a',
    ]);
    // Both were late until then, and are lost now.
    expect([lost.tally.messagesDropped, lost.tally.messagesDelayed]).toEqual([2, 0]);
  });

  test('not by six lost tries: the seventh meets the link as it is then', () => {
    const late = losingAll(12_604);
    expect(late.told).toEqual([
      '12710 b gets 2 of a',
      '12810 b gets 3 of a',
      '30010 b gets 4 of a',
    ]);
    expect([late.tally.messagesDropped, late.tally.messagesDelayed]).toEqual([0, 2]);
  });

  test('not by a burst of loss of 100 ms: it costs one time-out', () => {
    const burst = losingAll(100);
    // Message 3 was never lost, but waits for message 2.
    expect(burst.told).toEqual(['310 b gets 2 of a', '310 b gets 3 of a', '30010 b gets 4 of a']);
    expect([burst.tally.messagesDropped, burst.tally.messagesDelayed]).toEqual([0, 1]);
  });

  test('by no lost try: the next is as late as the link makes it by then', () => {
    const { world, at, run } = talking(link({}), [0, 100]);
    at(95, () => {
      at(150, world.network.shape(0, 1, { loss: 1 }, 'x', newTally()));
    });
    at(200, () => void world.network.shape(0, 1, { extraLatency: constant(20) }, 'y', newTally()));
    expect(run().slice(3)).toEqual(['330 b gets 2 of a']);
  });

  test('by a cut that strikes between two tries, unless it outlasts it', () => {
    const between = (spec: Partial<ConnectionSpec>, forMs: number) => {
      const { world, at, run } = talking(link(spec), [0, 100]);
      at(95, () => {
        at(150, world.network.shape(0, 1, { loss: 1 }, 'x', newTally()));
      });
      at(200, () => {
        at(200 + forMs, world.network.cut(0, 1, newTally()));
      });
      return run().slice(3);
    };
    expect(between({}, 50)).toEqual(['200 a loses b: timeout', '200 b loses a: timeout']);
    // The try at 300 meets no cut, but one at 300 to 701 does.
    expect(between({ 'break-after': 1000 }, 50)).toEqual(['310 b gets 2 of a']);
    expect(between({ 'break-after': 1000 }, 501)).toEqual(['1510 b gets 2 of a']);
    expect(between({ 'break-after': 1000 }, 1000)).toEqual([
      '1200 a loses b: timeout',
      '1200 b loses a: timeout',
    ]);
  });

  test('by seven tries that a cut stops, however long it may outlast one', () => {
    const { world, at, run } = talking(link({ 'break-after': 90_000 }), [0, 100]);
    at(50, () => {
      at(60_000, world.network.cut(0, 1, newTally()));
    });
    expect(run().slice(3)).toEqual(['25500 a loses b: timeout', '25500 b loses a: timeout']);
  });

  test('by no try that a cut stops on its way: it is sent again, and order is kept', () => {
    const { world, at, run } = talking(link({ 'break-after': 1000 }), [0, 95, 99.5, 103]);
    // Message 2 meets the cut at 105; 3 comes at 109.5, when it is over, and 4 at 113.
    at(104, () => {
      at(108, world.network.cut(0, 1, newTally()));
    });
    expect(run().slice(3)).toEqual(['315 b gets 2 of a', '315 b gets 3 of a', '315 b gets 4 of a']);
  });

  /**
   * Message 2 is sent at 100 and stopped by a cut as it comes; whatever changes the link has a hand in
   * its first try and in its second. How many messages each says it made late, and how many it lost.
   */
  function lateTwice(changes: readonly LinkChange[], cutMs: number) {
    const { world, at, run } = talking(link({ 'break-after': 50_000 }), [0, 100]);
    const tallies = changes.map(() => newTally());
    const cut = newTally();
    at(95, () => {
      for (const [i, change] of changes.entries()) {
        void world.network.shape(0, 1, change, `x${i}`, tallies[i]!);
      }
    });
    at(101, () => {
      at(101 + cutMs, world.network.cut(0, 1, cut));
    });
    const told = run().slice(3);
    const counts = [...tallies, cut].map((one) => [one.messagesDelayed, one.messagesDropped]);
    return { told, counts };
  }
  const late: LinkChange = { extraLatency: constant(20) };
  // Some 80 bytes at 4000 bytes a second: 20 ms.
  const narrow: LinkChange = { bandwidth: 4000 };
  const changed: LinkChange = { corrupt: 1, undetected: 1 };

  test.each([
    ['latency', [late]],
    ['bandwidth', [narrow]],
    ['damage that nobody notices, and latency', [changed, late]],
    ['damage that nobody notices, and bandwidth', [changed, narrow]],
  ])('by no cut, and %s has made a message late once, however many tries it took', (_, changes) => {
    const { told, counts } = lateTwice(changes, 100);
    expect(told).toEqual([expect.stringMatching(/^\d+ b gets \S+ of a$/)]);
    const expected = changes.map((change) => [change === changed ? 0 : 1, 0]);
    expect(counts).toEqual([...expected, [1, 0]]);
  });

  test('and what only made a message late has not lost it in the end: the cut has', () => {
    const { told, counts } = lateTwice([changed, late, narrow], 60_000);
    expect(told).toEqual([expect.stringMatching('a loses b'), expect.stringMatching('b loses a')]);
    expect(counts).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
  });

  test('by damage that nobody notices: the message comes, and says something else', () => {
    const { world, at, run } = talking(link({}), [0, 100]);
    const tally = newTally();
    at(95, () => void world.network.shape(0, 1, changed, 'x', tally));
    expect(run().slice(3)).toEqual([expect.stringMatching(/^110 b gets (?!2 )\S+ of a$/)]);
    expect(tally.messagesCorrupted).toBe(1);
  });

  test('before its first message has come: the other end never had it', () => {
    const { world, at, run } = talking(link({}), [0]);
    at(5, () => world.network.reset(0, 1, newTally()));
    expect(run()).toEqual(['0 a has b', '5 a loses b: reset']);
  });

  test('when its other end crashes, though the news of it is lost at first', () => {
    const { world, at, run } = talking(link({}), [0]);
    at(95, () => {
      at(850, world.network.shape(1, 0, { loss: 1 }, 'x', newTally()));
    });
    at(100, () => crash(world, 1, 10));
    // The news is sent at 100, 300, 700, and gets through at 1500.
    expect(run().slice(3)).toEqual(['1510 a loses b: closed']);
  });

  test('at last, when no news of the end gets through', () => {
    const { world, at, run } = talking(link({}), [0]);
    at(95, () => void world.network.shape(1, 0, { loss: 1 }, 'x', newTally()));
    at(100, () => crash(world, 1, 10));
    expect(run().slice(3)).toEqual(['25500 a loses b: timeout']);
  });

  test('after what its own end had sent and lost has come, when that crashes', () => {
    const { world, at, run } = talking(link({}), [0, 100, 101]);
    at(95, () => {
      at(100.5, world.network.shape(0, 1, { loss: 1 }, 'x', newTally()));
    });
    at(105, () => crash(world, 0, 1));
    expect(run().slice(3)).toEqual([
      '310 b gets 2 of a',
      '310 b gets 3 of a',
      '310 b loses a: closed',
    ]);
  });

  test('when it is idle: the end that accepted it closes it, and a message that crosses is lost', () => {
    const { told, run } = talking(link({ tcp: 1, idle: 100 }), [0, 50, 155, 165, 200]);
    run();
    // Message 2 arrives at 60, so b closes at 160 as message 3 is under way; a hears at 170.
    expect(told.slice(3)).toEqual([
      '60 b gets 2 of a',
      '160 b loses a: idle',
      '170 a loses b: idle',
      '210 b has a',
      '220 a has b',
      '230 b gets 5 of a',
      '330 b loses a: idle',
      '340 a loses b: idle',
    ]);
  });

  test('when it is old', () => {
    const { told, run } = talking(link({ 'max-age': 100 }), [0, 50, 150]);
    run(160);
    expect(told.slice(4)).toEqual([
      '100 b loses a: age',
      '110 a loses b: age',
      '150 a has b',
      '160 b has a',
      '160 b gets 3 of a',
    ]);
  });

  test('once, whatever else would have closed it later', () => {
    const { told, run } = talking(link({ idle: 100, 'max-age': 150 }), [0]);
    run();
    expect(told.filter((one) => one.includes('loses'))).toEqual([
      '110 b loses a: idle',
      '120 a loses b: idle',
    ]);
  });

  test('and a paused end hears when it resumes', () => {
    const { world, at, told, run } = talking(link({}), [0]);
    const tally = newTally();
    at(20, () => world.lives.pause(world.hosts[1]!, tally));
    at(30, () => world.network.reset(0, 1, newTally()));
    at(500, () => world.lives.resume(world.hosts[1]!, tally));
    run();
    expect(told.slice(3)).toEqual(['30 a loses b: reset', '500 b loses a: reset']);
  });
});

describe('order', () => {
  const lossy = (order: 'connection' | 'stream', streams: number) => {
    const spec = link({ order }, { loss: 0.01 });
    const count = 20_000;
    const times = Array.from({ length: count }, (_, i) => 10 * (i + 1));
    const { told, run } = talking(spec, times, { streams });
    run(count * 10 + 60_000);
    const late = told.filter((line) => {
      const got = /^(\S+) b gets (\d+)/.exec(line);
      return got !== null && Number(got[1]) > Number(got[2]) * 10 + 10;
    });
    return late.length / count;
  };

  // Closed form: one message per 10 ms, 1% lost, sent again after 200 ms, doubling.
  test.each([
    ['connection', 10, 0.185],
    ['stream', 2, 0.098],
    ['stream', 6, 0.04],
    ['stream', 10, 0.02],
  ] as const)('%s of %i streams: a share of %f is late', (order, streams, share) => {
    expect(Math.abs(lossy(order, streams) - share)).toBeLessThan(0.02);
  });
});

test('a service that listens hears both, and one that does not listen gets no event', () => {
  const service: Service = {
    handle: () => ({ type: 'do_ok' }),
    connected: (ctx, peer) => ctx.note('hears', { connected: peer }),
    disconnected: (ctx, peer, why) => ctx.note('hears', { peer, why }),
  };
  const world = worldOf(
    {
      a: () => ({ start: (ctx) => ctx.send('b', { type: 'hello' }) }),
      b: () => serve(service, placeOf('b')),
    },
    { link: link({ tcp: 1 }), keepRows: true },
  );
  world.at(100_000, () => world.network.reset(0, 1, newTally()));
  world.run(1_000_000);
  expect(lines(world, ({ type }) => type === 'note')).toEqual([
    '10.000ms b connected peer=a',
    '10.000ms b hears connected=a',
    '100.000ms b disconnected peer=a why=reset',
    '100.000ms b hears peer=a why=reset',
  ]);
  const deaf = serve({ handle: () => ({ type: 'do_ok' }) }, placeOf('b'));
  expect(deaf.connected).toBeUndefined();
});
