/**
 * A piece of YAML for each page of the manual, made from what the kind declares: what must be given
 * is given, the rest is left to its defaults. A test reads every one of them in a scenario.
 */
import type { MetricUnit } from '../checks/checker.ts';
import type { ParamSpec, ParamTable } from '../sim/params.ts';
import type { AnySystem } from '../sim/system.ts';
import { spokenBy } from '../workloads/workload.ts';
import type { Engine, Kind } from './engine.ts';

/** The example of a kind; null for what no scenario names. */
export async function exampleOf(kind: Kind): Promise<Example | null> {
  const { name } = kind;
  switch (kind.sort) {
    case 'system':
      return systemExample(await kind.load());
    case 'preset':
      return presetExample(name);
    case 'fault': {
      const { params, shorthand, example } = await kind.load();
      return faultExample(name, example ?? valueOf(params, shorthand));
    }
    case 'nemesis':
      return ['faults:', `  - { nemesis: [crash, partition], of: ${STORE} }`];
    case 'workload':
      return workloadExample(name, (await kind.load()).params);
    case 'policy': {
      const { params, shorthand } = await kind.load();
      return policyExample(name, params, shorthand);
    }
    case 'check': {
      const { params, shorthand } = await kind.load();
      return checkExample(name, params, shorthand);
    }
    case 'metric':
      return metricExample(name, (await kind.load()).unit);
    case 'interface':
    case 'judge':
      return null;
  }
}

/** A system that answers an interface, and a load that asks it; null: no load does. */
export async function askedExample(name: string, engine: Engine): Promise<Example | null> {
  let group: Example | null = null;
  let load: Example | null = null;
  for (const kind of engine.kinds()) {
    if (kind.sort === 'workload' && load === null) {
      const workload = await kind.load();
      // Not a recipe, which judges one conversation and speaks another.
      const isPlain = workload.asks.name === name && spokenBy(workload).name === name;
      if (isPlain) load = workloadExample(kind.name, workload.params);
    } else if (kind.sort === 'system' && group === null) {
      const system = await kind.load();
      const { answers } = system;
      const answersIt = Array.isArray(answers) && answers.some((each) => each.name === name);
      if (answersIt)
        group = systemExample(system).map((line) => line.replace(`my-${kind.name}`, STORE));
    }
  }
  return group === null || load === null ? group : [...group, ...load];
}

/** Lines of YAML, as they stand in a scenario. */
export type Example = readonly string[];

type ExampleSystem = Pick<AnySystem, 'name' | 'quorum' | 'roles' | 'refuse' | 'params' | 'example'>;

/** The group that others are about. */
const STORE = 'kv';
const STORE_NODES = ['kv-1', 'kv-2', 'kv-3'];
const STORE_LINE = `  ${STORE}: { kind: raft, count: 3 }`;

function systemExample(system: ExampleSystem): Example {
  const { name } = system;
  const given = requiredOf(system.params as ParamTable);
  const members = membersOf(system);
  const count = members === null ? [] : [`count: ${members}`];
  const fields = [`kind: ${name}`, ...count, ...fieldsOf(given, system.example)];
  const needsStore = Object.values(given).some(({ type }) => type === 'nodes');
  return ['nodes:', `  my-${name}: { ${fields.join(', ')} }`, ...(needsStore ? [STORE_LINE] : [])];
}

/** As many as make sense with the usual parameters; null: one, or what its roles say. */
function membersOf({ params, quorum, roles, refuse }: ExampleSystem): number | null {
  if (roles !== undefined) return null;
  const values = Object.entries(params as ParamTable).map(([name, spec]) => [
    name,
    spec.type === 'nodes' ? STORE_NODES : spec.default,
  ]);
  const takes = (members: number) =>
    refuse === undefined || refuse(Object.fromEntries(values), members, {}) === null;
  const wanted = quorum === undefined ? [1, 3, 2] : [3, 1, 5];
  const members = wanted.find(takes) ?? 1;
  return members === 1 ? null : members;
}

function presetExample(name: string): Example {
  return ['nodes:', `  store: { kind: ${name}, count: 3 }`];
}

function faultExample(name: string, value: string): Example {
  return ['faults:', `  - { at: 5s, for: 5s, ${name}: ${value} }`];
}

