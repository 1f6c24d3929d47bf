/**
 * The load balancer: how it chooses, what it does when a target fails, and the power of two
 * choices.
 */

import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { answering, bind, ok } from '../../../../test/support/services.ts';
import { placeOf, Stage } from '../../../../test/support/stage.ts';
import register from '../../../interfaces/register.ts';
import request from '../../../interfaces/request.ts';
import type { Message, Node } from '../../../sim/node.ts';
import { defaultsOf, type Params } from '../../../sim/params.ts';
import { policy as timeout } from '../timeout/index.ts';
import { type Algorithm, Balancer, type BalancerSpec } from './balancers.ts';
import system from './index.ts';
import { balancerSpecOf, loadBalancerParams } from './params.ts';

type Given = Partial<Params<typeof loadBalancerParams>>;
const targets = ['web-1', 'web-2', 'web-3'];

function balancing(given: Given, web: (id: string) => Node, policies = {}): Stage {
  const params = defaultsOf(system.params, { targets, ...given });
  const stage = new Stage().add('lb', () =>
    system.create(params, placeOf('lb', { policies, answers: [register, request] }), null),
  );
  for (const id of targets) stage.add(id, () => web(id));
  return stage;
}

const triedOf = (stage: Stage) =>
  stage.sent.filter(({ from, to }) => from === 'lb' && to !== 'client').map(({ to }) => to);

let clockMs = 0;

function balancer(algorithm: Algorithm, seed = 1, more: Partial<BalancerSpec> = {}): Balancer {
  clockMs = 0;
  const values = defaultsOf(loadBalancerParams, { targets, algorithm });
  const made = new Balancer({ ...balancerSpecOf(values, placeOf('lb'), null), ...more });
  const silent = () => {};
  made.start({ random: fixedRandom(seed), elapsed: () => clockMs, note: silent, measure: silent });
  return made;
}

describe('the choice', () => {
  const chosen = (made: Balancer, count: number) =>
    Array.from({ length: count }, () => made.choose(targets, targets));

  test('round robin takes turns', () => {
    expect(chosen(balancer('round-robin'), 4)).toEqual(['web-1', 'web-2', 'web-3', 'web-1']);
  });

  test('random takes each as often', () => {
    const list = chosen(balancer('random'), 6000);
    for (const id of targets) {
      // 2000 each, with a standard deviation of 37.
      expect(Math.abs(list.filter((other) => other === id).length - 2000)).toBeLessThan(111);
    }
  });

  test('least connections takes the one with the fewest in flight; equals take turns', () => {
    const made = balancer('least-connections');
    expect(chosen(made, 3).sort((a, b) => (a < b ? -1 : 1))).toEqual(targets);
    made.ended('web-2', 'ok');
    expect(chosen(made, 1)).toEqual(['web-2']);
    for (const id of targets) made.ended(id, 'ok');
    // Nobody is busy: not always the first.
    const idle = Array.from({ length: 3 }, () => {
      const id = made.choose(targets, targets);
      made.ended(id, 'ok');
      return id;
    });
    expect(new Set(idle).size).toBe(3);
  });

  test('two choices never takes the busiest of three', () => {
    const made = balancer('two-choices');
    const count = { 'web-1': 0, 'web-2': 0, 'web-3': 0 };
    for (let i = 0; i < 5; i++) made.choose(['web-1'], targets);
    for (let i = 0; i < 100; i++) {
      const id = made.choose(targets, targets) as keyof typeof count;
      count[id]++;
      made.ended(id, 'ok');
    }
    expect(count['web-1']).toBe(0);
    expect(count['web-2']).toBeGreaterThan(30);
    expect(count['web-3']).toBeGreaterThan(30);
  });

  test.each(['round-robin', 'random', 'least-connections', 'two-choices'] as const)(
    '%s of one target is that one',
    (algorithm) => {
      expect(balancer(algorithm).choose(['web-1'], ['web-1'])).toBe('web-1');
    },
  );
});

test('a call that its client cancels is in flight no more', () => {
  const stage = balancing({ attempts: 1 }, () => answering(50, () => null));
  const id = stage.ask('lb', { type: 'request' });
  stage.until(5);
  const inFlight = () => stage.node('lb').inspect?.()['inFlight'];
  expect(inFlight()).toEqual({ 'web-1': 1, 'web-2': 0, 'web-3': 0 });
  stage.inject('client', 'lb', { type: 'cancel', of: id } as Message);
  expect(inFlight()).toEqual({ 'web-1': 0, 'web-2': 0, 'web-3': 0 });
  expect(stage.sent.at(-1)).toMatchObject({ from: 'lb', to: 'web-1', message: { type: 'cancel' } });
});

