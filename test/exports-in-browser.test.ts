/**
 * What `dsim export` and `-o` write, in programs that run in a browser: speedscope, Mermaid, and the
 * browser itself as what shows SVG. See `exports.test.ts`.
 */
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderMermaid, type SequenceEvent } from '../src/report/mermaid.ts';
import { renderCycle, renderGantt } from '../src/report/mermaid-graph.ts';
import { roleIntervals, roleTitle } from '../src/report/page/roles.ts';
import { ARRIVED, isLost, UNDER_WAY } from '../src/report/page/run-events.ts';
import { simulate } from '../src/scenarios/simulate.ts';
import { ConeRecorder } from '../src/scenarios/verdict/cone-recorder.ts';
import { subjectOf } from '../src/scenarios/verdict/witness-marks.ts';
import { chromiumPath, launch, WITHOUT } from './support/browser.ts';
import { ExportedRun, NASTY } from './support/exported-run.ts';
import { openInSpeedscope, openMermaid, tools } from './support/other-tools.ts';
import { buildOperation } from './support/result.ts';

const GANTT_TEXTS = '.sectionTitle, .taskText, .taskTextOutsideRight, .taskTextOutsideLeft';
const TEXTS = [NASTY, 'wrap: x', 'nowrap: x', '%% x', 'end', '$$x$$', '`x`', '1. x', 'a\\nb'];

const edge = (from: number, to: number, kind: string) => ({ from, to, kind, because: '' });

let run: ExportedRun;
let browser: Browser;

