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

  /** `print` gets what is said while no node runs. */
  constructor(print: (text: string) => void) {
    this.print = print;
    const say = (...args: readonly unknown[]) => this.say(formatWithOptions(FORMAT, ...args));
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
  /** Puts the user's own files and lines into an error's stack. */
  explain(error: unknown): void;
}

/** Throws TypeError for what cannot be a node. */
export function ownNode(made: unknown, home: OwnHome): Node {
  const node = made as Partial<Node> | null | undefined;
  if (typeof node === 'object' && typeof node?.receive === 'function') {
    return new OwnNode(node as Partial<Node> & Pick<Node, 'receive'>, home);
  }
  const isService = typeof (made as { handle?: unknown } | null)?.handle === 'function';
  const cure = isService
    ? 'it is a service: return serve(it, place)'
    : 'expected a node: an object with start(ctx) and receive(ctx, from, message)';
  throw new TypeError(`\`create\` returned ${describe(made)}; ${cure}`);
}

class OwnNode implements Node {
  readonly inspect?: () => Detail;
  // Only where the user's node has them: the kernel asks who listens.
  readonly leave?: NonNullable<Node['leave']>;
  readonly command?: NonNullable<Node['command']>;
  private readonly node: Partial<Node> & Pick<Node, 'receive'>;
  private readonly home: OwnHome;

  constructor(node: Partial<Node> & Pick<Node, 'receive'>, home: OwnHome) {
    this.node = node;
    this.home = home;
    if (typeof node.inspect === 'function') this.inspect = () => this.view();
    if (typeof node.leave === 'function') {
      this.leave = (ctx) => this.seldom(ctx, 'leave', () => node.leave?.(ctx));
    }
    if (typeof node.command === 'function') {
      this.command = (ctx, name, params) =>
        this.seldom(ctx, 'command', () => node.command?.(ctx, name, params));
    }
  }

  /** Runs a handler that is called so seldom that a closure costs nothing. */
  private seldom(ctx: Context, handler: string, run: () => unknown): void {
    const { home } = this;
    home.console.node = ctx;
    try {
      checkDone(handler, run());
    } catch (error) {
      home.explain(error);
      throw error;
    } finally {
      home.console.node = null;
    }
  }

  start(ctx: Context): void {
    const { home, node } = this;
    home.console.node = ctx;
    try {
      checkDone('start', node.start?.(ctx));
    } catch (error) {
      home.explain(error);
      throw error;
    } finally {
      home.console.node = null;
    }
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    const { home, node } = this;
    home.console.node = ctx;
    try {
      checkDone('receive', node.receive(ctx, from, message));
    } catch (error) {
      home.explain(error);
      throw error;
    } finally {
      home.console.node = null;
    }
  }

  timeout(ctx: Context, tag: string, key: number): void {
    const { home, node } = this;
    home.console.node = ctx;
    try {
      if (typeof node.timeout !== 'function') {
        throw new TypeError(
          `timer '${tag}' has come due, but there is no method timeout(ctx, tag)`,
        );
      }
      checkDone('timeout', node.timeout(ctx, tag, key));
    } catch (error) {
      home.explain(error);
      throw error;
    } finally {
      home.console.node = null;
    }
  }

  private view(): Detail {
    try {
      return this.node.inspect?.() ?? {};
    } catch (error) {
      this.home.explain(error);
      throw error;
    }
  }
}

/** A handler that returns a promise or a flow has only begun. */
function checkDone(handler: string, returned: unknown): void {
  if (returned === undefined || returned === null || typeof returned !== 'object') return;
  if (typeof (returned as { then?: unknown }).then === 'function') {
    throw new FlowError(
      `${handler} is async: a handler runs to completion; to wait, set a timer, or write a service`,
    );
  }
  if (typeof (returned as { next?: unknown }).next === 'function') {
    throw new FlowError(`${handler} is a generator: a node's handler is a plain method`);
  }
}
