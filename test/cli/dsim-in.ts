/** dsim itself, with its own engine, in a folder of a test: no interrupts, no other process. */
import { engine } from '../../src/cli/dsim-engine.ts';
import { dispatch } from '../../src/cli/main.ts';
import { TextOutput } from '../support/cli-host.ts';

/** Runs one command line; `dsim` is how it says that it was started. */
export async function dsimIn(folder: string, argv: readonly string[], dsim = 'dsim') {
  const out = new TextOutput();
  const err = new TextOutput();
  const code = await dispatch(argv, {
    out,
    err,
    env: {},
    cwd: folder,
    dsim,
    engine: async () => engine,
    onInterrupt: () => () => {},
    respawn: null,
    beginAgain: null,
    startWorker: null,
  });
  return { code, out: out.text, err: err.text };
}
