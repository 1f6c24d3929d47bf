/** Paxos by hand: both phases, the duel in numbers, flexible quorums, each mistake in few steps. */
import { describe, expect, test } from 'vitest';
import { isLong, times } from '../../../../test/support/long.ts';
import { heldLink, Stage, type StageOptions } from '../../../../test/support/stage.ts';
import { constant } from '../../../sim/distribution.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';
import { refuseSettings } from './settings.ts';

interface GroupOptions extends StageOptions {
  readonly params?: { readonly [name: string]: unknown };
  readonly bug?: string;
  /** Names by role; three members by default. */
  readonly roles?: { readonly [role: string]: readonly string[] };
}

const MEMBERS = { member: ['a', 'b', 'c'] };

function group({ params = {}, bug, roles = MEMBERS, ...options }: GroupOptions = {}): Stage {
  const stage = new Stage(options);
  const members = Object.values(roles).flat();
  const settings = { retry: { minMs: 100, maxMs: 100 }, ...params };
  for (const [role, names] of Object.entries(roles)) {
    for (const id of names) {
      const place = { group: 'px', role, members, roles };
      stage.addSystem(id, system, {
        params: settings,
        place,
        ...(bug === undefined ? {} : { bug }),
      });
    }
  }
  return stage;
}

const propose = (value: string | number, key = 'k') => ({ type: 'propose', key, value });

function valueOf(stage: Stage, id: number): unknown {
  return (stage.answers().get(id) as { value?: unknown } | undefined)?.value;
}

function broken(stage: Stage): readonly (string | null)[] {
  return system.invariants.map(({ check }) => check(stage.views(), undefined as never));
}

const OUTSIDE = { proposer: ['p', 'q'], acceptor: ['a', 'b', 'c'] };

describe('one ballot', () => {
  test('prepare, promise, accept, accepted: 4n messages with the proposer outside', () => {
    for (const n of [3, 5, 7]) {
      const acceptor = Array.from({ length: n }, (_, i) => `a${i + 1}`);
      const stage = group({ roles: { proposer: ['p'], acceptor } });
      const id = stage.ask('p', propose('v'));
      stage.untilQuiet();
      expect(valueOf(stage, id)).toBe('v');
      expect(stage.sent.filter(({ to }) => to !== 'client').length).toBe(4 * n);
    }
  });

  test('by hand', () => {
    const stage = group({ roles: { proposer: ['p'], acceptor: ['a', 'b', 'c'] } });
    stage.ask('p', propose('v'));
    stage.untilQuiet();
    expect(stage.transcript(({ from, to }) => ![from, to].includes('c'))).toMatchInlineSnapshot(`
      "0ms p→a prepare key=k ballot={"number":1,"by":"p"}
      0ms p→b prepare key=k ballot={"number":1,"by":"p"}
      1ms a→p promise key=k ballot={"number":1,"by":"p"} accepted=null
      1ms b→p promise key=k ballot={"number":1,"by":"p"} accepted=null
      2ms p→a accept key=k ballot={"number":1,"by":"p"} value=v
      2ms p→b accept key=k ballot={"number":1,"by":"p"} value=v
      3ms a→p accepted key=k ballot={"number":1,"by":"p"} value=v
      3ms b→p accepted key=k ballot={"number":1,"by":"p"} value=v
      4ms p→client propose_ok inReplyTo=1 value=v"
    `);
  });

  test('without a distinguished learner each acceptor tells each learner, a delay earlier', () => {
    const times = [true, false].map((distinguished) => {
      const stage = group({ params: { distinguished } });
      stage.ask('a', propose('v'));
      stage.untilQuiet();
      const learned = stage.sent.filter(({ message }) => message.type === 'accepted').length;
      return [learned, stage.notes.filter((note) => note.includes('learns')).length];
    });
    expect(times).toEqual([
      [3, 3],
      [9, 3],
    ]);
  });

  test('who asks later hears the value that was chosen, without a new ballot', () => {
    const stage = group();
    const first = stage.ask('a', propose('v'));
    stage.step(50);
    const second = stage.ask('b', propose('w'));
    const other = stage.ask('b', propose('w', 'another'));
    stage.step(50);
    expect([first, second, other].map((id) => valueOf(stage, id))).toEqual(['v', 'v', 'w']);
    expect(stage.notes.filter((note) => note.includes('begins ballot'))).toHaveLength(2);
  });

  test('a learner that has forgotten learns by a new ballot, which finds the chosen value', () => {
    const stage = group({ diskMs: 1 });
    stage.ask('a', propose('v'));
    stage.step(50);
    stage.crash('b').boot('b').step(10);
    const id = stage.ask('b', propose('w'));
    stage.step(50);
    expect(valueOf(stage, id)).toBe('v');
  });

  test('a proposer stops when nobody waits any more', () => {
    const stage = group();
    stage.crash('b').crash('c');
    stage.ask('a', propose('v'), 250);
    stage.untilQuiet();
    expect(stage.notes.at(-1)).toBe('a gives up {"key":"k","ballot":"2.a"}');
  });
});

