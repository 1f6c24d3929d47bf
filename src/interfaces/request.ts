/**
 * Units of work without lasting effect, for servers and what stands in front of them. What proxies,
 * balancers and limiters look at is optional.
 */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'request',
  summary: 'Units of work that are only answered: for servers, balancers and proxies.',
  requests: {
    request: {
      doc: 'Asks for a unit of work; may be repeated without harm.',
      fields: {
        key: { optional: 'text' },
        bytes: { optional: 'number' },
        replyBytes: { optional: 'number' },
        path: { optional: 'text' },
        host: { optional: 'text' },
        headers: { optional: { map: 'text' } },
        cookie: { optional: 'text' },
        tenant: { optional: 'text' },
        class: { optional: 'text' },
        cost: { optional: 'number' },
      },
      reply: { key: { optional: 'text' }, bytes: { optional: 'number' } },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'ignored' },
    },
  },
});
