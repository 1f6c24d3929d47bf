/**
 * One member: a replica, and the coordinator of what its clients ask. `replica.ts` and
 * `coordinator.ts` are the two halves of the algorithm.
 */
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import type { Bug } from './bugs.ts';
import { Coordinator } from './coordinator.ts';
import type { QuorumMessage } from './messages.ts';
import { Replica } from './replica.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<QuorumMessage>;

export class QuorumRegister implements Node<QuorumMessage> {
  readonly replica: Replica;
  readonly coordinator: Coordinator;

  constructor(settings: Settings, self: NodeId, members: readonly NodeId[], bug: Bug | null) {
    this.replica = new Replica(bug);
    this.coordinator = new Coordinator(settings, bug, this.replica, self, members);
  }

  /**
   * What it has is on its disk; operations of its last life are lost with their clients' answers.
   */
  start(): void {}

  receive(ctx: Ctx, from: NodeId, message: QuorumMessage): void {
    switch (message.type) {
      case 'query':
        return this.replica.onQuery(ctx, from, message);
      case 'store':
        return this.replica.onStore(ctx, from, message);
      case 'queryReply':
        return this.coordinator.onQueryReply(ctx, from, message);
      case 'storeReply':
        return this.coordinator.onStoreReply(ctx, from, message);
      default:
        if (isRequest(message)) this.coordinator.onRequest(ctx, from, message);
    }
  }

  timeout(ctx: Ctx, tag: string, key: number): void {
    switch (tag) {
      case 'own-disk':
        return this.coordinator.onOwnDisk(ctx, key);
      case 'resend':
        return this.coordinator.onResend(ctx, key);
      case 'patience':
        return this.coordinator.onPatience(ctx, key);
    }
  }

  inspect(): Detail {
    return { pending: this.coordinator.pending, latest: this.replica.shown() };
  }
}
