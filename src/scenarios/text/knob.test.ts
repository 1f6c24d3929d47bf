/** `--vary`: ranges, lists, and paths that are written by their end. */
import { describe, expect, test } from 'vitest';
import { Diagnostics } from './diagnostic.ts';
import { readKnob } from './knob.ts';
import { makeSourceFile, type SourceMap } from './source.ts';
import { parseYaml } from './yaml-source.ts';

const text = `
nodes:
  db: { kind: server, queue: 10 }
  app: { kind: server, calls: { db: { retry: { attempts: 2, budget: 10% }, timeout: 5ms } } }
clients:
  load: { workload: request, rate: 10/s }
  other: { workload: request, rate: 20/s }
faults:
  - { at: 1s, for: 2s, pause: db }
without:
  nodes: { app: { calls: { db: { retry: { budget: } } } } }
`;

const root = parseYaml(makeSourceFile('x.yaml', text), new Diagnostics()) as SourceMap;

function knob(written: string, steps = 5) {
  const found = readKnob(root, written, steps);
  return 'problem' in found ? found.problem : [found.path, found.values.join(' ')];
}

describe('values', () => {
  test.each([
    ['0..50%', '0% 12.5% 25% 37.5% 50%'],
    ['10ms..50ms', '10ms 20ms 30ms 40ms 50ms'],
    ['500ms..2.5s', '500ms 1000ms 1500ms 2000ms 2500ms'],
    ['1..10', '1 3 6 8 10'],
    ['1..3', '1 2 3'],
    ['0..1', '0 0.25 0.5 0.75 1'],
    ['50/s..10/s', '50/s 40/s 30/s 20/s 10/s'],
    ['a,b, c', 'a b c'],
  ])('%s', (range, values) => {
    expect(knob(`nodes.db.queue=${range}`)).toEqual(['nodes.db.queue', values]);
  });

  test.each([
    ['5', '`5` is neither a range such as `0..50%` nor a list such as `1,2,5`'],
    ['a..b', '`a..b` is no range: `0..50%`, `10ms..2s`, `1..9`'],
    ['1s..5%', 'the ends of `1s..5%` have different units'],
    ['3..3', 'both ends of `3..3` are the same'],
    ['1,,2', '`1,,2` is neither a range such as `0..50%` nor a list such as `1,2,5`'],
  ])('%s is refused', (range, problem) => {
    expect(knob(`nodes.db.queue=${range}`)).toBe(problem);
  });
});

describe('paths', () => {
  test.each([
    ['retry.budget', 'nodes.app.calls.db.retry.budget'],
    ['budget', 'nodes.app.calls.db.retry.budget'],
    ['nodes.app.calls.db.retry.budget', 'nodes.app.calls.db.retry.budget'],
    ['retry.wait', 'nodes.app.calls.db.retry.wait'],
    ['nodes.db.concurrency', 'nodes.db.concurrency'],
    ['load.rate', 'clients.load.rate'],
    ['faults.0.for', 'faults.0.for'],
    ['duration', 'duration'],
  ])('%s is %s', (written, path) => {
    const found = knob(`${written}=1,2`);
    // What is not there and has no parent is left to the reader of the scenario.
    expect(found).toEqual(
      written === 'duration' ? 'nothing in the scenario is called `duration`' : [path, '1 2'],
    );
  });

  test.each([
    ['rate', '`rate` could be `clients.load.rate` or `clients.other.rate`: write more of it'],
    ['retry.bugdet=1,2', '`retry.bugdet`'],
    [
      'retyr.budget',
      'nothing in the scenario is called `retyr.budget`; did you mean `retry.budget`?',
    ],
    ['=1,2', 'it is written `path=range`, such as `retry.budget=0..50%`'],
    ['a..b', 'it is written `path=range`, such as `retry.budget=0..50%`'],
  ])('%s', (written, problem) => {
    const found = knob(written.includes('=') ? written : `${written}=1,2`);
    // A key that is new beside others is for the reader to refuse, which knows all keys.
    expect(found).toEqual(
      written.startsWith('retry.bugdet') ? ['nodes.app.calls.db.retry.bugdet', '1 2'] : problem,
    );
  });
});
