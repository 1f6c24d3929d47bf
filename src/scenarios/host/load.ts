/** A scenario from a file: read, composed, its kinds loaded, validated. */

import { resolve } from 'node:path';
import { parseScenario } from '../parse.ts';
import type { Scenario } from '../scenario.ts';
import { isProgramKind, kindsNamed } from '../sections/catalogue.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { readSourceTree } from '../text/source-tree.ts';
import { drawStream } from '../values/draws.ts';
import { FileReader } from './file-reader.ts';
import { loadCatalogue, type OwnKindLoader, type Within } from './load-catalogue.ts';
import { keepOrigin, type Origin } from './origins.ts';
import type { Library } from './own-kind.ts';

export interface LoadOptions {
  /** The folder that a relative file is relative to. */
  readonly cwd: string;
  /** Instead of the scenario's own; null keeps it. */
  readonly seed?: string | null;
  /** `path=value`, applied in order. */
  readonly sets?: readonly string[];
  /** Apply the scenario's `without:` patch. */
  readonly without?: boolean;
  /** Lets `extends` leave the project. */
  readonly allowOutside?: boolean;
  /** `false` refuses `kind: ./x.ts`, which executes what the file says. */
  readonly code?: boolean;
  /** What such a file gets for `import … from 'dsim'`: nothing if it is absent. */
  readonly library?: Library;
  /** Loads such kinds in place of the usual loader, which bundles the file. */
  readonly loadOwn?: OwnKindLoader;
  /** Runs each long stretch of the reading: who can stop one from outside gives its own. */
  readonly within?: Within;
}

export interface LoadedScenario {
  /** null when there is an error among the diagnostics. */
  readonly scenario: Scenario | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of the files read, to be watched. */
  readonly files: readonly string[];
  /** The same under another seed, whatever has become of the files; nothing is read again. */
  withSeed(seed: string): Omit<LoadedScenario, 'withSeed'>;
}

/** Never throws for anything that a file says. */
export async function loadScenario(file: string, options: LoadOptions): Promise<LoadedScenario> {
  const { cwd, seed = null, sets = [], without = false, allowOutside = false } = options;
  const reader = new FileReader({ cwd, allowOutside });
  const within = options.within ?? ((work) => work());
  const tree = within(() => readSourceTree(file, reader, { set: sets, without }));
  const ownFiles = new Set<string>();
  const print = (text: string) => void process.stderr.write(`${text}\n`);
  const library = options.library ?? (async () => ({}));
  // What loads own files costs a start much, and few scenarios have any.
  const usual: OwnKindLoader = async (kind) => {
    const { ownKindLoader, refuseCode } = await import('./own-kind.ts');
    if (options.code === false) return refuseCode(kind);
    const onFile = (path: string) => void ownFiles.add(path);
    if (isProgramKind(kind)) {
      const { programKind } = await import('./program/program-kind.ts');
      return programKind(kind, { cwd, onFile });
    }
    return ownKindLoader({ library, cwd, print, onFile, within })(kind);
  };
  const loadOwn = options.loadOwn ?? usual;
  const catalogue = await loadCatalogue(kindsNamed(tree), loadOwn);
  let draws = false;
  const draw: typeof drawStream = (...which) => {
    draws = true;
    return drawStream(...which);
  };
  const origin: Origin = { path: resolve(cwd, file), sets, without, allowOutside };
  const parse = (seeded: string | null) => {
    const seedOption = seeded === null ? {} : { seed: seeded };
    const parsed = within(() => parseScenario(tree, catalogue, { draw, ...seedOption }));
    keepOrigin(parsed.scenario, origin);
    return parsed;
  };
  const parsed = parse(seed);
  const files = [...reader.paths, ...ownFiles];
  return {
    ...parsed,
    files,
    withSeed(other) {
      const { scenario, diagnostics } = parsed;
      // Where nothing is drawn, the seed decides nothing of what the text means.
      if (draws || scenario === null) return { ...parse(other), files };
      const seeded = { ...scenario, seed: other };
      keepOrigin(seeded, origin);
      return { scenario: seeded, diagnostics, files };
    },
  };
}