describe('when a target fails', () => {
  const failing = (bad: string, how: 'silent' | 'overloaded') => (id: string) =>
    answering(1, (request) => {
      if (id !== bad) return ok(request);
      return how === 'silent' ? null : { type: 'error', code: 'overloaded' };
    });

  test('another is tried at once, and the client does not notice', () => {
    const stage = balancing({}, failing('web-1', 'overloaded'));
    stage.ask('lb', { type: 'write', key: 'x' });
    stage.untilQuiet();
    expect(triedOf(stage)).toEqual(['web-1', 'web-2']);
    expect(stage.answers().get(1)).toMatchObject({ type: 'write_ok' });
  });

  test('another is tried after the timeout, if the request may be repeated', () => {
    for (const [type, tried] of [
      ['request', ['web-1', 'web-2']],
      ['write', ['web-1']],
    ] as const) {
      const stage = balancing({ timeout: 30 }, failing('web-1', 'silent'));
      stage.ask('lb', { type }, 100);
      stage.untilQuiet();
      expect(triedOf(stage)).toEqual(tried);
      expect(stage.answers().get(1)?.type).toBe(type === 'request' ? 'request_ok' : 'error');
    }
  });

  test('the other is another even when turns would come back to the same', () => {
    const stage = balancing({ algorithm: 'round-robin' }, failing('web-1', 'overloaded'));
    for (let i = 0; i < 3; i++) stage.ask('lb', { type: 'request' });
    stage.untilQuiet();
    // The fourth turn is the first target's again, but that has just failed this request.
    expect(triedOf(stage)).toEqual(['web-1', 'web-2', 'web-3', 'web-2']);
  });

  test('with one attempt its error is passed on', () => {
    const stage = balancing({ attempts: 1 }, failing('web-1', 'overloaded'));
    stage.ask('lb', { type: 'request' });
    stage.untilQuiet();
    expect(stage.answers().get(1)).toMatchObject({ type: 'error', code: 'overloaded' });
  });

  test('it is ejected after some failures in a row, and is back after a while', () => {
    const given = { timeout: 5, 'eject-after': 2, 'eject-for': 100 };
    const stage = balancing(given, failing('web-1', 'silent'));
    const ask = (count: number) => {
      stage.transcript();
      for (let i = 0; i < count; i++) {
        stage.ask('lb', { type: 'request' });
        stage.until(stage.nowMs + 8);
      }
      return triedOf(stage).filter((id) => id === 'web-1').length;
    };
    expect(ask(6)).toBe(2);
    expect(stage.notes).toEqual(['lb ejected {"target":"web-1"}']);
    expect(ask(6)).toBe(0);
    stage.until(stage.nowMs + 100);
    expect(ask(3)).toBeGreaterThan(0);
  });

  test('now and then, it is not ejected: failures must be in a row', () => {
    const given = { timeout: 5, attempts: 1, 'eject-after': 2 };
    const stage = balancing(given, (id) =>
      answering(1, (request) => (id === 'web-1' && request.serial % 2 === 1 ? null : ok(request))),
    );
    for (let i = 0; i < 24; i++) {
      stage.ask('lb', { type: 'request' });
      stage.until(stage.nowMs + 6);
    }
    expect(triedOf(stage).filter((id) => id === 'web-1')).toHaveLength(8);
    expect(stage.notes).toEqual([]);
  });

  test('with all ejected it goes on trying', () => {
    const given = { timeout: 5, attempts: 1, 'eject-after': 1, 'eject-for': 1000 };
    const stage = balancing(given, () => answering(1, () => null));
    for (let i = 0; i < 5; i++) {
      stage.ask('lb', { type: 'request' });
      stage.until(stage.nowMs + 6);
    }
    expect(triedOf(stage)).toEqual(['web-1', 'web-2', 'web-3', 'web-1', 'web-2']);
  });

  test('nothing stays counted as in flight', () => {
    const stage = balancing({ timeout: 5, algorithm: 'two-choices' }, failing('web-2', 'silent'));
    for (let i = 0; i < 50; i++) stage.ask('lb', { type: 'request' }, i % 9);
    expect(stage.node('lb').inspect?.()).not.toMatchObject({ active: 0 });
    stage.untilQuiet();
    expect(stage.node('lb').inspect?.()).toMatchObject({
      active: 0,
      inFlight: { 'web-1': 0, 'web-2': 0, 'web-3': 0 },
    });
  });

  test('policies on calls to its targets stand around each try', () => {
    const policies = { 'web-1': [bind(timeout, { after: 3 })] };
    const stage = balancing({}, failing('web-1', 'silent'), policies);
    stage.ask('lb', { type: 'request' });
    stage.untilQuiet();
    expect(triedOf(stage)).toEqual(['web-1', 'web-2']);
    expect(stage.sent.at(-1)).toMatchObject({ atMs: 6, to: 'client' });
  });
});

