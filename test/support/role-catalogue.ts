/** A catalogue of the kinds with roles, every fault and the register, for tests. */
import { metrics } from '../../src/checks/metrics/index.ts';
import { selectorWords } from '../../src/faults/parts/select.ts';
import type { Catalogue, Shelf } from '../../src/scenarios/sections/catalogue.ts';
import type { AnySystem } from '../../src/sim/system.ts';
import register from '../../src/workloads/register.ts';
import { briefly, parseText, smallCatalogue } from '../scenarios/small-catalogue.ts';
import { allFaults } from './all-faults.ts';
import { ledger, lock } from './ledger.ts';

function shelf<T extends { readonly name: string; readonly summary: string }>(
  ...items: readonly T[]
): Shelf<T> {
  return {
    items: new Map(items.map((item) => [item.name, item])),
    summaries: new Map(items.map((item) => [item.name, item.summary])),
  };
}

export const roleCatalogue: Catalogue = {
  ...smallCatalogue,
  systems: shelf<AnySystem>(ledger, lock, ...smallCatalogue.systems.items.values()),
  faults: shelf(...allFaults.values()),
  workloads: shelf(register),
  metrics: shelf(...metrics.values()),
  selectorWords,
};

/** What is complained of, without the places, which move with every word of the text. */
export function complaintsOf(file: string): readonly string[] {
  const { diagnostics } = parseText(file, { catalogue: roleCatalogue });
  return briefly(diagnostics).map((line) => line.replace(/ \d+:\d+/, ''));
}
