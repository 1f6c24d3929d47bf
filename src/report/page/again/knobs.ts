/**
 * What of a scenario may be changed in a page: its parameters with units and bounds, its faults.
 */
import type { Scenario } from '../../../scenarios/scenario.ts';
import type { Catalogue } from '../../../scenarios/sections/catalogue.ts';
import { NETWORK_TABLE } from '../../../scenarios/sections/section-tables.ts';
import { type SourceNode, valueOf } from '../../../scenarios/text/source.ts';
import { FAULT_KEYS } from '../../../scenarios/values/names.ts';
import { expectedOfSpec, quantityKindOf } from '../../../scenarios/values/param-text.ts';
import { formatQuantity } from '../../../scenarios/values/quantity-format.ts';
import type { ParamSpec, ParamTable } from '../../../sim/params.ts';
import { flowText } from './flow-text.ts';
import type { FaultEntry, Knob } from './pack.ts';

const COUNT = {
  type: 'integer',
  doc: 'How many nodes there are.',
  min: 1,
} as const satisfies ParamSpec;
const DURATION = {
  type: 'duration',
  doc: 'How long faults and load last.',
  min: 1,
} as const satisfies ParamSpec;
const LOAD_TABLE = {
  rate: { type: 'rate', doc: 'How many operations clients begin, all together.' },
  timeout: { type: 'duration', doc: 'How long a client waits for an answer.' },
} as const satisfies ParamTable;

/** `root` is the composed scenario; `scenario` is what it means. */
export function knobsOf(
  root: SourceNode,
  scenario: Scenario,
  catalogue: Catalogue,
): readonly Knob[] {
  const groups = scenario.groups.flatMap(({ name, system }) =>
    tableKnobs(root, `nodes.${name}`, name, { count: COUNT, ...system.params }),
  );
  const loads = scenario.loads.flatMap(({ name }) => {
    const kind = valueAt(root, `clients.${name}.workload`);
    const workload = kind?.kind === 'scalar' ? catalogue.workloads.items.get(kind.text) : undefined;
    return tableKnobs(root, `clients.${name}`, name, { ...LOAD_TABLE, ...workload?.params });
  });
  const faults = itemsOf(valueOf(root, 'faults')).flatMap((entry, i) => {
    const kind = kindOf(entry);
    const params = catalogue.faults.items.get(kind)?.params;
    const own = valueOf(entry, kind);
    if (params === undefined || own?.kind !== 'map') return [];
    return tableKnobs(root, `faults.${i}.${kind}`, `fault: ${kind}`, params);
  });
  return [
    ...tableKnobs(root, '', 'the run', { duration: DURATION }),
    ...groups,
    ...loads,
    ...tableKnobs(root, 'network', 'network', NETWORK_TABLE),
    ...faults,
  ];
}

function tableKnobs(
  root: SourceNode,
  below: string,
  group: string,
  table: ParamTable,
): readonly Knob[] {
  return Object.entries(table).flatMap(([name, spec]) => {
    const path = below === '' ? name : `${below}.${name}`;
    const node = valueAt(root, path);
    // Of what takes a map or a list only what is there can be changed by hand.
    if (node === null && ['map', 'list', 'object'].includes(spec.type)) return [];
    const value = node === null ? defaultText(spec) : flowText(node);
    const options =
      spec.type === 'choice' ? spec.options : spec.type === 'boolean' ? ['true', 'false'] : [];
    return [{ path, group, name, value, takes: takesText(spec), doc: spec.doc, options }];
  });
}

/** `a duration such as 50ms, at least 1ms`. */
function takesText(spec: ParamSpec): string {
  const { min, max } = spec as { readonly min?: number; readonly max?: number };
  const kind = quantityKindOf(spec) ?? (spec.type === 'duration-range' ? 'duration' : null);
  const what = expectedOfSpec(spec).replaceAll('`', '');
  if (kind === null || kind === 'integer' || kind === 'number') return what;
  const least = min === undefined ? '' : `, at least ${formatQuantity(kind, min)}`;
  return `${what}${least}${max === undefined ? '' : `, at most ${formatQuantity(kind, max)}`}`;
}

function defaultText(spec: ParamSpec): string {
  const given: unknown = spec.default;
  const kind = quantityKindOf(spec);
  if (typeof given === 'number') return kind === null ? String(given) : formatQuantity(kind, given);
  if (spec.type === 'duration-range' && spec.default !== undefined) {
    const { minMs, maxMs } = spec.default;
    return `${formatQuantity('duration', minMs)}..${formatQuantity('duration', maxMs)}`;
  }
  return typeof given === 'string' || typeof given === 'boolean' ? String(given) : '';
}

export function faultsOf(root: SourceNode): readonly FaultEntry[] {
  return itemsOf(valueOf(root, 'faults')).map((entry) => {
    const name = valueOf(entry, 'name');
    const label = name?.kind === 'scalar' ? name.text : kindOf(entry);
    const keys = entry.kind === 'map' ? entry.entries : [];
    return { label, keys: keys.map(({ key, value }) => [key, flowText(value)] as const) };
  });
}

/** The key that says which kind of fault an entry is. */
function kindOf(entry: SourceNode): string {
  const reserved: readonly string[] = FAULT_KEYS;
  const keys = entry.kind === 'map' ? entry.entries.map(({ key }) => key) : [];
  return keys.find((key) => !reserved.includes(key)) ?? '';
}

function itemsOf(node: SourceNode | null): readonly SourceNode[] {
  return node?.kind === 'list' ? node.items : [];
}

function valueAt(root: SourceNode, path: string): SourceNode | null {
  let node: SourceNode | null = root;
  for (const key of path.split('.')) {
    node = node?.kind === 'list' ? (node.items[Number(key)] ?? null) : valueOf(node, key);
  }
  return node;
}
