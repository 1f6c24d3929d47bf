/**
 * A user's own node as the world holds it: the node, with `console` written to the trace, the lines
 * of its own file in every stack, and a word for mistakes that no compiler caught.
 *
 * The world knows nothing of it, and other nodes pay nothing for it.
 */
import { formatWithOptions } from 'node:util';
import { FlowError } from '../../sim/call.ts';
import type { Context, Detail, Message, Node, NodeId } from '../../sim/node.ts';
import { CONSOLE_NOTE } from '../../sim/notes.ts';
import { checkBuiltins, checkHotBuiltins } from './own-builtins.ts';
import { OwnContext } from './own-context.ts';
import { promiseMade } from './own-promises.ts';
import { describe } from './own-system.ts';

/** Plain text, one line for most values: it goes into the trace. */
const FORMAT = { colors: false, depth: 4, breakLength: Infinity, compact: true };

/** The `console` of one own file: notes of the node whose handler runs. */
export class OwnConsole {
  /** The node that is running; null while the file is loaded, or a node is looked at. */
  node: Context | null = null;
  /** What the file sees as `console`. */
  readonly face: { readonly [method: string]: (...args: readonly unknown[]) => void };
  private readonly print: (text: string) => void;

  /** `print` gets what is said while no node runs; `portable` makes stacks the same everywhere. */
  constructor(print: (text: string) => void, portable: (text: string) => string) {
    this.print = print;
    const say = (...args: readonly unknown[]) =>
      this.say(portable(formatWithOptions(FORMAT, ...args)));
    const silent = () => {};
    this.face = {
      log: say,
      info: say,
      debug: say,
      warn: say,
      error: say,
      trace: say,
      dir: (value) => say(value),
      table: (value) => say(value),
      assert: (condition, ...args) => {
        if (!condition) say('assertion failed:', ...args);
      },
      group: say,
      groupCollapsed: say,
      groupEnd: silent,
      time: silent,
      timeEnd: silent,
      timeLog: silent,
      count: silent,
      countReset: silent,
      clear: silent,
    };
  }

  private say(text: string): void {
    if (this.node === null) this.print(text);
    else this.node.note(CONSOLE_NOTE, { text });
  }
}

/** What an own node shares with the others of its file. */
export interface OwnHome {
  readonly console: OwnConsole;
  /** How people call the file. */
  readonly shown: string;
  /** An ordinary error in place of whatever was thrown, with the user's own lines in its stack. */
  explain(thrown: unknown): Error;
}

/** Throws TypeError for what cannot be a node. */
export function ownNode(made: unknown, home: OwnHome): Node {
  const node = made as Partial<Node> | null | undefined;
  if (typeof node === 'object' && typeof node?.receive === 'function') {
    return new OwnNode(node as UserNode, home);
  }
  const isService = typeof (made as { handle?: unknown } | null)?.handle === 'function';
  const cure = isService
    ? 'it is a service: return serve(it, place)'
    : 'expected a node: an object with start(ctx) and receive(ctx, from, message)';
  throw new TypeError(`\`create\` returned ${describe(made)}; ${cure}`);
}

type UserNode = Partial<Node> & Pick<Node, 'receive'>;

const HANDLERS = {
  start: 0,
  receive: 1,
  timeout: 2,
  leave: 3,
  command: 4,
  connected: 5,
  disconnected: 6,
} as const;
type Handler = keyof typeof HANDLERS;

class OwnNode implements Node {
  readonly inspect?: () => Detail;
  // Only where the user's node has them: the kernel asks who listens.
  readonly leave?: NonNullable<Node['leave']>;
  readonly command?: NonNullable<Node['command']>;
  readonly connected?: NonNullable<Node['connected']>;
  readonly disconnected?: NonNullable<Node['disconnected']>;
  private readonly node: UserNode;
  private readonly home: OwnHome;
  /** The kernel's context of this life, behind its wall; null before the first handler. */
  private face: OwnContext | null = null;
  /** Handlers after whose first run the built-in objects were looked at, a bit each. */
  private looked = 0;

