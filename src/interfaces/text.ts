/** A text that several people edit at once: characters have names that stay. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'text',
  summary: 'A text that many edit: insert after a character, delete a character, read it all.',
  requests: {
    insert: {
      doc: 'Inserts text after the character of this name, or at the beginning for null; the answer names the new characters.',
      fields: { after: { either: ['text', 'null'] }, value: 'text' },
      reply: { characters: { list: 'text' } },
      writes: true,
      errors: ['key-does-not-exist'],
      recorded: { input: '[after, value]', output: 'the names of the new characters' },
    },
    delete: {
      doc: 'Deletes the character of this name.',
      fields: { character: 'text' },
      reply: {},
      // Names are used once, so a second deletion finds nothing.
      harmless: true,
      writes: true,
      errors: ['key-does-not-exist'],
      recorded: { input: 'the name of the character', output: 'ignored' },
    },
    read: {
      doc: 'The text, and the names of its characters in their order.',
      fields: {},
      reply: { value: 'text', characters: { list: 'text' } },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'the text' },
    },
  },
});
