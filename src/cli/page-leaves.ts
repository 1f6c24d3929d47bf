/**
 * What the engine of a page leaves out unless its scenario says one of these words: code for keys,
 * machines and objects that the scenario does not have. `#` names one export of a file. What
 * another part of the program asks for stays, except interfaces, which are data.
 */
const leaves: { readonly [file: string]: readonly string[] } = {
  'src/checks/models/coordination.ts': ['coordination'],
  'src/checks/models/counter.ts': ['counter', 'pn-counter'],
  'src/checks/models/fencing-lock.ts': ['lock'],
  'src/checks/models/ids.ts': ['ids'],
  'src/checks/models/queue.ts': ['queue'],
  'src/checks/models/set.ts': ['set'],
  'src/interfaces/coordination.ts': ['coordination', 'lock'],
  'src/interfaces/counter.ts': ['counter'],
  'src/interfaces/ids.ts': ['ids'],
  'src/interfaces/lock.ts': ['lock', 'coordination'],
  'src/interfaces/pn-counter.ts': ['pn-counter'],
  'src/interfaces/propose.ts': ['propose'],
  'src/interfaces/queue.ts': ['queue', 'coordination'],
  'src/interfaces/set.ts': ['set'],
  'src/nodes/parts/machines/coordination.ts': ['coordination'],
  'src/nodes/parts/machines/counter.ts': ['counter'],
  'src/nodes/parts/machines/decisions.ts': ['decisions'],
  'src/nodes/parts/machines/ids.ts': ['ids'],
  'src/nodes/parts/machines/locks.ts': ['locks', 'coordination'],
  'src/nodes/parts/machines/queue.ts': ['queue'],
  'src/scenarios/nemesis/nemesis.ts': ['nemesis'],
  'src/scenarios/nemesis/repertoire.ts': ['nemesis'],
  'src/scenarios/run/never.ts#NeverWatch': ['never'],
  'src/scenarios/run/trigger.ts#bindCondition': ['when', 'never'],
  'src/scenarios/run/trigger.ts#comparesOf': ['when', 'never'],
  'src/scenarios/sections/calls.ts#readCalls': ['calls'],
  'src/scenarios/sections/command.ts#readCommand': ['command'],
  'src/scenarios/sections/condition.ts#conditionIn': ['never', 'when'],
  'src/scenarios/sections/condition.ts#readCondition': ['when', 'never'],
  'src/scenarios/sections/load-shape.ts#highestOf': ['shape'],
  'src/scenarios/sections/load-shape.ts#readShape': ['shape'],
  'src/scenarios/sections/machines.ts#readMachines': ['machines'],
  'src/scenarios/sections/matrix.ts#readMatrix': ['matrix'],
  'src/scenarios/sections/measured-metric.ts#findMeasured': ['measured', 'show', 'slo'],
  'src/scenarios/sections/nemesis.ts': ['nemesis'],
  'src/scenarios/sections/network.ts#readLinks': ['links'],
  'src/scenarios/sections/network.ts#readRegionLinks': ['regions'],
  'src/scenarios/sections/objectives.ts#readObjectives': ['slo'],
  'src/scenarios/sections/seeds.ts#readSeeds': ['seeds'],
  'src/scenarios/sections/show.ts#readShow': ['show'],
  'src/scenarios/sections/time-for-retries.ts#warnOfShortTimes': ['calls'],
  'src/scenarios/verdict/metastable.ts#isOverload': ['recovers'],
  'src/scenarios/verdict/metastable.ts#whatFeeds': ['recovers'],
  'src/scenarios/verdict/promise.ts#promiseOf': ['slo'],
  'src/workloads/client/actor.ts#ActingClient': ['calls', 'actor'],
  'src/workloads/client/actor.ts#oneCall': ['calls', 'actor'],
};

/** Those that a scenario with these words has no use for, each with a word that would keep it. */
export function leavesWithout(words: ReadonlySet<string>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(leaves).flatMap(([file, keepers]) =>
      keepers.some((word) => words.has(word)) ? [] : [[file, keepers[0] ?? ''] as const],
    ),
  );
}
