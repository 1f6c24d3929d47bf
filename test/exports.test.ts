/**
 * What `dsim export` and `-o` write, in the programs that it is for. `.ci/run package` installs
 * their readers into a folder and names that by `DSIM_TOOLS`; where there are none, these tests are
 * skipped. What a program reads is compared with the run, not with the text.
 *
 * Three do not come as packages, and what stands in for them is said where it does: Jepsen, ShiViz,
 * and Perfetto's importer. What needs a browser is in `exports-in-browser.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toDot } from '../src/report/export/dot.ts';
import { ownRows } from '../src/report/export/own-messages.ts';
import { operationText } from '../src/report/operation-text.ts';
import { ARRIVED, isLost } from '../src/report/page/run-events.ts';
import { ExportedRun, NASTY } from './support/exported-run.ts';
import {
  layOutDot,
  readCsv,
  readEdn,
  readFlows,
  readOtlp,
  type TraceEvent,
  tools,
} from './support/other-tools.ts';

type Clock = { readonly [host: string]: number };

let run: ExportedRun;

describe.skipIf(tools === '')('a run in other programs', () => {
  beforeAll(async () => {
    const forms = ['dot', 'edn', 'otlp', 'perfetto', 'shiviz'];
    run = await ExportedRun.make(forms, ['csv', 'jsonl']);
  });
  afterAll(() => run?.remove());

  test('Graphviz lays out the operations that show the failure, with their messages', async () => {
    const graph = await layOutDot(run.textOf('dot'));
    const { rows } = run;
    const nodes = new Map<string, readonly string[]>();
    const edges: string[] = [];
    for (const index of run.failed.evidence) {
      const operation = run.result.history[index];
      if (operation === undefined) throw new Error(`no operation #${index}`);
      nodes.set(`o${index}`, [`#${index} ${operationText(operation)}`, operation.client]);
      const client = run.events.places.get(operation.client) ?? 0;
      for (const { row, parent } of ownRows(run.events, rows, client, index)) {
        nodes.set(`m${index}_${row}`, [run.kindOf(row), run.endsOf(row).join(' → ')]);
        const above = parent === null ? `o${index}` : `m${index}_${parent}`;
        edges.push(`${above} m${index}_${row}`);
      }
    }
    expect(edges.length).toBeGreaterThan(8);
    expect(graph.name).toBe('partition');
    expect(graph.title).toBe(run.failed.summary);
    expect(graph.nodes).toEqual(nodes);
    expect(graph.edges.map((ends) => ends.join(' ')).sort()).toEqual(edges.sort());
    expect(graph.clusters).toEqual(run.failed.evidence.map((index) => `cluster_${index}`));
    expect(graph.svg.match(/<g [^>]*class="node"/g)?.length).toBe(nodes.size);
    expect(graph.svg.match(/<g [^>]*class="edge"/g)?.length).toBe(edges.length);

    const [named] = run.failed.evidence;
    const history = run.result.history.map((operation, i) =>
      i === named ? { ...operation, key: NASTY } : operation,
    );
    const nasty = await layOutDot(toDot({ ...run.result, history }, run.events) ?? '');
    expect(nasty.nodes.get(`o${named}`)?.[0]).toContain(NASTY);
  });

  // Jepsen is a program for the JVM. nbb is the reader of its language, which its histories are
  // written in, compiled to JavaScript; what the keys mean is compared with dsim's own history.
  test('Clojure reads the history that the JSON lines have', () => {
    const lines = run.textOf('jsonl').trimEnd().split('\n');
    const asked = new Map<number, unknown>();
    const expected = lines.map((line) => {
      const { type, f, key, value, final: isFinal, ...rest } = JSON.parse(line);
      if (isFinal !== undefined) rest['final?'] = isFinal;
      if (type === 'invoke') asked.set(rest.process, value);
      // As Jepsen's clients do it: a completion repeats what was asked, unless it has an answer.
      const told = type === 'ok' && value !== null ? value : asked.get(rest.process);
      return { ...rest, type: `:${type}`, f: `:${f}`, value: [key, told] };
    });
    const named = expected.map((operation) =>
      Object.fromEntries(Object.entries(operation).map(([key, value]) => [`:${key}`, value])),
    );
    const read = readEdn(run.fileOf('edn'));
    expect(read.length).toBeGreaterThan(2 * run.result.history.length - 100);
    expect(read).toEqual(named);
  });

  test('OpenTelemetry finds each operation as a trace, and its messages below what led to them', () => {
    const request = readOtlp(run.textOf('otlp'));
    expect(request).toEqual(enumsByName(JSON.parse(run.textOf('otlp'))));
    const spans = request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const [{ key, value } = { key: '', value: {} }] = resource.attributes;
      expect([key, scopeSpans.length]).toEqual(['service.name', 1]);
      return (scopeSpans[0]?.spans ?? []).map((span) => ({ ...span, node: value.stringValue }));
    });
    const byId = new Map(spans.map((span) => [`${span.traceId} ${span.spanId}`, span]));
    expect(byId.size).toBe(spans.length);
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    roots.sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
    const ended = ({ endedAtUs }: { endedAtUs: number }) =>
      endedAtUs === Infinity ? run.result.facts.endedAtUs : endedAtUs;
    expect(
      roots.map(({ node, name, startTimeUnixNano, endTimeUnixNano, status }) => [
        node,
        name,
        Number(startTimeUnixNano),
        Number(endTimeUnixNano),
        status?.code === 'STATUS_CODE_OK',
      ]),
    ).toEqual(
      run.result.history.map((operation) => [
        operation.client,
        operationText(operation),
        operation.invokedAtUs * 1000,
        ended(operation) * 1000,
        operation.outcome === 'ok',
      ]),
    );
    const below = spans.filter(({ parentSpanId }) => parentSpanId !== undefined);
    for (const span of below) {
      const parent = byId.get(`${span.traceId} ${span.parentSpanId}`);
      const row = Number.parseInt(span.spanId.slice(8), 16) - 1;
      expect([span.node, span.name]).toEqual([run.endsOf(row)[0], run.kindOf(row)]);
      expect(Number(span.startTimeUnixNano)).toBe((run.events.messages.sentUs[row] ?? 0) * 1000);
      expect(Number(span.endTimeUnixNano)).toBe((run.events.messages.endedUs[row] ?? 0) * 1000);
      // Who sent it is the client, or has what its parent brought.
      const from = parent?.parentSpanId === undefined ? parent?.node : run.endsOf(rowOf(parent))[1];
      expect(from).toBe(span.node);
    }
    const { rows } = run;
    for (const index of run.failed.evidence) {
      const client = run.events.places.get(run.result.history[index]?.client ?? '') ?? 0;
      const own = below.filter(({ traceId }) => Number.parseInt(traceId, 16) === index + 1);
      expect(own.length).toBe(ownRows(run.events, rows, client, index).length);
    }
  });

  // ShiViz is a page on the web, and in no registry. This does what its documentation and its
  // source say: the first line of a file is a regular expression with the groups host, clock and
  // event, the second what parts executions (none here); a clock is JSON, has its host in it, goes
  // up by one from 1 along a host, and knows of no host or event that there is not.
  test('ShiViz, as far as its rules are known, connects each message that arrived', () => {
    const [parser = '', delimiter = 'none', ...lines] = run.textOf('shiviz').split('\n');
    expect(delimiter).toBe('');
    const hosts = new Map<string, { readonly clock: Clock; readonly event: string }[]>();
    for (const { groups } of lines.join('\n').trim().matchAll(new RegExp(parser, 'gm'))) {
      const { host = '', clock = '', event = '' } = groups ?? {};
      const own = hosts.get(host) ?? [];
      own.push({ clock: JSON.parse(clock), event });
      hosts.set(host, own);
      expect(own.at(-1)?.clock[host]).toBe(own.length);
    }
    const { fate } = run.events.messages;
    const sent: string[] = [];
    const arrived: string[] = [];
    for (const [host, own] of hosts) {
      own.forEach(({ clock, event }, i) => {
        const before = own[i - 1]?.clock ?? {};
        const news = Object.entries(clock).filter(([other, n]) => n > (before[other] ?? 0));
        for (const [other, n] of news) expect(hosts.get(other)?.length).toBeGreaterThanOrEqual(n);
        const [, kind, way, other = '', lost] =
          /^(\S+) (to|from) (\S+)( \(lost\))?$/.exec(event) ?? [];
        const [from, to] = way === 'to' ? [host, other] : [other, host];
        (way === 'to' ? sent : arrived).push(`${kind} ${from} ${to}${lost ?? ''}`);
        // What it brought is all that the sending knew, and that is one of the sender's events.
        if (way === 'to') expect(news.map(([each]) => each)).toEqual([host]);
        else expect(hosts.get(other)?.[(clock[other] ?? 0) - 1]).toBeDefined();
      });
    }
    const nameOf = (row: number) => `${run.kindOf(row)} ${run.endsOf(row).join(' ')}`;
    const rows = [...fate.keys()];
    const all = rows.map((row) => `${nameOf(row)}${isLost(fate[row]) ? ' (lost)' : ''}`);
    expect(sent.sort()).toEqual(all.sort());
    expect(arrived.sort()).toEqual(
      rows
        .filter((row) => fate[row] === ARRIVED)
        .map(nameOf)
        .sort(),
    );
  });

  // Perfetto's importer is no package either. Arrows are read by the engine of Chrome's DevTools,
  // slices by speedscope, which like Perfetto wants those of a thread to lie within one another.
  test('DevTools finds an arrow for each message that arrived, from slice to slice', async () => {
    const { traceEvents } = JSON.parse(run.textOf('perfetto')) as { traceEvents: TraceEvent[] };
    const names = new Map<number, unknown>();
    for (const { name, tid, args } of traceEvents) {
      if (name === 'thread_name') names.set(tid, args?.['name']);
    }
    const { fate, sentUs, endedUs } = run.events.messages;
    const flows = await readFlows(traceEvents);
    const expected = [...fate.keys()].flatMap((row) => {
      const [from, to] = run.endsOf(row);
      return fate[row] === ARRIVED ? [`${from} ${sentUs[row]} ${to} ${endedUs[row]}`] : [];
    });
    const found = flows.map(([start, end, ...more]) => {
      expect([start?.ph, end?.ph, more.length]).toEqual(['X', 'X', 0]);
      return `${names.get(start?.tid ?? 0)} ${start?.ts} ${names.get(end?.tid ?? 0)} ${end?.ts}`;
    });
    expect(found.length).toBeGreaterThan(1000);
    expect(found.sort()).toEqual(expected.sort());
  });

  test('a reader of CSV finds every value that was measured', () => {
    const { series } = run.result.facts.measured;
    const expected = series.flatMap(({ node, name, of, length, timesUs, values }) =>
      Array.from({ length }, (_, i) => ({
        at_us: `${timesUs[i]}`,
        node,
        measure: name,
        of: of ?? '',
        value: Number.isNaN(values[i]) ? '' : `${values[i]}`,
      })),
    );
    const told = (records: readonly object[]) => records.map((each) => JSON.stringify(each)).sort();
    const records = readCsv(run.textOf('csv'));
    expect(records.length).toBeGreaterThan(100);
    expect(told(records)).toEqual(told(expected));
    const times = records.map((record) => Number(record['at_us']));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

function rowOf({ spanId }: { readonly spanId: string }): number {
  return Number.parseInt(spanId.slice(8), 16) - 1;
}

/** The numbers that stand for enums in OTLP's JSON, as names: its JSON allows no names. */
function enumsByName(request: unknown): unknown {
  const kinds: { readonly [kind: number]: string } = {
    3: 'SPAN_KIND_CLIENT',
    4: 'SPAN_KIND_PRODUCER',
  };
  const codes: { readonly [code: number]: string } = {
    1: 'STATUS_CODE_OK',
    2: 'STATUS_CODE_ERROR',
  };
  return JSON.parse(JSON.stringify(request), (key, value) => {
    if (key === 'kind') return kinds[value];
    return key === 'code' ? codes[value] : value;
  });
}
