/**
 * A tree of small nodes with versions, ephemeral nodes and watches (Hunt et al. 2010, ZooKeeper,
 * section 2). A `lease` is what ZooKeeper and Chubby call a session: an ephemeral node goes with
 * its lease.
 *
 * Each change of the tree has a number, its *revision* (the zxid of ZooKeeper, the revision of
 * etcd, the index of Consul). Every answer says at which revision it was given; who asks says in
 * `seen` the highest that it knows, and is refused by a server that is not as far. So a client that
 * goes to another server never goes back in time.
 *
 * What a server tells a lease without being asked is numbered by its `source`: a server, in one of
 * its lives. An answer says in `events` how many there were before it, and of which source: a
 * client must not look at the answer before it has heard all of them. `cacheable` is the epoch of a
 * server that will ask before what was read changes: the client may keep it, as long as its lease
 * and this epoch last.
 */
import { defineInterface } from '../sim/interface.ts';

const lease = { optional: 'text' } as const;
const seen = { optional: 'integer' } as const;
const watch = { optional: 'boolean' } as const;
const read = { path: 'text', watch, cache: { optional: 'boolean' }, lease, seen } as const;
const answered = {
  revision: 'integer',
  events: { optional: { tuple: ['text', 'integer'] } },
  cacheable: { optional: 'integer' },
} as const;

export default defineInterface({
  name: 'coordination',
  summary: 'A tree of small nodes with versions, ephemeral nodes, and watches on changes.',
  requests: {
    create: {
      doc: 'Makes a node; with `sequence` a number is added to its name. The answer has its path. lock-held: its last holder was lost, and its time is not over.',
      fields: {
        path: 'text',
        value: 'plain',
        ephemeral: { optional: 'boolean' },
        sequence: { optional: 'boolean' },
        lease,
        seen,
      },
      reply: { path: 'text', ...answered },
      writes: true,
      errors: ['key-already-exists', 'key-does-not-exist', 'precondition-failed', 'lock-held'],
      recorded: { input: 'the value', output: 'the version, 0' },
    },
    get: {
      doc: 'The value and version of a node; with `watch`, its next change comes as a message, once.',
      fields: read,
      reply: { value: 'plain', version: 'integer', created: { optional: 'integer' }, ...answered },
      harmless: true,
      reads: true,
      errors: ['key-does-not-exist'],
      recorded: { input: 'null, or { watch: true }', output: '[value, version]' },
    },
    set: {
      doc: 'Sets the value, if the version is this one; without a version, whatever it is.',
      fields: { path: 'text', value: 'plain', version: { optional: 'integer' }, lease, seen },
      reply: { version: 'integer', ...answered },
      writes: true,
      errors: ['key-does-not-exist', 'precondition-failed'],
      recorded: { input: '[value, version or null]', output: 'the version' },
    },
    delete: {
      doc: 'Takes a node away that has no children, if the version is this one.',
      fields: { path: 'text', version: { optional: 'integer' }, lease, seen },
      reply: { ...answered },
      writes: true,
      errors: ['key-does-not-exist', 'precondition-failed'],
      recorded: { input: 'the version, or null', output: 'ignored' },
    },
    exists: {
      doc: 'The version of a node, or null; with `watch`, its next change comes as a message, once.',
      fields: read,
      reply: { version: { either: ['integer', 'null'] }, ...answered },
      harmless: true,
      reads: true,
      recorded: { input: 'null, or { watch: true }', output: 'the version, or null' },
    },
    children: {
      doc: 'The names of the children, in order; with `watch`, their next change comes as a message, once.',
      fields: read,
      reply: { children: { list: 'text' }, ...answered },
      harmless: true,
      reads: true,
      errors: ['key-does-not-exist'],
      recorded: { input: 'null, or { watch: true }', output: 'the list of names' },
    },
    sync: {
      doc: 'Later reads by the asker see at least what was written before this.',
      fields: { path: { optional: 'text' }, lease, seen },
      reply: { ...answered },
      harmless: true,
    },
    rewatch: {
      doc: 'Sets watches again at another server. Events of what has changed since `seen` come at once.',
      fields: {
        lease: 'text',
        seen: 'integer',
        watches: {
          list: { fields: { path: 'text', of: { words: ['data', 'children'] } } },
        },
      },
      reply: { ...answered },
      harmless: true,
    },
    open: {
      doc: 'Opens a lease, which ends when nothing is heard of it for `leaseMs`.',
      fields: { leaseMs: 'number' },
      reply: {
        lease: 'text',
        leaseMs: 'number',
        holdMs: { optional: 'number' },
        revision: 'integer',
      },
    },
    ping: {
      doc: 'Keeps a lease. A server may keep the request for a while: `heldMs`. In `epoch` a client says of which leader it has heard.',
      fields: { lease: 'text', epoch: { optional: 'integer' }, seen },
      reply: {
        leaseMs: 'number',
        epoch: 'integer',
        heldMs: { optional: 'number' },
        ...answered,
      },
      harmless: true,
      errors: ['precondition-failed'],
    },
    close: {
      doc: 'Ends a lease: its ephemeral nodes go.',
      fields: { lease: 'text' },
      reply: { revision: 'integer' },
      harmless: true,
    },
  },
  messages: {
    event: {
      doc: 'A watch fires: what happened to the node or its children.',
      fields: {
        lease: 'text',
        source: 'text',
        number: 'integer',
        revision: 'integer',
        path: 'text',
        of: { words: ['data', 'children'] },
        what: { words: ['created', 'changed', 'deleted', 'children'] },
      },
    },
    invalidate: {
      doc: 'Nodes are about to change: who has `what` (`data /a`, `children /a`) in a cache drops it, and says so.',
      fields: { lease: 'text', what: { list: 'text' }, number: 'integer' },
    },
    invalidated: {
      doc: 'It is dropped.',
      fields: { lease: 'text', what: { list: 'text' }, number: 'integer' },
    },
  },
});
