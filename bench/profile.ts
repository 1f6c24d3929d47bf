/**
 * Where the CPU time of a piece of work goes: a profile of this process, and the share of its
 * samples that lie in the code of a folder. Built-ins count for the code that calls them; the
 * garbage collector counts for nobody.
 */
import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';

/**
 * The share of the samples of `work`, from 0 to 1, in functions of a folder's files. `folder` is a
 * path in the sources, such as `src/sim/kernel/`. Throws if the folder is not in the program.
 */
export function shareOf(folder: string, work: () => void): number {
  const profile = profileOf(work);
  const isOf = linesOf(folder);
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const callers = new Map<number, number>();
  for (const { id, children = [] } of profile.nodes) {
    for (const child of children) callers.set(child, id);
  }
  let [all, within] = [0, 0];
  for (const node of profile.nodes) {
    const hits = node.hitCount ?? 0;
    all += hits;
    let owner: Profiler.ProfileNode | undefined = node;
    while (owner !== undefined && isBuiltIn(owner)) owner = byId.get(callers.get(owner.id) ?? 0);
    if (owner?.callFrame.url.endsWith(__filename) && isOf(owner.callFrame.lineNumber))
      within += hits;
  }
  return within / all;
}

/** V8 names what is none of the program's code, such as the collector, in brackets. */
function isBuiltIn({ callFrame: { url, functionName } }: Profiler.ProfileNode): boolean {
  return (url === '' || url.startsWith('node:')) && !functionName.startsWith('(');
}

function profileOf(work: () => void): Profiler.Profile {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  work();
  let taken: Profiler.Profile | null = null;
  // The answer comes before `post` returns.
  session.post('Profiler.stop', (_error, { profile }) => {
    taken = profile;
  });
  session.disconnect();
  if (taken === null) throw new Error('no profile was taken');
  return taken;
}

/** Which lines of this program are of a folder: esbuild writes the name of each file before it. */
function linesOf(folder: string): (line: number) => boolean {
  let within = false;
  const lines = readFileSync(__filename, 'utf8')
    .split('\n')
    .map((text) => {
      const file = /^\/\/ (\S+\.[cm]?[jt]s)$/.exec(text)?.[1];
      if (file !== undefined) within = file.includes(folder);
      return within;
    });
  if (!lines.includes(true)) throw new Error(`no file of ${folder} is in this program`);
  return (line) => lines[line] === true;
}
