/** `dsim open`: a run again, as a page in the browser. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { namedRun, openStore } from '../scenarios/host/run-store.ts';
import { Console } from './console.ts';
import type { OpenFlags } from './flags.ts';
import type { Host } from './host.ts';
import { replayCommand } from './replay.ts';
import type { LookOptions } from './terminal.ts';

/** What opens a file with the program that the user has for it, by platform. */
const openers: { readonly [platform: string]: readonly string[] } = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};
const OPENER = ['xdg-open'];

/** The exit code is the replay's; a browser that does not start changes nothing. */
export async function openCommand(
  name: string,
  flags: OpenFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const { browser, ...subject } = flags;
  const path = pageFile(name, host.cwd);
  const replay = { ...subject, quiet: true, output: [{ path, format: 'page' as const }] };
  const code = await replayCommand(name, replay, looks, host);
  const file = resolve(host.cwd, path);
  if (!existsSync(file)) return code;
  const console = new Console(host, looks);
  console.print(`${console.ink.clean(path)}\n`);
  if (browser !== false && host.out.isTTY) await show(file, console);
  return code;
}

/** Beside the kept run; else one file for all, which the next one replaces. */
function pageFile(name: string, cwd: string): string {
  const kept = namedRun(cwd, name);
  if (kept !== null) return join(kept.shown, 'run.html');
  openStore(cwd);
  return join('.dsim', 'run.html');
}

async function show(file: string, console: Console): Promise<void> {
  const [program = '', ...words] = openers[process.platform] ?? OPENER;
  const { spawn } = await import('node:child_process');
  await new Promise<void>((done) => {
    const child = spawn(program, [...words, pathToFileURL(file).href], {
      detached: true,
      stdio: 'ignore',
    });
    child.on('error', () => {
      console.note(`no browser was opened: ${program} is not there`);
      done();
    });
    child.on('spawn', () => {
      child.unref();
      done();
    });
  });
}
