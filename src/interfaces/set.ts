/** A set: elements are added and removed, and all of them are read. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'set',
  summary: 'Elements are added to one set and removed from it, and all of them are read.',
  requests: {
    add: {
      doc: 'Adds an element.',
      fields: { element: 'plain' },
      reply: {},
      writes: true,
      recorded: { input: 'the element', output: 'ignored' },
    },
    remove: {
      doc: 'Removes an element.',
      fields: { element: 'plain' },
      reply: {},
      writes: true,
      recorded: { input: 'the element', output: 'ignored' },
    },
    contains: {
      doc: 'Whether the element is in the set.',
      fields: { element: 'plain' },
      reply: { found: 'boolean' },
      harmless: true,
      reads: true,
      recorded: { input: 'the element', output: 'true or false' },
    },
    read: {
      doc: 'All elements, in any order.',
      fields: {},
      reply: { elements: { list: 'plain' } },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'the list of elements' },
    },
  },
});
