/**
 * The programs for which `dsim export` writes, or their readers: what each makes of a text.
 * `.ci/run package` installs them into a folder and names that by `DSIM_TOOLS`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';

export const tools = process.env['DSIM_TOOLS'] ?? '';

const modules = join(tools, 'node_modules');

function imported<T>(file: string): Promise<T> {
  return import(pathToFileURL(join(modules, file)).href);
}

function required<T>(name: string): T {
  return createRequire(join(tools, 'x.cjs'))(name);
}

// --- Graphviz ------------------------------------------------------------------------------------

interface Graphviz {
  dot(text: string, format: 'svg' | 'json'): string;
}

interface DrawnObject {
  readonly _gvid: number;
  readonly name: string;
  /** What is drawn, text among it: absent for a subgraph without a picture. */
  readonly _ldraw_?: readonly { readonly op: string; readonly text?: string }[];
  /** Of a subgraph. */
  readonly nodes?: readonly number[];
}

interface DrawnGraph {
  readonly name: string;
  readonly objects: readonly DrawnObject[];
  readonly edges: readonly { readonly tail: number; readonly head: number }[];
  readonly _ldraw_?: DrawnObject['_ldraw_'];
}

/** Laid out by Graphviz itself, compiled to WebAssembly: names, lines of text, pairs of names. */
export async function layOutDot(text: string) {
  const { Graphviz } = await imported<{ Graphviz: { load(): Promise<Graphviz> } }>(
    '@hpcc-js/wasm-graphviz/dist/index.js',
  );
  const graphviz = await Graphviz.load();
  const graph = JSON.parse(graphviz.dot(text, 'json')) as DrawnGraph;
  // What is drawn has its backslashes doubled.
  const shown = (text = '') => text.replaceAll('\\\\', '\\');
  const linesOf = (each: Pick<DrawnGraph, '_ldraw_'>) =>
    (each._ldraw_ ?? []).flatMap((drawn) => (drawn.op === 'T' ? [shown(drawn.text)] : []));
  const nameOf = (id: number) => graph.objects.find(({ _gvid }) => _gvid === id)?.name;
  return {
    svg: graphviz.dot(text, 'svg'),
    name: graph.name,
    title: linesOf(graph).join('\n'),
    nodes: new Map(
      graph.objects.flatMap((each) =>
        each.nodes === undefined ? [[each.name, linesOf(each)] as const] : [],
      ),
    ),
    clusters: graph.objects.flatMap(({ name, nodes }) => (nodes === undefined ? [] : [name])),
    edges: graph.edges.map(({ tail, head }) => [nameOf(tail), nameOf(head)] as const),
  };
}

// --- Clojure -------------------------------------------------------------------------------------

/** Keywords become texts that begin with a colon, so that they can be told from strings. */
const READ_EDN = `
(require '[clojure.edn :as edn] '[clojure.string :as string] '[clojure.walk :as walk] '["fs" :as fs])
(let [text (str (fs/readFileSync (first *command-line-args*)))
      plain (fn [form] (if (keyword? form) (str form) form))]
  (doseq [line (string/split-lines text)]
    (println (js/JSON.stringify (clj->js (walk/postwalk plain (edn/read-string line)))))))
`;

/** Each line by Clojure's own reader of EDN, as nbb has it: what Jepsen reads a history with. */
export function readEdn(file: string): readonly { readonly [key: string]: unknown }[] {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-edn-'));
  const script = join(folder, 'read.cljs');
  writeFileSync(script, READ_EDN);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(modules, 'nbb/cli.js'), script, file],
    { encoding: 'utf8', maxBuffer: 1e9 },
  );
  rmSync(folder, { recursive: true });
  if (stderr !== '') throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

// --- OpenTelemetry -------------------------------------------------------------------------------

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code: string; readonly message?: string };
}

export interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly {
        readonly key: string;
        readonly value: { readonly stringValue?: string };
      }[];
    };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly OtlpSpan[];
    }[];
  }[];
}

interface MessageType {
  fromObject(json: unknown): object;
  verify(message: object): string | null;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, how: object): unknown;
}

/** Whose bytes are hexadecimal in OTLP's JSON, and base64 in all other JSON of protocol buffers. */
const IDS: readonly string[] = ['traceId', 'spanId', 'parentSpanId'];

/**
 * By the message types that OpenTelemetry generates from its protocol, as they are after they went
 * over a wire. A field that the protocol does not have is lost on the way. Enums are names.
 */
export function readOtlp(text: string): OtlpRequest {
  const root = required<{
    opentelemetry: {
      proto: { collector: { trace: { v1: { ExportTraceServiceRequest: MessageType } } } };
    };
  }>('@opentelemetry/otlp-transformer/build/src/generated/root.js');
  const type = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
  const message = type.fromObject(
    JSON.parse(text, (key, value) => (IDS.includes(key) ? Buffer.from(value, 'hex') : value)),
  );
  const complaint = type.verify(message);
  if (complaint !== null) throw new Error(complaint);
  const decoded = type.decode(type.encode(message).finish());
  const plain = type.toObject(decoded, { longs: String, enums: String, bytes: String });
  return JSON.parse(JSON.stringify(plain), (key, value) =>
    IDS.includes(key) ? Buffer.from(value, 'base64').toString('hex') : value,
  );
}