describe('quorums', () => {
  test('flexible ones must meet, between the phases only (Howard et al. 2016)', () => {
    const values = (phase1: number, phase2: number) =>
      defaultsOf(system.params, { 'phase1-quorum': phase1, 'phase2-quorum': phase2 });
    const roles = { member: 4 };
    expect(refuseSettings(values(3, 2), roles)).toBe(null);
    expect(refuseSettings(values(2, 2), roles)).toContain('must be more than its 4 acceptors');
    expect(refuseSettings(values(5, 2), roles)).toContain('a quorum of 5');
    expect(refuseSettings(values(1, 1), {})).toContain('nobody accepts');
    expect(refuseSettings(values(2, 2), { acceptor: 3 })).toContain('nobody proposes');
  });

  test('with 4 and 2 of five, a value is chosen by two, and a new ballot needs four', () => {
    const roles = { proposer: ['p', 'q'], acceptor: ['a', 'b', 'c', 'd', 'e'] };
    const params = { 'phase1-quorum': 4, 'phase2-quorum': 2 };
    const stage = group({ roles, params });
    stage.ask('p', propose('v'));
    // The promises have arrived; of three acceptors nothing more is heard.
    stage.until(2).crash('c').crash('d').crash('e');
    stage.step(50);
    expect(stage.notes.filter((note) => note.startsWith('p learns'))).toHaveLength(1);
    const id = stage.ask('q', propose('w', 'other'), 400);
    stage.step(500);
    expect(valueOf(stage, id)).toBe(undefined);
  });
});

// ---- the duel ----------------------------------------------------------------------------------

interface Duel {
  /** One way. */
  readonly linkMs: number;
  readonly retry: number | { readonly minMs: number; readonly maxMs: number };
  /** The second proposer begins so long after the first. */
  readonly offsetMs: number;
  readonly seed?: string;
  readonly limitMs?: number;
}

/** When three acceptors have chosen, and after how many ballots; null: not within the limit. */
function duel({ linkMs, retry, offsetMs, seed = '1', limitMs = 3000 }: Duel) {
  const range = typeof retry === 'number' ? { minMs: retry, maxMs: retry } : retry;
  const stage = group({
    roles: OUTSIDE,
    seed,
    params: { retry: range, nacks: false, backoff: 'fixed' },
    link: { latency: constant(linkMs), loss: 0, duplicate: 0, reorder: 0 },
  });
  const accepted = new Map<string, number>();
  const ballots = new Set<string>();
  let chosenAtMs: number | null = null;
  stage.onSent = ({ message, atMs }) => {
    if (chosenAtMs !== null || !['prepare', 'accepted'].includes(message.type)) return;
    const { ballot } = message as unknown as { ballot: { number: number; by: string } };
    const name = `${ballot.number}.${ballot.by}`;
    ballots.add(name);
    if (message.type === 'prepare') return;
    accepted.set(name, (accepted.get(name) ?? 0) + 1);
    if (accepted.get(name) === 2) chosenAtMs = atMs;
  };
  stage.ask('p', propose('v'));
  stage.at(offsetMs, () => void stage.ask('q', propose('w')));
  for (let ms = 10; ms <= limitMs && chosenAtMs === null; ms += 10) stage.until(ms);
  return { chosenAtMs: chosenAtMs as number | null, ballots: ballots.size };
}

