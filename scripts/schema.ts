/**
 * `npm run generate`, second half: writes the JSON Schema of scenario files from the kinds listed.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSchemaText } from '../src/scenarios/host/load-schema.ts';

const path = 'schema/scenario.schema.json';

/** Returns the exit code. */
export async function main(root: string): Promise<number> {
  const text = await loadSchemaText();
  const file = join(root, path);
  if (readFileSync(file, 'utf8') === text) return 0;
  writeFileSync(file, text);
  process.stdout.write(`wrote ${path}\n`);
  return 0;
}
