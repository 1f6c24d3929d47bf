/**
 * Which judge a history gets: the one named by `--model`, a model of the user's own, or the one
 * that the history speaks for; with its level and its parameters.
 */

import type { CheckResult } from '../checks/checker.ts';
import { notJudged } from '../checks/findings/parts.ts';
import type { AnyJudge } from '../checks/judge.ts';
import { type Budget, DEFAULT_BUDGET } from '../checks/search/turns.ts';
import { inferModel } from '../scenarios/history/inference.ts';
import { readJudgeSettings } from '../scenarios/history/judge-settings.ts';
import type { HistoryFormat, ReadHistory } from '../scenarios/history/read-history.ts';
import { isOwnModel, loadOwnModel, runOwnModel } from '../scenarios/host/own-model.ts';
import {
  type Diagnostic,
  Diagnostics,
  listNames,
  renderDiagnostics,
} from '../scenarios/text/diagnostic.ts';
import type { History } from '../sim/history.ts';
import { nearestName } from '../sim/nearest-name.ts';
import type { OutputFile } from './arguments.ts';
import { UsageError } from './console.ts';
import type { Engine, Kind } from './engine.ts';
import { stopping } from './interruptible.ts';
import { judgeNamed, levelNamed } from './judge-names.ts';

/** The options of `dsim check`, as commander parses them. */
export interface CheckFlags {
  readonly model?: string;
  readonly consistency?: string;
  readonly set?: readonly string[];
  readonly as?: string;
  readonly format?: HistoryFormat;
  readonly keyed?: boolean;
  readonly maxSteps?: number;
  /** Bytes. */
  readonly maxMemory?: number;
  /** Host time, in ms. */
  readonly timeout?: number;
  /** `--no-code` makes it false. */
  readonly code?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly output?: readonly OutputFile[];
}

/** A judge for one history, and what to tell about how it was chosen; or why there is none. */
export type Choice =
  | { readonly judge: ChosenJudge; readonly note: string | null }
  | { readonly judge: null; readonly diagnostics: readonly Diagnostic[] };

/** The parameter of a judge that `--as` sets: how a refused compare-and-set is read. */
const AS = ['as', 'failed-cas'];

export class ChosenJudge {
  readonly name: string;
  private readonly of: AnyJudge;
  private readonly consistency: string;
  private readonly sets: readonly string[];
  private readonly values: Parameters<AnyJudge['judge']>[1];
  private readonly budget: Budget;
  private readonly isOwn: boolean;

  /** Throws UsageError for a level or a parameter that the judge does not have. */
  constructor(name: string, judge: AnyJudge, flags: CheckFlags) {
    this.name = name;
    this.of = judge;
    this.isOwn = isOwnModel(name);
    this.consistency = levelOf(name, judge, flags.consistency);
    this.sets = [...(flags.set ?? []), ...asSetting(judge, flags.as)];
    const { values, diagnostics } = readJudgeSettings(judge.params, this.sets, judge.name);
    if (diagnostics.length > 0) throw new UsageError(renderDiagnostics(diagnostics).trimEnd());
    this.values = values as Parameters<AnyJudge['judge']>[1];
    this.budget = {
      steps: flags.maxSteps ?? DEFAULT_BUDGET.steps,
      bytes: flags.maxMemory ?? DEFAULT_BUDGET.bytes,
    };
  }

  /** A register with keys of its own is often written down as pairs. */
  get mayBeKeyed(): boolean {
    return this.name === 'register';
  }

  /** Throws UsageError where parameters make no model, or an own model fails. */
  judge(history: History): CheckResult {
    if (history.length === 0) {
      return notJudged(this.name, 'Nothing was judged: there is no operation in it.');
    }
    const work = (): CheckResult =>
      this.of.judge(history, this.values, this.consistency, this.budget);
    try {
      return this.isOwn ? runOwnModel(this.name, work) : work();
    } catch (error) {
      if (error instanceof RangeError && !/call stack/i.test(error.message)) {
        throw new UsageError(`${this.name}: ${error.message}`);
      }
      if (!this.isOwn || !(error instanceof Error)) throw error;
      throw new UsageError(`${this.name} failed: ${error.name}: ${error.message}`);
    }
  }

  /** What a report says of it. */
  shown(): {
    readonly model: string;
    readonly consistency: string;
    readonly sets: readonly string[];
    readonly levels: readonly string[];
  } {
    const { name, consistency, sets, of } = this;
    return { model: name, consistency, sets, levels: of.consistencies };
  }
}

function levelOf(name: string, { consistencies }: AnyJudge, wanted: string | undefined): string {
  const [first = ''] = consistencies;
  if (wanted === undefined) return first;
  const level = levelNamed(wanted, consistencies);
  if (level !== null) return level;
  const near = nearestName(wanted, consistencies);
  const known = consistencies.length === 1 ? first : `one of ${consistencies.join(', ')}`;
  const hint = near === null ? `; it takes ${known}` : `; did you mean ${near}?`;
  throw new UsageError(`${name} has no level ${JSON.stringify(wanted)}${hint}`);
}

