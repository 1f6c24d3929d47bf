/** `dsim compare`: several stores under one battery, in one table. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ComparedStore,
  comparisonCsv,
  comparisonMarkdown,
  renderComparison,
} from '../report/compare-tables.ts';
import { createInk } from '../report/ink.ts';
import { formatDocument } from '../report/run-document.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { shellWord } from '../sim/visible-text.ts';
import type { OutputFile } from './arguments.ts';
import { type BatteryFlags, runBattery } from './battery-runs.ts';
import { Console, UsageError } from './console.ts';
import type { Engine } from './engine.ts';
import { HELD, INTERRUPTED, NOTHING_RAN, USAGE, worstCode } from './exit-codes.ts';
import type { Host } from './host.ts';
import { interruptPending, turn } from './interrupts.ts';
import { type OneRun, type Prepared, prepareRun, VERSION } from './one-run.ts';
import { type ScenarioPath, scenarioPaths } from './scenario-paths.ts';
import type { LookOptions } from './terminal.ts';

export interface CompareFlags extends BatteryFlags {
  /** Kinds and presets in place of files: `raft`, `cassandra:one`. */
  readonly kinds?: readonly string[];
  readonly json?: boolean;
  readonly output?: readonly OutputFile[];
}

const PAGE_WIDTH = 120;
const FORMATS = ['json', 'text', 'markdown', 'measures', 'page'];

