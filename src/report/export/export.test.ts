// Each form is read back by a reader of its own and compared with the run.
import { beforeAll, describe, expect, test } from 'vitest';
import { readHistory } from '../../scenarios/history/read-history.ts';
import { loadScenario } from '../../scenarios/host/load.ts';
import type { Result } from '../../scenarios/result.ts';
import { simulate } from '../../scenarios/simulate.ts';
import { pageOfRun } from '../page/page-of-run.ts';
import { RunEvents } from '../page/run-events.ts';
import { checksOf } from '../result-parts.ts';
import type { RunContext } from '../run-context.ts';
import { toDot } from './dot.ts';
import { toEdn } from './edn.ts';
import { toOtlp } from './otlp.ts';
import { toPerfetto } from './perfetto.ts';
import { toShiviz } from './shiviz.ts';
import { toSvg } from './svg.ts';

interface Slice {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly [name: string]: unknown };
}

let result: Result;
let events: RunEvents;

const context = {
  version: '0',
  file: 'partition.yaml',
  sets: [],
  without: true,
  maxEvents: null,
  strict: false,
  scenarioHash: '',
  kept: null,
  runId: null,
} as unknown as RunContext;

beforeAll(async () => {
  const { scenario } = await loadScenario('scenarios/partition.yaml', {
    cwd: process.cwd(),
    without: true,
    sets: ['duration=12s'],
  });
  if (scenario === null) throw new Error('no scenario');
  const nodes = [
    ...scenario.groups.flatMap((group) => group.nodes),
    ...scenario.loads.flatMap(({ clients }) => clients),
  ];
  events = new RunEvents(nodes);
  result = simulate(scenario, { sink: events });
});

test('perfetto: every arrow has both ends, on the threads of its nodes', () => {
  const { traceEvents } = JSON.parse(toPerfetto(result, events));
  const of = (ph: string) => traceEvents.filter((event: { ph: string }) => event.ph === ph);
  const [starts, ends] = [of('s'), of('f')];
  const arrived = events.messages.fate.filter((fate) => fate === 0).length;
  expect([starts.length, ends.length]).toEqual([arrived, arrived]);
  const byId = new Map(ends.map((end: { id: number }) => [end.id, end]));
  const isWhole = ({ id, ts, tid }: { id: number; ts: number; tid: number }) =>
    (byId.get(id) as { ts: number }).ts >= ts && tid === (events.messages.from[id] ?? 0) + 1;
  expect(starts.filter((start: Parameters<typeof isWhole>[0]) => !isWhole(start))).toEqual([]);
  const operations = of('X').filter(({ cat }: { cat: string }) => cat === 'operation');
  expect(operations.length).toBe(result.history.length);
});

test('perfetto: on one thread a slice lies within another or apart from it', () => {
  const { traceEvents } = JSON.parse(toPerfetto(result, events));
  const slices = (traceEvents as Slice[]).filter(({ ph }) => ph === 'X');
  slices.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const open = new Map<string, number[]>();
  for (const { pid, tid, ts, dur, name } of slices) {
    const ends = (open.get(`${pid} ${tid}`) ?? []).filter((end) => end > ts);
    if (ts + dur > (ends.at(-1) ?? Infinity)) throw new Error(`${name} outlasts what it is within`);
    open.set(`${pid} ${tid}`, [...ends, ts + dur]);
  }
  const names = (traceEvents as Slice[]).flatMap(({ name, args }) =>
    name === 'thread_name' ? [args['name']] : [],
  );
  expect(names).toContain('load-1');
  expect(names).toContain('load-1 (2)');
  expect(new Set(names).size).toBe(names.length);
});

test('otlp: ids are of their length and unique, parents are there and began before', () => {
  const { resourceSpans } = JSON.parse(toOtlp(result, events));
  const spans = resourceSpans.flatMap((each: { scopeSpans: { spans: object[] }[] }) =>
    each.scopeSpans.flatMap((scope) => scope.spans),
  ) as Record<string, string>[];
  const byId = new Map(spans.map((span) => [`${span['traceId']} ${span['spanId']}`, span]));
  expect(byId.size).toBe(spans.length);
  const children = spans.filter((span) => span['parentSpanId'] !== undefined);
  expect(spans.length - children.length).toBe(result.history.length);
  expect(children.length).toBeGreaterThan(result.history.length);
  const isRight = (span: Record<string, string>) => {
    const [start, end] = [span['startTimeUnixNano'] ?? '', span['endTimeUnixNano'] ?? ''];
    const parent = byId.get(`${span['traceId']} ${span['parentSpanId']}`);
    return (
      /^[0-9a-f]{32}$/.test(span['traceId'] ?? '') &&
      /^[0-9a-f]{16}$/.test(span['spanId'] ?? '') &&
      BigInt(end) >= BigInt(start) &&
      (span['parentSpanId'] === undefined ||
        (parent !== undefined && BigInt(parent['startTimeUnixNano'] ?? 'none') <= BigInt(start)))
    );
  };
  expect(spans.filter((span) => !isRight(span))).toEqual([]);
});

