/** What servers measure and note, besides the roles that they take. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';

export const measures = {
  elections: { sort: 'count', doc: 'Elections that a server began as a candidate.' },
  snapshots: { sort: 'count', doc: 'Snapshots of its state that a server began to write.' },
  committed: { sort: 'count', doc: 'Entries of the log that a leader found to be committed.' },
} as const satisfies MeasureTable;

export const notes = {
  'steps down': {
    doc: 'A leader gives up: a majority no longer answers, it was removed, or its disk is full.',
    detail: { why: 'Why, in words.', term: 'Its term.' },
  },
  'truncates log': {
    doc: 'A follower drops entries that conflict with those of the leader.',
    detail: { from: 'The first index that goes.', to: 'The last.' },
  },
  'drops a torn entry': {
    doc: 'At boot the last entry of the log was torn by the crash.',
    detail: { index: 'Its index.' },
  },
  'cuts a damaged log': {
    doc: 'At boot an entry of the log was damaged: it and those after it are gone.',
    detail: { from: 'The first index that is gone.', to: 'The last.' },
  },
  'log is repaired': {
    doc: 'A leader has given back what a damaged log had lost: the server may vote again.',
    detail: { index: 'Up to where its log is the leader’s.' },
  },
  'has lost its disk': {
    doc: 'A server boots with an empty disk, though it has lived before.',
  },
  'may vote again': {
    doc: 'A server that had lost its disk has caught up with what the others decided without it.',
  },
  'takes a snapshot': {
    doc: 'A server writes down its state, to compact its log.',
    detail: { index: 'The last entry that the snapshot stands for.' },
  },
  'snapshot fails': {
    doc: 'There is no room for a snapshot on the disk.',
    detail: { index: 'The last entry that it would have stood for.' },
  },
  'sends a snapshot': {
    doc: 'A leader begins to send its snapshot to a follower that lacks compacted entries.',
    detail: { to: 'The follower.', index: 'The last entry that the snapshot stands for.' },
  },
  'installs a snapshot': {
    doc: 'A follower goes on from the snapshot of its leader.',
    detail: { index: 'The last entry that the snapshot stands for.' },
  },
  configuration: {
    doc: 'Another configuration is in force on a server.',
    detail: {
      voters: 'Who votes.',
      outgoing: 'Who voted before, while the configuration is joint.',
      learners: 'Who gets the log without a vote.',
    },
  },
  'is not a member': { doc: 'A server finds itself removed: it waits, and calls no elections.' },
  'refuses a command': {
    doc: 'A server does not do what an operator has told it.',
    detail: { command: 'Which command.', why: 'Why, in words.' },
  },
  'gives up a change': {
    doc: 'A leader ends a change of the members that does not get on.',
    detail: { why: 'Why, in words.' },
  },
  'hands over': {
    doc: 'A leader begins to hand over to another server.',
    detail: { to: 'That server.' },
  },
  'gives up handing over': {
    doc: 'The other server has not taken over in time: the leader serves again.',
    detail: { to: 'That server.' },
  },
} as const satisfies NoteTable;
