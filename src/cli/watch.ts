/**
 * `--watch` of `dsim test` and `dsim run`: runs again what a change of a file concerns, until
 * Ctrl-C. The exit code is that of the last round.
 */
import { type FSWatcher, statSync, watch as watchFolder } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Console, UsageError } from './console.ts';
import type { RunFlags } from './flags.ts';
import type { Host } from './host.ts';
import { loadOrStop } from './one-run.ts';
import { runCommand } from './run.ts';
import { scenarioPaths } from './scenario-paths.ts';
import type { LookOptions } from './terminal.ts';
import type { Test } from './test.ts';

/** Editors write a file in several steps. */
const QUIET_MS = 150;

export async function watchTest(test: Test, host: Host, console: Console): Promise<number> {
  let sinceMs = soonMs();
  let code = await test.run(null);
  for (;;) {
    const files = await test.watchedFiles();
    const changed = await nextChange([...files.keys()], sinceMs, host, console);
    if (changed === null) return code;
    const keys = changed.flatMap((file) => [...(files.get(file) ?? [])]);
    sinceMs = soonMs();
    code = await test.run(new Set(keys));
  }
}

/** Throws UsageError for a scenario that is no file. */
export async function watchRun(
  names: readonly string[],
  flags: RunFlags,
  looks: LookOptions,
  host: Host,
  commands: readonly string[],
): Promise<number> {
  if (names.includes('-')) throw new UsageError('--watch cannot watch standard input');
  const screen = flags.trace === '-' || flags.json === true ? { ...host, out: host.err } : host;
  const console = new Console(screen, looks);
  for (;;) {
    const sinceMs = soonMs();
    const code = await runCommand(names, flags, looks, host, commands);
    const files = await filesOf(names, flags, host, commands);
    if ((await nextChange(files, sinceMs, host, console)) === null) return code;
  }
}

/** What the scenarios were read from, absolute. */
async function filesOf(
  names: readonly string[],
  flags: RunFlags,
  host: Host,
  commands: readonly string[],
): Promise<readonly string[]> {
  const engine = await host.engine();
  const files = new Set<string>();
  for (const { file } of scenarioPaths(names, host.cwd, engine, commands)) {
    const loaded = await loadOrStop(file, flags, engine, host);
    files.add(resolve(host.cwd, file));
    if (typeof loaded !== 'string') for (const each of loaded.files) files.add(each);
  }
  return [...files];
}

/**
 * The files that changed after `sinceMs`, absolute, which it prints; null at an interrupt. A file
 * may have been saved while the round before was running.
 */
async function nextChange(
  files: readonly string[],
  sinceMs: number,
  host: Host,
  console: Console,
): Promise<readonly string[] | null> {
  const known = new Set(files);
  const changed = new Set<string>();
  const watchers: FSWatcher[] = [];
  const result = await new Promise<readonly string[] | null>((done) => {
    let timer: NodeJS.Timeout | null = null;
    const end = (result: readonly string[] | null) => {
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      unlisten();
      done(result);
    };
    const unlisten = host.onInterrupt(() => end(null));
    const changes = (file: string) => {
      changed.add(file);
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => end([...changed]), QUIET_MS);
    };
    // Folders, for an editor may put another file in a file's place.
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      watchers.push(
        watchFolder(folder, (_event, name) => {
          const file = name === null ? null : resolve(folder, name);
          if (file !== null && known.has(file)) changes(file);
        }),
      );
    }
    for (const file of files) if (changedAtMs(file) > sinceMs) changes(file);
    const what = files.length === 1 ? '1 file' : `${files.length} files`;
    console.note(`watching ${what}: Ctrl-C ends it`);
  });
  const names = result?.map(console.ink.clean).join(', ');
  if (names !== undefined) console.print(`\n${console.ink.dim(`changed: ${names}`)}\n`);
  return result;
}

/** The next whole ms: times of files have fractions, and one saved just before did not change. */
function soonMs(): number {
  return Date.now() + 1;
}

function changedAtMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
