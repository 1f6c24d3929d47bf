/** A broker with one queue, as a kind of node: what others need to know of it. */

import queue from '../../../interfaces/queue.ts';
import { defineSystem } from '../../../sim/system.ts';
import { MessageQueue } from './message-queue.ts';
import { messageQueueParams, refuse } from './params.ts';

export default defineSystem({
  name: 'message-queue',
  title: 'Message queue',
  summary:
    'A broker with one queue: messages are delivered with a receipt, again until acknowledged, or parked.',
  sources: [
    'Amazon SQS Developer Guide: visibility timeout, FIFO message groups, dead-letter queues',
    'RabbitMQ documentation: Consumer Acknowledgements and Publisher Confirms; Queue Length Limit',
  ],
  answers: [queue],
  claims: [{ checker: 'total-queue', whilePartitioned: 'holds' }],
  params: messageQueueParams,
  bugs: {
    'ack-before-durable': {
      doc: 'Confirms a message before it is on the disk, so that a crash loses what was confirmed.',
      caughtBy: 'total-queue',
    },
    'forget-unacked': {
      doc: 'Deletes a message from the disk as it is delivered, so that a crash forgets it unless it was given back.',
      caughtBy: 'total-queue',
    },
    'old-receipt-acks': {
      doc: 'Counts receipts from 1 after each boot, so that an old receipt acknowledges another delivery.',
      caughtBy: 'total-queue',
    },
    'delete-first': {
      doc: 'Deletes a message, and puts it among the dead letters afterwards: a crash in between loses it.',
      caughtBy: 'total-queue',
    },
    'no-redelivery': {
      doc: 'Never gives back a message whose visibility is over: it stays with a consumer that is gone.',
      caughtBy: 'redelivered',
    },
  },
  invariants: [],
  measures: {
    queued: { sort: 'gauge', unit: 'count', doc: 'Messages that wait, delayed ones included.' },
    unacked: {
      sort: 'gauge',
      unit: 'count',
      doc: 'Messages that are delivered and not acknowledged.',
    },
    delivered: { sort: 'count', doc: 'Deliveries, repeated ones included.' },
    redelivered: { sort: 'count', doc: 'Deliveries of messages that had been delivered before.' },
    acknowledged: { sort: 'count', doc: 'Messages that were acknowledged, each once.' },
    'deliveries-per-message': {
      ratio: ['delivered', 'acknowledged'],
      unit: 'count',
      doc: 'Deliveries for each message that was acknowledged.',
    },
    'dead-lettered': { sort: 'count', doc: 'Messages that became dead letters.' },
    expired: { sort: 'count', doc: 'Messages that were deleted because `retention` was over.' },
    dropped: { sort: 'count', doc: 'Messages that made room for newer ones.' },
    'time-in-queue': {
      sort: 'sample',
      unit: 'ms',
      doc: 'From when a message was put in, or the broker booted, to its first delivery.',
    },
  },
  notes: {
    redelivers: {
      doc: 'A message is delivered again.',
      detail: { message: 'Its id.', deliveries: 'How often it was delivered, this one included.' },
    },
    parks: {
      doc: 'A message becomes a dead letter.',
      detail: { message: 'Its id.', deliveries: 'How often it was delivered.' },
    },
    expires: { doc: 'A message is deleted as too old.', detail: { message: 'Its id.' } },
    drops: { doc: 'A message makes room for a new one.', detail: { message: 'Its id.' } },
  },
  quorum: () => 1,
  refuse,
  create: (params, _place, bug) => new MessageQueue(params, bug),
});
