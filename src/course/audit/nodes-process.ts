/** Both ends of the process in which a submission's nodes live, and nothing of a kernel. */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { NamedPipes } from '../../scenarios/host/named-pipes.ts';
import { compileBundle, hostOf, type MakeGuest, makeGuest } from '../sandbox/context.ts';
import type { Enter, HostCall, Primitive } from '../sandbox/facade.ts';
import { BARE } from '../test-process.ts';
import { Wire } from './wire.ts';

/** The kernel's end. */
export class NodesProcess {
  readonly #wire: Wire;
  readonly #hosts = new Map<string, HostCall>();

  /**
   * Starts Node with this command; `codes` are bundles by path. Throws where there are no named
   * pipes.
   */
  constructor(command: readonly string[], codes: { readonly [path: string]: string }) {
    const pipes = new NamedPipes('in', 'out');
    const [inPath = '', outPath = ''] = pipes.paths;
    // Opened for both directions first, so that no `open` waits for another.
    const held = [inPath, outPath].map((path) => openSync(path, constants.O_RDWR));
    const theirIn = openSync(inPath, constants.O_RDONLY);
    const theirOut = openSync(outPath, constants.O_WRONLY);
    this.#wire = new Wire(
      openSync(outPath, constants.O_RDONLY),
      openSync(inPath, constants.O_WRONLY),
    );
    pipes.remove();
    const [first = '', ...words] = command;
    spawn(first, words, { ...BARE, stdio: [theirIn, theirOut, 'ignore'] }).unref();
    for (const fd of [...held, theirIn, theirOut]) closeSync(fd);
    this.#wire.sendText(JSON.stringify(codes));
  }

  /** Makes nodes of the bundle at this path. */
  readonly nodesOf = (path: string): MakeGuest => {
    return (operations, self) => {
      this.#hosts.set(self, hostOf(operations));
      this.#wire.send('open', self, path);
      this.#answer(self);
      return (operation, a, b) => {
        this.#wire.send('enter', self, operation, a, b);
        return this.#answer(self);
      };
    };
  };

  #answer(self: string): Primitive {
    for (;;) {
      const line = this.#wire.next();
      if (line === null) throw new Error('the process of the nodes has ended');
      const [kind, first, ...more] = line;
      if (kind === 'back') return first;
      this.#wire.send('back', this.#hosts.get(self)?.(String(first), ...more));
    }
  }
}

/** The nodes' end: serves until the kernel has gone. */
export function serveNodes(): void {
  const wire = new Wire(0, 1);
  const codes = JSON.parse(wire.nextText() ?? '{}') as { readonly [path: string]: string };
  const scripts = new Map(
    Object.entries(codes).map(([path, code]) => [path, compileBundle(code)] as const),
  );
  const host: HostCall = (...call) => {
    wire.send('host', ...call);
    return wire.next()?.[1];
  };
  /** The life that each node is in. */
  const nodes = new Map<string, Enter>();
  for (let line = wire.next(); line !== null; line = wire.next()) {
    const [kind, self, a, b, c] = line;
    const script = kind === 'open' ? scripts.get(String(a)) : undefined;
    if (script !== undefined) nodes.set(String(self), makeGuest(script, host));
    const enter = kind === 'enter' ? nodes.get(String(self)) : undefined;
    wire.send('back', enter?.(String(a), b, c));
  }
}
