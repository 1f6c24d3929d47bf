/**
 * Broadcast: messages handed to any node, which all nodes should come to know. After Maelstrom's
 * workload of that name (jepsen-io/maelstrom, doc/workloads.md).
 */
import { defineInterface, type ReplyOf, type RequestOf } from '../sim/interface.ts';

const broadcast = defineInterface({
  name: 'broadcast',
  summary: 'Messages handed to any node, which all nodes should come to know.',
  requests: {
    broadcast: {
      doc: 'Hands in a number or a text that nobody handed in before.',
      fields: { message: { either: ['number', 'text'] } },
      reply: {},
      harmless: true,
      writes: true,
      recorded: { input: 'the message', output: 'ignored' },
    },
    read: {
      doc: 'All messages that the node asked knows, in any order.',
      fields: {},
      reply: { messages: { list: { either: ['number', 'text'] } } },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'the list of messages' },
    },
  },
});

export default broadcast;

export type BroadcastRequest = RequestOf<typeof broadcast>;
export type BroadcastReply = ReplyOf<typeof broadcast>;
