import { expect, test } from 'vitest';
import type { PageFault } from './page-model.ts';
import { eventSteps, type StoryParts } from './story.ts';

const node = (name: string) => ({ name, isClient: false, group: 'g', region: null, pinned: null });
const note = (at: number, atUs: number, label: string) => {
  return { node: at, atUs, n: atUs, label, text: '' };
};
const fault: PageFault = {
  name: 'cut',
  label: 'a | b',
  fromUs: 50,
  untilUs: 900,
  isHealed: false,
  sides: [],
};
const parts: StoryParts = {
  nodes: [node('a'), node('b'), node('c')],
  faults: [fault],
  roles: [],
  downs: [
    { node: 0, fromUs: 100, untilUs: 300, what: 'down' },
    { node: 1, fromUs: 0, untilUs: 400, what: 'not started' },
    { node: 2, fromUs: 500, untilUs: 600, what: 'paused' },
    { node: 0, fromUs: 700, untilUs: 900, what: 'down' },
  ],
  notes: [
    note(2, 20, 'role'),
    note(0, 100, 'crash'),
    note(0, 300, 'boot'),
    note(1, 400, 'boot'),
    note(2, 500, 'pause'),
    note(2, 600, 'resume'),
    note(0, 700, 'crash'),
  ],
  history: [],
  texts: [],
};
const said = (of: StoryParts) =>
  eventSteps(of, 0, 1000).map(({ words, select }) => `${select} ${words.join('')}`);

test('a step of a life selects its note, and what lasts to the end has no second step', () => {
  expect(said(parts)).toEqual([
    'f0 cut strikes: a | b.',
    'n1 a crashes.',
    'n2 a is up again.',
    'n3 b starts.',
    'n4 c stops for a while.',
    'n5 c is up again.',
    'n6 a crashes.',
  ]);
});

test('a fault that heals says so, and a strike says already who goes down', () => {
  const healed = { ...fault, fromUs: 100, untilUs: 300, isHealed: true };
  expect(said({ ...parts, faults: [healed] })).toEqual([
    'f0 cut strikes: a | b.',
    'f0 cut heals.',
    'n3 b starts.',
    'n4 c stops for a while.',
    'n5 c is up again.',
    'n6 a crashes.',
  ]);
});
