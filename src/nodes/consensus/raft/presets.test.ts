import { expect, test } from 'vitest';
import { defaultsOf } from '../../../sim/params.ts';
import { presets } from './presets.ts';
import { params, refuseSettings, settingsOf } from './settings.ts';

test.each(Object.entries(presets))('%s: settings that Raft takes', (_name, preset) => {
  const values = { ...defaultsOf(params), ...preset } as ReturnType<
    typeof defaultsOf<typeof params>
  >;
  expect(refuseSettings(values)).toBe(null);
  expect(settingsOf(values)).toMatchObject({ electionMinMs: 1000, electionMaxMs: 2000 });
});
