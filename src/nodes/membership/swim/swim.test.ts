/**
 * SWIM by hand, after the tests of hashicorp/memberlist (`state_test.go`), and its computed facts.
 */
import { describe, expect, test } from 'vitest';
import { brokenIn } from '../../../../test/support/laid-over.ts';
import { times } from '../../../../test/support/long.ts';
import { fastLink, heldLink, Stage } from '../../../../test/support/stage.ts';
import { defaultsOf } from '../../../sim/params.ts';
import { swimBugs } from './declared.ts';
import system from './index.ts';
import type { News } from './messages.ts';
import { settingsOf, swimParams } from './settings.ts';

interface Cast {
  readonly count?: number;
  readonly params?: object;
  readonly bug?: string;
  readonly held?: boolean;
  readonly loss?: number;
  readonly seed?: string;
}

function cast({ count = 3, params = {}, bug, held = false, loss = 0, seed = '1' }: Cast = {}) {
  const members = Array.from({ length: count }, (_, i) => `m${i + 1}`);
  const stage = new Stage({ seed, link: held ? heldLink : { ...fastLink, loss } });
  for (const id of members) {
    const place = { members, group: 'm' };
    stage.addSystem(id, system, {
      params: params as never,
      place,
      ...(bug === undefined ? {} : { bug }),
    });
  }
  return stage;
}

/** What a member believes of another one: `suspect 1`. */
function belief(stage: Stage, at: string, of: string): string {
  const asked = stage.ask(at, { type: 'members' });
  const { members } = stage.answers().get(asked) as never as {
    members: readonly { member: string; state: string; incarnation: number }[];
  };
  const row = members.find(({ member }) => member === of);
  return row === undefined ? 'unknown' : `${row.state} ${row.incarnation}`;
}

const tell = (stage: Stage, to: string, news: readonly News[], from = 'm3') =>
  stage.inject(from, to, { type: 'gossip', news } as never);

const without = {
  'tcp-fallback': false,
  lifeguard: { probe: false, suspicion: false, buddy: false },
};

describe('a probe', () => {
  test('goes directly, then through others and a connection, and fails at the end of the interval', () => {
    const stage = cast({ count: 4, held: true });
    stage.until(3000);
    const from = stage.sent.filter((one) => one.from === 'm1' && one.message.type !== 'gossip');
    const ping = from.find(({ message }) => message.type === 'ping');
    if (ping === undefined) throw new Error('m1 has not probed');
    const told = from
      .filter(({ atMs }) => atMs <= ping.atMs + 999)
      .map(({ atMs, message }) => `${Math.round(atMs - ping.atMs)} ${message.type}`);
    expect(told).toEqual(['0 ping', '500 ping-req', '500 ping-req', '500 stream-ping']);
    const suspects = stage.notes.find((note) => note.startsWith('m1 suspects'));
    expect(suspects).toContain(`"of":"${ping.to}"`);
  });

  test('is answered through another member when the direct link is cut', () => {
    const stage = cast({ params: { 'tcp-fallback': false } });
    const levers = stage.levers();
    levers.cut('m1', 'm2');
    levers.cut('m2', 'm1');
    stage.until(20_000);
    expect(
      stage.sent.some(({ from, message }) => from === 'm1' && message.type === 'ping-req'),
    ).toBe(true);
    expect(stage.notes).toEqual([]);
  });

  test('a helper that has no answer says so, and the asker stays healthy', () => {
    const stage = cast({ count: 4 });
    stage.crash('m4').until(1999);
    expect(stage.sent.filter(({ message }) => message.type === 'nack').length).toBeGreaterThan(0);
    expect(stage.measured().filter((line) => / score [1-9]/.test(line))).toEqual([]);
  });

  test('without a sign from helpers the member doubts itself, and waits longer', () => {
    const stage = cast({ count: 4, held: true, params: { 'tcp-fallback': false } });
    stage.until(2500);
    expect(stage.measured()).toContain('m1 score 2');
    const before = stage.notes.length;
    // Its next probe takes three intervals.
    stage.until(3900);
    expect(stage.notes.filter((note) => note.startsWith('m1 ')).length).toBe(
      stage.notes.slice(0, before).filter((note) => note.startsWith('m1 ')).length,
    );
  });
});

