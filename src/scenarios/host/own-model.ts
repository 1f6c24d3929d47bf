/**
 * `--model ./my-model.ts`: a user's own sequential model as a judge. The file is bundled and
 * evaluated as files of own nodes are: with dsim's own modules for `dsim`, and the host guarded
 * while it loads.
 */
import { dirname, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import type { AnyJudge } from '../../checks/judge.ts';
import { judgeOfModel } from '../../checks/model-judge.ts';
import type { SearchModel } from '../../checks/search/call.ts';
import { guardHost } from '../../sim/kernel/guard.ts';
import type { OwnKindRefusal } from '../sections/catalogue.ts';
import type { Within } from './load-catalogue.ts';
import { builtinsChanged, checkBuiltins, watchBuiltins } from './own-builtins.ts';
import { bundleOwn, type OwnBundle, ownRequire, refusal } from './own-bundle.ts';
import type { Library } from './own-kind.ts';
import { ordinaryError } from './own-words.ts';

/** Whether what follows `--model` names a file. */
export function isOwnModel(name: string): boolean {
  return /^\.{0,2}\//.test(name) || /\.[cm]?[jt]s$/.test(name);
}

/** The judge of the model that a file exports by default, or why there is none. */
export async function loadOwnModel(
  name: string,
  cwd: string,
  loadLibrary: Library,
  within: Within = (work) => work(),
): Promise<AnyJudge | OwnKindRefusal> {
  const file = resolve(cwd, name);
  const bundle = await bundleOwn(file, cwd);
  if ('reason' in bundle) return bundle;
  const library = await loadLibrary();
  const loaded = within(() => evaluated(file, bundle, library));
  if ('reason' in loaded) return loaded;
  const { exported } = loaded;
  const wrong = whatLacks(exported);
  if (wrong !== null)
    return refusal(wrong, 'examples/histories/turnstile.ts, which ships with dsim, is a model');
  return judgeOfModel(exported as SearchModel);
}

function evaluated(
  file: string,
  bundle: OwnBundle,
  library: unknown,
): { readonly exported: unknown } | OwnKindRefusal {
  try {
    watchBuiltins(file);
    const exported = guardHost(() => {
      const made = evaluate(file, bundle, library);
      checkBuiltins(file);
      return made;
    });
    return { exported };
  } catch (error) {
    const { name, message } = builtinsChanged(file) ?? ordinaryError(error, file);
    return refusal(`it fails when it is loaded: ${name}: ${message}`);
  }
}

function evaluate(file: string, { code }: OwnBundle, library: unknown): unknown {
  const names = ['exports', 'require', 'module', '__filename', '__dirname'];
  const body = compileFunction(code, names, { filename: `${file}.cjs` });
  const module: { exports: unknown } = { exports: {} };
  const require = ownRequire(file, library);
  body(module.exports, require, module, file, dirname(file));
  const { exports } = module;
  if (typeof exports === 'object' && exports !== null && 'default' in exports) {
    return exports.default;
  }
  return exports;
}

const functions = ['init', 'step', 'identify', 'describe'] as const;

/** What keeps a value from being a model; null if nothing does. */
function whatLacks(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'it exports no model by default';
  const fields = value as { readonly [name: string]: unknown };
  for (const name of ['name', 'summary']) {
    if (typeof fields[name] !== 'string') return `its model has no \`${name}\``;
  }
  for (const name of functions) {
    if (typeof fields[name] !== 'function') return `its model has no function \`${name}\``;
  }
  return typeof fields['byKey'] === 'boolean'
    ? null
    : 'its model does not say whether it is `byKey`';
}

/** Runs a model of the user's own; what it throws comes out as an ordinary error. */
export function runOwnModel<T>(name: string, work: () => T): T {
  try {
    return guardHost(() => {
      try {
        return work();
      } finally {
        checkBuiltins(name);
      }
    });
  } catch (error) {
    throw builtinsChanged(name) ?? ordinaryError(error, name);
  }
}
