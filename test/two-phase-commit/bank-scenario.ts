/** Banks that commit in two phases, out of YAML without files, and what became of them. */
import bankChecker from '../../src/checks/bank/index.ts';
import system from '../../src/nodes/transactions/two-phase-commit/index.ts';
import type { Result } from '../../src/scenarios/result.ts';
import { type SimulateOptions, simulate } from '../../src/scenarios/simulate.ts';
import bank from '../../src/workloads/bank.ts';
import { scenarioOf } from '../scenarios/small-catalogue.ts';
import { roleCatalogue } from '../support/role-catalogue.ts';

const only = <T extends { readonly name: string; readonly summary: string }>(item: T) => ({
  items: new Map([[item.name, item]]),
  summaries: new Map([[item.name, item.summary]]),
});

export const bankCatalogue = {
  ...roleCatalogue,
  systems: only(system),
  workloads: only(bank),
  checkers: only(bankChecker),
} as unknown as typeof roleCatalogue;

export function run(text: string, options: SimulateOptions = { checkInvariants: true }): Result {
  return simulate(scenarioOf(text, { catalogue: bankCatalogue }), options);
}

/** What was violated, in words; null if nothing was. */
export function violationOf(result: Result): string | null {
  if (result.error !== null) return `${result.error.kind}: ${result.error.message}`;
  const broken = result.judged.find(({ state }) => state !== 'held');
  return broken === undefined ? null : `${broken.text}: ${broken.because}`;
}

export interface Chaos {
  readonly seed: number;
  /** Of the group: `, presume: commit`. */
  readonly group?: string;
  readonly faults?: string;
  readonly seconds?: number;
}

const FAULTS = `
  - { at: 300ms, every: 200ms..900ms, for: 30ms, until: 3500ms, crash: { of: bank, nodes: one } }
  - { at: 500ms, every: 600ms..900ms, for: 250ms, until: 3500ms, crash: { of: bank, nodes: one } }
  - { at: 700ms, every: 1s..2s, for: 300ms, until: 3500ms, partition: { of: bank, isolate: one } }
  - { at: 100ms, for: 3s, duplicate: 20% }`;

/** A few seconds of crashes, partitions, loss and doubled messages. */
export function chaos({ seed, group = '', faults = FAULTS, seconds = 4 }: Chaos): string {
  return `
name: chaos
seed: ${seed}
duration: ${seconds}s
nodes:
  bank: { kind: two-phase-commit, participant: 3, vote-timeout: 100ms, lock-timeout: 50ms, ask-every: 60ms, accounts: 6, disk: { sync: 1ms..8ms }${group} }
network: { latency: { lognormal: { median: 2ms, p99: 30ms } }, loss: 2%, duplicate: 5%, reorder: 5% }
clients:
  load: { workload: bank, target: bank, count: 4, think: 1ms..10ms, reads: 25%, accounts: 6, timeout: 400ms }
faults:${faults}
expect:
  - bank(total: 600)
`;
}