describe('news', () => {
  /** What m1 hears of m2, in this order: alive and left from m2 itself, the others from m3. */
  test.each([
    ['alive of the same incarnation does not clear a suspicion', 'suspect 1, alive 1', 'suspect 1'],
    ['alive of a higher one does', 'suspect 1, alive 2', 'alive 2'],
    ['a suspicion of a lower one is old', 'alive 3, suspect 2', 'alive 3'],
    ['so is a death', 'alive 3, dead 2', 'alive 3'],
    ['at equal ones dead overrides suspect', 'dead 1, suspect 1', 'dead 1'],
    ['alive of the same incarnation does not clear a death', 'dead 1, alive 1', 'dead 1'],
    ['alive of a higher one does, too', 'dead 1, alive 2', 'alive 2'],
    ['a late alive does not raise the dead', 'suspect 4, dead 4, alive 3', 'dead 4'],
    ['who leaves is not dead', 'left 1', 'left 1'],
  ])('%s', (_, heard, believed) => {
    const stage = cast({ held: true });
    const news = heard.split(', ').map((piece): News => {
      const [state = '', incarnation] = piece.split(' ');
      const by = state === 'alive' || state === 'left' ? 'm2' : 'm3';
      return [state as News[0], 'm2', Number(incarnation), by];
    });
    tell(stage, 'm1', news);
    expect(belief(stage, 'm1', 'm2')).toBe(believed);
  });

  test('a member that hears itself suspected or dead refutes, above what was said', () => {
    const stage = cast({ held: true });
    tell(stage, 'm1', [['suspect', 'm1', 1, 'm3']]);
    tell(stage, 'm1', [['dead', 'm1', 5, 'm3']]);
    expect(stage.notes).toEqual(['m1 refutes {"incarnation":2}', 'm1 refutes {"incarnation":6}']);
    expect(belief(stage, 'm1', 'm1')).toBe('alive 6');
    // Each refutation is a sign that the member is unwell.
    expect(stage.measured().filter((line) => line.startsWith('m1 score'))).toEqual([
      'm1 score 0',
      'm1 score 1',
      'm1 score 2',
    ]);
  });

  test('a death in an exchanged view is a suspicion', () => {
    const stage = cast({ held: true });
    stage.inject('m3', 'm1', { type: 'exchange', states: [['dead', 'm2', 1]] } as never);
    expect(belief(stage, 'm1', 'm2')).toBe('suspect 1');
  });

  test('who says an old alive of itself gets what others hold (memberlist#311)', () => {
    const stage = cast({ held: true });
    tell(stage, 'm1', [
      ['alive', 'm2', 100, 'm2'],
      ['dead', 'm2', 100, 'm3'],
    ]);
    stage.transcript();
    tell(stage, 'm1', [['alive', 'm2', 1, 'm2']], 'm2');
    expect(stage.transcript()).toContain('m1→m2 gossip news=[["dead","m2",100,"m1"]]');
  });

  test('voices that confirm a suspicion shorten it, each once', () => {
    const secondsToDeath = (voices: readonly string[]) => {
      const lifeguard = { probe: false, suspicion: true, buddy: true };
      const times = { interval: 100_000, timeout: 50_000, 'suspicion-mult': 5 };
      const stage = cast({ count: 10, held: true, params: { ...times, lifeguard } });
      tell(
        stage,
        'm1',
        voices.map((by): News => ['suspect', 'm2', 1, by]),
      );
      while (!stage.notes.some((note) => note.startsWith('m1 declares dead {"of":"m2"'))) {
        stage.step(1000);
      }
      return stage.nowMs / 1000;
    };
    // Five intervals with three other voices, thirty with none. The probe of m1 itself fails too:
    // with one other voice half of what is between is gone.
    expect(secondsToDeath(['m3', 'm4', 'm5', 'm6'])).toBe(500);
    expect(secondsToDeath(['m3', 'm3', 'm3', 'm3'])).toBe(1750);
    const stage = cast({ count: 10, held: true, params: { interval: 10_000, timeout: 5000 } });
    tell(stage, 'm1', [
      ['suspect', 'm2', 1, 'm3'],
      ['suspect', 'm2', 1, 'm3'],
    ]);
    stage.until(41_000);
    expect(belief(stage, 'm1', 'm2')).toBe('suspect 1');
    tell(stage, 'm1', [
      ['suspect', 'm2', 1, 'm4'],
      ['suspect', 'm2', 1, 'm5'],
    ]);
    stage.step(1);
    expect(belief(stage, 'm1', 'm2')).toBe('dead 1');
  });

  test('an old suspicion does not kill the newer incarnation', () => {
    const story = (bug?: string) => {
      const stage = cast(bug === undefined ? { held: true } : { held: true, bug });
      tell(stage, 'm1', [
        ['suspect', 'm2', 1, 'm3'],
        ['alive', 'm2', 2, 'm2'],
      ]);
      return stage.timersOf('m1').filter((timer) => timer.startsWith('suspicion')).length;
    };
    expect([story(), story('suspicion-without-incarnation')]).toEqual([0, 1]);
  });
});

