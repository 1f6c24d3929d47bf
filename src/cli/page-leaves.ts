/**
 * What the engine of a page leaves out unless its scenario says one of these words, or another part
 * of the program asks for it: code for keys, machines and objects that a scenario does not have.
 */
const leaves: { readonly [file: string]: readonly string[] } = {
  'src/checks/models/coordination.ts': ['coordination'],
  'src/checks/models/counter.ts': ['counter', 'pn-counter'],
  'src/checks/models/fencing-lock.ts': ['lock'],
  'src/checks/models/ids.ts': ['ids'],
  'src/checks/models/queue.ts': ['queue'],
  'src/checks/models/set.ts': ['set'],
  'src/nodes/parts/machines/coordination.ts': ['coordination'],
  'src/nodes/parts/machines/counter.ts': ['counter'],
  'src/nodes/parts/machines/decisions.ts': ['decisions'],
  'src/nodes/parts/machines/ids.ts': ['ids'],
  'src/nodes/parts/machines/locks.ts': ['locks', 'coordination'],
  'src/nodes/parts/machines/queue.ts': ['queue'],
  'src/scenarios/nemesis/nemesis.ts': ['nemesis'],
  'src/scenarios/nemesis/repertoire.ts': ['nemesis'],
  'src/scenarios/sections/nemesis.ts': ['nemesis'],
};

/** Those that a scenario with these words has no use for. */
export function leavesWithout(words: ReadonlySet<string>): readonly string[] {
  return Object.keys(leaves).filter(
    (file) => leaves[file]?.some((word) => words.has(word)) === false,
  );
}