describe('two proposers', () => {
  test('interrupt each other forever exactly if R - 2d < s < 2d', () => {
    for (const linkMs of [5, 10]) {
      for (const retry of [2.5, 3, 3.5, 3.9, 4.5].map((times) => times * linkMs)) {
        for (const share of [0.3, 0.8, 1.25, 1.45, 1.6, 1.75, 1.88, 2.1, 2.4]) {
          const offsetMs = share * linkMs;
          if (offsetMs >= retry) continue;
          const isForEver = retry - 2 * linkMs < offsetMs && offsetMs < 2 * linkMs;
          const { chosenAtMs } = duel({ linkMs, retry, offsetMs });
          expect([linkMs, retry, offsetMs, chosenAtMs === null]).toEqual([
            linkMs,
            retry,
            offsetMs,
            isForEver,
          ]);
        }
      }
    }
  });

  test('R=30, d=10, s=15 never; R=39: s=19.5 never, s=18.9 at 48.9 ms', () => {
    expect(duel({ linkMs: 10, retry: 30, offsetMs: 15 }).chosenAtMs).toBe(null);
    expect(duel({ linkMs: 10, retry: 39, offsetMs: 19.5 }).chosenAtMs).toBe(null);
    expect(duel({ linkMs: 10, retry: 39, offsetMs: 18.9 }).chosenAtMs).toBe(48.9);
  });

  test('a random wait ends it: with U(0, 60) ms more, 46.6 ms and 2.3 ballots on average', {
    timeout: 900_000,
  }, () => {
    const seeds = times(200, 20_000);
    const retry = { minMs: 30, maxMs: 90 };
    const duels = Array.from({ length: seeds }, (_, i) =>
      duel({ linkMs: 10, retry, offsetMs: 15, seed: String(i + 1) }),
    );
    const took = duels.map(({ chosenAtMs }) => chosenAtMs ?? Infinity);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const centre = mean(took);
    const deviation = Math.sqrt(mean(took.map((time) => (time - centre) ** 2)));
    // Twenty thousand are within 3%; few within four deviations of their mean.
    const slack = isLong ? 0.03 * 46.6 : (4 * deviation) / Math.sqrt(seeds);
    expect(Math.abs(centre - 46.6)).toBeLessThan(slack);
    const ballots = mean(duels.map((one) => one.ballots));
    expect(Math.abs(ballots - 2.3)).toBeLessThan(isLong ? 0.03 * 2.3 : 0.15);
    // The first retries within 5 ms of 60, and the second before that has ended, on average in 7.5
    // ms of 60. So 65 ms, when the second ballot ends, is nearly the 99th percentile.
    const later = (5 / 60) * (7.5 / 60);
    const above = took.filter((ms) => ms > 65).length / seeds;
    expect(Math.abs(above - later)).toBeLessThan(4 * Math.sqrt(later / seeds));
  });
});

// ---- each mistake in the fewest steps ----------------------------------------------------------

/** By hand: p and q propose; messages go only where the story says. */
class Story {
  readonly stage: Stage;

  constructor(bug: string | undefined, acceptor: readonly string[] = ['a', 'b', 'c']) {
    const roles = { proposer: ['p', 'q'], acceptor };
    const params = { retry: { minMs: 100_000, maxMs: 100_000 }, nacks: false };
    this.stage = group({
      roles,
      params,
      link: heldLink,
      diskMs: 1,
      ...(bug === undefined ? {} : { bug }),
    });
  }

  ask(proposer: string, value: string): this {
    this.stage.ask(proposer, propose(value));
    this.stage.step(5);
    return this;
  }

  /** Messages of this type between the proposer and these acceptors. */
  pass(type: string, proposer: string, acceptors: string): this {
    this.stage.deliver(({ from, to, message }) => {
      const ends = [from, to];
      return (
        message.type === type &&
        ends.includes(proposer) &&
        ends.some((id) => acceptors.includes(id))
      );
    });
    this.stage.step(5);
    return this;
  }

  /** What proposers have learned, and what the invariant says. */
  end(): { readonly learned: readonly string[]; readonly broken: boolean } {
    const learned = this.stage.notes.filter((note) => note.includes('learns'));
    return {
      learned: learned.map((note) => note.replace(/ learns .*"value":"(.)".*/, ' $1')),
      broken: broken(this.stage).some((wrong) => wrong !== null),
    };
  }
}

