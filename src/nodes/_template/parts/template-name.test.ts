/** The node by hand: what it answers, and what survives a crash. */

import { expect, test } from 'vitest';
import { Stage } from '../../../../test/support/stage.ts';
import system from '../handlers/index.ts';

/** A request of each type, in the order in which they are sent. */
const requests = [
  // only register
  { type: 'write', key: 'x', value: 1 },
  { type: 'read', key: 'x' },
  { type: 'cas', key: 'x', from: 1, to: 2 },
  // else
  // the requests
  // end
];

interface Story {
  readonly bug?: string;
  /** When the node crashes, to boot at once. A write is durable 5 ms after the request came. */
  readonly crashAtMs?: number;
}

/** Hands the requests over 10 ms apart from 10 ms on; returns the answers in that order. */
function ask(asked: readonly { readonly type: string }[], { bug, crashAtMs }: Story = {}) {
  const stage = new Stage({ diskMs: 5 });
  stage.addSystem('kept', system, bug === undefined ? {} : { bug });
  for (const [i, request] of asked.entries()) {
    stage.at(10 * (i + 1), () => void stage.ask('kept', request));
  }
  if (crashAtMs !== undefined) stage.at(crashAtMs, () => void stage.crash('kept').boot('kept'));
  const answers = stage.until(10 * asked.length + 100).answers();
  return asked.map((_, i) => answers.get(i + 1) ?? null);
}

test('answers each request of its interface, and refuses what it does not know', () => {
  const answers = ask([...requests, { type: 'unheard-of' }]);
  expect(answers.map((answer) => answer?.type)).toEqual([
    ...requests.map(({ type }) => `${type}_ok`),
    'error',
  ]);
  expect(answers.at(-1)).toMatchObject({ code: 'not-supported' });
});

test('notes and measures what it declares', () => {
  const stage = new Stage().addSystem('kept', system);
  for (const request of requests) stage.ask('kept', request);
  stage.until(1000);
  expect(stage.notes).toEqual([`kept still here {"requests":${requests.length}}`]);
  expect(stage.measured().filter((line) => line === 'kept answered 1')).toHaveLength(
    requests.length,
  );
});
// only register

test('a compare-and-set of another value is refused, and changes nothing', () => {
  const cas = { type: 'cas', key: 'x', from: 7, to: 8 };
  const [, refused, read] = ask([
    { type: 'write', key: 'x', value: 1 },
    cas,
    { type: 'read', key: 'x' },
  ] as never);
  expect(refused).toMatchObject({ type: 'error', code: 'precondition-failed' });
  expect(read).toMatchObject({ type: 'read_ok', value: 1 });
});

test('what it acknowledged survives a crash, but not with the bug', () => {
  const [written, found] = ask(requests, { crashAtMs: 18 });
  expect(written).toMatchObject({ type: 'write_ok' });
  expect(found).toMatchObject({ type: 'read_ok', value: 1 });
  const [, lost] = ask(requests, { crashAtMs: 18, bug: 'forgetful' });
  expect(lost).toMatchObject({ type: 'read_ok', value: null });
});

test('a write that is not durable yet is not acknowledged', () => {
  const [written, found] = ask(requests, { crashAtMs: 13 });
  expect(written).toBe(null);
  expect(found).toMatchObject({ type: 'read_ok', value: null });
});
// end