describe('a life', () => {
  test('a member that boots again has a new incarnation, and learns who is there', () => {
    const stage = cast();
    stage.until(2000);
    stage.crash('m2');
    stage.until(4000);
    stage.boot('m2');
    stage.until(6000);
    expect(['m1', 'm2', 'm3'].map((at) => belief(stage, at, 'm2'))).toEqual([
      'alive 2',
      'alive 2',
      'alive 2',
    ]);
    expect(['m1', 'm3'].map((of) => belief(stage, 'm2', of))).toEqual(['alive 1', 'alive 1']);
  });

  test('members that start apart find each other through three of them', () => {
    const stage = cast({ count: 8, params: { start: 'apart' } });
    stage.until(8000);
    expect(stage.notes.filter((note) => note.endsWith('joined'))).toHaveLength(8);
    expect(belief(stage, 'm8', 'm7')).toBe('alive 1');
  });

  test('who leaves says so, and is not suspected', () => {
    const stage = cast();
    stage.until(1500);
    stage.levers().tellToLeave('m2');
    stage.until(1600);
    stage.crash('m2');
    stage.until(20_000);
    expect(belief(stage, 'm1', 'm2')).toBe('left 1');
    expect(stage.notes.filter((note) => /suspects|dead/.test(note))).toEqual([]);
  });

  test('two halves that hold each other for dead find together again', () => {
    const stage = cast({ count: 4, params: { reconnect: 5000 } });
    const levers = stage.levers();
    const cuts = ['m1', 'm2'].flatMap((a) =>
      ['m3', 'm4'].flatMap((b) => [levers.cut(a, b), levers.cut(b, a)]),
    );
    stage.until(60_000);
    expect(belief(stage, 'm1', 'm3')).toMatch(/^dead/);
    for (const heal of cuts) heal();
    stage.until(90_000);
    expect(belief(stage, 'm1', 'm3')).toMatch(/^alive/);
    expect(belief(stage, 'm4', 'm2')).toMatch(/^alive/);
  });
});

