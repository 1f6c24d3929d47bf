/** Metrics of notes: detection and spread, over facts written by hand. */
import { describe, expect, test } from 'vitest';
import { handFacts, handHistory } from '../../../test/support/hand-history.ts';
import type { DownFact, Facts, NoteFact } from '../checker.ts';
import { metrics } from './index.ts';

const groups = [{ name: 'm', kind: 'swim', nodes: ['a', 'b', 'c'] }];
const note = (atMs: number, node: string, label: string, detail = {}): NoteFact => ({
  atUs: atMs * 1000,
  node,
  label,
  detail,
});
const crash = (node: string, fromMs: number, untilMs: number): DownFact => ({
  node,
  fromUs: fromMs * 1000,
  crashedAtUs: fromMs * 1000,
  untilUs: untilMs * 1000,
});

function measure(name: string, facts: Partial<Facts>, args: readonly string[] = []) {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`there is no ${name}`);
  const windows = [{ fromUs: 0, untilUs: 10_000_000 }];
  return metric.measure(args, windows, handHistory([]), handFacts({ groups, ...facts }));
}
const valueOf = (name: string, facts: Partial<Facts>, args: readonly string[] = []) =>
  measure(name, facts, args).value;

describe('detection', () => {
  const down = [crash('c', 1000, 20_000)];
  const suspects = note(1400, 'a', 'suspects', { of: 'c' });

  test('is until the first that noticed; full, until the last has declared it dead', () => {
    const notes = [
      note(900, 'b', 'suspects', { of: 'c' }),
      suspects,
      note(3000, 'a', 'declares dead', { of: 'c' }),
      note(3500, 'b', 'declares dead', { of: 'c' }),
    ];
    expect(valueOf('max detection', { down, notes })).toBe(400);
    expect(valueOf('full detection', { down, notes })).toBe(2500);
    expect(valueOf('max detection', { down, notes }, ['a'])).toBe(null);
  });

  test('a note counts from the moment of the crash until the node is back', () => {
    const seenAt = (atMs: number) =>
      valueOf('max detection', {
        down: [crash('c', 1000, 2000)],
        notes: [note(atMs, 'a', 'suspects', { of: 'c' })],
      });
    expect([seenAt(1000), seenAt(1999.999)]).toEqual([0, 999.999]);
    // It was back before anybody noticed: that says nothing of a detector.
    expect([seenAt(999.999), seenAt(2000)]).toEqual([null, null]);
  });

  test('of a crash that nobody noticed is longer than any, unless it was over before', () => {
    expect(valueOf('p50 detection', { down, notes: [] })).toBe(Infinity);
    expect(valueOf('full detection', { down, notes: [suspects] })).toBe(Infinity);
    expect(valueOf('p50 detection', { down: [crash('c', 1000, 1200)], notes: [] })).toBe(null);
  });

  test('detected is the share of those up that hold a crashed member for suspect or dead now', () => {
    const share = (notes: readonly NoteFact[], more: readonly DownFact[] = []) =>
      valueOf('detected', { down: [...down, ...more], notes });
    const dead = note(3000, 'b', 'declares dead', { of: 'c' });
    expect(share([])).toBe(0);
    expect(share([suspects])).toBe(0.5);
    expect(share([suspects, dead])).toBe(1);
    expect(share([suspects, note(2000, 'a', 'trusts', { of: 'c' }), dead])).toBe(0.5);
    // What was believed before the crash does not count, and who is down is not asked.
    expect(share([note(900, 'b', 'suspects', { of: 'c' }), suspects])).toBe(0.5);
    expect(share([suspects], [crash('b', 1500, 20_000)])).toBe(0.5);
    expect(valueOf('detected', { down: [crash('c', 1000, 5000)], notes: [suspects] })).toBe(null);
  });

  test('of a member that was only paused is none', () => {
    const paused = { node: 'c', fromUs: 1_000_000, untilUs: 5_000_000 };
    expect(valueOf('max detection', { down: [paused], notes: [suspects] })).toBe(null);
  });

  test('of members that went down themselves nothing is asked', () => {
    const notes = [note(3000, 'a', 'declares dead', { of: 'c' })];
    const both = [...down, crash('b', 1500, 20_000)];
    expect(valueOf('full detection', { down: [both[0] as DownFact], notes })).toBe(Infinity);
    expect(measure('full detection', { down: both, notes }, ['c']).value).toBe(2000);
  });

  test('mistakes are those about members that were up and not paused', () => {
    const notes = [
      note(500, 'a', 'suspects', { of: 'b' }),
      note(700, 'a', 'trusts', { of: 'b' }),
      suspects,
      note(5000, 'a', 'declares dead', { of: 'b', incarnation: 1 }),
      note(5001, 'c', 'declares dead', { of: 'b', incarnation: 1 }),
      note(6000, 'a', 'declares dead', { of: 'b', incarnation: 2 }),
    ];
    expect(valueOf('false suspicions', { down, notes })).toBe(1);
    expect(valueOf('mistake time', { down, notes })).toBe(200);
    expect(valueOf('false deaths', { down, notes })).toBe(2);
    expect(valueOf('false deaths', { down, notes: [] })).toBe(0);
  });

  test('where notes were not kept nothing is known', () => {
    const notesLost = [{ label: 'suspects', count: 3, fromUs: 2_000_000 }];
    expect(measure('max detection', { down, notes: [], notesLost })).toMatchObject({
      isUnknown: true,
    });
  });
});

