/** Texts and numbers that come back as they were sent. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'echo',
  summary: 'Payloads that come back as they were sent.',
  requests: {
    echo: {
      doc: 'Asks for its payload back.',
      fields: { payload: 'plain' },
      reply: { payload: 'plain' },
      harmless: true,
      reads: true,
      recorded: { input: 'the payload', output: 'the payload of the answer' },
    },
  },
});
