/**
 * Declared notes: the labels that nodes of a kind give to `ctx.note`, as data. `sometimes 'x'` and
 * `noted('x')` may name only what a kind of the scenario declares, so that a misspelt label is an
 * error when the scenario loads, and never a note that nobody makes.
 */
import { ROLE_NOTE } from './trace.ts';

export interface NoteSpec {
  /** One sentence: when a node makes it. */
  readonly doc: string;
  /** What its detail holds, a sentence by field. */
  readonly detail?: { readonly [field: string]: string };
}

/** By label. */
export interface NoteTable {
  readonly [label: string]: NoteSpec;
}

/** The label of the note that `console.log` of a user's own node makes. */
export const CONSOLE_NOTE = 'console';
/** A flow that nobody waits for has failed. */
export const FLOW_NOTE = 'background flow failed';
/** A node let a storage error through, and dies as a process does. */
export const STORAGE_NOTE = 'dies of a storage error';
/** A fault announced to a node that it will be stopped. */
export const LEAVE_NOTE = 'told to leave';

/** An operator's command reaches a node. */
export const COMMAND_NOTE = 'command';

/** A node hears that a connection is open, and that one is over or did not come about. */
export const CONNECTED_NOTE = 'connected';
export const DISCONNECTED_NOTE = 'disconnected';

/** What a node that operates others orders. */
export const STARTS_NOTE = 'starts';
export const STOPS_NOTE = 'stops';
export const KILLS_NOTE = 'kills';

/** Notes of the simulator itself, and those that mean the same for every kind. */
export const standardNotes: NoteTable = {
  [ROLE_NOTE]: {
    doc: 'The node takes a role.',
    detail: { role: 'The role: leader, follower.', term: 'The term, ballot or epoch.' },
  },
  [CONSOLE_NOTE]: { doc: 'A node of a user wrote to its console.', detail: { text: 'The text.' } },
  [FLOW_NOTE]: {
    doc: 'A flow that nobody waits for ended with an error of a call.',
    detail: { code: 'The error code.', target: 'The target of the call.' },
  },
  [STORAGE_NOTE]: {
    doc: 'The node did not catch a storage error, and dies of it.',
    detail: { error: 'What the disk said.' },
  },
  [LEAVE_NOTE]: { doc: 'A fault tells the node that it will be stopped soon.' },
  [COMMAND_NOTE]: {
    doc: 'An operator gives the node a command.',
    detail: { name: 'Of the command.', params: 'Its parameters.' },
  },
  [CONNECTED_NOTE]: {
    doc: 'A node that listens hears that a connection is open.',
    detail: { peer: 'The node at the other end.' },
  },
  [DISCONNECTED_NOTE]: {
    doc: 'A node that listens hears that a connection is over, or did not come about.',
    detail: {
      peer: 'The node at the other end.',
      why: 'Closed, reset, timeout, refused, idle, age.',
    },
  },
  [STARTS_NOTE]: { doc: 'A node orders another to be started.', detail: { node: 'Which.' } },
  [STOPS_NOTE]: { doc: 'A node orders another to be stopped.', detail: { node: 'Which.' } },
  [KILLS_NOTE]: { doc: 'A node orders another to be killed.', detail: { node: 'Which.' } },
};
