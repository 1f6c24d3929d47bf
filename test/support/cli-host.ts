/**
 * A machine and an engine for tests of commands: outputs are texts, the folder is a temporary one,
 * and the engine's runs are made by hand, yet deterministic and with a trace.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, Kind, LoadOptions, RunOptions } from '../../src/cli/engine.ts';
import type { Host, Output, Respawn } from '../../src/cli/host.ts';
import { dispatch } from '../../src/cli/main.ts';
import register from '../../src/interfaces/register.ts';
import type { Result } from '../../src/scenarios/result.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import type { Diagnostic } from '../../src/scenarios/text/diagnostic.ts';
import type { TraceEvent } from '../../src/sim/trace.ts';
import { buildHeld, buildResult, buildScenario, staleRead, system, workload } from './result.ts';

export class TextOutput implements Output {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | null;
  failure: string | null = null;

  constructor(isTTY = false, columns: number | null = null) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }
}

export const diagnostic: Diagnostic = {
  code: 'DS102',
  severity: 'error',
  message: 'unknown key `elecion-timeout` in `nodes.kv`',
  place: {
    file: 'wrong.yaml',
    line: 3,
    column: 5,
    endColumn: 20,
    text: '    elecion-timeout: 150ms',
  },
  label: null,
  notes: [],
  help: ['did you mean `election-timeout`?'],
};

/** What decides how the fake engine's runs go. */
export interface FakeEngineOptions {
  /** By seed; a violated run of the partition scenario without it. */
  readonly resultOf?: (seed: string) => Result;
  /** Called while a run goes on. */
  readonly during?: (scenario: Scenario, options: RunOptions) => void;
  /** The events of a run; `times` counts the runs from 1. */
  readonly eventsOf?: (seed: string, times: number) => readonly TraceEvent[];
}

/** The events of the stale read: a client's read, forwarded by the old leader to nobody. */
export const traceEvents: readonly TraceEvent[] = [
  { type: 'boot', atUs: 0, n: 0, node: 'kv-2' },
  {
    type: 'note',
    atUs: 210_000,
    n: 1,
    node: 'kv-2',
    label: 'role',
    detail: { role: 'leader', term: 1 },
  },
  {
    type: 'fault',
    atUs: 10_000_000,
    n: 2,
    name: 'partition',
    phase: 'inject',
    label: 'kv-2 kv-5 | kv-1 kv-3 kv-4',
  },
  { type: 'invoke', atUs: 12_300_000, n: 3, node: 'load-3', operation: 1, text: 'write x = 5' },
  message('send', 12_300_000, 3, 'load-3', 'kv-3', 1, { type: 'write', key: 'x', value: 5 }),
  message('deliver', 12_302_000, 4, 'load-3', 'kv-3', 1, { type: 'write', key: 'x', value: 5 }),
  message('send', 12_302_000, 4, 'kv-3', 'kv-1', 2, { type: 'append', term: 2 }),
  message('deliver', 12_304_000, 5, 'kv-3', 'kv-1', 2, { type: 'append', term: 2 }),
  message('send', 12_304_000, 5, 'kv-1', 'kv-3', 3, { type: 'append_ok', term: 2 }),
  message('deliver', 12_306_000, 6, 'kv-1', 'kv-3', 3, { type: 'append_ok', term: 2 }),
  message('send', 12_306_000, 6, 'kv-3', 'load-3', 4, { type: 'write_ok' }),
  message('deliver', 12_310_000, 7, 'kv-3', 'load-3', 4, { type: 'write_ok' }),
  { type: 'ok', atUs: 12_310_000, n: 7, node: 'load-3', operation: 1, text: 'write x = 5' },
  { type: 'timer', atUs: 12_500_000, n: 8, node: 'kv-2', tag: 'heartbeat', key: 0 },
  message('send', 12_500_000, 8, 'kv-2', 'kv-1', 5, { type: 'append', term: 1 }),
  message('drop', 12_500_000, 8, 'kv-2', 'kv-1', 5, { type: 'append', term: 1 }),
  { type: 'invoke', atUs: 12_838_000, n: 9, node: 'load-2', operation: 2, text: 'read x' },
  message('send', 12_838_000, 9, 'load-2', 'kv-2', 6, { type: 'read', key: 'x' }),
  message('deliver', 12_839_000, 10, 'load-2', 'kv-2', 6, { type: 'read', key: 'x' }),
  message('send', 12_839_000, 10, 'kv-2', 'load-2', 7, { type: 'read_ok', value: 3 }),
  message('deliver', 12_840_000, 11, 'kv-2', 'load-2', 7, { type: 'read_ok', value: 3 }),
  { type: 'ok', atUs: 12_840_000, n: 11, node: 'load-2', operation: 2, text: 'read x → 3' },
  { type: 'flush', atUs: 12_900_000, n: 12, node: 'kv-3' },
];

