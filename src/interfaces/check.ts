/** Checks of a node's health that wait behind no other request. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'check',
  summary: 'How a node is, asked and answered beside all other requests.',
  requests: {
    check: {
      doc: 'Asks how the node is; `load` is the number of requests that it has, waiting or served.',
      fields: { path: { optional: 'text' } },
      reply: { load: 'number', usage: { optional: 'number' } },
      harmless: true,
      reads: true,
    },
  },
});