describe('knobs', () => {
  test('a preset gives the values of memberlist, and a knob takes the place of one', () => {
    const of = (given: object) => {
      const all = settingsOf(defaultsOf(swimParams, given));
      return [
        ...[all.intervalMs, all.timeoutMs, all.indirect],
        ...[all.gossipNodes, all.gossipIntervalMs, all.retransmitMult],
        ...[all.suspicionMult, all.suspicionMax, all.exchangeMs, all.gossipToDeadMs],
      ];
    };
    expect(of({})).toEqual([1000, 500, 3, 3, 200, 4, 4, 6, 30_000, 30_000]);
    expect(of({ preset: 'wan' })).toEqual([5000, 3000, 3, 4, 500, 4, 6, 6, 60_000, 60_000]);
    expect(of({ preset: 'local' })).toEqual([1000, 200, 1, 3, 100, 2, 3, 6, 15_000, 15_000]);
    expect(of({ preset: 'local', indirect: 2 }).slice(0, 4)).toEqual([1000, 200, 2, 3]);
  });

  test('a dead member is forgotten after `reap`', () => {
    const stage = cast({ params: { reap: 30_000, reconnect: 1000 } });
    stage.until(2000).crash('m2').until(25_000);
    expect(belief(stage, 'm1', 'm2')).toBe('dead 1');
    stage.until(80_000);
    expect(belief(stage, 'm1', 'm2')).toBe('unknown');
  });

  test('round robin probes each member once in a round, chance does not', () => {
    const probed = (roundRobin: boolean) => {
      const stage = cast({ count: 9, params: { 'round-robin': roundRobin } });
      stage.until(9500);
      const pings = stage.sent.filter(
        ({ from, message }) => from === 'm1' && message.type === 'ping',
      );
      return new Set(pings.slice(0, 8).map(({ to }) => to)).size;
    };
    expect(probed(true)).toBe(8);
    expect(probed(false)).toBeLessThan(8);
  });

  test('the dead get gossip for `gossip-to-dead`, and then no more', () => {
    const gossipAfter = (ms: number) => {
      const stage = cast({ held: true, params: { 'gossip-to-dead': ms, interval: 100_000 } });
      tell(stage, 'm1', [['dead', 'm2', 1, 'm3']]);
      stage.until(5000);
      tell(stage, 'm1', [['alive', 'm3', 2, 'm3']]);
      stage.until(7000);
      return stage.sent.filter(
        ({ from, to, atMs, message }) =>
          from === 'm1' && to === 'm2' && atMs > 5000 && message.type === 'gossip',
      ).length;
    };
    expect(gossipAfter(60_000)).toBeGreaterThan(0);
    expect(gossipAfter(1000)).toBe(0);
  });
});

describe('facts', () => {
  // A probe of a healthy member fails with (1 - (1-p)^2) (1 - (1-p)^4)^k: of 400 failures within a
  // tenth, which is two standard errors of a binomial count.
  test.each(
    [
      [0.2, 3, 0.0741, 25, 220, 600],
      [0.1, 1, 0.0653, 25, 220, 700],
      [0.1, 3, 0.00773, 50, 400, 2600],
      [0.05, 3, 0.000622, 100, 0, 8200],
    ].filter(([, , , , short = 0, long = 0]) => times(short, long) > 0),
  )('loss %f, %i helpers: a probe fails with %f', { timeout: 600_000 }, (...row) => {
    const [loss, indirect, share, count, short, long] = row as [number, number, ...FourNumbers];
    const params = { ...without, indirect, 'suspicion-mult': 5000, exchange: 1e9 };
    const stage = cast({ count, loss, params });
    stage.onSent = () => stage.sent.splice(0);
    stage.until(times(short, long) * 1000);
    const { series } = stage.world.recorder.measured;
    const of = (wanted: string) =>
      series.reduce((sum, { name, length }) => sum + (name === wanted ? length : 0), 0);
    const failures = of('failed-probes');
    expect(failures).toBeGreaterThan(times(120, 400));
    const near = times(3 / Math.sqrt(failures), 0.1);
    expect(Math.abs(failures / of('probes') / share - 1)).toBeLessThan(near);
  });

  type FourNumbers = [number, number, number, number];

  // By chance: 1 / (1 - (1 - 1/m)^m) periods, m = n - 1, near e/(e - 1) = 1.582 (Das, Gupta,
  // Motivala 2002, section 3.3). In turns: the sum over t of ((m - t) / m)^m.
  test.each([
    [5, false, 1.463, 0.03],
    [10, false, 1.53, 0.03],
    [100, false, 1.577, 0.03],
    [5, true, 1.383, 0.02],
    [10, true, 1.482, 0.02],
    [50, true, 1.562, 0.02],
  ])(
    '%i members, in turns: %s: the first probe of a crashed one comes after %f periods',
    { timeout: 600_000 },
    (count, roundRobin, periods, near) => {
      const crashes = times(150, 3000);
      let sum = 0;
      for (let seed = 1; seed <= crashes; seed++) {
        const params = { 'round-robin': roundRobin, interval: 1000, timeout: 500 };
        const stage = cast({ count, params, seed: String(seed) }).crash('m1');
        let firstMs: number | null = null;
        stage.onSent = ({ to, atMs, message }) => {
          if (to === 'm1' && message.type === 'ping') firstMs ??= atMs;
        };
        while (firstMs === null) stage.step(1000);
        sum += Math.ceil(firstMs / 1000);
      }
      // A geometric time has a deviation of about 0.9 periods.
      const tolerance = times((3 * 0.9) / Math.sqrt(crashes), near * periods);
      expect(Math.abs(sum / crashes - periods)).toBeLessThan(tolerance);
    },
  );

  test('two messages for each member and period, however many there are', {
    timeout: 30_000,
  }, () => {
    const perMember = [8, 64].map((count) => {
      const stage = cast({ count, params: { exchange: 600_000 } });
      stage.until(20_000);
      return stage.sent.length / count / 20;
    });
    for (const messages of perMember) expect(Math.abs(messages - 2)).toBeLessThan(0.1);
  });
});

