/**
 * A catalogue of small stand-ins, so that the reader of scenarios is tested without any real
 * system.
 */

import { type Checker, type Metric, NO_ARGUMENTS } from '../../src/checks/checker.ts';
import registerInterface from '../../src/interfaces/register.ts';
import { type ParsedScenario, parseScenario } from '../../src/scenarios/parse.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import type { Catalogue, Shelf } from '../../src/scenarios/sections/catalogue.ts';
import { type Diagnostic, renderDiagnostics } from '../../src/scenarios/text/diagnostic.ts';
import {
  readSourceTree,
  type SourceOptions,
  type SourceReader,
} from '../../src/scenarios/text/source-tree.ts';
import { drawStream } from '../../src/scenarios/values/draws.ts';
import { type AnyFault, defineFault } from '../../src/sim/fault.ts';
import { defineInterface } from '../../src/sim/interface.ts';
import { defineParams } from '../../src/sim/params.ts';
import { type AnyPolicy, definePolicy } from '../../src/sim/policy.ts';
import { type AnySystem, defineSystem } from '../../src/sim/system.ts';
import { type AnyWorkload, defineWorkload } from '../../src/workloads/workload.ts';

const httpInterface = defineInterface({
  name: 'http',
  summary: 'Pages.',
  requests: { get: { doc: 'A page.', fields: { level: { optional: 'text' } }, reply: {} } },
});

const node = { start: () => {}, receive: () => {} };

export const raft = defineSystem({
  name: 'raft',
  title: 'Raft',
  summary: 'Elects a leader that replicates a log.',
  sources: [],
  answers: [registerInterface],
  claims: [],
  quorum: (_values, members) => Math.floor(members / 2) + 1,
  params: defineParams({
    'election-timeout': {
      type: 'duration-range',
      doc: 'Silence before an election.',
      default: { minMs: 150, maxMs: 300 },
      min: 1,
    },
    heartbeat: { type: 'duration', doc: 'Between heartbeats.', default: 50, min: 1 },
    'pre-vote': { type: 'boolean', doc: 'Asks before an election.', default: false },
    'batch-bytes': { type: 'bytes', doc: 'Most bytes in one message.', default: 65536, min: 1 },
    reads: {
      type: 'choice',
      doc: 'How reads are answered.',
      options: ['log', 'lease', 'index'],
      default: 'log',
    },
  }),
  bugs: { 'commits-old-terms': { doc: 'Figure 8.', caughtBy: 'linearizable' } },
  invariants: [],
  notes: {
    'became leader': { doc: 'It won an election.' },
    'steps down': { doc: 'It gives up.' },
    x: { doc: 'A note of one letter.' },
  },
  measures: {
    elections: { sort: 'count', doc: 'Elections begun.' },
    won: { sort: 'count', doc: 'Elections won.' },
    'won-share': { ratio: ['won', 'elections'], doc: 'How many of them were won.' },
    lag: { sort: 'sample', unit: 'ms', doc: 'How far a follower is behind.' },
    uncommitted: { sort: 'gauge', unit: 'count', doc: 'Entries not yet committed.' },
    snapshot: { sort: 'sample', unit: 'bytes', doc: 'The size of a snapshot.' },
  },
  refuse: (params) =>
    params.heartbeat < params['election-timeout'].minMs
      ? null
      : '`heartbeat` must be below `election-timeout`',
  create: () => node,
});

export const balancer = defineSystem({
  name: 'balancer',
  title: 'Balancer',
  summary: 'Spreads requests over backends.',
  sources: [],
  answers: [httpInterface],
  claims: [],
  params: defineParams({
    backends: { type: 'nodes', doc: 'Whom it calls.' },
    weights: {
      type: 'map',
      doc: 'By node.',
      of: { type: 'number', doc: 'A weight.', min: 0 },
      default: {},
    },
    zones: {
      type: 'list',
      doc: 'In order of preference.',
      of: { type: 'text', doc: 'A zone.' },
      default: [],
    },
    health: {
      type: 'object',
      doc: 'Health checks.',
      default: { every: 1000, failures: 3 },
      fields: defineParams({
        every: { type: 'duration', doc: 'Between checks.', default: 1000, min: 1 },
        failures: { type: 'integer', doc: 'So many and a backend is out.', default: 3, min: 1 },
      }),
    },
    service: {
      type: 'distribution',
      doc: 'Its own time.',
      default: { kind: 'constant', value: 0 },
    },
    sampled: { type: 'ratio', doc: 'Share of requests traced.', default: 0 },
    most: { type: 'rate', doc: 'Refuses more.', optional: true },
    alpha: { type: 'number', doc: 'Smoothing.', default: 0.5, min: 0, max: 1 },
  }),
  bugs: {},
  invariants: [],
  measures: {
    lag: { sort: 'gauge', unit: 'count', doc: 'Requests behind.' },
    picks: { sort: 'count', doc: 'Requests passed on.' },
  },
  create: () => node,
});

const relay = defineSystem({
  name: 'relay',
  title: 'Relay',
  summary: 'Passes requests on.',
  sources: [],
  answers: { of: 'target' },
  claims: [],
  params: defineParams({ target: { type: 'nodes', doc: 'Where requests go.' } }),
  bugs: {},
  invariants: [],
  create: () => node,
});

