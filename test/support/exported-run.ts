/**
 * A run that `dsim export` and `-o` wrote, and the same run as it is known here: for tests that
 * compare what other programs read with what happened.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { operationText } from '../../src/report/operation-text.ts';
import { RunEvents } from '../../src/report/page/run-events.ts';
import { checksOf } from '../../src/report/result-parts.ts';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import type { Result } from '../../src/scenarios/result.ts';
import { simulate } from '../../src/scenarios/simulate.ts';

const root = resolve(import.meta.dirname, '../..');
/** A stale read without the protection; some operations have no end, and some overlap. */
const RUN = ['partition', '--without', '--set', 'duration=12s'];
/** What some format takes for its own: quotes, entities, blocks, settings, formulas, escapes. */
export const NASTY = '"a" &lt;b> \\n \\N {c}; #d, e|f: end %%{init: {}}%% $$g$$ ü';

export class ExportedRun {
  readonly result: Result;
  readonly events: RunEvents;
  private readonly folder = mkdtempSync(join(tmpdir(), 'dsim-exports-'));

  private constructor(result: Result, events: RunEvents) {
    this.result = result;
    this.events = events;
  }

  /** `forms` are those of `dsim export`, `endings` those of `-o`. */
  static async make(forms: readonly string[], endings: readonly string[]): Promise<ExportedRun> {
    const { scenario } = await loadScenario(join(root, 'scenarios/partition.yaml'), {
      cwd: root,
      without: true,
      sets: ['duration=12s'],
    });
    if (scenario === null) throw new Error('no scenario');
    const events = new RunEvents([
      ...scenario.groups.flatMap((group) => group.nodes),
      ...scenario.loads.flatMap(({ clients }) => clients),
    ]);
    const run = new ExportedRun(simulate(scenario, { sink: events }), events);
    for (const form of forms) run.export(form, form);
    const outputs = endings.flatMap((ending) => ['-o', run.fileOf(ending)]);
    if (outputs.length > 0) run.dsim('run', ...RUN, '--no-keep', '-q', ...outputs);
    return run;
  }

  /** Another file of a form, with further flags. */
  export(form: string, name: string, ...flags: readonly string[]): void {
    this.dsim('export', form, ...RUN, ...flags, '-o', this.fileOf(name));
  }

  fileOf(form: string): string {
    return join(this.folder, `run.${form}`);
  }

  textOf(form: string): string {
    return readFileSync(this.fileOf(form), 'utf8');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The check that failed and names operations. */
  get failed() {
    const found = checksOf(this.result, 'fail').find(({ evidence }) => evidence.length > 0);
    if (found === undefined) throw new Error('nothing failed');
    return found;
  }

  /** The operations by the names under which pictures show them. */
  get titles(): readonly string[] {
    return this.result.history.map((operation, i) => `#${i} ${operationText(operation)}`);
  }

  /** Rows of all messages. */
  get rows(): readonly number[] {
    return [...this.events.messages.sentUs.keys()];
  }

  /** The ends of a message. */
  endsOf(row: number): readonly [from: string, to: string] {
    const { messages, nodes } = this.events;
    return [nodes[messages.from[row] ?? 0] ?? '', nodes[messages.to[row] ?? 0] ?? ''];
  }

  kindOf(row: number): string {
    return this.events.kinds[this.events.messages.kind[row] ?? 0] ?? '';
  }

  /** Exits with 1: the run is violated. */
  private dsim(...words: readonly string[]): void {
    const argv = [join(root, 'bin/dsim.js'), ...words];
    const how = { cwd: this.folder, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync(process.execPath, argv, how);
    if (status !== 1) throw new Error(stderr);
  }
}