// --- Chrome's traces -----------------------------------------------------------------------------

export interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: { readonly [name: string]: unknown };
}

interface FlowsHandler {
  reset(): void;
  handleEvent(event: TraceEvent): void;
  finalize(): Promise<void>;
  data(): { readonly flows: readonly (readonly TraceEvent[])[] };
}

/** Arrows as Chrome's DevTools find them: the slices that each connects. */
export async function readFlows(events: readonly TraceEvent[]) {
  const handler = await imported<FlowsHandler>(
    '@paulirish/trace_engine/models/trace/handlers/FlowsHandler.js',
  );
  handler.reset();
  // Its caller sorts.
  const sorted = [...events].sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0));
  for (const event of sorted) handler.handleEvent(event);
  await handler.finalize();
  return handler.data().flows;
}

interface Profile {
  readonly name: string;
  readonly unit: string;
  readonly events: readonly {
    readonly type: 'O' | 'C';
    readonly frame: number;
    readonly at: number;
  }[];
}

/**
 * A trace as speedscope imports it, by thread, from the file in its own format that it exports
 * again; and what it complains of.
 */
export async function openInSpeedscope(browser: Browser, file: string) {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-speedscope-'));
  // As its command line passes a file on.
  const content = readFileSync(file).toString('base64');
  const script = join(folder, 'profile.js');
  writeFileSync(script, `speedscope.loadFileFromBase64('run.json', '${content}')`);
  const context = await browser.newContext({ offline: true, acceptDownloads: true });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  const app = pathToFileURL(join(modules, 'speedscope/dist/release/index.html')).href;
  await page.goto(`${app}#localProfilePath=${script}`);
  await page.waitForSelector('text=Sandwich');
  const downloading = page.waitForEvent('download');
  await page.click('text=Export');
  const saved = join(folder, 'saved.json');
  await (await downloading).saveAs(saved);
  await context.close();
  const { shared, profiles } = JSON.parse(readFileSync(saved, 'utf8')) as {
    readonly shared: { readonly frames: readonly { readonly name: string }[] };
    readonly profiles: readonly Profile[];
  };
  rmSync(folder, { recursive: true });
  return {
    threads: profiles.map(({ name, unit, events }) => ({
      name,
      unit,
      slices: slicesOf(events, (frame) => shared.frames[frame]?.name ?? ''),
    })),
    complaints: complaints.filter((text) => /Tried to end|still open|rror/.test(text)),
  };
}

function slicesOf(events: Profile['events'], nameOf: (frame: number) => string) {
  const open: { frame: number; at: number }[] = [];
  return events.flatMap(({ type, frame, at }) => {
    if (type === 'O') {
      open.push({ frame, at });
      return [];
    }
    const begun = open.pop();
    if (begun?.frame !== frame) throw new Error(`${nameOf(frame)} ends before it begins`);
    return [{ name: nameOf(frame), ts: begun.at, dur: at - begun.at }];
  });
}

// --- Mermaid, CSV --------------------------------------------------------------------------------

export interface DrawnDiagram {
  readonly type: string;
  /** Of what the selector finds in the drawing. */
  readonly texts: readonly string[];
  /** Of the messages of a sequence diagram, the names at both ends. */
  readonly ends: readonly (readonly [from: string, to: string])[];
}

/** Draws in a browser. */
export async function openMermaid(browser: Browser) {
  const context = await browser.newContext({ offline: true });
  const page = await context.newPage();
  await page.setContent('<body></body>');
  await page.addScriptTag({ path: join(modules, 'mermaid/dist/mermaid.min.js') });
  await page.evaluate('mermaid.initialize({ startOnLoad: false })');
  return (text: string, selector: string): Promise<DrawnDiagram> =>
    page.evaluate(`(async () => {
      const text = ${JSON.stringify(text)};
      const { type, db } = await mermaid.mermaidAPI.getDiagramFromText(text);
      const arrows = (db.getMessages?.() ?? []).filter((each) =>
        each.from !== undefined && each.to !== undefined && each.type !== db.LINETYPE.NOTE);
      const nameOf = (id) => db.getActors().get(id).description;
      const ends = arrows.map(({ from, to }) => [nameOf(from), nameOf(to)]);
      const { svg } = await mermaid.render('drawn', text);
      document.body.innerHTML = svg;
      const found = [...document.querySelectorAll(${JSON.stringify(selector)})];
      return { type, ends, texts: found.map((each) => each.textContent.trim()) };
    })()`);
}

/** Records under the names of the first; a record that is longer or shorter is an error. */
export function readCsv(text: string): readonly { readonly [column: string]: string }[] {
  const { parse } = required<{
    parse(text: string, how: object): readonly { readonly [column: string]: string }[];
  }>('csv-parse/sync');
  return parse(text, { columns: true });
}
