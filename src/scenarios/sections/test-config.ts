/** `dsim.config.yaml`: what `dsim test` does in a project where the command line does not say. */
import { defineParams, type Params } from '../../sim/params.ts';
import { Diagnostics } from '../text/diagnostic.ts';
import { makeSourceFile, spotOf } from '../text/source.ts';
import { parseYaml } from '../text/yaml-source.ts';
import { drawStream } from '../values/draws.ts';
import { Fields } from '../values/fields.ts';
import { Names } from '../values/names.ts';
import { ParamReader } from '../values/param-reader.ts';
import type { SeedRange } from '../values/seed-ranges.ts';
import { readSeeds } from './seeds.ts';

/** `seeds` is read apart. */
export const CONFIG_TABLE = defineParams({
  scenarios: {
    type: 'list',
    of: { type: 'text', doc: 'A file or a folder.' },
    doc: 'Files and folders of scenarios, relative to this file. Without it every `*.dsim.yaml` below it, and every `*.yaml` in its folder `scenarios`.',
    optional: true,
  },
  reporters: {
    type: 'list',
    of: { type: 'text', doc: 'As after `--reporter`.' },
    doc: 'Reporters, each a name or `name=file`.',
    optional: true,
  },
  jobs: {
    type: 'integer',
    doc: 'Worker processes; one for each core by default.',
    optional: true,
    min: 1,
    max: 1024,
  },
  timeout: {
    type: 'duration',
    doc: 'Host time after which a run is stopped and unknown.',
    optional: true,
    min: 1,
  },
  bail: {
    type: 'integer',
    doc: 'Stop after this many runs that did not hold.',
    optional: true,
    min: 1,
  },
});

export type TestConfig = Params<typeof CONFIG_TABLE> & {
  /** For scenarios that do not say. */
  readonly seeds: readonly SeedRange[] | null;
};

/** The configuration; null if there is an error among the diagnostics. `name` is for them. */
export function readTestConfig(
  name: string,
  text: string,
): { readonly config: TestConfig | null; readonly diagnostics: Diagnostics } {
  const diagnostics = new Diagnostics();
  const file = makeSourceFile(name, text);
  const spot = spotOf(file, 0, 0);
  const isBlank = text.replaceAll(/#.*/g, '').trim() === '';
  const nothing = { kind: 'map', entries: [], spot } as const;
  const root = isBlank ? nothing : parseYaml(file, diagnostics);
  if (root === null) return { config: null, diagnostics };
  if (root.kind !== 'map') {
    diagnostics.error('DS111', root.spot, 'the top of a configuration is a map', {
      help: ['for example `seeds: 1..20`'],
    });
    return { config: null, diagnostics };
  }
  const names = new Names(diagnostics, []);
  const reader = new ParamReader(diagnostics, names, new Map(), (path) => drawStream('1', path));
  const fields = new Fields(reader, root, { path: '', called: 'the configuration', spot });
  const own = fields.params(CONFIG_TABLE);
  const seeds = readSeeds(fields.take('seeds'), diagnostics);
  fields.finish();
  return { config: diagnostics.hasErrors ? null : { ...own, seeds }, diagnostics };
}
