/** `dsim new`: a scenario of any kind, or a node of one's own with its scenario, to be changed. */
import { basename, resolve } from 'node:path';
import { fileWord } from '../report/run-context.ts';
import type { Interface } from '../sim/interface.ts';
import { nearestName } from '../sim/nearest-name.ts';
import type { ParamTable } from '../sim/params.ts';
import type { AnySystem } from '../sim/system.ts';
import { shellWord } from '../sim/visible-text.ts';
import { spokenBy } from '../workloads/workload.ts';
import { Console, UsageError } from './console.ts';
import type { Engine } from './engine.ts';
import { HELD } from './exit-codes.ts';
import type { Host } from './host.ts';
import { schemaBeside, writeNew } from './init.ts';
import { nodeFile, type ScenarioPlan, scenarioText } from './starter-files.ts';
import type { LookOptions } from './terminal.ts';

export interface NewFlags {
  /** Of the nodes of a scenario. */
  readonly kind?: string;
}

type Served = Pick<ScenarioPlan, 'workload' | 'check'>;

const USUAL_KIND = 'raft';
const MEMBERS = 3;

/** `what` is `scenario` or `node`. Throws UsageError rather than overwrite anything. */
export async function newCommand(
  what: string,
  name: string,
  flags: NewFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const near = nearestName(what, ['scenario', 'node']);
  if (what !== 'scenario' && what !== 'node') {
    const hint = near === null ? 'a scenario or a node' : `did you mean ${near}?`;
    throw new UsageError(`there is no new ${what}; ${hint}`);
  }
  const wrote =
    what === 'scenario' ? await newScenario(name, flags, host) : await newNode(name, host);
  const console = new Console(host, looks);
  const { ink } = console;
  const lines = wrote.map((file) => `${ink.good(ink.glyph.held)} wrote ${ink.clean(file)}\n`);
  const run = `${host.dsim} run ${shellWord(fileWord(wrote[0] ?? name))}`;
  console.print(`${lines.join('')}  ${ink.strong('next:')} ${ink.clean(run)}\n`);
  return HELD;
}

async function newScenario(name: string, flags: NewFlags, host: Host): Promise<readonly string[]> {
  const file = /\.ya?ml$/i.test(name) ? name : `${name}.yaml`;
  const engine = await host.engine();
  const kind = flags.kind ?? USUAL_KIND;
  const system = await systemOf(kind, engine);
  const schema = await schemaBeside(resolve(host.cwd, file), 'scenario', host);
  const group = nodeName(kind);
  const served = await servedBy(system, kind, engine);
  const count = system.quorum === undefined ? null : MEMBERS;
  put(file, host, scenarioText({ name: stem(file), schema, group, kind, count, ...served }));
  return [file];
}

async function newNode(name: string, host: Host): Promise<readonly string[]> {
  const file = /\.[cm]?[jt]s$/.test(name) ? name : `${name}.ts`;
  const scenario = file.replace(/\.[cm]?[jt]s$/, '.yaml');
  const schema = await schemaBeside(resolve(host.cwd, scenario), 'scenario', host);
  const kind = `./${basename(file)}`;
  const plan = { schema, kind, count: null, workload: 'register', check: 'linearizable' };
  put(scenario, host, scenarioText({ name: stem(file), group: nodeName(stem(file)), ...plan }));
  put(file, host, nodeFile);
  return [scenario, file];
}

function put(file: string, host: Host, text: string): void {
  if (writeNew(file, host.cwd, text)) return;
  throw new UsageError(`${file} is there already, and was left as it is`);
}

async function systemOf(kind: string, engine: Engine): Promise<AnySystem> {
  const kinds = engine.kinds();
  const found = kinds.find(({ sort, name }) => sort === 'system' && name === kind);
  if (found?.sort === 'system') return found.load();
  const names = kinds.filter(({ sort }) => sort === 'system').map(({ name }) => name);
  const near = nearestName(kind, names);
  const hint = near === null ? '`dsim list systems` shows all' : `did you mean ${near}?`;
  throw new UsageError(`there is no kind of node ${JSON.stringify(kind)}; ${hint}`);
}

/** A workload that asks what the system answers, with a check of it. */
async function servedBy(system: AnySystem, kind: string, engine: Engine): Promise<Served> {
  const needs = Object.entries(system.params as ParamTable)
    .filter(([, spec]) => spec.default === undefined && spec.optional !== true)
    .map(([param]) => param);
  const answers = usualAnswers(system);
  if (needs.length > 0 || answers === null || system.roles !== undefined) {
    const why = needs.length > 0 ? `it needs \`${needs.join('`, `')}\`` : 'others stand around it';
    throw new UsageError(
      `a scenario of ${kind} is more than these lines: ${why}; \`dsim explain ${kind}\` has one`,
    );
  }
  for (const each of engine.kinds()) {
    if (each.sort !== 'workload') continue;
    const workload = await each.load();
    if (!answers.includes(spokenBy(workload))) continue;
    return { workload: each.name, check: await checkOf(system, workload.asks, engine) };
  }
  throw new UsageError(`no workload asks what a ${kind} answers`);
}

/** What it answers when nothing else is said; null: whatever others answer, or anything. */
function usualAnswers({ answers, params }: AnySystem): readonly Interface[] | null {
  if (answers === 'anything' || 'of' in answers) return null;
  if (!('by' in answers)) return answers;
  const choice = (params as ParamTable)[answers.by]?.default;
  return answers.each[String(choice)] ?? null;
}

/** What the system claims, if it judges that; else the first that does. */
async function checkOf(system: AnySystem, asks: Interface, engine: Engine): Promise<string | null> {
  const judging: string[] = [];
  for (const each of engine.kinds()) {
    if (each.sort !== 'check') continue;
    const { judges, params } = await each.load();
    const needs = Object.values(params as ParamTable).some((one) => one.default === undefined);
    if (judges.includes(asks) && !needs) judging.push(each.name);
  }
  const claimed = system.claims.map(({ checker }) => checker);
  return claimed.find((check) => judging.includes(check)) ?? judging[0] ?? null;
}

function stem(file: string): string {
  return basename(file).replace(/(\.dsim)?\.\w+$/i, '');
}

/** A name that a group may have. */
function nodeName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return name === '' || name === 'load' ? 'node' : name;
}
