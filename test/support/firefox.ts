/**
 * Headless Firefox of the system, for one test of pages, by WebDriver BiDi (W3C): the release that
 * Debian has lacks a command that playwright-core begins with.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATHS = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

export const firefoxPath =
  process.env['DSIM_FIREFOX'] ?? PATHS.find((path) => existsSync(path)) ?? null;

interface Socket {
  on(event: 'open' | 'message' | 'error', hear: (data: unknown) => void): void;
  send(text: string): void;
  close(): void;
}

const { ws } = createRequire(import.meta.url)('playwright-core/lib/utilsBundle') as {
  readonly ws: new (url: string) => Socket;
};

interface Said {
  readonly id?: number;
  readonly method?: string;
  readonly error?: string;
  readonly message?: string;
  readonly result?: { readonly [key: string]: unknown };
  readonly params?: { readonly [key: string]: unknown };
}

export class Firefox {
  /** Requests besides the file itself, complaints on the console, errors. */
  readonly faults: string[] = [];
  private readonly process: ChildProcess;
  private readonly profile: string;
  private readonly socket: Socket;
  private readonly waiting = new Map<number, (said: Said) => void>();
  private context = '';
  private last = 0;

  private constructor(process: ChildProcess, profile: string, socket: Socket) {
    this.process = process;
    this.profile = profile;
    this.socket = socket;
    socket.on('message', (data) => this.hear(JSON.parse(String(data)) as Said));
  }

  static async launch(): Promise<Firefox> {
    if (firefoxPath === null) throw new Error('no Firefox is installed');
    const profile = mkdtempSync(join(tmpdir(), 'dsim-firefox-'));
    const words = ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile];
    const child = spawn(firefoxPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const address = await new Promise<string>((done, fail) => {
      let text = '';
      child.once('exit', () => fail(new Error(text)));
      child.stderr.on('data', (some) => {
        text += some;
        const found = /listening on (ws:\S+)/.exec(text)?.[1];
        if (found !== undefined) done(found);
      });
    });
    const socket = new ws(`${address}/session`);
    await new Promise((done, fail) => {
      socket.on('open', done);
      socket.on('error', fail);
    });
    const firefox = new Firefox(child, profile, socket);
    await firefox.command('session.new', { capabilities: {} });
    const events = ['log.entryAdded', 'network.beforeRequestSent'];
    await firefox.command('session.subscribe', { events });
    const { context } = await firefox.command('browsingContext.create', { type: 'tab' });
    firefox.context = String(context);
    return firefox;
  }

  /** Opens a file, and waits until it is drawn. */
  async open(file: string, hash = ''): Promise<void> {
    const { context } = this;
    const url = `file://${file}${hash}`;
    await this.command('browsingContext.navigate', { context, url, wait: 'complete' });
    await this.until("document.documentElement.dataset.ready ?? ''");
  }

  /** What an expression is, as text. */
  async evaluate(expression: string): Promise<string> {
    const target = { context: this.context };
    const { result } = await this.command('script.evaluate', {
      expression,
      target,
      awaitPromise: true,
    });
    return String((result as { readonly value?: unknown } | undefined)?.value ?? '');
  }

  /** Waits until an expression is more than an empty text. */
  async until(expression: string): Promise<string> {
    for (;;) {
      const found = await this.evaluate(expression);
      if (found !== '') return found;
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.process.once('exit', done));
    this.socket.close();
    this.process.kill('SIGTERM');
    await ended;
    rmSync(this.profile, { recursive: true, force: true });
  }

  private command(method: string, params: object): Promise<NonNullable<Said['result']>> {
    const id = ++this.last;
    return new Promise((done, fail) => {
      this.waiting.set(id, ({ result, error, message }) => {
        if (result === undefined) fail(new Error(`${method}: ${error} ${message}`));
        else done(result);
      });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  private hear(said: Said): void {
    const { id, method, params = {} } = said;
    if (id !== undefined) {
      this.waiting.get(id)?.(said);
      this.waiting.delete(id);
      return;
    }
    if (method === 'log.entryAdded') this.faults.push(`console ${params['text']}`);
    if (method !== 'network.beforeRequestSent' || params['context'] !== this.context) return;
    const { url } = params['request'] as { readonly url: string };
    if (!/^(file|blob|data):/.test(url)) this.faults.push(`request ${url}`);
  }
}
