/** Primary by a lock, by hand: who may serve, until when, and who gives the lock back. */
import { expect, test } from 'vitest';
import { Stage } from '../../../../test/support/stage.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';
import { params, refuseSettings } from './settings.ts';

const LEASE_MS = 1000;

/** a, b, c, and a service that gives the lock to whoever `lock.owner` names. */
function group(given: object = {}) {
  const lock = { owner: 'a', token: 5, isSilent: false, released: [] as string[] };
  const stage = new Stage().addBody('locks', () => ({
    receive(ctx, from, m) {
      if (lock.isSilent) return;
      const reply = (body: object) =>
        ctx.send(from, { ...body, inReplyTo: (m as { readonly id?: number }).id } as never);
      if (m.type === 'release') lock.released.push(from);
      if (from !== lock.owner)
        reply({ type: 'error', code: m.type === 'renew' ? 'precondition-failed' : 'lock-held' });
      else if (m.type === 'acquire') reply({ type: 'acquire_ok', token: lock.token });
      else if (m.type === 'renew') reply({ type: 'renew_ok', leaseMs: LEASE_MS });
    },
  }));
  const members = ['a', 'b', 'c'];
  for (const id of members) {
    stage.addSystem(id, system, {
      params: { election: ['locks'], lease: LEASE_MS, ...given } as never,
      place: { members, group: 'db' },
    });
  }
  const asked = (at: string, body: object) => {
    const id = stage.ask(at, { key: 'x', ...body } as never);
    stage.step(30);
    return stage.answers().get(id);
  };
  return { stage, lock, asked };
}

const write = { type: 'write', value: 1 };
const read = { type: 'read' };
const roles = (stage: Stage) =>
  ['a', 'b', 'c'].map((id) => [stage.views().get(id)?.['role'], stage.views().get(id)?.['term']]);

test('nobody is primary without the lock; its token is the epoch', () => {
  const { stage, lock, asked } = group();
  lock.isSilent = true;
  stage.until(600);
  expect(roles(stage)).toEqual([
    ['replica', 0],
    ['replica', 0],
    ['replica', 0],
  ]);
  expect(asked('a', write)).toMatchObject({ code: 'temporarily-unavailable' });
  lock.isSilent = false;
  stage.until(3000);
  expect(roles(stage)).toEqual([
    ['primary', 5],
    ['replica', 5],
    ['replica', 5],
  ]);
  expect(asked('b', write)).toMatchObject({ type: 'write_ok' });
});

test('a primary stops when its lease is over by its own clock, before another can have the lock', () => {
  const { stage, lock, asked } = group();
  stage.until(3000);
  expect(asked('a', write)).toMatchObject({ type: 'write_ok' });
  lock.isSilent = true;
  // The last renewal was sent at most a third of the lease ago.
  stage.step(LEASE_MS);
  expect(asked('a', read)).toMatchObject({ code: 'temporarily-unavailable' });
  expect(roles(stage)[0]).toEqual(['replica', 5]);
});

test('a holder that is behind gives the lock back; the next one has what was acknowledged', () => {
  const { stage, lock, asked } = group({ replication: 'sync' });
  stage.until(3000);
  stage.levers().cut('a', 'c');
  expect(asked('a', write)).toMatchObject({ type: 'write_ok' });
  Object.assign(lock, { owner: 'c', token: 6 });
  stage.step(2 * LEASE_MS);
  expect(lock.released).toContain('c');
  expect(roles(stage).map(([role]) => role)).not.toContain('primary');
  Object.assign(lock, { owner: 'b', token: 7 });
  stage.step(2 * LEASE_MS);
  expect(roles(stage)[1]).toEqual(['primary', 7]);
  expect(asked('b', read)).toMatchObject({ value: 1 });
});

test('a primary that can acknowledge nothing gives the lock back', () => {
  const { stage, lock } = group({ replication: 'sync' });
  stage.until(3000);
  for (const other of ['b', 'c']) stage.levers().cut(other, 'a');
  stage.step(1200);
  expect(lock.released).toEqual(['a']);
  expect(roles(stage)[0]?.[0]).toBe('replica');
});

test('a lock and a watcher exclude each other', () => {
  const given = { ...defaultsOf(params), election: ['locks'], failover: 'watched' } as never;
  expect(refuseSettings(given, 3)).toContain('exclude each other');
});
