/**
 * What else of the host is out of bounds for own code: time, chance and memory that objects of Node
 * show by the way. dsim's own kinds read none of it, and a run without own code does not pay for
 * it.
 */
import {
  type Guarded,
  guardBy,
  guardGlobal,
  HostGlobalError,
  type Note,
} from '../../sim/kernel/guard.ts';

const clock = 'use ctx.now()';
const timer = 'use ctx.setTimer()';
const chance = 'use ctx.random';
const message = 'use ctx.send() to talk to other nodes';
const machine = 'a node has its context only';
const collector = 'what is collected depends on the memory of the host; use a Map';

/** By this an object says how `console.log` writes it. */
const SHOWN = Symbol.for('nodejs.util.inspect.custom');

const PERFORMANCE: Guarded[1] = [
  ['now', clock],
  ['timeOrigin', clock],
  ['nodeTiming', clock],
  ['mark', clock],
  ['measure', clock],
  ['getEntries', clock],
  ['getEntriesByName', clock],
  ['getEntriesByType', clock],
  ['timerify', clock],
  ['toJSON', clock],
  [SHOWN, clock],
  ['eventLoopUtilization', machine],
];
const CRYPTO: Guarded[1] = [
  ['randomUUID', chance],
  ['getRandomValues', chance],
  ['subtle', machine],
];

const FURTHER: readonly Guarded[] = [
  // By the object and by the class: each leads to the same prototype.
  ['performance', PERFORMANCE, 'prototype'],
  ['Performance', PERFORMANCE, 'prototype'],
  ['crypto', CRYPTO, 'prototype'],
  ['Crypto', CRYPTO, 'prototype'],
  [
    'PerformanceEntry',
    [
      ['startTime', clock],
      ['toJSON', clock],
      [SHOWN, clock],
    ],
    'prototype',
  ],
  [
    'Event',
    [
      ['timeStamp', clock],
      [SHOWN, clock],
    ],
    'prototype',
  ],
  [
    'File',
    [
      ['lastModified', clock],
      [SHOWN, clock],
    ],
    'prototype',
  ],
  ['Temporal', [['Now', clock]]],
  ['AbortSignal', [['timeout', timer]]],
  [
    'Atomics',
    [
      ['wait', timer],
      ['waitAsync', timer],
    ],
  ],
  ['URL', [['createObjectURL', chance]]],
  ['WeakRef', [['deref', collector]], 'prototype'],
  ['FinalizationRegistry', [['register', collector]], 'prototype'],
  [
    'process',
    [
      ['pid', chance],
      ['ppid', chance],
      ['report', machine],
      ['threadCpuUsage', clock],
      ['constrainedMemory', machine],
      ['getActiveResourcesInfo', machine],
    ],
  ],
  [
    'globalThis',
    [
      ['WebSocket', message],
      ['EventSource', message],
      ['MessageChannel', message],
      ['BroadcastChannel', message],
    ],
  ],
];

/** To be given to `guardAlso`. */
export function guardOwnCode(note: Note): void {
  // What they make is made by other names too, such as `require('buffer').File`.
  void [globalThis.File, globalThis.PerformanceEntry];
  for (const one of FURTHER) guardGlobal(one, note);
  guardFormats(note);
  guardBuffers(note);
}

/** A format without a date formats the host's time. */
function guardFormats(note: Note): void {
  const { prototype } = Intl.DateTimeFormat;
  const guarded =
    (call: (date: Date | number) => unknown) =>
    (date?: Date | number): unknown => {
      if (date !== undefined) return call(date);
      throw new HostGlobalError('Intl.DateTimeFormat.format() without a date', clock);
    };
  const { formatToParts } = prototype;
  const format = Object.getOwnPropertyDescriptor(prototype, 'format')?.get;
  const get = function get(this: Intl.DateTimeFormat) {
    return guarded(format?.call(this) as (date: Date | number) => string);
  };
  guardBy(prototype, 'format', { get }, note);
  const value = function parts(this: Intl.DateTimeFormat, date?: Date | number) {
    return guarded((when) => formatToParts.call(this, when))(date);
  };
  guardBy(prototype, 'formatToParts', { value }, note);
}

/** A buffer shows neither what its memory held before, nor where in a pool it lies. */
function guardBuffers(note: Note): void {
  const value = (size: number) => Buffer.alloc(size);
  guardBy(Buffer, 'allocUnsafe', { value }, note);
  guardBy(Buffer, 'allocUnsafeSlow', { value }, note);
  guardBy(Buffer, 'poolSize', { value: 0 }, note);
}