/** Measures each store, one after the other, each on all cores; returns the exit code. */
export async function compareCommand(
  names: readonly string[],
  flags: CompareFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const kinds = flags.kinds ?? [];
  if (names.length + kinds.length < 2) {
    throw new UsageError('name two stores or more: scenarios, or `--kinds raft,quorum-store`');
  }
  const odd = kinds.find((kind) => !/^[\w.-]+(:[\w.-]+)?$/.test(kind));
  if (odd !== undefined) {
    throw new UsageError(`${odd} is no kind: a kind or a preset, and its variant behind a colon`);
  }
  if (flags.output?.some(({ format }) => !FORMATS.includes(format)) === true) {
    throw new UsageError('a comparison is written as .html, .json, .txt, .md or .csv');
  }
  const engine = await host.engine();
  const session = new Comparison(flags, new Console(host, looks), host, engine);
  host.onInterrupt(() => undefined);
  const scratch = mkdtempSync(join(tmpdir(), 'dsim-compare-'));
  try {
    for (const path of scenarioPaths(names, host.cwd, engine)) {
      await session.add(path);
    }
    for (const kind of kinds) await session.addKind(kind, scratch);
    return await session.finish(names);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** How many members, where the kind takes that, and what is asked: the first that it answers. */
const TRIES = [
  [', count: 3', 'register, keys: 5, cas: 0'],
  ['', 'register, keys: 5, cas: 0'],
  [', count: 3', 'coordination, keys: 5'],
  [', count: 3', 'siblings, keys: 5'],
  [', count: 3', 'set'],
  [', count: 3', 'counter'],
  [', count: 3', 'pn-counter'],
  ['', 'bank'],
  ['', 'list-append'],
] as const;

class Comparison {
  private readonly stores: ComparedStore[] = [];
  /** What each store was measured in. */
  private readonly measured: Scenario[] = [];
  private readonly codes: number[] = [];
  private readonly flags: CompareFlags;
  private readonly console: Console;
  private readonly host: Host;
  private readonly engine: Engine;

  constructor(flags: CompareFlags, console: Console, host: Host, engine: Engine) {
    this.flags = flags;
    this.console = console;
    this.host = host;
    this.engine = engine;
  }

  async add(path: ScenarioPath): Promise<void> {
    if (interruptPending()) return;
    const prepared = await prepareRun(path, this.flags, this.engine, this.host);
    if (prepared.run !== null) return this.measure(prepared.run, prepared.run.scenario.name);
    if (prepared.stopped !== null) return;
    this.console.diagnose(prepared.diagnostics, path.shown);
    this.codes.push(USAGE);
  }

  /** A kind under the same load on the same network: three copies, or what the kind brings. */
  async addKind(written: string, scratch: string): Promise<void> {
    if (interruptPending()) return;
    const [kind = '', variant] = written.split(':');
    const paths = TRIES.map(([count, asked], i) => {
      const file = join(scratch, `${written.replaceAll(':', '-')}-${i}.yaml`);
      writeFileSync(file, storeText(kind, variant, count, asked));
      return { file, shown: file, fromGallery: false };
    });
    let complaint: Prepared | null = null;
    for (const path of paths) {
      const prepared = await prepareRun(path, this.flags, this.engine, this.host);
      if (prepared.run !== null) return this.measure(prepared.run, written);
      complaint ??= prepared;
    }
    this.console.diagnose(complaint?.diagnostics ?? [], written);
    this.codes.push(USAGE);
  }

  private async measure(run: OneRun, name: string): Promise<void> {
    await turn();
    const ending = await runBattery(run, this.flags, this.host, () => undefined);
    if (ending.kind === 'nothing') {
      this.console.complain(`${name}: ${ending.why}`);
      this.codes.push(NOTHING_RAN);
      return;
    }
    const claims = await this.claimsOf(ending.tradeoff.kinds, name);
    this.stores.push({ name, claims, tradeoff: ending.tradeoff });
    this.measured.push(run.scenario);
  }

  /** What presets say of the products that they are. */
  private async claimsOf(kinds: readonly string[], name: string): Promise<readonly string[]> {
    const named = new Set([...kinds, name.split(':')[0] ?? '']);
    for (const kind of this.engine.kinds()) {
      if (kind.sort !== 'preset' || !named.has(kind.name)) continue;
      const { preset } = await kind.load();
      return preset.claims.map(({ label, of }) => `${label} (${of})`);
    }
    return [];
  }

  async finish(names: readonly string[]): Promise<number> {
    if (interruptPending()) this.codes.push(INTERRUPTED);
    if (this.stores.length > 0) this.codes.push(HELD);
    for (const output of this.flags.output ?? []) {
      if (output.format === 'page') await this.writePage(output.path, names);
      else this.write(output);
    }
    if (this.flags.json === true) this.console.print(this.document());
    else if (this.stores.length > 0) {
      this.console.print(renderComparison(this.stores, this.console.ink));
    }
    return worstCode(this.codes);
  }

  private document(): string {
    const { stores } = this;
    return formatDocument({ format: 'dsim-compare', version: 1, dsim: VERSION, stores });
  }

  private write({ path, format }: OutputFile): void {
    if (!this.console.writeFile(path, this.textOf(format))) this.codes.push(USAGE);
  }

  private async writePage(path: string, names: readonly string[]): Promise<void> {
    const { storesPage } = await import('./comparison-page.ts');
    const words = [...names, ...wordsOf(this.flags)].map(shellWord);
    const page = storesPage(this.stores, this.measured, `dsim compare ${words.join(' ')}`);
    if (!this.console.writeFile(path, page)) this.codes.push(USAGE);
  }

  private textOf(format: OutputFile['format']): string {
    if (format === 'json') return this.document();
    if (format === 'markdown') return comparisonMarkdown(this.stores);
    if (format === 'measures') return comparisonCsv(this.stores);
    const ink = createInk({ color: false, ascii: false, width: PAGE_WIDTH });
    return renderComparison(this.stores, ink);
  }
}

/** The flags that change what is measured, so that the line of the page measures the same. */
function wordsOf({ kinds, seed, set, without, runs, timeScale }: CompareFlags): string[] {
  return [
    ...(kinds === undefined ? [] : ['--kinds', kinds.join(',')]),
    ...(seed === undefined ? [] : [`--seed=${seed}`]),
    ...(set ?? []).flatMap((one) => ['--set', one]),
    ...(without === true ? ['--without'] : []),
    ...(runs === undefined ? [] : ['--runs', String(runs)]),
    ...(timeScale === undefined ? [] : ['--time-scale', String(timeScale)]),
  ];
}

/**
 * One group under one load. Its nodes are 5 to 15 ms apart, as zones and near regions
 * are, and each client is beside its node: farther away it could not see how far copies are behind.
 */
function storeText(
  kind: string,
  variant: string | undefined,
  count: string,
  asked: string,
): string {
  const which = variant === undefined ? kind : `${kind}, variant: ${variant}`;
  return `name: store
seed: 1
duration: 20s
nodes:
  kv: { kind: ${which}${count}, disk: { sync: 1ms } }
network: { latency: 5ms..15ms, links: [{ between: [load, kv], latency: 0.2ms }] }
clients:
  load: { workload: ${asked}, target: kv, per-node: 1, rate: 60/s, timeout: 300ms }
expect: ['availability >= 1%']
`;
}
