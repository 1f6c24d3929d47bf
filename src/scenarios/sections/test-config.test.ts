import { expect, test } from 'vitest';
import { readTestConfig } from './test-config.ts';

test('rulers of comments take no time', () => {
  const ruler = `${'#'.repeat(80)}\n`;
  const { config } = readTestConfig('dsim.config.yaml', `${ruler}seeds: 3..4\n${ruler}`);
  expect(config?.seeds).toEqual([{ first: 3, last: 4 }]);
});

test.each(['', ' \n', '# nothing\n\n  # yet\n'])('%j says nothing', (text) => {
  const { config, diagnostics } = readTestConfig('dsim.config.yaml', text);
  expect(diagnostics.list()).toEqual([]);
  expect(config?.seeds).toBeNull();
});