test('shiviz: its parser reads every event, and clocks grow along each host and message', () => {
  const log = toShiviz(events);
  const [parser = '', delimiter] = log.split('\n', 2);
  expect(delimiter).toBe('');
  const found = [...log.slice(parser.length + 2).matchAll(new RegExp(parser, 'gm'))];
  const { fate } = events.messages;
  expect(found.length).toBe(fate.length + fate.filter((each) => each === 0).length);
  const last = new Map<string, Record<string, number>>();
  for (const { groups } of found) {
    const { host = '', clock = '' } = groups ?? {};
    const now = JSON.parse(clock) as Record<string, number>;
    const before = last.get(host) ?? {};
    if (now[host] !== (before[host] ?? 0) + 1) throw new Error(`${host} skips an event: ${clock}`);
    for (const [node, count] of Object.entries(before)) {
      if ((now[node] ?? 0) < count) throw new Error(`${host} forgets ${node}`);
    }
    last.set(host, now);
  }
});

test('edn: read back, it is the same history', () => {
  const read = readHistory('run.edn', toEdn(result.history), { format: 'edn', keyed: true });
  expect(read.diagnostics).toEqual([]);
  expect(read.history.length).toBe(result.history.length);
  const [first] = result.history;
  read.history.forEach((operation, i) => {
    const own = result.history[i];
    expect([operation.f, operation.key, operation.outcome]).toEqual([
      own?.f,
      own?.key,
      own?.outcome,
    ]);
    // A history made elsewhere begins at 0.
    expect(operation.invokedAtUs).toBe((own?.invokedAtUs ?? 0) - (first?.invokedAtUs ?? 0));
    if (own?.f === 'read' && own.outcome === 'ok') expect(operation.output).toEqual(own.output);
  });
});

describe('dot', () => {
  test('a graph in which every edge has its ends', () => {
    const dot = toDot(result, events) ?? '';
    const nodes = new Set(
      [...dot.matchAll(/^ {4}(\w+) \[label="(?:[^"\\]|\\.)*"/gm)].map(([, id]) => id),
    );
    const edges = [...dot.matchAll(/^ {4}(\w+) -> (\w+);$/gm)];
    expect(edges.length).toBeGreaterThan(8);
    for (const [, from, to] of edges) expect(nodes.has(from) && nodes.has(to)).toBe(true);
    expect(dot.split('{').length).toBe(dot.split('}').length);
  });

  test('what begins an escape or an entity in Graphviz is escaped', () => {
    const [failed] = checksOf(result, 'fail').flatMap(({ evidence }) => evidence);
    const history = result.history.map((operation, i) =>
      i === failed ? { ...operation, key: 'a&lt;"\\N' } : operation,
    );
    expect(toDot({ ...result, history }, events)).toContain('a&amp;lt;\\"\\\\N: ');
  });
});

test('svg: well-formed, with the witnesses and the sentence', () => {
  const parts = pageOfRun(result, context, events);
  const svg = toSvg(parts);
  const open: string[] = [];
  for (const [, close, name = '', own] of svg.matchAll(
    /<(\/?)(\w+)(?:\s[\w-]+="[^"<]*"| xmlns="[^"]*")*(\/?)>/g,
  )) {
    if (own === '/') continue;
    if (close === '') open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
  for (const index of parts.model.failure?.witnesses ?? []) expect(svg).toContain(`>#${index} `);
  expect(svg.match(/<path/g)?.length).toBeGreaterThan(50);
});

test('svg: of a window every message, and of a whole run their density', () => {
  const parts = pageOfRun(result, context, events);
  const isClient = new Map(parts.model.nodes.map((node, i) => [i, node.isClient]));
  const servers = [...isClient.values()].filter((each) => !each).length;
  const [fromUs, untilUs] = [10_000_000, 10_300_000];
  const near = toSvg(parts, { fromUs, untilUs });
  const { sentUs, endedUs } = events.messages;
  const under = sentUs.filter((us, row) => {
    const end = endedUs[row] ?? -1;
    return us <= untilUs && (end < 0 || end >= fromUs);
  });
  expect(near.match(/<path d="M[\d.]+ [\d.]+L/g)?.length).toBe(under.length);
  expect(near.match(/<path d="M\d+ [\d.]+H/g)?.length).toBe(servers);
  expect(near).toContain('>10.000 s<');
  const whole = toSvg(parts, { fromUs: 0, untilUs: parts.model.endUs });
  expect(whole).not.toMatch(/<path d="M[\d.]+ [\d.]+L/);
  expect(whole.match(/fill-opacity/g)?.length).toBeGreaterThan(1000);
});