export const partition = defineFault({
  name: 'partition',
  summary: 'Cuts the network.',
  family: 'network',
  params: defineParams({
    isolate: { type: 'selector', doc: 'Whom it cuts off.', optional: true },
    with: { type: 'integer', doc: 'And so many more.', default: 0, min: 0 },
  }),
  shorthand: 'isolate',
  sides: ['majority', 'minority', 'left', 'right'],
  severs: true,
  refuse: (params) => (params.isolate === undefined ? 'it isolates nobody' : null),
  inject: () => null,
});

export const crash = defineFault({
  name: 'crash',
  summary: 'Stops nodes.',
  family: 'process',
  params: defineParams({ nodes: { type: 'selector', doc: 'Whom.', default: 'one' } }),
  shorthand: 'nodes',
  inject: () => null,
});

export const register = defineWorkload({
  name: 'register',
  summary: 'Reads and writes.',
  params: defineParams({ keys: { type: 'keys', doc: 'Which keys.', default: 1, min: 1 } }),
  asks: registerInterface,
  generator: () => ({ next: () => null, last: () => null }),
  outputOf: () => null,
});

export const http = defineWorkload({
  ...register,
  name: 'http',
  params: defineParams({}),
  asks: httpInterface,
});

const timeout = definePolicy({
  name: 'timeout',
  summary: 'Gives up.',
  sources: [],
  params: defineParams({ after: { type: 'duration', doc: 'After this.', min: 1 } }),
  shorthand: 'after',
  layer: 80,
  longestMs: ({ after }, insideMs) => Math.min(after, insideMs),
  create: () => ({ around: (_ctx, call, next) => next(call) }),
});

const retry = definePolicy({
  name: 'retry',
  summary: 'Tries again.',
  sources: [],
  params: defineParams({ attempts: { type: 'integer', doc: 'So often.', default: 3, min: 1 } }),
  shorthand: 'attempts',
  layer: 30,
  longestMs: ({ attempts }, insideMs) => attempts * insideMs,
  create: () => ({ around: (_ctx, call, next) => next(call) }),
});

const linearizable: Checker = {
  name: 'linearizable',
  summary: 'One copy.',
  sources: [],
  judges: [registerInterface],
  ...NO_ARGUMENTS,
  check: () => {
    throw new Error('not run');
  },
};

function metric(name: string, unit: Metric['unit'], accepts: Metric['accepts']): Metric {
  const measure = () => ({ value: null, samples: 0, because: '' });
  return { name, summary: name, unit, doc: '', accepts, measure };
}

const availability: Metric = {
  ...metric('availability', 'ratio', ({ sides, operations, nodes }) => [
    ...sides,
    ...operations,
    ...nodes,
  ]),
  overTime: false,
};

const metrics = [
  availability,
  metric('p99', 'ms', ({ operations }) => operations),
  metric('leaders per term', 'count', () => []),
  metric('throughput', 'per-second', ({ loads }) => loads),
];

function shelf<T extends { readonly name: string; readonly summary: string }>(
  ...items: readonly T[]
): Shelf<T> {
  return {
    summaries: new Map(items.map(({ name, summary }) => [name, summary])),
    items: new Map(items.map((item) => [item.name, item])),
  };
}

export const smallCatalogue: Catalogue = {
  systems: shelf<AnySystem>(raft, balancer, relay),
  policies: shelf<AnyPolicy>(timeout, retry),
  faults: shelf<AnyFault>(partition, crash),
  workloads: shelf<AnyWorkload>(register, http),
  checkers: shelf(linearizable),
  metrics: shelf(...metrics),
  selectorWords: new Map(
    ['leader', 'one', 'minority', 'majority', 'all'].map((word) => [word, word]),
  ),
  own: new Map([['a.yaml\n./mine.ts', raft]]),
};

/** Files of a test, by name. */
export function readerOf(files: { readonly [name: string]: string }): SourceReader {
  return {
    read(path, from) {
      const folder = from?.includes('/') ? from.replace(/\/[^/]*$/, '/') : '';
      const name = (folder + path).replace(/^\.\//, '').replaceAll('/./', '/');
      const text = files[name];
      if (text !== undefined) return { ok: true, id: name, name, text };
      return {
        ok: false,
        code: 'DS100',
        message: `there is no file \`${name}\``,
        notes: [],
        help: [],
      };
    },
  };
}

export interface ReadOptions extends SourceOptions {
  readonly seed?: string;
  readonly catalogue?: Catalogue;
}

/** Parses the first of the files. */
export function parseFiles(
  files: { readonly [name: string]: string },
  options: ReadOptions = {},
): ParsedScenario {
  const [entry = ''] = Object.keys(files);
  const tree = readSourceTree(entry, readerOf(files), options);
  const seed = options.seed === undefined ? {} : { seed: options.seed };
  return parseScenario(tree, options.catalogue ?? smallCatalogue, { draw: drawStream, ...seed });
}

export function parseText(text: string, options: ReadOptions = {}): ParsedScenario {
  return parseFiles({ 'a.yaml': text }, options);
}

/** The scenario; throws what was complained of, warnings too, unless there is one. */
export function scenarioOf(text: string, options: ReadOptions = {}): Scenario {
  const { scenario, diagnostics } = parseText(text, options);
  if (scenario === null || diagnostics.length > 0) throw new Error(renderDiagnostics(diagnostics));
  return scenario;
}

/** `DS102 a.yaml:3:5 message`, one for each. */
export function briefly(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, place, message }) => {
    const at = place === null ? '' : `${place.line}:${place.column} `;
    return `${code} ${at}${message}`;
  });
}
