/**
 * A source of identifiers: `generate` with the new one as output, which nobody had got before. The
 * order does not matter, so identifiers are linearizable if and only if no two answers are the
 * same.
 */
import type { Call, SearchModel } from '../search/call.ts';
import { identityOf } from '../search/identity.ts';
import type { Scene, Story } from '../search/scene.ts';
import { plainText } from './plain-text.ts';

/** Sorted identities of those given out. */
export type Ids = readonly string[];

export const ids: SearchModel<Ids> = {
  name: 'ids',
  summary: 'generate, each answer new',
  operations: ['generate'],
  byKey: false,
  init: () => [],
  step(state, f, _input, output) {
    if (f !== 'generate') return null;
    if (output === undefined) return state;
    const id = JSON.stringify(identityOf(output));
    return state.includes(id) ? null : [...state, id].sort((a, b) => (a < b ? -1 : 1));
  },
  identify: (state) => state.join(),
  describe: (f, _input, output) => (output === undefined ? f : `${f} → ${plainText(output)}`),
  // An answer that nobody saw may be any identifier in the world, and one that need not have been
  // given can be left out.
  reduce: (calls) => ({ calls: calls.filter((call) => call.completedAtUs !== Infinity) }),
  decide,
  story,
};

function decide(calls: readonly Call[]): boolean {
  const given = new Set<string | number>();
  for (const { output } of calls) {
    if (output === undefined) continue;
    const id = identityOf(output);
    if (given.has(id)) return false;
    given.add(id);
  }
  return true;
}

function story(scene: Scene): Story | null {
  const { firm, last } = scene;
  const { output } = last.call;
  if (output === undefined) return null;
  const id = identityOf(output);
  const other = firm.find(({ call }) => {
    return call !== last.call && call.output !== undefined && identityOf(call.output) === id;
  });
  if (other === undefined) return null;
  return {
    kind: 'identifier given twice',
    text: `#${other.call.index} and #${last.call.index} both got ${plainText(output)}`,
    reasons: [`${scene.ran(other)}.`, `${scene.ran(last)}.`],
    also: [],
  };
}