  constructor(node: UserNode, home: OwnHome) {
    this.node = node;
    this.home = home;
    if (typeof node.inspect === 'function') this.inspect = () => this.view();
    if (typeof node.leave === 'function') {
      this.leave = (ctx) => this.seldom(ctx, 'leave', (face) => node.leave?.(face));
    }
    if (typeof node.command === 'function') {
      this.command = (ctx, name, params) =>
        this.seldom(ctx, 'command', (face) => node.command?.(face, name, params));
    }
    if (typeof node.connected === 'function') {
      this.connected = (ctx, peer) =>
        this.seldom(ctx, 'connected', (face) => node.connected?.(face, peer));
    }
    if (typeof node.disconnected === 'function') {
      this.disconnected = (ctx, peer, why) =>
        this.seldom(ctx, 'disconnected', (face) => node.disconnected?.(face, peer, why));
    }
  }

  /** Runs a handler that is called so seldom that a closure costs nothing. */
  private seldom(ctx: Context, handler: Handler, run: (face: Context) => unknown): void {
    const face = this.enter(ctx);
    try {
      this.leaveHandler(handler, run(face));
    } catch (error) {
      throw this.home.explain(error);
    } finally {
      this.home.console.node = null;
    }
  }

  start(ctx: Context): void {
    const face = this.enter(ctx);
    try {
      this.leaveHandler('start', this.node.start?.(face));
    } catch (error) {
      throw this.home.explain(error);
    } finally {
      this.home.console.node = null;
    }
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    const face = this.enter(ctx);
    try {
      this.leaveHandler('receive', this.node.receive(face, from, message));
    } catch (error) {
      throw this.home.explain(error);
    } finally {
      this.home.console.node = null;
    }
  }

  timeout(ctx: Context, tag: string, key: number): void {
    const face = this.enter(ctx);
    try {
      if (typeof this.node.timeout !== 'function') {
        throw new TypeError(
          `timer '${tag}' has come due, but there is no method timeout(ctx, tag)`,
        );
      }
      this.leaveHandler('timeout', this.node.timeout(face, tag, key));
    } catch (error) {
      throw this.home.explain(error);
    } finally {
      this.home.console.node = null;
    }
  }

  private enter(ctx: Context): OwnContext {
    this.home.console.node = ctx;
    this.face ??= new OwnContext(ctx);
    promiseMade();
    return this.face;
  }

  private leaveHandler(handler: Handler, returned: unknown): void {
    const bit = 1 << HANDLERS[handler];
    if ((this.looked & bit) === 0) {
      this.looked |= bit;
      checkBuiltins(this.home.shown);
    } else checkHotBuiltins(this.home.shown);
    const made = promiseMade();
    const wrong = whyUndone(handler, returned) ?? (made === null ? null : `${handler} ${PROMISES}`);
    if (wrong === null) return;
    const error = new FlowError(wrong);
    // Where the promise was made: that of an async handler is made as it begins.
    if (made !== null) error.stack = (made.stack ?? '').replace(/^.*/, `FlowError: ${wrong}`);
    throw error;
  }

  private view(): Detail {
    try {
      return this.node.inspect?.() ?? {};
    } catch (error) {
      throw this.home.explain(error);
    }
  }
}

const PROMISES =
  'makes a promise: what waits for one goes on after the run; to wait, set a timer, or write a service';

/** A handler that returns a promise or a flow has only begun; null for one that is done. */
function whyUndone(handler: string, returned: unknown): string | null {
  if (returned === undefined || returned === null || typeof returned !== 'object') return null;
  if (typeof (returned as { then?: unknown }).then === 'function') {
    return `${handler} is async: a handler runs to completion; to wait, set a timer, or write a service`;
  }
  if (typeof (returned as { next?: unknown }).next === 'function') {
    return `${handler} is a generator: a node's handler is a plain method`;
  }
  return null;
}