function unknownHint(written: string, names: readonly string[]): string {
  const near = nearestName(written, names);
  return near === null ? `: one of ${names.join(', ')}` : `; did you mean ${near}?`;
}

function asSetting({ name, params }: AnyJudge, as: string | undefined): readonly string[] {
  if (as === undefined) return [];
  const param = AS.find((known) => Object.hasOwn(params, known));
  if (param !== undefined) return [`${param}=${as}`];
  throw new UsageError(`${name} knows no refused operations: leave --as away`);
}

type JudgeKind = Extract<Kind, { readonly sort: 'judge' }>;

/** All judges, loaded as they are needed. */
export class JudgeShelf {
  private readonly kinds: readonly JudgeKind[];
  private readonly flags: CheckFlags;
  private readonly cwd: string;
  private loaded: readonly AnyJudge[] | null = null;

  constructor(engine: Engine, flags: CheckFlags, cwd: string) {
    this.kinds = engine.kinds().filter((kind) => kind.sort === 'judge');
    this.flags = flags;
    this.cwd = cwd;
  }

  /** The judge that `--model` names; null without. Throws UsageError. */
  async chosen(): Promise<ChosenJudge | null> {
    const { model } = this.flags;
    if (model === undefined) return null;
    if (isOwnModel(model)) return new ChosenJudge(model, await this.own(model), this.flags);
    const names = this.kinds.map(({ name }) => name);
    const meant = judgeNamed(model, names);
    const kind = this.kinds.find(({ name }) => name === meant);
    if (kind !== undefined) return new ChosenJudge(kind.name, await kind.load(), this.flags);
    const hint = (await this.leveled(model)) ?? unknownHint(model, names);
    throw new UsageError(`there is no model ${JSON.stringify(model)}${hint}`);
  }

  /** What to type where a level was taken for a model; null if it is none either. */
  private async leveled(written: string): Promise<string | null> {
    this.loaded ??= await Promise.all(this.kinds.map((kind) => kind.load()));
    for (const first of ['register', 'list-append']) {
      const judge = this.loaded.find(({ name }) => name === first);
      const level = levelNamed(written, judge?.consistencies ?? []);
      if (level === null) continue;
      return `, but a level: --model ${first} --consistency ${level}`;
    }
    return null;
  }

  private async own(model: string): Promise<AnyJudge> {
    if (this.flags.code === false) {
      throw new UsageError(
        `${model} is code, which --no-code forbids: leave it away if you trust the file`,
      );
    }
    const judge = await loadOwnModel(
      model,
      this.cwd,
      () => import('../index.ts'),
      stopping(this.flags.timeout ?? null),
    );
    if (!('reason' in judge)) return judge;
    const [mistake] = judge.mistakes;
    const reason = mistake === undefined ? judge.reason : `it does not compile: ${mistake.message}`;
    const help = judge.help.length === 0 ? '' : `; ${judge.help.join('; ')}`;
    throw new UsageError(`${model} cannot be used as a model: ${reason}${help}`);
  }

  /**
   * The judge that a history speaks for. Throws UsageError for a level or a parameter that it does
   * not have.
   */
  async infer(read: ReadHistory): Promise<Choice> {
    this.loaded ??= await Promise.all(this.kinds.map((kind) => kind.load()));
    const candidates = this.loaded.map(({ name, operations }) => ({
      name,
      operations: operations.map(({ f }) => f),
    }));
    const inference = inferModel(read.history, candidates);
    if (inference.kind === 'one') {
      const judge = this.loaded.find(({ name }) => name === inference.name);
      if (judge === undefined) throw new Error(`no judge ${inference.name}`);
      const note = `${read.file} reads as ${inference.name} (--model ${inference.name})`;
      return { judge: new ChosenJudge(inference.name, judge, this.flags), note };
    }
    return { judge: null, diagnostics: this.undecided(read, inference.names) };
  }

  /** What a user can choose from. */
  private undecided({ history }: ReadHistory, names: readonly string[]): readonly Diagnostic[] {
    const diagnostics = new Diagnostics();
    const used = listNames([...new Set(history.map(({ f }) => f))]);
    const help = names.map((name) => {
      const summary = this.kinds.find((kind) => kind.name === name)?.summary ?? '';
      return `\`--model ${name}\`: ${summary}`;
    });
    const what =
      history.length === 0
        ? 'a history without operations speaks for no model'
        : names.length === 0
          ? `no model knows all of the operations ${used}`
          : `several models know the operations ${used}`;
    diagnostics.error('DS174', null, what, {
      help: names.length === 0 ? ['`--model` names one; `dsim list judges` has them all'] : help,
    });
    return diagnostics.list();
  }
}