/** p has promises of a and b, q later of b and c; then p's value comes to a and b, q's to b and c. */
function interleaved(bug: string | undefined, between: (stage: Stage) => void = () => {}) {
  const story = new Story(bug);
  story.ask('p', 'v').ask('q', 'w');
  story.pass('prepare', 'p', 'ab').pass('promise', 'p', 'ab');
  story.pass('prepare', 'q', 'bc').pass('promise', 'q', 'bc');
  between(story.stage);
  story.pass('accept', 'p', 'ab').pass('accepted', 'p', 'ab');
  story.pass('accept', 'q', 'bc').pass('accepted', 'q', 'bc');
  return story.end();
}

test('accept-below-promise: both values are chosen', () => {
  expect(interleaved(undefined)).toEqual({ learned: ['q w'], broken: false });
  expect(interleaved('accept-below-promise')).toEqual({ learned: ['p v', 'q w'], broken: true });
});

test('promise-not-durable: a crash makes an acceptor accept what it had promised to refuse', () => {
  const crash = (stage: Stage) => void stage.crash('b').boot('b').step(5);
  expect(interleaved(undefined, crash)).toEqual({ learned: ['q w'], broken: false });
  expect(interleaved('promise-not-durable', crash)).toEqual({
    learned: ['p v', 'q w'],
    broken: true,
  });
});

test('own-value-always: a chosen value is overwritten', () => {
  const run = (bug?: string) => {
    const story = new Story(bug);
    story.ask('p', 'v').pass('prepare', 'p', 'ab').pass('promise', 'p', 'ab');
    story.pass('accept', 'p', 'ab').pass('accepted', 'p', 'ab');
    story.ask('q', 'w').pass('prepare', 'q', 'bc').pass('promise', 'q', 'bc');
    story.pass('accept', 'q', 'bc').pass('accepted', 'q', 'bc');
    return story.end();
  };
  expect(run()).toEqual({ learned: ['p v', 'q v'], broken: false });
  expect(run('own-value-always')).toEqual({ learned: ['p v', 'q w'], broken: true });
});

test('reuse-ballot: after a crash another value is proposed in the same ballot', () => {
  const run = (bug?: string) => {
    const story = new Story(bug);
    story.ask('p', 'v').pass('prepare', 'p', 'abc').pass('promise', 'p', 'bc');
    story.pass('accept', 'p', 'a');
    story.stage.drop().crash('p').boot('p').step(5);
    story.ask('p', 'w').pass('prepare', 'p', 'bc').pass('promise', 'p', 'bc');
    story.pass('accept', 'p', 'bc').pass('accepted', 'p', 'bc');
    return story.end();
  };
  // The value on a is in a lower ballot, and was not chosen.
  expect(run()).toEqual({ learned: ['p w'], broken: false });
  expect(run('reuse-ballot')).toEqual({ learned: ['p w'], broken: true });
});

test('commonest-value: what most promises name is not what may be chosen', () => {
  const run = (bug?: string) => {
    const story = new Story(bug, ['a', 'b', 'c', 'd', 'e']).ask('q', 'x');
    const promise = (from: string, number: number, value: string) =>
      story.stage.inject(from, 'q', {
        type: 'promise',
        key: 'k',
        ballot: { number: 1, by: 'q' },
        accepted: { ballot: { number, by: 'a' }, value },
      } as never);
    promise('a', 0, 'v');
    // A copy counts for nothing.
    promise('a', 0, 'v');
    promise('b', 0, 'v');
    promise('c', 1, 'w').step(5);
    const accept = story.stage.sent.find(({ message }) => message.type === 'accept');
    return (accept?.message as { value?: string } | undefined)?.value;
  };
  expect(run()).toBe('w');
  expect(run('commonest-value')).toBe('v');
});

test('count-value-across-ballots and quorums-apart: a learner believes what is not so', () => {
  const run = (ballots: readonly number[], bug?: string) => {
    const story = new Story(bug);
    ballots.forEach((number, i) => {
      const from = ['a', 'b', 'c'][i] as string;
      const accepted = { type: 'accepted', key: 'k', ballot: { number, by: 'q' }, value: 'v' };
      story.stage.inject(from, 'q', accepted as never).inject(from, 'q', accepted as never);
    });
    return story.end().learned;
  };
  expect(run([1, 1])).toEqual(['q v']);
  expect(run([1, 2])).toEqual([]);
  expect(run([1, 2], 'count-value-across-ballots')).toEqual(['q v']);
  expect(run([1])).toEqual([]);
  expect(run([1], 'quorums-apart')).toEqual(['q v']);
});