describe.skipIf(tools === '' || chromiumPath === null)(
  `a run in ${chromiumPath ?? WITHOUT}`,
  () => {
    beforeAll(async () => {
      run = await ExportedRun.make(['perfetto', 'svg'], ['mmd']);
      browser = await launch();
    });
    afterAll(async () => {
      await browser?.close();
      run?.remove();
    });

    test('speedscope shows each operation, role, message and fault once', async () => {
      const { threads, complaints } = await openInSpeedscope(browser, run.fileOf('perfetto'));
      expect(complaints).toEqual([]);
      const { facts, history } = run.result;
      const end = facts.endedAtUs;
      const found = new Map<string, number>();
      const expected = new Map<string, number>();
      const put = (all: Map<string, number>, thread: string, name: string, us: number) => {
        const key = `${thread}: ${name}`;
        all.set(key, (all.get(key) ?? 0) + us);
      };
      for (const { name, unit, slices } of threads) {
        expect(unit).toBe('microseconds');
        // Further lanes of a client are the client's.
        const [, thread = ''] = /^(?:partition \(pid 1\), )?(\S+)/.exec(name) ?? [];
        // It writes the arguments of a slice behind its name, and joins slices of one name.
        for (const slice of slices)
          put(found, thread, slice.name.replace(/ \{.*\}$/, ''), slice.dur);
      }
      run.titles.forEach((title, i) => {
        const { client = '', invokedAtUs = 0, endedAtUs = 0 } = history[i] ?? {};
        put(expected, client, title, Math.min(endedAtUs, end) - invokedAtUs);
      });
      for (const role of roleIntervals(run.events.notes, run.events.lives, facts.groups, end)) {
        put(expected, role.node, roleTitle(role), role.untilUs - role.fromUs);
      }
      for (const { name, injectedAtUs, healedAtUs } of facts.faults) {
        if (injectedAtUs !== null)
          put(expected, 'faults', name, (healedAtUs ?? end) - injectedAtUs);
      }
      const { fate } = run.events.messages;
      for (const row of run.rows) {
        const [from, to] = run.endsOf(row);
        put(expected, from, `${run.kindOf(row)}${isLost(fate[row]) ? ' (lost)' : ''}`, 1);
        if (fate[row] === ARRIVED) put(expected, to, run.kindOf(row), 1);
      }
      expect(expected.size).toBeGreaterThan(history.length);
      expect(found).toEqual(expected);
    });

    test('Mermaid draws what led to the failure', async () => {
      const asked = run.failed.evidence.flatMap((index) => run.result.history[index] ?? []);
      const recorder = new ConeRecorder(
        {
          operations: run.failed.evidence,
          subject: subjectOf(asked, run.failed.key),
          stoppedAt: null,
        },
        Math.max(...asked.map(({ endedAtUs }) => endedAtUs)),
      );
      simulate(run.result.scenario, { sink: recorder });
      const drawn = recorder.cone().events.flatMap((each) => (each.type === 'message' ? each : []));
      const draw = await openMermaid(browser);
      const { type, texts, ends } = await draw(run.textOf('mmd'), '.messageText');
      expect(type).toBe('sequence');
      expect(drawn.length).toBeGreaterThan(20);
      expect(ends).toEqual(drawn.map(({ from, to }) => [from, to]));
      expect(texts).toEqual(
        drawn.map(({ text, atUs, lost }) => {
          const shown = text.length > 80 ? `${text.slice(0, 79)}…` : text;
          const why = lost === null ? '' : `, lost: ${lost}`;
          return `${shown} (${(atUs / 1e6).toFixed(3)}s${why})`;
        }),
      );
      const names = new Set(ends.flat());
      const { texts: actors } = await draw(run.textOf('mmd'), 'text.actor');
      expect(new Set(actors)).toEqual(names);
    });

    test('Mermaid shows any text as it is, in each kind of diagram', async () => {
      const draw = await openMermaid(browser);
      for (const text of TEXTS) {
        const told: SequenceEvent[] = [
          { type: 'message', atUs: 0, from: 'a', to: 'b', kind: 'x', text, lost: null },
          { type: 'note', atUs: 0, node: 'a', text },
        ];
        const sequence = renderMermaid({ events: told, omitted: 0 }, text, ['a', 'b']);
        const { texts } = await draw(sequence, '.messageText, .noteText');
        expect(texts).toEqual([`${text} (0.000s)`, `${text} (0.000s)`]);

        const [one, two] = [buildOperation({ index: 0 }), buildOperation({ index: 1, process: 1 })];
        const history = [one, { ...two, invokedAtUs: 1, completedAtUs: 7, client: 'b' }];
        const edges = [edge(0, 1, text), edge(1, 0, 'rw')];
        const cycle = renderCycle(
          { name: text, edges, count: 1, sentence: '', operations: [0, 1] },
          history,
          text,
          () => text,
        );
        const flow = await draw(cycle, '.node, .edgeLabels .edgeLabel p');
        expect(flow.type).toMatch(/^flowchart/);
        expect(flow.texts).toEqual([text, 'rw', `#0 ${text}`, `#1 ${text}`]);
        const gantt = renderGantt(history, text, () => text);
        const { type, texts: bars } = await draw(gantt, GANTT_TEXTS);
        expect([type, ...bars]).toEqual(['gantt', `#0 ${text}`, `#1 ${text}`, 'load-1', 'b']);
      }
    });

    test('a picture is XML, and is drawn as an image', async () => {
      const context = await browser.newContext({ offline: true });
      const page = await context.newPage();
      await page.goto(pathToFileURL(run.fileOf('svg')).href);
      // Where it could not be read, the browser shows a page about that.
      expect(await page.evaluate('document.documentElement.tagName')).toBe('svg');
      const [title, ...texts] = await textsOf(page, run.textOf('svg'));
      expect(title).toBe(run.failed.summary);
      for (const node of run.events.nodes) {
        expect([node, texts.filter((text) => text === node).length]).toEqual([node, 1]);
      }
      const shown = texts.flatMap((text) => /^#(\d+) /.exec(text)?.[1] ?? []).map(Number);
      expect(shown.length).toBeGreaterThan(1);
      expect(shown.filter((index) => !run.failed.evidence.includes(index))).toEqual([]);
      const [width = 0, height = 1, inks] = await page.evaluate<number[]>(`(async () => {
        const image = new Image();
        image.src = 'data:image/svg+xml;base64,${Buffer.from(run.textOf('svg')).toString('base64')}';
        await image.decode();
        const canvas = new OffscreenCanvas(1100, 550);
        const pen = canvas.getContext('2d');
        pen.drawImage(image, 0, 0, 1100, 550);
        const { data } = pen.getImageData(0, 0, 1100, 550);
        return [image.width, image.height, new Set(new Uint32Array(data.buffer)).size];
      })()`);
      expect(inks).toBeGreaterThan(50);
      expect(width / height).toBeGreaterThan(1.5);
      await context.close();
    });

    test('a picture of a window has an arrow for each message in it', async () => {
      run.export('svg', 'near.svg', '--window', '10s..10.3s');
      const page = await browser.newPage();
      const ends = await page.evaluate<number[][]>(`{
        ${parsed(run.textOf('near.svg'))}
        const paths = [...svg.querySelectorAll('path[stroke-opacity]')];
        paths.map((path) => [path.getPointAtLength(0), path.getPointAtLength(1e6)])
          .map(([from, to]) => [from.x, to.x]);
      }`);
      const { sentUs, endedUs, fate } = run.events.messages;
      const within = run.rows.filter(
        (row) =>
          (sentUs[row] ?? 0) <= 10_300_000 &&
          (fate[row] === UNDER_WAY || (endedUs[row] ?? 0) >= 10_000_000),
      );
      expect(within.length).toBeGreaterThan(100);
      expect(ends.length).toBe(within.length);
      expect(ends.filter(([from = 0, to = 0]) => from < 130 || to > 1100 || to < from)).toEqual([]);
      await page.close();
    });
  },
);

/** Statements that read a text as strict XML. */
function parsed(text: string): string {
  return `const svg = new DOMParser()
    .parseFromString(${JSON.stringify(text)}, 'image/svg+xml').documentElement;`;
}

function textsOf(page: Page, text: string): Promise<string[]> {
  return page.evaluate(
    `{ ${parsed(text)} [...svg.querySelectorAll('title, text')].map((each) => each.textContent); }`,
  );
}
