/**
 * Whether a process is at rest: all of its threads, and those of the processes that it has started,
 * sleep, and none has run since it was looked at before. So whoever wrote it a line knows that it
 * has nothing more to say, without a word from the program.
 *
 * Linux only: elsewhere nobody can look, and `null` says so.
 */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * `running`; `ended`; or a text that is the same at two looks if nothing ran in between. null where
 * the system does not tell.
 */
export type Look = 'running' | 'ended' | { readonly rest: string } | null;

export function lookAt(pid: number): Look {
  if (process.platform !== 'linux') return null;
  let rest = '';
  for (const process of [pid, ...descendants(pid)]) {
    const threads = namesIn(`/proc/${process}/task`);
    if (threads === null) {
      if (process === pid) return 'ended';
      continue;
    }
    for (const thread of threads) {
      const status = textOf(`/proc/${process}/task/${thread}/status`);
      // It ended in between.
      if (status === null) return 'running';
      const state = /^State:\s+(\S)/m.exec(status)?.[1];
      if (state === 'Z' || state === 'X') {
        if (process === pid) return 'ended';
        continue;
      }
      if (state !== 'S') return 'running';
      rest += `${thread} ${status.slice(status.indexOf('voluntary_ctxt_switches'))}`;
    }
  }
  return { rest };
}

/** All processes that it has started, and those that these have. */
function descendants(pid: number): readonly number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`) ?? '';
  return children
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)
    .flatMap((child) => [child, ...descendants(child)]);
}

function namesIn(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}
