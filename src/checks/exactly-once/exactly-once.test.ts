// Effects by how often each took place.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as exactlyOnce } from './index.ts';

describe('exactly-once', () => {
  const requests = '0-1 a apply r1\n 2-3? a apply r2\n 4-5! b apply r3\n';

  it.each([
    ['["r1"]', 'pass', 'pass', 'pass'],
    ['["r1", "r2"]', 'pass', 'pass', 'pass'],
    ['["r2"]', 'fail: never-applied 1', 'fail: never-applied 1', 'pass'],
    ['["r1", "r1"]', 'fail: applied-twice 1', 'pass', 'fail: applied-twice 1'],
    ['["r1", "r2", "r2"]', 'fail: applied-twice 1', 'pass', 'fail: applied-twice 1'],
    ['["r1", "r3"]', ...Array(3).fill('fail: refused-but-applied 1')],
    ['["r1", "r9"]', ...Array(3).fill('fail: from-nowhere 1')],
  ])('%s', (effects, ...verdicts) => {
    const history = told(`${requests} 6-7 c read -> ${effects}`);
    const found = exactlyOnce.consistencies.map((consistency) =>
      brief(ask(exactlyOnce, history, { consistency })),
    );
    expect(found).toEqual(verdicts);
  });

  it('takes tries under one id for one request', () => {
    const retried = told(
      '0-1! a apply r1\n 2-3? a apply r1\n 4-5 b apply r1\n 6-7 c read -> ["r1"]',
    );
    expect(ask(exactlyOnce, retried)).toMatchObject({
      verdict: 'pass',
      numbers: { requestCount: 1 },
    });
  });

  it('needs a read after the last request', () => {
    expect(ask(exactlyOnce, told('0-3 a apply r1\n 2-4 c read -> []')).verdict).toBe('unknown');
  });

  it('counts what an earlier read shows as done', () => {
    const result = ask(
      exactlyOnce,
      told('0-1? a apply r\n 2-3 b read -> ["r"]\n 4-5 b read -> []'),
    );
    expect(result.summary).toBe('#0, the request r, was seen by #1, but had no effect by #2.');
  });
});
