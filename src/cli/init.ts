/**
 * `dsim init`: what a project needs to have its scenarios tested, or a first scenario alone.
 * Nothing is overwritten.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileWord } from '../report/run-context.ts';
import { codeOf, outputError } from '../scenarios/host/descriptor-writer.ts';
import { shellWord } from '../sim/visible-text.ts';
import { Console, UsageError } from './console.ts';
import type { Schema } from './engine.ts';
import { HELD } from './exit-codes.ts';
import type { Host } from './host.ts';
import { configFile, partitionScenario, workflowFile } from './starter-files.ts';
import type { LookOptions } from './terminal.ts';

/** In a project that has dsim installed, everybody who works on it has the schemas here. */
const INSTALLED = 'node_modules/dsim/schema';

/** Writes a project, or the scenario that is named. Throws UsageError where all is there. */
export async function initCommand(
  name: string | undefined,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const console = new Console(host, looks);
  const { ink } = console;
  const wrote = name === undefined ? await writeProject(host) : [await writeScenario(name, host)];
  const next = name === undefined ? 'test' : `run ${shellWord(fileWord(name))}`;
  const lines = wrote.map((file) => `${ink.good(ink.glyph.held)} wrote ${ink.clean(file)}\n`);
  console.print(`${lines.join('')}  ${ink.strong('next:')} ${ink.clean(`${host.dsim} ${next}`)}\n`);
  return HELD;
}

async function writeScenario(name: string, host: Host): Promise<string> {
  if (!/\.ya?ml$/i.test(name)) {
    throw new UsageError(`a scenario's name ends in .yaml, as in ${name}.yaml`);
  }
  const path = resolve(host.cwd, name);
  const schema = await schemaBeside(path, 'scenario', host);
  const text = partitionScenario(basename(name).replace(/\.ya?ml$/i, ''), schema);
  if (!writeNew(name, host.cwd, text)) {
    throw new UsageError(`${name} is there already, and was left as it is`);
  }
  return name;
}

async function writeProject(host: Host): Promise<readonly string[]> {
  const at = (file: string) => resolve(host.cwd, file);
  const files: readonly (readonly [string, () => Promise<string>])[] = [
    [
      'scenarios/partition.yaml',
      async () =>
        partitionScenario(
          'partition',
          await schemaBeside(at('scenarios/partition.yaml'), 'scenario', host),
        ),
    ],
    [
      'dsim.config.yaml',
      async () => configFile(await schemaBeside(at('dsim.config.yaml'), 'config', host)),
    ],
    ['.github/workflows/dsim.yml', async () => workflowFile],
  ];
  const wrote: string[] = [];
  for (const [file, text] of files) {
    if (!existsSync(at(file)) && writeNew(file, host.cwd, await text())) wrote.push(file);
  }
  if (wrote.length > 0) return wrote;
  const all = files.map(([file]) => file).join(', ');
  throw new UsageError(`${all}: all of them are there already, and were left as they are`);
}

/** Whether the file was not there. Throws UsageError where it cannot be written. */
export function writeNew(file: string, cwd: string, text: string): boolean {
  const path = resolve(cwd, file);
  try {
    // Folders of its own making; one that the user names must be there.
    if (/^(scenarios|\.github)\//.test(file)) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new UsageError(outputError(file, error).message);
  }
}

/**
 * How a file calls the schema that its editor checks it by: the one that is installed with dsim;
 * else one that is written into the folder, to be committed with the rest. Editors do without it:
 * it is no reason to fail.
 */
export async function schemaBeside(path: string, schema: Schema, host: Host): Promise<string> {
  const installed = join(host.cwd, INSTALLED, `${schema}.schema.json`);
  const own = join(host.cwd, `dsim.${schema}.schema.json`);
  const file = existsSync(installed) ? installed : own;
  try {
    if (file === own) writeFileSync(own, await (await host.engine()).schema(schema));
  } catch {
    // A read-only folder, or a dsim without its schema.
  }
  const from = relative(dirname(path), file).split(sep).join('/');
  return from.startsWith('.') ? from : `./${from}`;
}
