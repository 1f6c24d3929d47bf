/** Generators that hear answers: what they ask next depends on what came back. */

import { expect, test } from 'vitest';
import { ClientDrive, type Server } from '../../../test/support/drive-client.ts';
import queueInterface from '../../interfaces/queue.ts';
import type { Plain } from '../../sim/node.ts';
import { defineWorkload, type Generator, type Invocation } from '../workload.ts';
import { type ClientSpec, clientSpecs } from './load.ts';

const queue = defineWorkload({
  name: 'receipts',
  summary: 'Takes messages, and acknowledges each by its receipt.',
  params: {},
  asks: queueInterface,
  generator: () => new Receipts(),
  outputOf: (_f, reply) => (reply as unknown as { receipt?: Plain }).receipt ?? null,
});

const invocation = (f: string, input: Plain): Invocation => ({
  f,
  key: null,
  input,
  request: { type: f, receipt: input },
});

/** Acknowledges what its process has just received; drains until a receive gives nothing. */
class Receipts implements Generator {
  readonly heardOf: string[] = [];
  readonly #receipts = new Map<number, Plain>();
  #empty = false;

  next(process: number): Invocation {
    const receipt = this.#receipts.get(process);
    this.#receipts.delete(process);
    return receipt === undefined ? invocation('receive', null) : invocation('ack', receipt);
  }

  last(process: number): Invocation | null {
    const receipt = this.#receipts.get(process);
    if (receipt !== undefined) return this.next(process);
    return this.#empty ? null : invocation('receive', null);
  }

  heard(process: number, { f }: Invocation, outcome: string, output: Plain, error: string | null) {
    this.heardOf.push(`p${process} ${f} ${outcome} ${output} ${error}`);
    if (f !== 'receive' || outcome !== 'ok') return;
    if (output === null) this.#empty = true;
    else this.#receipts.set(process, output);
  }
}

function spec(): ClientSpec {
  const [first] = clientSpecs({
    name: 'load',
    workload: queue,
    clients: ['load-1'],
    target: 'q',
    targets: ['q'],
    pinned: ['q'],
    timeoutUs: 30_000,
    pace: { kind: 'open', arrivals: 'constant', perSecond: 10 },
    startUs: 0,
    stopUs: 400_000,
    operationsMax: Infinity,
  });
  if (first === undefined) throw new Error('a load has a client');
  return first;
}

/** A queue of so many messages that loses what `loses` says. */
function broker(messages: number, loses: (n: number) => boolean = () => false): Server {
  let given = 0;
  let n = 0;
  return (request) => {
    n++;
    if (loses(n)) return [];
    if (request.type === 'ack') return [[5, { type: 'ack_ok' }]];
    const receipt = given < messages ? `r${++given}` : null;
    return [[5, { type: 'receive_ok', receipt } as { type: string }]];
  };
}

test('what it acknowledges is the receipt that it has heard', () => {
  const drive = new ClientDrive(spec(), new Receipts(), broker(10)).until(399);
  expect(drive.history.map(({ f, input, output }) => [f, input, output])).toEqual([
    ['receive', null, 'r1'],
    ['ack', 'r1', null],
    ['receive', null, 'r2'],
    ['ack', 'r2', null],
  ]);
});

test('a timeout is heard too, and the receipt of another process is not lost', () => {
  const generator = new Receipts();
  new ClientDrive(
    spec(),
    generator,
    broker(10, (n) => n === 2),
  ).until(399);
  expect(generator.heardOf).toEqual([
    'p0 receive ok r1 null',
    'p0 ack info null timeout',
    'p1 receive ok r2 null',
    'p1 ack ok null null',
  ]);
});

test('final reads drain until nothing is left, under one number whoever reads', () => {
  const generator = new Receipts();
  const drive = new ClientDrive(
    spec(),
    generator,
    broker(4, (n) => n === 3),
  ).until(150);
  drive.client.finalRead(drive.ctx);
  drive.until(1000);
  const ended = drive.history.map(({ f, output, outcome }) => `${f} ${output} ${outcome}`);
  expect(ended).toEqual([
    'receive r1 ok',
    'ack null ok',
    'receive null info',
    'receive r2 ok',
    'ack null ok',
    'receive r3 ok',
    'ack null ok',
    'receive r4 ok',
    'ack null ok',
    'receive null ok',
  ]);
  // The process whose read timed out is retired; the generator goes on hearing of number 0.
  expect(new Set(generator.heardOf.map((line) => line.split(' ')[0]))).toEqual(new Set(['p0']));
});

test('a generator that never hears acknowledges nothing', () => {
  const deaf = new Receipts();
  const drive = new ClientDrive(
    spec(),
    { next: (process) => deaf.next(process), last: () => null },
    broker(10),
  ).until(399);
  expect(drive.history.map(({ f }) => f)).toEqual(['receive', 'receive', 'receive', 'receive']);
});
