/**
 * `dsim test --watch`: runs again what a change of a file concerns, until Ctrl-C. The exit code is
 * that of the last round.
 */
import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Console } from '../console.ts';
import type { Host } from '../host.ts';
import type { Test } from '../test.ts';

/** Editors write a file in several steps. */
const QUIET_MS = 150;

export async function watch(test: Test, host: Host, console: Console): Promise<number> {
  let code = await test.run(null);
  for (;;) {
    const files = await test.watchedFiles();
    const changed = await nextChange([...files.keys()], host, console);
    if (changed === null) return code;
    const keys = changed.flatMap((file) => [...(files.get(file) ?? [])]);
    console.print(
      `\n${console.ink.dim(`changed: ${changed.map(console.ink.clean).join(', ')}`)}\n`,
    );
    code = await test.run(new Set(keys));
  }
}

/** The files that changed, absolute; null at an interrupt. */
function nextChange(
  files: readonly string[],
  host: Host,
  console: Console,
): Promise<readonly string[] | null> {
  const known = new Set(files);
  const changed = new Set<string>();
  const watchers: FSWatcher[] = [];
  return new Promise((done) => {
    let timer: NodeJS.Timeout | null = null;
    const end = (result: readonly string[] | null) => {
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      unlisten();
      done(result);
    };
    const unlisten = host.onInterrupt(() => end(null));
    // Folders, for an editor may put another file in a file's place.
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      watchers.push(
        watchFolder(folder, (_event, name) => {
          const file = name === null ? null : resolve(folder, name);
          if (file === null || !known.has(file)) return;
          changed.add(file);
          if (timer !== null) clearTimeout(timer);
          timer = setTimeout(() => end([...changed]), QUIET_MS);
        }),
      );
    }
    console.note(`watching ${files.length} files: Ctrl-C ends it`);
  });
}
