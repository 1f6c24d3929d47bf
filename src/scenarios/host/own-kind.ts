/**
 * `kind: ./my-node.ts`: a user's own file as a kind of node.
 *
 * The file is bundled in memory and evaluated as a script of this realm, with dsim's own modules
 * for `dsim` and the guard up, so that nothing it does while loading can depend on the machine. It
 * is evaluated anew for every run: what a file keeps in variables of its own is as fresh in the
 * third run of a process as in the first.
 */
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import { guardHost } from '../../sim/kernel/guard.ts';
import type { AnySystem } from '../../sim/system.ts';
import type { OwnKindRefusal, OwnMistake } from '../sections/catalogue.ts';
import type { SourceScalar } from '../text/source.ts';
import type { Within } from './load.ts';
import type { OwnKindLoader } from './load-catalogue.ts';
import { bundleOwn, type OwnBundle, refusal, shownPath, spotAt, stemOf } from './own-bundle.ts';
import { OwnConsole, type OwnHome, ownNode } from './own-node.ts';
import { OwnStack } from './own-stack.ts';
import { type Create, describe, RunWatch, systemOf } from './own-system.ts';

/** What own files get for `import … from 'dsim'`, loaded only for those who need it. */
export type Library = () => Promise<object>;

export interface OwnKindOptions {
  readonly library: Library;
  /** What relative names of scenarios are relative to. */
  readonly cwd: string;
  /** Gets what a file says on `console` while none of its nodes runs. */
  readonly print: (text: string) => void;
  /** Hears of every file that is read. */
  readonly onFile: (path: string) => void;
  /** Runs the file for the first time: it may not come to an end. */
  readonly within: Within;
}

type Exports = { readonly [name: string]: unknown };

/** A loader of own files. Bundles what has changed, and evaluates it for every scenario. */
export function ownKindLoader(options: OwnKindOptions): OwnKindLoader {
  return async (kind) => {
    const file = resolve(options.cwd, dirname(kind.spot.file.name), kind.text);
    const bundle = await bundleOwn(file, options.cwd);
    if ('reason' in bundle) return bundle;
    for (const path of bundle.files) options.onFile(path);
    const own = new OwnFile(file, bundle, await options.library(), options);
    return options.within(() => own.load());
  };
}

/** The answer to every own file where code may not run. */
export const refuseCode: OwnKindLoader = async (_kind: SourceScalar) =>
  refusal(
    'running code is forbidden here by `--no-code`',
    'leave `--no-code` away if you trust the file',
  );

class OwnFile implements OwnHome {
  readonly console: OwnConsole;
  private readonly file: string;
  private readonly bundle: OwnBundle;
  private readonly filename: string;
  private readonly library: object;
  private readonly cwd: string;
  private readonly stack: OwnStack;

  constructor(file: string, bundle: OwnBundle, library: object, options: OwnKindOptions) {
    const { cwd, print } = options;
    const shown = (path: string) => shownPath(path, cwd);
    this.file = file;
    this.bundle = bundle;
    this.filename = `${file}.cjs`;
    this.library = library;
    this.cwd = cwd;
    this.console = new OwnConsole((text) => print(`[${shown(file)}] ${text}`));
    this.stack = new OwnStack(bundle, this.filename, shown);
  }

  load(): AnySystem | OwnKindRefusal {
    let exported: Exports;
    try {
      exported = guardHost(() => this.evaluate());
    } catch (error) {
      return this.refusalOf(error);
    }
    const system = this.systemOf(exported);
    if (typeof system === 'string') return refusal(system);
    const watch = new RunWatch();
    let create: Create = system.create;
    return {
      ...system,
      create: (params, place, bug) => {
        try {
          if (watch.begins(place)) create = this.createAnew();
          return ownNode(create(params, place, bug), this);
        } catch (error) {
          this.explain(error);
          throw error;
        }
      },
    };
  }

  explain(error: unknown): void {
    this.stack.explain(error);
  }

  /** The guard is up already: a run has begun. */
  private createAnew(): Create {
    const system = this.systemOf(this.evaluate());
    if (typeof system === 'string') throw new TypeError(system);
    return system.create;
  }

  private systemOf(exported: Exports): AnySystem | string {
    return systemOf(exported, stemOf(this.file));
  }

  private evaluate(): Exports {
    const { code } = this.bundle;
    const names = ['exports', 'require', 'module', '__filename', '__dirname', 'console'];
    const body = compileFunction(code, names, { filename: this.filename });
    const module = { exports: {} as unknown };
    const fromFile = createRequire(this.file);
    const require = (name: string): unknown => (name === 'dsim' ? this.library : fromFile(name));
    body(module.exports, require, module, this.file, dirname(this.file), this.console.face);
    return exportsOf(module.exports);
  }

  private refusalOf(error: unknown): OwnKindRefusal {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : describe(error);
    const reason = `it fails when it is loaded: ${text}`;
    const place = this.stack.innermost(error);
    const spot =
      place === null ? null : spotAt(place.path, this.cwd, place.line, place.column - 1, 1);
    const mistakes: OwnMistake[] =
      spot === null ? [] : [{ spot, message: `this fails while it is loaded: ${text}`, notes: [] }];
    return { reason, mistakes, help: [] };
  }
}

/** CommonJS may export the value itself: `module.exports = defineSystem({ … })`. */
function exportsOf(exported: unknown): Exports {
  if (typeof exported === 'function') return { default: exported };
  if (typeof exported !== 'object' || exported === null) return { default: exported };
  if ('default' in exported || '__esModule' in exported) return exported as Exports;
  return 'create' in exported ? { default: exported } : (exported as Exports);
}
