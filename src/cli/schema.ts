/** `dsim schema`: the JSON Schemas of scenario files, of the config file, and of results. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { outputError } from '../scenarios/host/descriptor-writer.ts';
import { UsageError } from './console.ts';
import { HELD } from './exit-codes.ts';
import type { Host } from './host.ts';

export interface SchemaFlags {
  readonly output?: string;
  /** That of `dsim.config.yaml`. */
  readonly config?: boolean;
  /** That of the documents that commands write. */
  readonly result?: boolean;
}

/** Prints it, or writes it to a file. Throws UsageError when the file cannot be written. */
export async function schemaCommand(flags: SchemaFlags, host: Host): Promise<number> {
  const { output: file, config = false, result = false } = flags;
  if (config && result) throw new UsageError('--config and --result are two schemas: ask for one');
  const of = config ? 'config' : result ? 'result' : 'scenario';
  const text = await (await host.engine()).schema(of);
  if (file === undefined || file === '-') {
    host.out.write(text);
    return HELD;
  }
  try {
    writeFileSync(resolve(host.cwd, file), text);
  } catch (error) {
    throw new UsageError(outputError(file, error).message);
  }
  return HELD;
}
