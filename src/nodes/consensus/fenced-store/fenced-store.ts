/** A store that is guarded by a lock it knows nothing of, except for the token that writes show. */
import type lock from '../../../interfaces/lock.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Node, NodeId } from '../../../sim/node.ts';
import { type ErrorReply, isRequest, refuse } from '../../../sim/rpc.ts';
import { FencedRegisters, type FencedSpec } from '../../parts/fenced-register.ts';

type StoreMessage = RequestOf<typeof lock> | ReplyOf<typeof lock> | ErrorReply;
type StoreContext = Context<StoreMessage>;

export class FencedStore implements Node<StoreMessage> {
  readonly #registers: FencedRegisters;

  constructor(spec: FencedSpec) {
    this.#registers = new FencedRegisters(spec);
  }

  start(): void {}

  receive(ctx: StoreContext, from: NodeId, m: StoreMessage): void {
    if (m.type === 'write') {
      const isAccepted = this.#registers.write(ctx, m.key, m.token, m.value);
      ctx.send(
        from,
        isAccepted
          ? { type: 'write_ok', inReplyTo: m.id }
          : refuse(m, 'precondition-failed', 'a later token was seen'),
      );
    } else if (m.type === 'read') {
      const value = this.#registers.read(ctx, m.key);
      ctx.send(from, { type: 'read_ok', inReplyTo: m.id, value });
    } else if (isRequest(m)) ctx.send(from, refuse(m, 'not-supported', 'the lock is elsewhere'));
  }
}
