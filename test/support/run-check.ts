/** `dsim check` in this process, with dsim's own engine: what the command line itself does. */

import { engine } from '../../src/cli/dsim-engine.ts';
import { dispatch } from '../../src/cli/main.ts';
import type { ChecksDocument, VerdictDocument } from '../../src/report/check-document.ts';
import { TextOutput } from './cli-host.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in a folder. */
export async function runDsim(argv: readonly string[], cwd = process.cwd()): Promise<Ran> {
  const out = new TextOutput();
  const err = new TextOutput();
  const code = await dispatch(argv, {
    out,
    err,
    env: {},
    cwd,
    dsim: 'dsim',
    engine: async () => engine,
    onInterrupt: () => () => {},
    respawn: null,
    beginAgain: null,
    startWorker: null,
  });
  return { code, out: out.text, err: err.text };
}

/** The verdict on one file; throws with what was said where there is none. */
export async function runCheck(file: string, options: readonly string[]): Promise<VerdictDocument> {
  const { code, out, err } = await runDsim(['check', file, ...options, '--json']);
  if (out === '') throw new Error(`exit ${code}: ${err}`);
  const document = JSON.parse(out) as ChecksDocument;
  const [check] = document.checks;
  if (check === undefined) throw new Error(`exit ${code}: ${JSON.stringify(document.invalid)}`);
  const expected = { pass: 0, fail: 1, unknown: 3 }[check.verdict];
  if (code !== expected) throw new Error(`exit ${code} for ${check.verdict}`);
  return check;
}
