/**
 * What people write first: every member answers from what it has, and sends what was written to the
 * others, once. There is no order, no acknowledgement, no repair and no leader. The write that
 * arrives last stays, and members see writes arrive in different orders.
 *
 * It is the ground that all replicated stores are measured from: nothing is faster, nothing is more
 * available, and nothing is promised. With one member it is a store that simply works.
 */
import type register from '../../../interfaces/register.ts';
import { errorBody, type ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Message, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import { samePlain } from '../../parts/same-plain.ts';

type StoreRequest = RequestOf<typeof register>;

/** What a member has just written, for the others. */
interface Copy extends Message {
  readonly type: 'copy';
  readonly key: string;
  readonly value: Plain;
}

export class NaiveStore implements Node {
  #copies = 0;

  start(): void {}

  receive(ctx: Context, from: NodeId, message: Message): void {
    if (message.type === 'copy') return this.#onCopy(ctx, message as Copy);
    if (!isRequest(message)) return;
    const body = this.#answer(ctx, message as StoreRequest);
    const reply: Message & { readonly inReplyTo: number } = { ...body, inReplyTo: message.id };
    ctx.send(from, reply);
  }

  inspect(): Detail {
    return { copies: this.#copies };
  }

  #answer(ctx: Context, request: StoreRequest): ReplyBody {
    const held = () => ctx.storage.get(request.key) ?? null;
    switch (request.type) {
      case 'read':
        return { type: 'read_ok', value: held() };
      case 'write':
        this.#write(ctx, request.key, request.value);
        return { type: 'write_ok' };
      case 'cas':
        if (!samePlain(held(), request.from)) return errorBody('precondition-failed');
        this.#write(ctx, request.key, request.to);
        return { type: 'cas_ok' };
      default:
        return errorBody('not-supported');
    }
  }

  #write(ctx: Context, key: string, value: Plain): void {
    ctx.storage.set(key, value);
    const copy: Copy = { type: 'copy', key, value };
    ctx.broadcast(copy);
  }

  /** Nothing says whether it is newer than what is here. */
  #onCopy(ctx: Context, { key, value }: Copy): void {
    if (!samePlain(ctx.storage.get(key) ?? null, value)) ctx.measure('replaced');
    ctx.storage.set(key, value);
    this.#copies++;
  }
}
