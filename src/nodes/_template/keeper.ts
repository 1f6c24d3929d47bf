/**
 * The node: keys on a disk, and an answer once what it promises is durable.
 *
 * Source: name the paper or the manual here, and its section at the line that implements it.
 */

import type { RegisterReply, RegisterRequest } from '../../interfaces/register.ts';
import type { Context, Detail, Node, NodeId, Plain } from '../../sim/node.ts';
import { defineParams, type Params } from '../../sim/params.ts';
import { type ErrorReply, isRequest, refuse } from '../../sim/rpc.ts';

export const keeperParams = defineParams({
  'report-every': {
    type: 'duration',
    default: 1000,
    min: 1,
    doc: 'How often it notes how many requests it has answered.',
  },
});

export type KeeperMessage = RegisterRequest | RegisterReply | ErrorReply;
type KeeperContext = Context<KeeperMessage>;

export class Keeper implements Node<KeeperMessage> {
  private readonly reportEveryMs: number;
  /** Where the values are when `bug: forgetful` keeps them off the disk, else null. */
  private readonly memory: Map<string, Plain> | null;
  private answered = 0;

  constructor(params: Params<typeof keeperParams>, bug: string | null) {
    this.reportEveryMs = params['report-every'];
    this.memory = bug === 'forgetful' ? new Map() : null;
  }

  start(ctx: KeeperContext): void {
    ctx.setTimer('report', this.reportEveryMs);
  }

  receive(ctx: KeeperContext, from: NodeId, message: KeeperMessage): void {
    // Stray answers and messages of other protocols are dropped.
    if (!isRequest(message)) return;
    // `send` waits until the write that the answer promises is durable.
    ctx.send(from, this.answerTo(ctx, message as RegisterRequest));
    this.answered++;
    ctx.measure('answered');
  }

  timeout(ctx: KeeperContext): void {
    ctx.note('still here', { requests: this.answered });
    ctx.setTimer('report', this.reportEveryMs);
  }

  inspect(): Detail {
    return { answered: this.answered };
  }

  private answerTo(ctx: KeeperContext, request: RegisterRequest): RegisterReply | ErrorReply {
    const inReplyTo = request.id;
    switch (request.type) {
      case 'read':
        return { type: 'read_ok', inReplyTo, value: this.get(ctx, request.key) };
      case 'write':
        this.set(ctx, request.key, request.value);
        return { type: 'write_ok', inReplyTo };
      case 'cas':
        if (this.get(ctx, request.key) !== request.from) {
          return refuse(request, 'precondition-failed');
        }
        this.set(ctx, request.key, request.to);
        return { type: 'cas_ok', inReplyTo };
      default:
        return refuse(request, 'not-supported');
    }
  }

  private get(ctx: KeeperContext, key: string): Plain {
    const value = this.memory === null ? ctx.storage.get(key) : this.memory.get(key);
    return value ?? null;
  }

  private set(ctx: KeeperContext, key: string, value: Plain): void {
    if (this.memory === null) ctx.storage.set(key, value);
    else this.memory.set(key, value);
  }
}
