/**
 * `dsim serve`: the kept runs as pages, for a browser on this machine alone. It answers only on the
 * loopback interface, only to who knows the token in its address, and only to reading; what it
 * shows it makes by running again.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listPage, livePage, type ServedRun } from '../report/page/served-html.ts';
import { runWords } from '../report/run-context.ts';
import type { KeptDocument } from '../report/run-document.ts';
import { findRun, keptRuns, latestRun } from '../scenarios/host/run-store.ts';
import { type RunningRun, runningRuns } from '../scenarios/host/running.ts';
import { formatDurationUs } from '../sim/units.ts';
import { Console } from './console.ts';
import { HELD, USAGE } from './exit-codes.ts';
import { GOES_ON, type Host } from './host.ts';
import { pageCode } from './page-code.ts';
import { hash } from './page-packing.ts';
import type { LookOptions } from './terminal.ts';

export interface ServeFlags {
  readonly port?: number;
}

const TOKEN_BYTES = 16;
const LISTED_MAX = 200;
/** Nothing of it leaves the browser, nor is kept there. */
const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

/** Serves until Ctrl-C. */
export async function serveCommand(
  flags: ServeFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const console = new Console(host, looks);
  const folder = mkdtempSync(join(tmpdir(), 'dsim-serve-'));
  const pages = new ServedRuns(host, folder);
  const server = createServer((request, response) => void pages.answer(request, response));
  try {
    const address = await listen(server, flags.port ?? 0);
    if (address === null) {
      console.complain(`port ${flags.port} is not free: leave --port away, or give another`);
      return USAGE;
    }
    pages.port = address.port;
    console.print(`http://127.0.0.1:${address.port}/${pages.token}/\n`);
    console.note('the kept runs, on this machine only: Ctrl-C ends it');
    await new Promise<void>((done) => host.onInterrupt(done));
    return HELD;
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a browser on this machine calls the server. */
function hostNames(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`];
}

/** null if the port is taken. */
function listen(
  server: ReturnType<typeof createServer>,
  port: number,
): Promise<AddressInfo | null> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') done(null);
      else fail(error);
    });
    server.listen(port, '127.0.0.1', () => done(server.address() as AddressInfo));
  });
}

/** `partition seed 42 is running: 12.3s of 30s`; empty where nothing runs. */
function saidOf(running: RunningRun | null): string {
  if (running === null) return '';
  const { name, seed, atUs, durationUs } = running;
  const [at, of] = [Math.round(atUs / 1e5) * 1e5, durationUs].map(formatDurationUs);
  return `${name} seed ${seed} is running: ${at} of ${of}`;
}

class ServedRuns {
  readonly token = randomBytes(TOKEN_BYTES).toString('hex');
  port = 0;
  private readonly host: Host;
  private readonly folder: string;
  /** By id, what becomes the page: a run is made once. */
  private readonly made = new Map<string, Promise<string | null>>();
  /** By id, its row in the list; null for one that cannot be read. A kept run never changes. */
  private readonly rows = new Map<string, ServedRun | null>();

  constructor(host: Host, folder: string) {
    this.host = host;
    this.folder = folder;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, type: string, text: string) => {
      response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return say(405, 'text/plain', 'only reading\n');
    }
    // A page of elsewhere may give this address a name of its own, and read what is here.
    if (!hostNames(this.port).includes(request.headers.host ?? '')) {
      return say(403, 'text/plain', 'this is 127.0.0.1 only\n');
    }
    const [token, name = '', ...rest] =
      (request.url ?? '').split('?')[0]?.slice(1).split('/') ?? [];
    if (token !== this.token || rest.length > 0) return say(404, 'text/plain', 'nothing here\n');
    const { style } = pageCode();
    const running = runningRuns(this.host.cwd)[0] ?? null;
    if (name === '') {
      const page = listPage(this.listed(), saidOf(running), { style, hash });
      return say(200, 'text/html', page);
    }
    if (name === 'newest') return say(200, 'text/plain', this.newest(running));
    if (name === 'live') return say(200, 'text/html', livePage({ style, hash }));
    const page =
      name === 'latest' && running !== null
        ? await this.pageSoFar(running)
        : await this.pageOf(name === 'latest' ? (latestRun(this.host.cwd) ?? '') : name);
    if (page === null) return say(404, 'text/plain', 'there is no such run\n');
    return say(200, 'text/html', page);
  }

  /** What changes whenever there is something new to show, and below it how far a run is. */
  private newest(running: RunningRun | null): string {
    if (running === null) return latestRun(this.host.cwd) ?? '';
    return `${running.process}-${running.events}\n${saidOf(running)}`;
  }

  private listed(): readonly ServedRun[] {
    const ids = keptRuns(this.host.cwd).slice(0, LISTED_MAX);
    return ids.flatMap((id) => {
      const known = this.rows.get(id);
      const row = known === undefined ? this.rowOf(id) : known;
      this.rows.set(id, row);
      return row ?? [];
    });
  }

  private rowOf(id: string): ServedRun | null {
    const kept = findRun(this.host.cwd, id);
    if (kept === null) return null;
    try {
      const { run } = JSON.parse(kept.text) as KeptDocument;
      return { id, name: run.scenario.name, seed: run.seed, state: run.state };
    } catch {
      return null;
    }
  }

  /** null if there is no such run, or it cannot be run again. */
  private pageOf(id: string): Promise<string | null> {
    if (findRun(this.host.cwd, id) === null) return Promise.resolve(null);
    const known = this.made.get(id);
    if (known !== undefined) return known;
    const page = this.make(id);
    this.made.set(id, page);
    return page;
  }

  /**
   * A run that is under way, as far as it was when it last said so: the same events again. Who asks
   * in the meantime gets the same.
   */
  private pageSoFar(running: RunningRun): Promise<string | null> {
    const key = `running ${running.process}`;
    const page = this.made.get(key) ?? this.makeSoFar(running).finally(() => this.made.delete(key));
    this.made.set(key, page);
    return page;
  }

  private async makeSoFar(running: RunningRun): Promise<string | null> {
    const { process: pid, seed, events } = running;
    const asked = ['run', ...runWords(seed, { ...running, maxEvents: events })];
    return this.written(asked, `running-${pid}-${events}`, { [GOES_ON]: saidOf(running) });
  }

  private async make(id: string): Promise<string | null> {
    const page = await this.written(['replay', id], id);
    // It may have been stopped: who asks again has another try.
    if (page === null) this.made.delete(id);
    return page;
  }

  /** What a command writes, in a process of its own: a long run keeps nobody waiting. */
  private async written(
    words: readonly string[],
    name: string,
    env: { readonly [name: string]: string } = {},
  ): Promise<string | null> {
    const file = join(this.folder, `${name}.html`);
    await this.host.respawn?.([...words, '--no-keep', '-q', '-o', file], env);
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return null;
    } finally {
      rmSync(file, { force: true });
    }
  }
}
