/**
 * Runs a composite action as a runner of GitHub does: each `run:` with bash in its folder, with
 * expressions in its inputs, conditions and outputs. What other actions it uses are not run: they
 * come back with their inputs.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type Texts = { readonly [name: string]: string };

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly 'working-directory'?: string;
  readonly env?: Texts;
  readonly uses?: string;
  readonly with?: { readonly [name: string]: string | boolean };
}

interface Action {
  readonly inputs: { readonly [name: string]: { readonly default: string } };
  readonly outputs: { readonly [name: string]: { readonly value: string } };
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export function readAction(file: string): Action {
  return parse(readFileSync(file, 'utf8')) as Action;
}

/** What the workflow knows afterwards. */
export interface ActionEnd {
  readonly failed: boolean;
  readonly out: string;
  readonly err: string;
  readonly outputs: Texts;
  readonly summary: string;
  /** `actions/upload-artifact@v4` with its inputs. */
  readonly used: readonly (readonly [action: string, inputs: Texts])[];
}

/** `workspace` is where the repository was checked out. */
export function runAction(
  action: Action,
  given: Texts,
  workspace: string,
  env: { readonly [name: string]: string | undefined },
): ActionEnd {
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [name, given[name] ?? input.default]),
  );
  const files = { output: join(workspace, '..output'), summary: join(workspace, '..summary') };
  writeFileSync(files.summary, '');
  const steps: { [id: string]: { outputs: Texts } } = {};
  const used: [string, Texts][] = [];
  let [failed, out, err] = [false, '', ''];
  const valueOf = (expression: string) => evaluate(expression, { inputs, steps, failed });
  const filled = (text: string) =>
    text.replace(/\$\{\{(.*?)\}\}/g, (_all, expression: string) => String(valueOf(expression)));
  for (const step of action.runs.steps) {
    if (valueOf(step.if ?? 'success()') !== true) continue;
    if (step.uses !== undefined) {
      const texts = Object.entries(step.with ?? {}).map(([name, value]) => [
        name,
        filled(String(value)),
      ]);
      used.push([step.uses, Object.fromEntries(texts) as Texts]);
      continue;
    }
    if (step.shell !== 'bash') throw new Error('a step of a composite action names its shell');
    writeFileSync(files.output, '');
    const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value)]);
    const ended = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', '-c', filled(step.run ?? '')],
      {
        cwd: join(workspace, filled(step['working-directory'] ?? '.')),
        encoding: 'utf8',
        env: {
          ...env,
          ...Object.fromEntries(own),
          GITHUB_ACTIONS: 'true',
          CI: 'true',
          GITHUB_WORKSPACE: workspace,
          GITHUB_OUTPUT: files.output,
          GITHUB_STEP_SUMMARY: files.summary,
        },
      },
    );
    out += ended.stdout;
    err += ended.stderr;
    failed ||= ended.status !== 0;
    const lines = readFileSync(files.output, 'utf8').split('\n').filter(Boolean);
    const pairs = lines.map((line) => line.split(/=(.*)/s).slice(0, 2));
    if (step.id !== undefined) steps[step.id] = { outputs: Object.fromEntries(pairs) as Texts };
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, filled(value)]);
  const summary = readFileSync(files.summary, 'utf8');
  for (const file of Object.values(files)) rmSync(file, { force: true });
  return { failed, out, err, outputs: Object.fromEntries(outputs) as Texts, summary, used };
}

interface Known {
  readonly inputs: Texts;
  readonly steps: { readonly [id: string]: { readonly outputs: Texts } };
  readonly failed: boolean;
}

/** The part of GitHub's expressions that actions here use; throws at any other. */
function evaluate(expression: string, known: Known): unknown {
  const text = expression.trim();
  const and = text.split(' && ');
  if (and.length > 1) return and.every((part) => evaluate(part, known) === true);
  const [left = '', right] = text.split(' != ');
  if (right !== undefined) return evaluate(left, known) !== evaluate(right, known);
  if (text === 'success()') return !known.failed;
  if (text === 'failure()') return known.failed;
  const [, quoted] = /^'([^']*)'$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted;
  const [, input] = /^inputs\.([\w-]+)$/.exec(text) ?? [];
  if (input !== undefined && input in known.inputs) return known.inputs[input];
  const [, id = '', output = ''] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(text) ?? [];
  if (id !== '') return known.steps[id]?.outputs[output] ?? '';
  throw new Error(`${text} is no expression that is known here`);
}
