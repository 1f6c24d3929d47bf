/**
 * `kind: ./my-node.ts`: a user's own file as a kind of node.
 *
 * The file is bundled in memory and evaluated as a script of this realm, with dsim's own modules
 * for `dsim` and the guard up, so that nothing it does while loading can depend on the machine. It
 * is evaluated again for every boot of every node: what a file keeps in variables of its own is the
 * memory of one node, and gone when that crashes.
 */
import { dirname, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import { guardHost, withinGuard } from '../../sim/kernel/guard.ts';
import type { AnySystem } from '../../sim/system.ts';
import type { OwnKindRefusal, OwnMistake } from '../sections/catalogue.ts';
import type { SourceScalar } from '../text/source.ts';
import type { OwnKindLoader, Within } from './load-catalogue.ts';
import { builtinsChanged, checkBuiltins, watchBuiltins } from './own-builtins.ts';
import {
  bundleOwn,
  type OwnBundle,
  ownRequire,
  refusal,
  shownPath,
  spotAt,
  stemOf,
} from './own-bundle.ts';
import { OwnConsole, type OwnHome, ownNode } from './own-node.ts';
import { watchPromises } from './own-promises.ts';
import { OwnStack } from './own-stack.ts';
import { type Create, systemOf } from './own-system.ts';
import { ordinaryError } from './own-words.ts';

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
  readonly shown: string;
  private body: ReturnType<typeof compileFunction> | null = null;
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
    this.shown = shown(file);
    this.bundle = bundle;
    this.filename = `${file}.cjs`;
    this.library = library;
    this.cwd = cwd;
    this.stack = new OwnStack(bundle, this.filename, shown);
    this.console = new OwnConsole(
      (text) => print(`[${shown(file)}] ${text}`),
      (text) => this.stack.portable(text),
    );
  }

  load(): AnySystem | OwnKindRefusal {
    watchBuiltins(this.shown);
    let exported: Exports;
    try {
      exported = guardHost(() => {
        const made = this.evaluate();
        checkBuiltins(this.shown);
        return made;
      });
    } catch (error) {
      return this.refusalOf(error);
    }
    const system = this.systemOf(exported);
    if (typeof system === 'string') return refusal(system);
    return this.safe(system);
  }

  /** The system, each function of which throws ordinary errors only. */
  private safe(system: AnySystem): AnySystem {
    const { quorum, refuse, detectionMs } = system;
    return {
      ...system,
      invariants: system.invariants.map((invariant) => ({
        ...invariant,
        check: this.explained((...views) => invariant.check(...views)),
      })),
      ...(quorum === undefined ? {} : { quorum: this.explained(quorum) }),
      ...(refuse === undefined ? {} : { refuse: this.explained(refuse) }),
      ...(detectionMs === undefined ? {} : { detectionMs: this.explained(detectionMs) }),
      create: (params, place, bug) => this.create(params, place, bug),
    };
  }

  /** Some are called while a run goes on, and some while a scenario is read or a run is judged. */
  private explained<A extends readonly unknown[], R>(call: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      try {
        return withinGuard(() => call(...args));
      } catch (error) {
        throw this.explain(error);
      }
    };
  }

  explain(thrown: unknown): Error {
    // What it threw may come of what it has changed, and words for it need the built-in objects.
    const error = builtinsChanged(this.shown) ?? ordinaryError(thrown, this.shown);
    this.stack.explain(error);
    return error;
  }

  /**
   * A node boots. The file is evaluated for it alone: what it keeps in variables of its own is this
   * node's memory, and gone with it. The guard is up already: a run goes on.
   */
  private create(...[params, place, bug]: Parameters<Create>): ReturnType<Create> {
    try {
      watchPromises();
      const system = this.systemOf(this.evaluate());
      if (typeof system === 'string') throw new TypeError(system);
      const node = ownNode(system.create(params, place, bug), this);
      checkBuiltins(this.shown);
      return node;
    } catch (error) {
      throw this.explain(error);
    }
  }

  private systemOf(exported: Exports): AnySystem | string {
    return systemOf(exported, stemOf(this.file));
  }

  private evaluate(): Exports {
    const names = ['exports', 'require', 'module', '__filename', '__dirname', 'console'];
    this.body ??= compileFunction(this.bundle.code, names, { filename: this.filename });
    const module = { exports: {} as unknown };
    const require = ownRequire(this.file, this.library);
    this.body(module.exports, require, module, this.file, dirname(this.file), this.console.face);
    return exportsOf(module.exports);
  }

  private refusalOf(thrown: unknown): OwnKindRefusal {
    const error = builtinsChanged(this.shown) ?? ordinaryError(thrown, this.shown);
    const text = `${error.name}: ${error.message}`;
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
