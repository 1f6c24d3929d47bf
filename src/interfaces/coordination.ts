/**
 * A tree of small nodes with versions, ephemeral nodes and watches (Hunt et al. 2010, ZooKeeper,
 * section 2). A `lease` is what ZooKeeper calls a session: an ephemeral node goes with its lease.
 */
import { defineInterface } from '../sim/interface.ts';

const watch = { optional: 'boolean' } as const;

export default defineInterface({
  name: 'coordination',
  summary: 'A tree of small nodes with versions, ephemeral nodes, and watches on changes.',
  requests: {
    create: {
      doc: 'Makes a node; with `sequence` a number is added to its name. The answer has its path.',
      fields: {
        path: 'text',
        value: 'plain',
        ephemeral: { optional: 'boolean' },
        sequence: { optional: 'boolean' },
        lease: { optional: 'text' },
      },
      reply: { path: 'text' },
      writes: true,
      errors: ['key-already-exists', 'key-does-not-exist'],
      recorded: { input: '[path, value]', output: 'the path' },
    },
    get: {
      doc: 'The value and version of a node; with `watch`, its next change comes as a message, once.',
      fields: { path: 'text', watch },
      reply: { value: 'plain', version: 'integer' },
      harmless: true,
      reads: true,
      errors: ['key-does-not-exist'],
      recorded: { input: 'the path', output: '[value, version]' },
    },
    set: {
      doc: 'Sets the value, if the version is this one; without a version, whatever it is.',
      fields: { path: 'text', value: 'plain', version: { optional: 'integer' } },
      reply: { version: 'integer' },
      writes: true,
      errors: ['key-does-not-exist', 'precondition-failed'],
      recorded: { input: '[path, value, version]', output: 'the version' },
    },
    delete: {
      doc: 'Takes a node away that has no children, if the version is this one.',
      fields: { path: 'text', version: { optional: 'integer' } },
      reply: {},
      writes: true,
      errors: ['key-does-not-exist', 'precondition-failed'],
      recorded: { input: '[path, version]', output: 'ignored' },
    },
    exists: {
      doc: 'The version of a node, or null; with `watch`, its next change comes as a message, once.',
      fields: { path: 'text', watch },
      reply: { version: { either: ['integer', 'null'] } },
      harmless: true,
      reads: true,
      recorded: { input: 'the path', output: 'the version, or null' },
    },
    children: {
      doc: 'The names of the children, in order; with `watch`, their next change comes as a message, once.',
      fields: { path: 'text', watch },
      reply: { children: { list: 'text' } },
      harmless: true,
      reads: true,
      errors: ['key-does-not-exist'],
      recorded: { input: 'the path', output: 'the list of names' },
    },
    sync: {
      doc: 'Later reads by the asker see at least what was written before this.',
      fields: { path: { optional: 'text' } },
      reply: {},
      harmless: true,
      recorded: { input: 'null', output: 'ignored' },
    },
    open: {
      doc: 'Opens a lease, which ends when nothing is heard of it for `leaseMs`.',
      fields: { leaseMs: 'number' },
      reply: { lease: 'text', leaseMs: 'number' },
    },
    ping: {
      doc: 'Keeps a lease.',
      fields: { lease: 'text' },
      reply: {},
      harmless: true,
      errors: ['precondition-failed'],
    },
    close: {
      doc: 'Ends a lease: its ephemeral nodes go.',
      fields: { lease: 'text' },
      reply: {},
      harmless: true,
    },
  },
  messages: {
    event: {
      doc: 'A watch fires: what happened to the node or its children.',
      fields: {
        path: 'text',
        what: { words: ['created', 'changed', 'deleted', 'children'] },
      },
    },
  },
});
