/** The queue at a server's door: who is next, and who is given up. */
import { describe, expect, test } from 'vitest';
import { Admission, type AdmissionSpec, rankOf, type Ticket } from './admission.ts';

interface Named extends Ticket {
  readonly name: string;
}

const plain: AdmissionSpec = {
  order: 'fifo',
  places: 1,
  queueMax: 3,
  dropsExpired: false,
  fitsMs: 0,
  codelTargetMs: 0,
  codelIntervalMs: 0,
  fair: false,
};

const ticket = (name: string, more: Partial<Ticket> = {}): Named => ({
  name,
  rank: 1,
  tenant: '',
  sinceMs: 0,
  deadlineMs: Infinity,
  ...more,
});

/** One is served; the others come, and then leave one by one. */
function served(spec: Partial<AdmissionSpec>, tickets: readonly Named[], stepMs = 0) {
  const log: string[] = [];
  const door = new Admission<Named>({ ...plain, ...spec }, ({ name }, why) => {
    log.push(`${name} ${why}`);
  });
  door.offer(ticket('first'));
  for (const one of tickets) {
    const verdict = door.offer(one);
    if (verdict !== 'wait') log.push(`${one.name} ${verdict}`);
  }
  for (let ms = stepMs; ; ms += stepMs) {
    const next = door.leave(ms);
    if (next === null) return log;
    log.push(next.name);
  }
}

const abc = [ticket('a'), ticket('b'), ticket('c')];

describe('who is next', () => {
  test('the oldest, or the newest', () => {
    expect(served({}, abc)).toEqual(['a', 'b', 'c']);
    expect(served({ order: 'lifo' }, abc)).toEqual(['c', 'b', 'a']);
  });

  test('the newest only while more wait than there are places', () => {
    expect(served({ order: 'adaptive-lifo', places: 1 }, abc)).toEqual(['c', 'b', 'a']);
    const two = new Admission<Named>({ ...plain, order: 'adaptive-lifo', places: 2 }, () => {});
    for (const name of ['x', 'y', 'a', 'b']) two.offer(ticket(name));
    expect([two.leave(0)?.name, two.leave(0)?.name]).toEqual(['a', 'b']);
  });

  test('the most important class, the nearest deadline', () => {
    const ranked = ['sheddable', 'critical', 'critical-plus'].map((name) =>
      ticket(name, { rank: rankOf(name) }),
    );
    expect(served({ order: 'priority' }, ranked)).toEqual([
      'critical-plus',
      'critical',
      'sheddable',
    ]);
    const due = [30, 10, 20].map((deadlineMs) => ticket(`by ${deadlineMs}`, { deadlineMs }));
    expect(served({ order: 'edf' }, due)).toEqual(['by 10', 'by 20', 'by 30']);
    expect(rankOf(undefined)).toBe(rankOf('critical'));
  });

  test('tenants in turn', () => {
    const tickets = ['a', 'a', 'b'].map((tenant, i) => ticket(`${tenant}${i}`, { tenant }));
    expect(served({ fair: true }, tickets)).toEqual(['a0', 'b2', 'a1']);
  });
});

describe('who is given up', () => {
  test('of a full queue the new one, unless the order says another', () => {
    const four = [...abc, ticket('d')];
    expect(served({}, four)).toEqual(['d full', 'a', 'b', 'c']);
    expect(served({ order: 'lifo' }, four)).toEqual(['a shed', 'd', 'c', 'b']);
    const ranked = [2, 3, 1, 0].map((rank) => ticket(`r${rank}`, { rank }));
    expect(served({ order: 'priority' }, ranked)).toEqual(['r3 shed', 'r0', 'r1', 'r2']);
    expect(
      served({ order: 'priority' }, [...ranked.slice(0, 3), ticket('r3b', { rank: 3 })]),
    ).toContain('r3b full');
  });

  test('the newest of the tenant that has most', () => {
    const tickets = ['a', 'a', 'b', 'b'].map((tenant, i) => ticket(`${tenant}${i}`, { tenant }));
    expect(served({ fair: true, queueMax: 3 }, tickets)[0]).toBe('b3 full');
    const greedy = ['a', 'a', 'a', 'b'].map((tenant, i) => ticket(`${tenant}${i}`, { tenant }));
    expect(served({ fair: true, queueMax: 3 }, greedy)[0]).toBe('a2 shed');
  });

  test('what is too late as its turn comes', () => {
    const tickets = [10, 30].map((deadlineMs) => ticket(`by ${deadlineMs}`, { deadlineMs }));
    expect(served({ dropsExpired: true }, tickets, 10)).toEqual(['by 10 expired', 'by 30']);
    expect(served({}, tickets, 10)).toEqual(['by 10', 'by 30']);
  });

  test('what cannot end in time, before it waits', () => {
    // One before it and itself, at 10 ms each, after the one in service.
    const tickets = [ticket('a', { deadlineMs: 20 }), ticket('b', { deadlineMs: 29 })];
    expect(served({ fitsMs: 10 }, tickets)).toEqual(['b no-time', 'a']);
    // By class, what is less important is not before it.
    const ranked = [ticket('a', { rank: 3 }), ticket('b', { rank: 0, deadlineMs: 20 })];
    expect(served({ fitsMs: 10, order: 'priority' }, ranked)).toEqual(['b', 'a']);
    expect(served({ fitsMs: 10 }, ranked)).toEqual(['b no-time', 'a']);
  });

  test('CoDel: when waits are too long for an interval, and more often the longer that lasts', () => {
    const tickets = Array.from({ length: 60 }, (_, i) => ticket(`${i}`));
    const log = served({ codelTargetMs: 5, codelIntervalMs: 100, queueMax: 100 }, tickets, 10);
    const drops = log.flatMap((line, i) => (line.endsWith('codel') ? [i] : []));
    expect(drops.length).toBeGreaterThan(5);
    // The first after the interval of 100 ms, in which ten were served.
    expect(drops[0]).toBe(10);
    const gaps = drops.slice(1).map((at, i) => at - (drops[i] as number));
    expect(gaps[0]).toBeGreaterThan(gaps.at(-1) as number);
  });
});