// --- Mistakes ----------------------------------------------------------------------------------

const small = ['nodes.m.count=12', 'duration=60s', 'settle=1s', 'clients.ask.rate=1/s'];
const crashes = 'faults=[{ at: 5s, every: 20s, for: 10s, until: 40s, name: gone, crash: m-7 }]';
const lossy = ['faults=[]', 'network.loss=30%'];

/** What each needs to show, and the expectation that is violated. */
const settings: { readonly [bug in keyof typeof swimBugs]: readonly [readonly string[], string] } =
  {
    'no-refute': [lossy, 'false deaths = 0'],
    'ignore-incarnation': [lossy, 'false deaths = 0'],
    'skip-suspicion': [lossy, 'false deaths = 0'],
    'suspicion-without-incarnation': [lossy, 'false deaths = 0'],
    'trust-remote-dead': [
      [
        'faults=[{ at: 3s, for: 35s, name: split, partition: { halves: true } }]',
        'nodes.m.reconnect=3s',
        'network.loss=0%',
      ],
      'false deaths = 0 after split',
    ],
    'reuse-incarnation-after-boot': [[crashes], 'incarnation-by-owner'],
    'self-in-targets': [
      [
        'nodes.m.count=2',
        'nodes.m.lifeguard={ probe: false }',
        'network.loss=0%',
        'faults=[{ at: 5s, every: 5s, for: 4s, until: 50s, name: gone, crash: m-2 }]',
      ],
      'max detection <= 2.02s',
    ],
    'drop-after-first-send': [
      ['nodes.m.gossip-nodes=1', 'nodes.m.count=30', 'faults=[{ at: 5s, name: gone, crash: m-7 }]'],
      'full detection <= 15s',
    ],
  };

const file = 'src/nodes/membership/swim/example.yaml';

test.each(Object.entries(settings))(
  '%s is caught',
  { timeout: 30_000 },
  async (bug, [given, caught]) => {
    const isInvariant = caught === 'incarnation-by-owner';
    const sets = [...small, ...given, `expect=[${isInvariant ? 'false deaths = 0' : caught}]`];
    expect(await brokenIn({ file, sets })).toEqual([]);
    const [found] = await brokenIn({ file, sets: [...sets, `nodes.m.bug=${bug}`] });
    expect(found).toContain(caught);
    expect(caught.startsWith(swimBugs[bug as keyof typeof swimBugs].caughtBy)).toBe(true);
  },
);

test('self-in-targets is seen by `view` too: who crashed just before the end is still a member', async () => {
  const sets = [
    'nodes.m={ kind: swim, count: 2, suspicion: false, lifeguard: { probe: false } }',
    'duration=20s',
    'settle=1s',
    'network.loss=0%',
    'faults=[{ at: 18s, name: gone, crash: m-2 }]',
    'expect=[view]',
  ];
  expect(await brokenIn({ file, sets })).toEqual([]);
  const wrong = [...sets, 'nodes.m.bug=self-in-targets'];
  expect(await brokenIn({ file, sets: wrong })).toEqual(['view']);
});
