/** Talks to a YAML language server as an editor does: by JSON-RPC on its standard streams. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly uri?: string; readonly items?: readonly unknown[] } & {
    readonly diagnostics?: readonly { readonly message: string }[];
  };
  readonly result?: unknown;
}

/** What an editor shows of one file. */
export interface Editor {
  /** Over the first place at which a text stands. Markdown without its escapes and its source. */
  hover(text: string): Promise<string>;
  /** The squiggles. */
  mistakes(): Promise<readonly string[]>;
  close(): void;
}

/** Opens a file whose first line names its schema. `script` starts the server. */
export async function openInEditor(script: string, file: string): Promise<Editor> {
  const server = spawn(process.execPath, [script, '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const text = readFileSync(file, 'utf8');
  const uri = pathToFileURL(file).href;
  const waiting = new Map<number, (result: unknown) => void>();
  let lastId = 0;
  let told = (_messages: readonly string[]): void => undefined;
  const mistakes = new Promise<readonly string[]>((resolve) => {
    told = resolve;
  });

  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const ask = (method: string, params: object): Promise<unknown> =>
    new Promise((resolve) => {
      lastId += 1;
      waiting.set(lastId, resolve);
      send({ id: lastId, method, params });
    });
  const hear = ({ id, method, params, result }: Message): void => {
    if (method === 'textDocument/publishDiagnostics' && params?.uri === uri) {
      told((params.diagnostics ?? []).map(({ message }) => message));
    } else if (id !== undefined && method !== undefined) {
      // Settings that it asks for: none are set.
      send({ id, result: params?.items?.map(() => null) ?? null });
    } else if (id !== undefined) waiting.get(id)?.(result);
  };

  let pending = Buffer.alloc(0);
  server.stdout.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const head = pending.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(pending.toString('latin1', 0, head))?.[1]);
      if (pending.length < head + 4 + length) return;
      hear(JSON.parse(pending.toString('utf8', head + 4, head + 4 + length)));
      pending = pending.subarray(head + 4 + length);
    }
  });

  await ask('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      textDocument: { hover: { contentFormat: ['markdown'] }, publishDiagnostics: {} },
      workspace: { configuration: true },
    },
  });
  send({ method: 'initialized', params: {} });
  send({
    method: 'textDocument/didOpen',
    params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
  });

  return {
    async hover(wanted) {
      const at = text.indexOf(wanted);
      if (at < 0) throw new Error(`${wanted} is not in ${file}`);
      const before = text.slice(0, at).split('\n');
      const position = { line: before.length - 1, character: (before.at(-1) ?? '').length + 1 };
      const found = await ask('textDocument/hover', { textDocument: { uri }, position });
      const { value } = (found as { contents: { value: string } }).contents;
      return value
        .replace(/\n*Source: .*$/s, '')
        .replace(/\\([^\w\s])/g, '$1')
        .trim();
    },
    mistakes: () => mistakes,
    close: () => void server.kill(),
  };
}
