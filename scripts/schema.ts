/**
 * `npm run generate`, second half: writes the JSON Schemas of scenario files, from the kinds
 * listed, of `dsim.config.yaml`, and of what commands write.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSchemaText } from '../src/scenarios/host/load-schema.ts';
import { configSchemaText } from '../src/scenarios/sections/config-schema.ts';
import { resultSchemaText } from './result-schema.ts';

/** Returns the exit code. */
export async function main(root: string): Promise<number> {
  write(root, 'schema/scenario.schema.json', await loadSchemaText());
  write(root, 'schema/config.schema.json', configSchemaText());
  write(root, 'schema/result.schema.json', resultSchemaText());
  return 0;
}

function write(root: string, path: string, text: string): void {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(file, text);
  process.stdout.write(`wrote ${path}\n`);
}
