/** Batteries of scenarios that a test writes, of a few seeds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import {
  type Battery,
  type BatteryOptions,
  planBattery,
} from '../../src/scenarios/tradeoff/battery.ts';
import { concludeBattery } from '../../src/scenarios/tradeoff/conclude.ts';
import { measureTask } from '../../src/scenarios/tradeoff/measure.ts';
import type { Tradeoff } from '../../src/scenarios/tradeoff/tradeoff.ts';

/** A store called `kv` under a load of registers; `nodes` and `clients` as in YAML. */
export function storeText(nodes: string, clients = '', network = 'latency: 1ms..3ms'): string {
  return `name: store
seed: 1
duration: 20s
nodes:
  ${nodes}
network: { ${network} }
clients:
  load: { workload: register, target: kv, per-node: 1, rate: 60/s, keys: 5, timeout: 200ms${clients} }
expect: ['availability >= 1%']
`;
}

export async function scenarioOfText(text: string): Promise<Scenario> {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-tradeoff-'));
  try {
    writeFileSync(join(folder, 'store.yaml'), text);
    const { scenario, diagnostics } = await loadScenario('store.yaml', { cwd: folder });
    if (scenario === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    return scenario;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws where there is nothing to measure. */
export async function batteryOf(text: string, options: BatteryOptions = {}): Promise<Battery> {
  const battery = planBattery(await scenarioOfText(text), options);
  if (typeof battery === 'string') throw new Error(battery);
  return battery;
}

/** Only the cells and other faults of these names, or all. */
export async function measured(
  text: string,
  options: BatteryOptions & { readonly cells?: readonly string[] } = {},
): Promise<Tradeoff> {
  const battery = await batteryOf(text, options);
  const { cells: wanted } = options;
  const cells = battery.cells.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const others = battery.others.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const chosen = { ...battery, cells, others };
  const struck = new Set<unknown>([...cells, ...others]);
  const tasks = battery.tasks.filter(({ cell }) => cell === null || struck.has(cell));
  return concludeBattery(
    chosen,
    tasks.map((task) => measureTask(chosen, task)),
  );
}
