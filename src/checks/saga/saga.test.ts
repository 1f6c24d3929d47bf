// Sagas by how they ended.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import type { Plain } from '../../sim/node.ts';

import { judge as saga } from './index.ts';
import { type AuditEntry, endOf } from './saga.ts';

describe('saga', () => {
  const trip = '0-5 a saga {"id": "s", "steps": ["flight", "hotel"]}\n';
  const judged = (mark: string, ...entries: readonly string[]) => {
    const audit = entries.map((entry) => `["s", ${entry.replace(/(\w+)/g, '"$1"')}]`).join(',');
    return ask(saga, told(`${trip.replace('0-5', `0-5${mark}`)} 6-7 b audit -> [${audit}]`));
  };

  it('ends with all steps done, or all compensated in reverse order', () => {
    expect(brief(judged('', 'flight, done', 'hotel, done'))).toBe('pass');
    const back = ['flight, done', 'hotel, done', 'hotel, compensated', 'flight, compensated'];
    expect(brief(judged('!', ...back))).toBe('pass');
    expect(brief(judged('?', ...back))).toBe('pass');
    expect(brief(judged('!'))).toBe('pass');
  });

  it('names what is wrong', () => {
    const half = judged('?', 'flight, done');
    expect(brief(half)).toBe('fail: half-done 1');
    expect(half.summary).toBe('Of the saga #0 (flight, hotel) it stopped after flight, by #1.');
    const order = ['flight, done', 'hotel, done', 'flight, compensated', 'hotel, compensated'];
    expect(brief(judged('!', ...order))).toBe('fail: wrong-order 1');
    expect(brief(judged('!', 'flight, done', 'flight, done'))).toBe('fail: done-twice 1');
    expect(brief(judged('!', 'hotel, done'))).toBe('fail: step-skipped 1');
    expect(brief(judged('!', 'flight, compensated'))).toBe('fail: compensated-in-vain 1');
    expect(brief(judged('!', 'flight, done', 'flight, compensated', 'hotel, done'))).toBe(
      'fail: done-after-compensation 1',
    );
    expect(brief(judged('!', 'car, done'))).toBe('fail: unknown-step 1');
    expect(brief(judged('', 'flight, done', 'flight, compensated'))).toBe(
      'fail: acknowledged-but-not-done 1',
    );
    expect(brief(judged('!', 'flight, done', 'hotel, done'))).toBe('fail: refused-but-done 1');
    expect(
      brief(
        ask(
          saga,
          told(
            `${trip} 6-7 b audit -> [["s","flight","done"],["s","hotel","done"],["t","car","done"]]`,
          ),
        ),
      ),
    ).toBe('fail: from-nowhere 1');
  });

  it('agrees with the definition on every audit of up to six entries', () => {
    const steps = ['x', 'y'];
    const entries: AuditEntry[] = steps.flatMap((step) => [
      { saga: 's', step, action: 'done' as const },
      { saga: 's', step, action: 'compensated' as const },
    ]);
    // Some steps done in order; then nothing if they are all, or all of them undone backwards.
    const legal = new Set(['']);
    for (let done = 1; done <= steps.length; done++) {
      const forth = steps.slice(0, done).map((step) => `${step}+`);
      const back = steps
        .slice(0, done)
        .toReversed()
        .map((step) => `${step}-`);
      legal.add([...forth, ...back].join(' '));
      if (done === steps.length) legal.add(forth.join(' '));
    }
    let [right, wrong] = [0, 0];
    const visit = (audit: readonly AuditEntry[]) => {
      const text = audit
        .map(({ step, action }) => `${step}${action === 'done' ? '+' : '-'}`)
        .join(' ');
      const { end } = endOf(steps as readonly Plain[], audit);
      expect([text, end !== 'wrong']).toEqual([text, legal.has(text)]);
      if (end === 'wrong') wrong++;
      else right++;
      if (audit.length < 6) for (const entry of entries) visit([...audit, entry]);
    };
    visit([]);
    expect([right, wrong]).toEqual([4, 5457]);
  });

  it('needs an audit after the last saga', () => {
    expect(ask(saga, told(`${trip} 1-2 b audit -> []`)).verdict).toBe('unknown');
    expect(ask(saga, told('0-1 a saga 7')).verdict).toBe('unknown');
  });
});