function workloadExample(name: string, params: ParamTable): Example {
  const fields = [
    `workload: ${name}`,
    `target: ${STORE}`,
    'count: 3',
    'rate: 50/s',
    ...fieldsOf(requiredOf(params)),
  ];
  return ['clients:', `  load: { ${fields.join(', ')} }`];
}

function policyExample(name: string, params: ParamTable, shorthand: string | null): Example {
  return [
    'clients:',
    `  load:`,
    `    { workload: register, target: ${STORE}, count: 3, rate: 50/s,`,
    `      calls: { ${STORE}: { ${name}: ${valueOf(params, shorthand)} } } }`,
  ];
}

function checkExample(name: string, params: ParamTable, shorthand: string | null): Example {
  const given = Object.entries(requiredOf(params)).map(([param, spec]) =>
    param === shorthand ? sampleOf(spec) : `${param}: ${sampleOf(spec)}`,
  );
  return ['expect:', `  - ${name}${given.length === 0 ? '' : `(${given.join(', ')})`}`];
}

function metricExample(name: string, unit: MetricUnit): Example {
  return ['expect:', `  - ${name} <= ${amountOf(unit)}`];
}

export function noteExample(label: string): Example {
  return ['expect:', `  - sometimes '${label}'`];
}

export function selectorExample(word: string): Example {
  const value = word === 'another' ? '[leader, another]' : word;
  return ['faults:', `  - { at: 5s, for: 2s, of: ${STORE}, crash: ${value} }`];
}

export function errorExample(code: string): Example {
  return [
    'faults:',
    `  - { at: 5s, for: 5s, error-rate: { nodes: ${STORE}, ratio: 10%, code: ${code} } }`,
  ];
}

function amountOf(unit: MetricUnit): string {
  switch (unit) {
    case 'ms':
      return '250ms';
    case 'ratio':
      return '95%';
    case 'per-second':
      return '100/s';
    case 'bytes':
      return '64KiB';
    default:
      return '3';
  }
}

/** The value of an entry: short where there is a short form, and a map where more is needed. */
function valueOf(params: ParamTable, shorthand: string | null): string {
  const required = requiredOf(params);
  const short = shorthand === null ? undefined : params[shorthand];
  const others = Object.keys(required).filter((name) => name !== shorthand);
  if (short !== undefined && others.length === 0) return sampleOf(short);
  const fields = fieldsOf(required);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function requiredOf(params: ParamTable): ParamTable {
  return Object.fromEntries(
    Object.entries(params).filter(
      ([, spec]) => spec.default === undefined && spec.optional !== true,
    ),
  );
}

function fieldsOf(
  params: ParamTable,
  own: { readonly [param: string]: string } = {},
): readonly string[] {
  return Object.entries(params).map(([name, spec]) => `${name}: ${own[name] ?? sampleOf(spec)}`);
}

/** A value of this type, within its bounds. */
function sampleOf(spec: ParamSpec): string {
  switch (spec.type) {
    case 'integer':
      return String(within(spec, 3));
    case 'keys':
      return String(within(spec, 5));
    case 'number':
      return `${within(spec, 2)}${spec.unit === undefined ? '' : spec.unit}`;
    case 'ratio':
      return `${within(spec, 0.1) * 100}%`;
    case 'duration':
      return `${within(spec, 100)}ms`;
    case 'duration-range':
      return '100ms..200ms';
    case 'distribution':
      return '10ms';
    case 'rate':
      return `${within(spec, 50)}/s`;
    case 'bytes':
      return '64KiB';
    case 'bandwidth':
      return '1MiB/s';
    case 'boolean':
      return 'true';
    case 'choice':
      return spec.options[0] ?? '';
    case 'text':
      return 'word';
    case 'nodes':
      return STORE;
    case 'selector':
      return 'one';
    case 'list':
      return spec.of.type === 'selector' ? '[one, another]' : `[${sampleOf(spec.of)}]`;
    case 'map':
      return `{ word: ${sampleOf(spec.of)} }`;
    case 'object':
      return `{ ${fieldsOf(requiredOf(spec.fields)).join(', ')} }`;
  }
}

function within({ min, max }: { readonly min?: number; readonly max?: number }, usual: number) {
  return Math.min(max ?? usual, Math.max(min ?? usual, usual));
}
