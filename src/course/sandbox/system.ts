/**
 * A submission as a kind of node: each node, at each boot, in a context of its own.
 *
 * To the kernel it is a system like any other. Of what the file declares only parameters and
 * measures are taken, as data: invariants, claims and interfaces are the exercise's business.
 */
import { relative } from 'node:path';
import type { Script } from 'node:vm';
import { OwnStack } from '../../scenarios/host/own-stack.ts';
import { systemOf } from '../../scenarios/host/own-system.ts';
import { HostGlobalError } from '../../sim/kernel/guard.ts';
import {
  type Context,
  type Detail,
  type Message,
  type Node,
  type NodeId,
  StorageError,
} from '../../sim/node.ts';
import type { AnySystem, Place } from '../../sim/system.ts';
import type { BundleText } from './bundle.ts';
import {
  type Answer,
  BUNDLE_NAME,
  call,
  compileBundle,
  type MakeGuest,
  makeGuest,
  type Operations,
  operationsOf,
} from './context.ts';
import type { Enter, GuestError } from './facade.ts';
import type { Traffic } from './traffic.ts';

/** What is wrong with a submission before any run: it has no points. */
export class SubmissionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SubmissionError';
  }
}

/** Gives the counts of the run that goes on. */
export type CurrentTraffic = () => Traffic;

/**
 * Throws SubmissionError if the file fails when it is loaded, or exports no node. `elsewhere` makes
 * its nodes outside of this process.
 */
export function sandboxSystem(
  bundle: BundleText,
  name: string,
  traffic: CurrentTraffic,
  elsewhere: MakeGuest | null,
): AnySystem {
  const script = compiled(bundle.code);
  const make = elsewhere ?? ((operations: Operations) => makeGuest(script, operations));
  const shown = (path: string) => relative(bundle.root, path);
  const stack = new OwnStack({ ...bundle, files: [] }, BUNDLE_NAME, shown);
  const explain = (error: GuestError) => ordinary(error, stack);
  const declared = declarationOf(make, explain);
  const system = systemOf(
    {
      default: {
        ...declared,
        notes: 'any',
        create: (params: unknown, place: Place, bug: string | null) =>
          new SandboxNode(make, { params, place, bug }, traffic(), explain),
      },
    },
    name,
  );
  if (typeof system === 'string') throw new SubmissionError(system);
  return system;
}

function compiled(code: string): Script {
  try {
    return compileBundle(code);
  } catch (error) {
    throw new SubmissionError(`it does not compile: ${(error as Error).message}`);
  }
}

type Explain = (error: GuestError) => Error;

function declarationOf(make: MakeGuest, explain: Explain): object {
  const enter = make(() => {
    throw new TypeError('no node runs while the file is loaded');
  }, '');
  const answer = call(enter, 'declare');
  if (answer.kind === 'data') {
    const { params, measures } = (answer.data ?? {}) as { readonly [field: string]: unknown };
    return { params, measures };
  }
  const error = answer.kind === 'error' ? explain(answer.error) : new Error('it gives nothing');
  throw new SubmissionError(`it fails when it is loaded: ${error.message}${placeIn(error)}`);
}

function placeIn(error: Error): string {
  const place = /[\w][\w./-]*\.[cm]?[jt]s:\d+:\d+/.exec(error.stack ?? '')?.[0];
  return place === undefined ? '' : ` (${place})`;
}

interface Boot {
  readonly params: unknown;
  readonly place: Place;
  readonly bug: string | null;
}

class SandboxNode implements Node {
  readonly inspect?: () => Detail;
  readonly leave?: NonNullable<Node['leave']>;
  readonly command?: NonNullable<Node['command']>;
  readonly connected?: NonNullable<Node['connected']>;
  readonly disconnected?: NonNullable<Node['disconnected']>;
  readonly #enter: Enter;
  readonly #boot: Boot;
  readonly #traffic: Traffic;
  readonly #explain: Explain;
  #ctx: Context | null = null;

  constructor(make: MakeGuest, boot: Boot, traffic: Traffic, explain: Explain) {
    this.#boot = boot;
    this.#traffic = traffic;
    this.#explain = explain;
    const current = () => {
      if (this.#ctx === null) throw new TypeError('a node has its context from `start` on');
      return this.#ctx;
    };
    const { self } = boot.place;
    this.#enter = make(operationsOf(current, boot.place, traffic), self);
    // The handlers that it has are asked before there is a context: the kernel wants to know.
    const methods = this.#result(call(this.#enter, 'boot', this.#bootText()));
    if (!Array.isArray(methods)) throw new TypeError('it changed what lists are made of');
    if (methods.includes('inspect')) {
      this.inspect = () => (this.#result(call(this.#enter, 'inspect')) ?? {}) as Detail;
    }
    if (methods.includes('leave')) this.leave = (ctx) => this.#run(ctx, 'leave');
    if (methods.includes('command')) {
      this.command = (ctx, name, params) => this.#run(ctx, 'command', name, JSON.stringify(params));
    }
    if (methods.includes('connected')) {
      this.connected = (ctx, peer) => this.#run(ctx, 'connected', peer);
    }
    if (methods.includes('disconnected')) {
      this.disconnected = (ctx, peer, why) => this.#run(ctx, 'disconnected', peer, why);
    }
  }

  start(ctx: Context): void {
    const { self, peers, life } = ctx;
    this.#run(ctx, 'start', JSON.stringify({ self, peers, life }));
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    this.#traffic.received(this.#boot.place.self, from, message as { readonly id?: unknown });
    this.#run(ctx, 'receive', from, JSON.stringify(message));
  }

  timeout(ctx: Context, tag: string, key: number): void {
    this.#run(ctx, 'timeout', tag, key);
  }

  #run(ctx: Context, operation: string, a?: string, b?: string | number): void {
    this.#ctx = ctx;
    const answer = call(this.#enter, operation, a, b);
    const { spent } = this.#traffic;
    // A node that catches the error would go on.
    if (spent !== null) throw new RangeError(`the budget of ${spent} is used up`);
    this.#result(answer);
  }

  #result(answer: Answer): unknown {
    if (answer.kind === 'error') throw this.#explain(answer.error);
    return answer.kind === 'data' ? answer.data : undefined;
  }

  #bootText(): string {
    const { params, place, bug } = this.#boot;
    const { self, group, index, role, members, initial, region, machine } = place;
    const plain = { self, group, index, role, members, initial, region, machine, answers: [] };
    return JSON.stringify({ params, place: plain, bug });
  }
}

/** The guest's error as one of the host's, with the student's own lines in its stack. */
function ordinary({ name, message, stack, code }: GuestError, places: OwnStack): Error {
  if (code === 'disk-full' || code === 'checksum' || code === 'fsync-failed') {
    return new StorageError(code, message);
  }
  const isGlobal = name === 'HostGlobalError';
  const error = isGlobal ? new HostGlobalError('', '') : new Error();
  error.message = name === 'Error' || isGlobal ? message : `${name}: ${message}`;
  // A stack that overflows does so at another place on another machine.
  error.stack = /call stack/.test(message) ? '' : framesOf(stack);
  places.explain(error);
  error.stack = ownFrames(error.stack ?? '');
  return error;
}

/** Only frames of the bundle: others are dsim's own, and name files of this machine. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && line.includes(`${BUNDLE_NAME}:`))
    .join('\n');
}

/** Only those of the student's files: the library that is bundled in is dsim's own. */
function ownFrames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !line.includes(BUNDLE_NAME) && !/\.\.[\\/]|[\\/]dist[\\/]/.test(line))
    .join('\n');
}
