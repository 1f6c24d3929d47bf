/**
 * Interfaces as data: what is declared of a conversation is what arrives, what is judged, and what
 * may be repeated.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgedBy, loadsJudgedBy } from '../src/checks/judged-loads.ts';
import * as interfaces from '../src/interfaces/all.ts';
import { interfaces as listed } from '../src/interfaces/index.ts';
import { systems } from '../src/nodes/index.ts';
import { loadCatalogue } from '../src/scenarios/host/load-catalogue.ts';
import { parseScenario } from '../src/scenarios/parse.ts';
import { kindsNamed } from '../src/scenarios/sections/catalogue.ts';
import { simulate } from '../src/scenarios/simulate.ts';
import { renderDiagnostics } from '../src/scenarios/text/diagnostic.ts';
import { readSourceTree } from '../src/scenarios/text/source-tree.ts';
import { drawStream } from '../src/scenarios/values/draws.ts';
import {
  defineInterface,
  type FieldSpec,
  type Fields,
  type Interface,
  isHarmless,
  isRead,
  isWrite,
  operationsOf,
  requestCheck,
} from '../src/sim/interface.ts';
import type { Node } from '../src/sim/node.ts';
import { defaultsOf, defineParams } from '../src/sim/params.ts';
import { isErrorReply, isReply } from '../src/sim/rpc.ts';
import { type AnySystem, defineSystem } from '../src/sim/system.ts';
import { workloads } from '../src/workloads/index.ts';
import registerWorkload from '../src/workloads/register.ts';
import { type AnyWorkload, operationsMade } from '../src/workloads/workload.ts';
import { fixedRandom } from './support/fixed-random.ts';
import { handFacts, handHistory, handLoad, interfaceNamed } from './support/hand-history.ts';

const all: readonly Interface[] = Object.values<Interface>(interfaces);
const { register, request, broadcast } = interfaces;

/** Values that a field of this kind may hold. */
function valueOf(spec: FieldSpec): fc.Arbitrary<unknown> {
  if (typeof spec === 'string') {
    return {
      text: fc.string(),
      plain: fc.jsonValue(),
      integer: fc.integer(),
      number: fc.double({ noNaN: true }),
      boolean: fc.boolean(),
      null: fc.constant(null),
    }[spec];
  }
  if ('optional' in spec) return valueOf(spec.optional);
  if ('list' in spec) return fc.array(valueOf(spec.list), { maxLength: 3 });
  if ('map' in spec) return fc.dictionary(fc.string(), valueOf(spec.map), { maxKeys: 3 });
  if ('fields' in spec) return fieldsOf(spec.fields);
  if ('tuple' in spec) return fc.tuple(...spec.tuple.map(valueOf));
  if ('words' in spec) return fc.constantFrom(...spec.words);
  return fc.oneof(...spec.either.map(valueOf));
}

function fieldsOf(fields: Fields): fc.Arbitrary<{ [field: string]: unknown }> {
  const optional = Object.entries(fields).filter(
    ([, spec]) => typeof spec === 'object' && 'optional' in spec,
  );
  const required = Object.keys(fields).filter((name) => !optional.some(([one]) => one === name));
  const values = Object.fromEntries(
    Object.entries(fields).map(([name, spec]) => [name, valueOf(spec)]),
  );
  return fc.record(values, { requiredKeys: required }) as fc.Arbitrary<{
    [field: string]: unknown;
  }>;
}

