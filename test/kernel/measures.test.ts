/** What nodes measure and note, as the world keeps it. */
import { describe, expect, test } from 'vitest';
import { MeasuredColumns } from '../../src/sim/kernel/measured-columns.ts';
import { NOTES_MAX, Notebook } from '../../src/sim/kernel/notebook.ts';
import type { MeasureTable } from '../../src/sim/measure.ts';
import type { Context } from '../../src/sim/node.ts';
import { worldOf } from '../support/stage.ts';

const measures = {
  hits: { sort: 'count', doc: '' },
  picks: { sort: 'count', doc: '', of: ['a', 'b'] },
  queued: { sort: 'gauge', unit: 'count', doc: '' },
  'hit-ratio': { ratio: ['hits', 'picks'], doc: '' },
} as const satisfies MeasureTable;

const columns = (rowsMax?: number) =>
  new MeasuredColumns([{ node: 'c-1', kind: 'cache', measures }], rowsMax);

describe('columns', () => {
  test('refuse what is not declared, and name the kind and the nearest name', () => {
    const add = (name: string, value = 1, of?: string) => {
      return () => columns().add(0, 0, name, value, of);
    };
    expect(add('hit')).toThrow(expect.objectContaining({ name: 'UndeclaredError' }));
    expect(add('hit')).toThrow("kind cache declares no measure 'hit': did you mean 'hits'?");
    expect(add('xyz')).toThrow(
      "kind cache declares no measure 'xyz', only hits, picks, queued, hit-ratio",
    );
    expect(add('hit-ratio')).toThrow('it is the ratio of hits and picks: measure these');
    expect(add('picks', 1, 'other')).toThrow(
      "measure 'picks' of kind cache declares no label 'other', only a, b",
    );
    for (const value of [-1, Number.NaN, Infinity]) expect(add('hits', value)).toThrow(RangeError);
    expect(() =>
      new MeasuredColumns([{ node: 'x', kind: 'x', measures: {} }]).add(0, 0, 'a', 1, undefined),
    ).toThrow("kind x declares no measure 'a', nor any other");
  });

  test('grow, keep every value of a count, and a gauge where it changes', () => {
    const kept = columns();
    for (let i = 0; i < 1000; i++) {
      kept.add(i, 0, 'hits', 1, undefined);
      kept.add(i, 0, 'queued', i >> 2, undefined);
    }
    const [hits, queued] = kept.series;
    expect([hits?.length, hits?.timesUs[999], queued?.length]).toEqual([1000, 999, 250]);
    expect([queued?.timesUs[249], queued?.values[249]]).toEqual([996, 249]);
    expect([kept.lost, kept.fullAtUs]).toEqual([0, Infinity]);
  });

  test('count what finds no room, and say since when', () => {
    const kept = columns(3);
    for (let i = 0; i < 10; i++) kept.add(10 * i, 0, 'hits', 1, undefined);
    expect([kept.series[0]?.length, kept.lost, kept.fullAtUs]).toEqual([3, 7, 30]);
    // Read before a series has come that finds no room at all: it has no value, and not all of them.
    expect([...(kept.series[0]?.values ?? [])]).toEqual([1, 1, 1]);
    kept.add(100, 0, 'queued', 5, undefined);
    expect([kept.series[1]?.length, [...(kept.series[1]?.values ?? [0])]]).toEqual([0, []]);
  });
});

test('a node measures in true time; a crash ends its gauges', () => {
  const makers = {
    c: () => ({
      start: (ctx: Context) => {
        ctx.measure('queued', 5);
        ctx.setTimer('t', 3);
      },
      timeout: (ctx: Context) => ctx.measure('queued', 6, 'db'),
    }),
  };
  const world = worldOf(makers, { measures });
  world.run(5_000);
  const host = world.hosts[0];
  if (host !== undefined) world.lives.crash(host);
  expect(
    world.recorder.measured.series.map(({ node, name, of, length, timesUs, values }) => {
      return [node, name, of, [...timesUs.slice(0, length)], [...values.slice(0, length)]];
    }),
  ).toEqual([
    ['c', 'queued', null, [0, 5000], [5, Number.NaN]],
    ['c', 'queued', 'db', [3000, 5000], [6, Number.NaN]],
  ]);
});

describe('notes', () => {
  const note = (label: string, atUs: number) => ({ atUs, node: 'n', label, detail: {} });

  test('of labels that are asked for are all kept; others are counted, and stay in the rows', () => {
    const notes = new Notebook(new Set(['late']), false, 4);
    for (let i = 0; i < NOTES_MAX + 10; i++) notes.add(note('tick', i));
    const late = notes.add(note('late', 7));
    const role = notes.add(note('role', 8));
    const last = notes.add(note('tick', 9));
    expect([late, role]).toEqual([NOTES_MAX, NOTES_MAX + 1]);
    expect(notes.lost).toEqual(new Map([['tick', { count: 11, fromUs: NOTES_MAX }]]));
    expect([notes.at(last).atUs, notes.at(late).label]).toEqual([9, 'late']);
  });

  test('are all kept where all rows are', () => {
    const notes = new Notebook(new Set(), true, 4);
    for (let i = 0; i < NOTES_MAX + 10; i++) notes.add(note('tick', i));
    expect([notes.notes.length, notes.lost.size]).toEqual([NOTES_MAX + 10, 0]);
  });
});
