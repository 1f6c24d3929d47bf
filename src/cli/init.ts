/**
 * `dsim init`: a first scenario to change, and the schema beside it so that editors complete its
 * keys.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileWord } from '../report/run-context.ts';
import { codeOf, outputError } from '../scenarios/host/descriptor-writer.ts';
import { shellWord } from '../sim/visible-text.ts';
import { Console, UsageError } from './console.ts';
import { HELD } from './exit-codes.ts';
import type { Host } from './host.ts';
import type { LookOptions } from './terminal.ts';

const FILE = 'partition.yaml';
const SCHEMA = '.dsim/scenario.schema.json';

/** Writes the scenario; throws UsageError rather than overwrite anything. */
export async function initCommand(
  name: string | undefined,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const file = name ?? FILE;
  if (!/\.ya?ml$/i.test(file))
    throw new UsageError(`a scenario's name ends in .yaml, as in ${file}.yaml`);
  const path = resolve(host.cwd, file);
  try {
    writeFileSync(path, starter(basename(file).replace(/\.ya?ml$/i, '')), { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new UsageError(`${file} is there already, and was left as it is`);
    throw new UsageError(outputError(file, error).message);
  }
  await writeSchema(dirname(path), host);
  const console = new Console(host, looks);
  const { ink } = console;
  console.print(
    `${ink.good(ink.glyph.held)} wrote ${ink.clean(file)}\n  ${ink.strong('next:')} ${ink.clean(`${host.dsim} run ${shellWord(fileWord(file))}`)}\n`,
  );
  return HELD;
}

/** Editors do without it; it is no reason to fail. */
async function writeSchema(folder: string, host: Host): Promise<void> {
  try {
    const text = await (await host.engine()).schema();
    mkdirSync(join(folder, '.dsim'), { recursive: true });
    writeFileSync(join(folder, SCHEMA), text);
  } catch {
    // A read-only folder, or a dsim without its schema.
  }
}

/** The scenario with which everybody begins: a leader cut off together with one follower. */
function starter(name: string): string {
  return `# yaml-language-server: $schema=${SCHEMA}
name: ${JSON.stringify(name)}
summary: A leader cut off with a minority must stop acknowledging writes.
seed: 42
duration: 30s

nodes:
  kv: { kind: raft, count: 5 } # dsim explain raft

network:
  latency: { lognormal: { median: 2ms, p99: 12ms } }
  loss: 0.1%

clients:
  load: { workload: register, target: kv, per-node: 1, rate: 100/s, keys: 5, timeout: 300ms }

faults: # dsim list faults
  - { at: 10s, for: 10s, partition: { of: kv, isolate: leader, with: 1 } }

expect: # dsim list checks, dsim list metrics
  - linearizable
  - availability(majority) >= 80% during partition
  - availability(minority) <= 10% during partition
  - felt partition
`;
}