describe('an interface', () => {
  test('is listed by the name of its file, and exported for own files', async () => {
    expect(all.map(({ name }) => name)).toEqual([...listed.keys()]);
    for (const [name, { load }] of listed) expect((await load()).default.name).toBe(name);
  });

  test.each(all.map((one) => [one.name, one] as const))(
    '%s accepts what it declares, and says what is missing',
    (_name, one) => {
      const check = requestCheck([one]);
      for (const [type, { fields }] of Object.entries(one.requests)) {
        fc.assert(
          fc.property(fieldsOf(fields), (given) => {
            expect(check({ ...given, type })).toBeNull();
            // What a client may add besides is no mistake.
            expect(check({ ...given, type, level: 'quorum' } as never)).toBeNull();
            for (const [name, spec] of Object.entries(fields)) {
              if (typeof spec === 'object' && 'optional' in spec) continue;
              const { [name]: _, ...rest } = given;
              expect(check({ ...rest, type })).toContain(`lacks \`${name}\``);
            }
          }),
          { seed: 5, numRuns: 30 },
        );
      }
    },
  );

  test('says what is wrong with a request, and nothing of requests that it does not have', () => {
    const check = requestCheck([register]);
    const wrong = (fields: { [field: string]: unknown }) => check(fields as { type: string });
    expect(wrong({ type: 'read' })).toBe('read lacks `key`: a text');
    expect(wrong({ type: 'read', key: 5 })).toBe('`read.key` is not a text');
    expect(wrong({ type: 'write', key: 'k', value: null })).toBeNull();
    // Of two mistakes it names the one that is declared first, in whatever order they come.
    expect(wrong({ value: () => 5, key: 5, type: 'write' })).toBe('`write.key` is not a text');
    expect(wrong({ value: () => 5, type: 'write' })).toBe('write lacks `key`: a text');
    expect(wrong({ type: 'append', key: 5 })).toBeNull();
    const poll = requestCheck([interfaces.log]);
    expect(poll({ type: 'poll', offsets: { a: 1.5 } } as never)).toBe(
      '`poll.offsets.a` is not an integer',
    );
    expect(
      requestCheck([interfaces.listAppend])({ type: 'txn', txn: [['w', 'k', 1]] } as never),
    ).toBe('`txn.txn[0][0]` is not "r" or "append"');
    expect(requestCheck([interfaces.text])({ type: 'insert', after: 1, value: '' } as never)).toBe(
      '`insert.after` is not a text or null',
    );
  });

  test('shares a type with another: good for one of them is good', () => {
    const check = requestCheck([register, broadcast]);
    expect(check({ type: 'read' })).toBeNull();
    expect(check({ type: 'write', key: 'k' } as never)).toBe('write lacks `value`: plain data');
    expect(isHarmless('read', [register, broadcast])).toBe(true);
    expect(isHarmless('write', [register])).toBe(false);
    expect(isHarmless('request', [register])).toBe(false);
    expect(isHarmless('toString', [register])).toBe(false);
    expect([isRead(register, 'read'), isWrite(register, 'cas'), isWrite(register, 'x')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('uses no field of the transport', () => {
    const of =
      (fields: Fields, reply: Fields = {}) =>
      () =>
        defineInterface({
          name: 'x',
          summary: '',
          requests: { ask: { doc: '', fields, reply } },
        });
    expect(of({ id: 'text' })).toThrow('x: ask has a field id, which the transport has');
    expect(of({}, { inReplyTo: 'integer' })).toThrow('inReplyTo');
    expect(of({}, { id: 'text' })).not.toThrow();
  });
});

describe('workloads', () => {
  test.each([...workloads.keys()])('%s asks what its interface declares', async (name) => {
    const { default: workload } = await (
      workloads.get(name) as { load(): Promise<{ default: AnyWorkload }> }
    ).load();
    const { asks } = workload;
    expect(operationsOf(asks)).toEqual(expect.arrayContaining([...operationsMade(workload)]));
    const check = requestCheck([asks]);
    const generator = workload.generator(defaultsOf(workload.params));
    const random = fixedRandom(3);
    const types = new Set(Object.keys(asks.requests));
    const operations = new Set(operationsMade(workload));
    // One `expect` for all: thousands of them for each workload take seconds.
    const wrong: unknown[] = [];
    for (let i = 0; i < 2000; i++) {
      const made = i < 1990 ? generator.next(i % 7, random) : generator.last(i % 7, random);
      if (made === null) continue;
      const problem = check(made.request);
      const isKnown = types.has(made.request.type) && operations.has(made.f);
      if (problem !== null || !isKnown) wrong.push([made, problem]);
    }
    expect(wrong).toEqual([]);
  });
});

describe('systems', () => {
  test('that answer what others answer name them by a parameter of type `nodes`', async () => {
    const loaded = await Promise.all([...systems.values()].map(({ load }) => load()));
    const proxies = loaded.flatMap(({ default: { answers, params } }) =>
      typeof answers === 'object' && 'of' in answers ? [params[answers.of]?.type] : [],
    );
    expect(proxies.length).toBeGreaterThan(0);
    expect(new Set(proxies)).toEqual(new Set(['nodes']));
  });
});

// --- A second workload on one interface --------------------------------------------------------

const cells: AnyWorkload = { ...registerWorkload, name: 'cells' };

/** Reads a scenario with the real kinds, with `cells` as a workload, and these systems. */
async function read(text: string, own: readonly AnySystem[] = []) {
  const tree = readSourceTree('s.yaml', {
    read: (name) => ({ ok: true, id: name, name, text }),
  });
  const catalogue = await loadCatalogue(kindsNamed(tree), async () => {
    throw new Error('no own kinds here');
  });
  (catalogue.workloads.items as Map<string, AnyWorkload>).set('cells', cells);
  for (const system of own) {
    (catalogue.systems.items as Map<string, AnySystem>).set(system.name, system);
  }
  const { scenario, diagnostics } = parseScenario(tree, catalogue, { draw: drawStream });
  return { scenario, text: renderDiagnostics(diagnostics) };
}

const RAFT = (workload: string, expectations: string) => `
duration: 8s
nodes: { kv: { kind: raft, count: 3 } }
clients: { load: { workload: ${workload}, rate: 60/s, count: 3 } }
faults: [{ at: 2s, for: 2s, partition: { isolate: leader } }]
expect: [${expectations}]
`;

test('a workload of another name on the same interface is judged as the first', async () => {
  const names =
    'linearizable, sequential, causal, converged, no-lost-writes, eventual, pram, bounded-staleness(10s)';
  const judged = async (workload: string) => {
    const { scenario, text } = await read(RAFT(workload, names));
    expect(text).toBe('');
    if (scenario === null) throw new Error(text);
    const { judged: all, cap, facts } = simulate(scenario);
    expect(facts.loads[0]?.workload).toBe(workload);
    return { judged: all.map(({ text: one, state, because }) => [one, state, because]), cap };
  };
  const { judged: ofCells, cap } = await judged('cells');
  expect(ofCells.map(([one, state]) => `${one}: ${state}`)).toEqual(
    names.split(', ').map((one) => `${one}: held`),
  );
  expect(cap?.letters).not.toBeUndefined();
  expect(await judged('register')).toEqual({ judged: ofCells, cap });
});

test('one function says who judges which load', () => {
  const facts = handFacts({
    loads: [
      handLoad('a', 'register', 'kv', { workload: 'cells' }),
      handLoad('b', 'broadcast', 'net'),
    ],
  });
  const checker = { judges: [interfaceNamed('register')] };
  expect(loadsJudgedBy(checker, facts).map(({ name }) => name)).toEqual(['a']);
  const history = handHistory([
    { at: 1, load: 'a' },
    { at: 2, load: 'b' },
    { at: 3, load: 'nobody' },
  ]);
  const { operations, objectOf } = judgedBy(checker, history, facts);
  expect(operations.map((operation) => [operation.load, objectOf(operation)])).toEqual([
    ['a', 'kv'],
  ]);
});

// --- Arguments ---------------------------------------------------------------------------------

test.each([
  ['bounded-staleness(2s)', { within: 2000 }],
  ['bounded-staleness(within: 2s, versions: 3)', { within: 2000, versions: 3 }],
  ['converged(ordered: true)', { ordered: true }],
])('%s is read', async (text, args) => {
  const { scenario, text: problems } = await read(RAFT('register', `'${text}'`));
  expect(problems).toBe('');
  expect(scenario?.expect[0]).toMatchObject({ kind: 'check', args });
});

test('an argument with a name needs no quotes', async () => {
  const plain = RAFT('register', '').replace('expect: []', 'expect:\n  - converged(ordered: true)');
  const { scenario, text } = await read(plain);
  expect(text).toBe('');
  expect(scenario?.expect[0]).toMatchObject({
    text: 'converged(ordered: true)',
    args: { ordered: true },
  });
});

test.each([
  ['bounded-staleness', 'lacks `within`'],
  ['bounded-staleness(2)', 'needs a unit'],
  ["'bounded-staleness(within: 2s, version: 1)'", 'did you mean `versions`?'],
  ["'converged(orderd: true)'", 'did you mean `ordered`?'],
  ['converged(true)', 'takes no argument without a name'],
  ['linearizable(strict)', 'it takes no argument'],
  ["'bounded-staleness(1s, within: 2s)'", 'is given `within` twice'],
])('%s is refused: %s', async (text, why) => {
  const { scenario, text: problems } = await read(RAFT('register', text));
  expect(scenario).toBeNull();
  expect(problems).toContain(why);
});

// --- The door ----------------------------------------------------------------------------------

test('a request whose fields are wrong is answered before the node sees it, whoever asks', async () => {
  const answers: string[] = [];
  const asks = (requests: readonly object[]): Node => ({
    start(ctx) {
      ctx.setTimer('ask', 2000);
    },
    timeout(ctx) {
      for (const [i, fields] of requests.entries()) {
        const head = { id: i + 1, session: 's', serial: i + 1, attempt: 1, timeoutMs: null };
        ctx.send('kv-1', { ...head, ...fields } as never);
      }
    },
    receive(_ctx, _from, message) {
      if (!isReply(message)) return;
      const code = isErrorReply(message) ? `${message.code}: ${message.text}` : message.type;
      answers.push(`${message.inReplyTo} ${code}`);
    },
  });
  const stranger = defineSystem({
    name: 'stranger',
    title: '',
    summary: '',
    sources: [],
    answers: [],
    claims: [],
    params: defineParams({}),
    bugs: {},
    invariants: [],
    create: () =>
      asks([
        { type: 'write', key: 'k', value: 1 },
        { type: 'write', key: 7, value: 1 },
        { type: 'read' },
        { type: 'juggle' },
      ]),
  });
  const { scenario, text } = await read(
    RAFT('register', 'linearizable').replace('nodes: {', 'nodes: { who: { kind: stranger },'),
    [stranger as AnySystem],
  );
  expect(text).toBe('');
  if (scenario === null) throw new Error(text);
  expect(simulate({ ...scenario, faults: [] }).error).toBeNull();
  expect(answers.toSorted()).toEqual([
    '1 write_ok',
    '2 malformed-request: `write.key` is not a text',
    '3 malformed-request: read lacks `key`: a text',
    '4 not-supported: raft does not serve juggle',
  ]);
});

// --- Proxies -----------------------------------------------------------------------------------

const PROXIES = `
duration: 4s
nodes:
  front: { kind: timeout, target: lb, after: 500ms }
  lb: { kind: load-balancer, count: 2, targets: again, timeout: 200ms }
  again: { kind: retry, target: TARGET }
  kv: { kind: raft, count: 3 }
  net: { kind: broadcast, count: 3 }
clients: { load: { workload: WORKLOAD, target: front, rate: 20/s } }
expect: [availability >= 50%]
`;

test.each([
  ['register', 'kv', null],
  ['cells', 'kv', null],
  ['broadcast', 'net', null],
  [
    'broadcast',
    'kv',
    '`front` to `lb` to `again` passes requests on to `kv`, which does not answer `broadcast`',
  ],
  ['register', '[kv, net]', 'passes requests on to `net`, which does not answer `register`'],
])('%s through three proxies to %s', async (workload, target, why) => {
  const { scenario, text } = await read(
    PROXIES.replace('WORKLOAD', workload).replace('TARGET', target),
  );
  if (why !== null) expect(text).toContain(why);
  else {
    expect(text).toBe('');
    if (scenario === null) throw new Error(text);
    expect(simulate(scenario).state).toBe('held');
  }
});

test('what may be repeated is what the interface says', () => {
  expect(isHarmless('request', [request])).toBe(true);
  expect(isHarmless('broadcast', [broadcast])).toBe(true);
  expect(isHarmless('acquire', [interfaces.lock])).toBe(false);
});