function message(
  type: 'send' | 'deliver' | 'drop',
  atUs: number,
  n: number,
  from: string,
  to: string,
  id: number,
  body: { readonly type: string; readonly [field: string]: unknown },
): TraceEvent {
  const head = { atUs, n, from, to, id, kind: body.type };
  return type === 'drop'
    ? { type, ...head, why: 'partition', message: body }
    : { type, ...head, message: body };
}

export class FakeEngine implements Engine {
  /** Every `load` and `simulate`, for tests to look at. */
  readonly loads: (LoadOptions & { readonly file: string })[] = [];
  readonly runs: (RunOptions & { readonly seed: string })[] = [];
  private readonly options: FakeEngineOptions;

  constructor(options: FakeEngineOptions = {}) {
    this.options = options;
  }

  /** Files named `wrong*` have an error, `warned*` a warning. */
  async load(file: string, options: LoadOptions) {
    this.loads.push({ file, ...options });
    const name = file.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
    if (name.startsWith('wrong')) return { scenario: null, diagnostics: [diagnostic], files: [] };
    const canonical = `name: ${name}\nsets: ${options.sets.join(' ')}\n`;
    const scenario = buildScenario({ name, file, seed: options.seed ?? '42', canonical });
    const warned: Diagnostic = { ...diagnostic, severity: 'warning' };
    return { scenario, diagnostics: name.startsWith('warned') ? [warned] : [], files: [] };
  }

  simulate(scenario: Scenario, options: RunOptions): Result {
    this.runs.push({ ...options, seed: scenario.seed });
    const times = this.runs.length;
    this.options.during?.(scenario, options);
    const events = this.options.eventsOf?.(scenario.seed, times) ?? traceEvents;
    for (const event of events) options.sink?.event(event);
    const result =
      this.options.resultOf?.(scenario.seed) ?? buildResult({ history: [...staleRead] });
    return { ...result, scenario, seed: scenario.seed };
  }

  kinds(): readonly Kind[] {
    const head = (name: string, summary: string, family = '') => ({ name, summary, family });
    return [
      { sort: 'system', ...head('raft', system.summary, 'consensus'), load: async () => system },
      { sort: 'interface', ...head('register', register.summary), load: async () => register },
      { sort: 'workload', ...head('register', workload.summary), load: async () => workload },
      {
        sort: 'check',
        ...head('linearizable', 'One order explains every answer.'),
        load: async () => ({
          name: 'linearizable',
          summary: 'One order explains every answer.',
          sources: ['Herlihy & Wing 1990'],
          judges: [register],
          params: {},
          shorthand: null,
          check: () => {
            throw new Error('not called here');
          },
        }),
      },
      {
        sort: 'metric',
        ...head('leaders per term', 'The most leaders of one term.'),
        load: async () => ({
          name: 'leaders per term',
          summary: 'The most leaders of one term.',
          unit: 'count',
          doc: 'Takes the name of a group.',
          accepts: () => [],
          measure: () => ({ value: null, samples: 0, because: '' }),
        }),
      },
      {
        sort: 'judge',
        ...head('register', 'Reads and writes of a register.'),
        load: async () => {
          const { judge } = await import('../../src/checks/models/judges/kv-append.ts');
          return { ...judge, name: 'register' };
        },
      },
    ];
  }

  gallery() {
    return [{ name: 'split-brain', file: '/gallery/split-brain.yaml', summary: 'Two leaders.' }];
  }

  async schema(of: 'scenario' | 'config') {
    return `{ "$schema": "http://json-schema.org/draft-07/schema#", "title": "${of}" }\n`;
  }

  async explainCode(code: string) {
    return code === 'DS102' ? { title: 'unknown key', text: 'Nothing reads this key.' } : null;
  }
}

/** Held for even seeds, violated for odd ones. */
export function heldIfEven(seed: string): Result {
  return Number(seed) % 2 === 0 ? buildHeld() : buildResult();
}

export interface CliOptions extends FakeEngineOptions {
  readonly env?: Host['env'];
  readonly out?: TextOutput;
  readonly err?: TextOutput;
  readonly engine?: FakeEngine;
  readonly respawn?: Respawn;
  readonly startWorker?: Host['startWorker'];
}

/** A command line in a folder of its own. */
export class TestCli {
  readonly folder = mkdtempSync(join(tmpdir(), 'dsim-cli-'));
  /** Interrupts the command while it waits. */
  interrupt: () => void = () => {};

  /** Removes the folder. */
  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async run(argv: readonly string[], options: CliOptions = {}) {
    const {
      out = new TextOutput(),
      err = new TextOutput(),
      engine = new FakeEngine(options),
    } = options;
    const code = await dispatch(argv, {
      out,
      err,
      env: options.env ?? {},
      cwd: this.folder,
      dsim: 'dsim',
      engine: async () => engine,
      onInterrupt: (listener) => {
        this.interrupt = listener;
        return () => {
          this.interrupt = () => {};
        };
      },
      respawn: options.respawn ?? null,
      beginAgain: null,
      startWorker: options.startWorker ?? null,
    });
    return { code, out: out.text, err: err.text, engine };
  }
}
