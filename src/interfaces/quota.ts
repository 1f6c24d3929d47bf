/** Quotas that several share: rate limiters ask, a store counts. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'quota',
  summary: 'An amount per window of time for each key, shared by all that ask.',
  requests: {
    take: {
      doc: 'Takes `cost` of the quota of `key` in one step; if it is not allowed, `retryAfterMs` says when to ask again.',
      fields: { key: 'text', cost: 'number' },
      reply: { allowed: 'boolean', retryAfterMs: { optional: 'number' } },
      reads: true,
      writes: true,
    },
    count: {
      doc: 'The count of `key` in this window.',
      fields: { key: 'text' },
      reply: { count: 'number' },
      harmless: true,
      reads: true,
    },
    add: {
      doc: 'Adds `cost` to the count of `key`; a new count ends with its window, unless it is to be `kept`.',
      fields: { key: 'text', cost: 'number', kept: { optional: 'boolean' } },
      reply: { count: 'number' },
      reads: true,
      writes: true,
    },
    put: {
      doc: 'Sets the count of `key`.',
      fields: { key: 'text', count: 'number' },
      reply: {},
      harmless: true,
      writes: true,
    },
    expire: {
      doc: 'The count of `key` ends a window from now.',
      fields: { key: 'text' },
      reply: {},
      harmless: true,
      writes: true,
    },
  },
});