describe('routes, sessions, layers', () => {
  const web = (id: string) => answering(1, (asked) => ({ type: `${asked.type}_ok`, by: id }));
  const by = (stage: Stage, body: { type: string; [field: string]: unknown }) => {
    const id = stage.ask('lb', { ...body });
    stage.step(9);
    const reply = stage.answers().get(id) as unknown as { by?: string; code?: string };
    return reply.by ?? reply.code;
  };
  const routes = [
    { exact: false, path: '/api', to: ['web-1'] },
    { exact: false, host: 'img', to: ['web-2', 'web-3'] },
  ];

  test('the first route that matches, else not-supported', () => {
    const stage = balancing({ routes: routes as never }, web);
    expect(by(stage, { type: 'request', path: '/api/x', host: 'img' })).toBe('web-1');
    expect(by(stage, { type: 'request', host: 'img' })).toBe('web-2');
    expect(by(stage, { type: 'request', host: 'img' })).toBe('web-3');
    expect(by(stage, { type: 'request', path: '/else' })).toBe('not-supported');
  });

  test('a sticky session stays, and goes elsewhere when its target fails', () => {
    let dead = '';
    const stage = balancing({ sticky: 'cookie', attempts: 2 }, (id) =>
      answering(1, (asked) =>
        id === dead ? { type: 'error', code: 'overloaded' } : { type: `${asked.type}_ok`, by: id },
      ),
    );
    const first = by(stage, { type: 'request', cookie: 'a' }) as string;
    expect(by(stage, { type: 'request', cookie: 'b' })).not.toBe(first);
    expect([1, 2, 3].map(() => by(stage, { type: 'request', cookie: 'a' }))).toEqual([
      first,
      first,
      first,
    ]);
    dead = first;
    const other = by(stage, { type: 'request', cookie: 'a' });
    expect(other).not.toBe(first);
    expect(by(stage, { type: 'request', cookie: 'a' })).toBe(other);
    expect(stage.measured().filter((row) => row.includes('sticky-misses'))).toHaveLength(1);
  });

  test('a session that stays counts for its target: a slow one looks slow to ewma', () => {
    const stage = balancing({ sticky: 'cookie', algorithm: 'ewma' }, (id) =>
      answering(id === 'web-1' ? 6 : 1, (asked) => ({ type: `${asked.type}_ok`, by: id })),
    );
    const seen = Array.from({ length: 30 }, (_, i) =>
      by(stage, { type: 'request', cookie: `${i}` }),
    );
    expect(seen.filter((id) => id === 'web-1').length).toBeLessThanOrEqual(2);
  });

  test('sessions that stay do not hide how many targets there are to eject', () => {
    const given = { sticky: 'cookie', attempts: 1, 'eject-after': 2, 'max-ejected': 0.5 } as const;
    let bad = '';
    const stage = balancing(given, (id) =>
      answering(1, (asked) =>
        id === bad ? { type: 'error', code: 'crash' } : { type: `${asked.type}_ok`, by: id },
      ),
    );
    bad = by(stage, { type: 'request', cookie: 'a' }) as string;
    for (let i = 0; i < 3; i++) by(stage, { type: 'request', cookie: 'a' });
    expect(stage.notes).toEqual([`lb ejected {"target":"${bad}"}`]);
  });

  test('layer 4 chooses once for a connection, and again when that is old', () => {
    const stage = balancing({ layer: '4', 'max-connection-age': 100 }, web);
    expect([1, 2, 3].map(() => by(stage, { type: 'request' }))).toEqual([
      'web-1',
      'web-1',
      'web-1',
    ]);
    stage.step(100);
    expect(by(stage, { type: 'request' })).toBe('web-2');
  });

  test('layer 4 sees no errors: nothing is tried again', () => {
    const stage = balancing({ layer: '4', attempts: 3 }, () =>
      answering(1, () => ({ type: 'error', code: 'overloaded' })),
    );
    expect(by(stage, { type: 'request' })).toBe('overloaded');
    expect(triedOf(stage)).toHaveLength(1);
  });

  test('checks find a dead target, and that it is back', () => {
    const given = { 'check-every': 100, 'check-timeout': 20, attempts: 1, fall: 2, rise: 2 };
    const stage = balancing(given, web);
    stage.until(300);
    stage.crash('web-2');
    stage.until(700);
    expect(stage.notes).toEqual(['lb down {"target":"web-2"}']);
    expect([1, 2, 3, 4].map(() => by(stage, { type: 'request' }))).not.toContain('web-2');
    stage.boot('web-2').step(400);
    expect(stage.notes.at(-1)).toBe('lb up {"target":"web-2"}');
  });

  test.each([
    ['rehash', /^web-[13]$/],
    ['refuse', /^temporarily-unavailable$/],
  ])('a sticky session whose target checks find down: %s', (how, answer) => {
    const given = { 'check-every': 100, 'check-timeout': 20, fall: 1, sticky: 'cookie' } as const;
    const stage = balancing({ ...given, 'when-out': how as 'rehash' | 'refuse' }, web);
    const ask = () => by(stage, { type: 'request', cookie: 'a' });
    expect([by(stage, { type: 'request' }), ask()]).toEqual(['web-1', 'web-2']);
    stage.until(300);
    stage.crash('web-2');
    stage.until(700);
    expect(ask()).toMatch(answer);
  });

  /** Two sessions at a target that is away for a while: where they are before, meanwhile, after. */
  test.each([
    [false, ['web-1', 'web-2', 'web-2'], 0],
    [true, ['web-1', 'web-2', 'web-1'], 1],
  ] as const)('give-back %s: a sticky session is at %j', (gives, where, returns) => {
    const given = { 'check-every': 100, 'check-timeout': 20, fall: 1, rise: 1 } as const;
    const stage = balancing({ ...given, sticky: 'cookie', 'give-back': gives }, web);
    const ask = () => by(stage, { type: 'request', cookie: 'a' });
    const seen = [ask()];
    stage.until(300);
    stage.crash('web-1').step(300);
    seen.push(ask());
    expect(ask()).toBe(seen[1]);
    stage.boot('web-1').step(300);
    seen.push(ask());
    expect(ask()).toBe(seen[2]);
    expect(seen).toEqual(where);
    const counted = (name: string) =>
      stage.measured().filter((row) => row.includes(` ${name} `)).length;
    expect([counted('sticky-misses'), counted('sticky-returns')]).toEqual([1, returns]);
  });

  test('checks in a queue of their own', () => {
    const stage = balancing({ 'check-every': 100, 'own-queue': true }, web);
    stage.until(100);
    const checks = stage.sent.filter(({ to, message }) => to !== 'client' && 'path' in message);
    expect(new Set(checks.map(({ message }) => message.type))).toEqual(new Set(['check']));
  });

  test('checks of several targets are not in step', () => {
    const stage = balancing({ 'check-every': 100 }, web);
    stage.until(100);
    const begun = stage.sent
      .filter(({ message }) => 'path' in message)
      .map(({ atMs }) => Math.floor(atMs / 10));
    expect(begun).toHaveLength(3);
    expect(new Set(begun).size).toBeGreaterThan(1);
  });

  test('values that make no sense together', () => {
    const refusal = (given: object) =>
      system.refuse?.(defaultsOf(system.params, { targets, ...given } as never), 1, {});
    expect(refusal({})).toBeNull();
    expect(refusal({ weights: { other: 2 } })).toContain('no target');
    expect(refusal({ algorithm: 'most-recent' })).toContain('needs a `timeout`');
    expect(refusal({ algorithm: 'maglev', 'table-size': 100 })).toContain('prime');
    expect(refusal({ algorithm: 'least-load', 'check-every': 100 })).toContain('own-queue');
    expect(refusal({ layer: '4', routes })).toContain('no `routes`');
    expect(refusal({ routes: [{ exact: false, to: ['other'] }] })).toContain('no target');
  });
});