describe('spread', () => {
  const learns = (atMs: number, node: string) => note(atMs, node, 'learns', { item: 1 });
  const facts = { notes: [learns(1000, 'a'), learns(1200, 'b'), learns(1900, 'c')], down: [] };

  test('is from the first that knew to each member', () => {
    expect(valueOf('p50 spread', facts)).toBe(200);
    expect(valueOf('max spread', facts)).toBe(900);
    expect(valueOf('residue', facts)).toBe(0);
  });

  test('a member that never learns counts as later than any, unless it is down at the end', () => {
    const two = { notes: facts.notes.slice(0, 2), down: [] };
    expect(valueOf('max spread', two)).toBe(Infinity);
    expect(valueOf('residue', two)).toBeCloseTo(1 / 3);
    expect(valueOf('residue', { ...two, down: [crash('c', 500, 99_000)] })).toBe(0);
  });

  test('who went down in the last microsecond is down at the end; who just came back is not', () => {
    const two = { notes: facts.notes.slice(0, 2), down: [crash('c', 11_999.999, 12_000)] };
    expect([valueOf('max spread', two), valueOf('residue', two)]).toEqual([200, 0]);
    const back = { ...two, down: [crash('c', 500, 11_999.999)] };
    expect(valueOf('max spread', back)).toBe(Infinity);
    expect(valueOf('residue', back)).toBeCloseTo(1 / 3);
  });

  test('infected is the share at the end of a window', () => {
    const metric = metrics.get('infected');
    const at = (untilMs: number) =>
      metric?.measure(
        [],
        [{ fromUs: 0, untilUs: untilMs * 1000 }],
        [],
        handFacts({ groups, ...facts }),
      );
    expect([1100, 1500, 2000].map((ms) => at(ms)?.value)).toEqual([1 / 3, 2 / 3, 1]);
    expect(at(500)?.value).toBe(null);
  });
});

describe('watch delay', () => {
  const changes = (atMs: number, node: string, revision: number) =>
    note(atMs, node, 'tree changes', { path: '/x', revision });
  const event = (number: number) => ({ session: 's', source: 'b/1', number });
  const fires = (atMs: number, number: number, revision: number) =>
    note(atMs, 'b', 'watch fires', { path: '/x', revision, ...event(number) });
  const hears = (atMs: number, number: number) =>
    note(atMs, 'client', 'hears event', event(number));
  const notes = [
    changes(100, 'a', 1),
    // The next leader applies it too, later.
    changes(150, 'b', 1),
    fires(150, 1, 1),
    hears(190, 1),
    changes(300, 'a', 2),
    fires(310, 2, 2),
    hears(310, 2),
  ];

  test('is from the change, wherever it was applied first, until its client heard of it', () => {
    expect(valueOf('p50 watch delay', { notes })).toBe(10);
    expect(valueOf('max watch delay', { notes })).toBe(90);
    expect(valueOf('max watch delay', { notes }, ['b'])).toBe(90);
    expect(valueOf('max watch delay', { notes }, ['a'])).toBe(null);
  });

  test('of what came never, or of no known change, is none', () => {
    expect(valueOf('max watch delay', { notes: notes.slice(0, 3) })).toBe(null);
    expect(valueOf('max watch delay', { notes: [fires(310, 2, 2), hears(310, 2)] })).toBe(null);
    const lost = [{ label: 'hears event', count: 1, fromUs: 0 }];
    expect(measure('max watch delay', { notes, notesLost: lost as never }).isUnknown).toBe(true);
  });
});
