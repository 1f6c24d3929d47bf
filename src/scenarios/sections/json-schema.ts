/**
 * The JSON Schema of scenario files (draft 07, the newest that YAML editors understand): completion
 * and hover for every kind, its parameters and their docs. Parameters come from zod; which of them
 * apply, by `kind` and `workload`, is put together here.
 */

import type { Checker, Metric, MetricUnit } from '../../checks/checker.ts';
import { COMMAND_PARAMS } from '../../faults/parts/command.ts';
import type { AnyFault } from '../../sim/fault.ts';
import type { Plain } from '../../sim/node.ts';
import type { AnyPolicy } from '../../sim/policy.ts';
import type { AnySystem } from '../../sim/system.ts';
import type { AnyWorkload } from '../../workloads/workload.ts';
import { NEMESIS_TABLE } from '../nemesis/parameters.ts';
import { moves } from '../nemesis/repertoire.ts';
import type { Preset } from '../presets/preset.ts';
import { CLIENT_KEYS, COMMAND, NEMESIS, NODE_KEYS } from '../values/names.ts';
import { quantities } from './condition.ts';
import { TRADEOFF_LABELS } from './expectations.ts';
import { MATRIX_SCHEMA } from './matrix.ts';
import { OBJECTIVE_TABLE } from './objective-table.ts';
import { presetDefinition } from './preset-schema.ts';
import {
  closed,
  dispatch,
  mapOf,
  nameSchema,
  oneOfNames,
  sorted,
  stubs,
  withShorthand,
} from './schema-pieces.ts';
import { withShared } from './schema-sharing.ts';
import {
  clientTable,
  faultTable,
  LINK_TABLE,
  MACHINE_TABLE,
  MEMBER_TABLE,
  NETWORK_TABLE,
  NODE_TABLE,
  ROLE_TABLE,
  TOP_TABLE,
} from './section-tables.ts';
import { SEEDS_SCHEMA } from './seeds.ts';
import { type Json, propertiesOf, sharedDefinitions } from './zod-schema.ts';

/** Everything that a scenario can name. */
export interface SchemaItems {
  readonly presets: readonly Preset[];
  readonly systems: readonly AnySystem[];
  readonly policies: readonly AnyPolicy[];
  readonly faults: readonly AnyFault[];
  readonly workloads: readonly AnyWorkload[];
  readonly checkers: readonly Checker[];
  readonly metrics: readonly Metric[];
}

/** Longer than any run, so that the bounds of a run do not appear. */
const ANY_DURATION_MS = 1e12;

/** The schema as plain data. Equal items give equal data, whatever their order. */
export function scenarioJsonSchema(items: SchemaItems): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    description: 'Nodes on a simulated network, loaded by clients, hurt by faults, and judged.',
    ...closed({ ...propertiesOf(TOP_TABLE), ...topProperties(items) }),
    definitions: definitionsOf(items),
  };
}

/**
 * As it stands in `schema/scenario.schema.json`: one definition a line. Indented, it would be twice
 * as large; on one line, two branches that each add a kind would always conflict.
 */
export function scenarioSchemaText(items: SchemaItems): string {
  const { definitions, ...head } = withShared(scenarioJsonSchema(items));
  const top = Object.entries(head).map(([key, value]) => `${JSON.stringify(key)}:${lineOf(value)}`);
  const lines = Object.entries(definitions as Json).map(
    ([name, schema]) => `${JSON.stringify(name)}:${lineOf(schema)}`,
  );
  return `{\n${top.join(',\n')},\n"definitions":{\n${lines.join(',\n')}\n}}\n`;
}

function lineOf(value: Plain | undefined): string {
  return JSON.stringify(value ?? null);
}

function topProperties(items: SchemaItems): Json {
  return {
    seed: {
      anyOf: [
        { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        { type: 'string' },
      ],
      description: 'Where all chance comes from: a whole number, or a text in quotes.',
      default: 1,
    },
    seeds: SEEDS_SCHEMA,
    matrix: MATRIX_SCHEMA,
    nodes: mapOf({ $ref: '#/definitions/group' }, 'Groups of nodes, by name.'),
    machines: mapOf(
      closed({ ...propertiesOf(MACHINE_TABLE), region: REGION, labels: LABELS }),
      'Machines that carry several nodes: these fail together and share cores.',
    ),
    network: { $ref: '#/definitions/network' },
    clients: mapOf({ $ref: '#/definitions/load' }, 'Loads, by name.'),
    faults: {
      type: 'array',
      items: { $ref: '#/definitions/fault' },
      description: 'What strikes, and when.',
    },
    slo: mapOf(
      closed({
        ...propertiesOf(OBJECTIVE_TABLE),
        of: namesProperty(
          'Loads, groups, nodes and operations that it is about; all requests without it.',
        ),
      }),
      'What users are promised, by name: objectives with an error budget.',
    ),
    expect: { type: 'array', items: expectation(items), description: 'What must hold.' },
    show: {
      type: 'array',
      items: { type: 'string', examples: sorted(items.metrics).map(({ name }) => name) },
      description: 'Metrics and measures that are drawn over time.',
    },
    extends: {
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      description:
        'Files that this one is laid over: maps merge, lists and values replace, an empty value removes.',
    },
    vars: {
      type: 'object',
      additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
      description: 'Variables, used as `$(name)` in values.',
    },
    without: {
      type: 'object',
      description: 'A patch that takes away the mechanism that the scenario shows.',
    },
  };
}

function definitionsOf(items: SchemaItems): Json {
  const definitions: { [name: string]: Plain } = { ...sharedDefinitions() };
  const policyOf = new Map(items.policies.map((policy) => [policy.name, policy]));
  const addPolicy = ({ name, summary, params, shorthand }: AnyPolicy) => {
    definitions[`policy-${name}`] = withShorthand(params, shorthand, summary, {});
  };
  // What says the same again stands beside it: who compresses the file looks back 32 kB.
  for (const system of sorted<AnySystem>(items.systems)) {
    const { name, summary, params, roles } = system;
    definitions[`kind-${name}`] = nameSchema(system);
    definitions[`node-${name}`] = {
      description: summary,
      ...closed({ ...stubs(NODE_KEYS), ...propertiesOf(params), ...rolesOf(roles) }),
    };
    for (const preset of sorted(items.presets.filter((each) => each.kind === name))) {
      definitions[`kind-${preset.name}`] = nameSchema(preset);
      definitions[`node-${preset.name}`] = presetDefinition(preset, items.systems);
    }
    const policy = policyOf.get(name);
    if (policy !== undefined) addPolicy(policy);
  }
  for (const workload of sorted(items.workloads)) {
    const { name, summary, params } = workload;
    definitions[`workload-${name}`] = nameSchema(workload);
    definitions[`load-${name}`] = {
      description: summary,
      ...closed({ ...stubs(CLIENT_KEYS), ...propertiesOf(params) }),
    };
  }
  for (const { name, summary, params, shorthand } of sorted(items.faults)) {
    definitions[`fault-${name}`] = withShorthand(params, shorthand, summary, { of: NODES });
  }
  for (const policy of sorted(items.policies)) {
    if (!Object.hasOwn(definitions, `policy-${policy.name}`)) addPolicy(policy);
  }
  const { systems, workloads } = items;
  definitions['group'] = dispatch(
    'kind',
    'node',
    [...systems, ...items.presets],
    nodeProperties(items),
    'A group of nodes.',
  );
  definitions['load'] = dispatch('workload', 'load', workloads, loadProperties(items), 'A load.');
  definitions['fault'] = faultDefinition(items);
  definitions['network'] = networkDefinition();
  return definitions;
}

// --- Sections ------------------------------------------------------------------------------------

const NODES: Json = { $ref: '#/definitions/nodes' };
const PLACEHOLDER: Json = { $ref: '#/definitions/placeholder' };
const LABEL: Json = { type: ['string', 'number'] };
const REGION = namesProperty('Where they are: a region, or a list that the members go round.');
const LABELS: Json = {
  type: 'object',
  additionalProperties: { anyOf: [LABEL, { type: 'array', items: LABEL }] },
  description:
    'What faults may choose by, as `rack:a`: one value for all, or a list that the members go round.',
};

/** A program that speaks Maelstrom's protocol. */
const PROGRAM: Json = {
  type: 'object',
  properties: {
    exec: {
      anyOf: [
        { type: 'string' },
        { type: 'array', items: { type: ['string', 'number'] }, minItems: 1 },
      ],
      description: "The words that start a program which speaks Maelstrom's protocol.",
    },
  },
  required: ['exec'],
  additionalProperties: false,
};

function nodeProperties(items: SchemaItems): Json {
  return {
    kind: oneOfNames(
      'kind',
      [...items.systems, ...items.presets],
      'The system that runs on each node; `./x.ts` is a file of your own, `{ exec: [python3, raft.py] }` a program.',
      [{ type: 'string', pattern: '^\\.{1,2}/' }, PROGRAM],
    ),
    region: REGION,
    labels: LABELS,
    'runs-on': namesProperty(
      'The machines of `machines` that the members go round; by default each has its own.',
    ),
    only: mapOf(
      { type: ['object', 'null'] },
      'What single members have otherwise than the others, by node: parameters, cpu, disk, clock, bug.',
    ),
    calls: callsProperty(items),
    ...propertiesOf(NODE_TABLE),
  };
}

/** A role as a key gives the number of its members, or a map of what they have. */
function rolesOf(roles: AnySystem['roles'] = {}): Json {
  const place = Object.fromEntries(['region', 'labels', 'runs-on'].map((key) => [key, {}]));
  return Object.fromEntries(
    Object.entries(roles).map(([role, { doc, params = {} }]) => {
      const table = { ...ROLE_TABLE, ...MEMBER_TABLE, ...params };
      const map: Json = { ...closed({ ...propertiesOf(table), ...place }) };
      const count = { anyOf: [{ type: 'integer', minimum: 1 }, map, PLACEHOLDER] };
      return [role, { description: doc, ...count }];
    }),
  );
}

function callsProperty(items: SchemaItems): Json {
  const policies = sorted(items.policies).map(({ name }): [string, Json] => [
    name,
    { $ref: `#/definitions/policy-${name}` },
  ]);
  return mapOf(
    closed(Object.fromEntries(policies)),
    'Policies around calls, by the target called.',
  );
}

function namesProperty(description: string): Json {
  return { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], description };
}

function loadProperties(items: SchemaItems): Json {
  return {
    workload: oneOfNames('workload', items.workloads, 'What the clients do.'),
    target: {
      type: 'string',
      description:
        'The group or node they ask; the only one that answers what the workload asks by default.',
    },
    pin: {
      anyOf: [{ type: 'boolean' }, NODES],
      description: 'Pins each client to one node, in turn: of the target (true), or of a list.',
    },
    region: namesProperty(
      'Where the clients are: one region for all, or a list that they go round.',
    ),
    calls: callsProperty(items),
    options: mapOf(
      { type: ['string', 'number', 'boolean'] },
      'Fields that every request has besides its own.',
    ),
    ...propertiesOf(clientTable(ANY_DURATION_MS, '')),
  };
}

function faultDefinition(items: SchemaItems): Json {
  const fromStart = items.faults.filter((fault) => fault.fromStart).map(({ name }) => name);
  const kinds = sorted(items.faults).map(({ name }) => name);
  const refs = kinds.map((name): [string, Json] => [name, { $ref: `#/definitions/fault-${name}` }]);
  const timing = propertiesOf(faultTable(ANY_DURATION_MS, ''));
  const named = [...kinds, NEMESIS, COMMAND].map((name) => ({ required: [name] }));
  return {
    description: 'One fault: when it strikes, and exactly one key that names it.',
    ...closed({
      ...timing,
      of: { ...NODES, description: 'The nodes that it may strike; all by default.' },
      when: {
        type: 'string',
        description:
          'It strikes when this comes true: `leaders(kv) > 1`, `up(kv) < 3 and elapsed >= 10s`.',
        examples: [...quantities.values()].map(({ form }) => `${form} >= 1`),
      },
      ...Object.fromEntries(refs),
      [NEMESIS]: nemesisDefinition(items),
      [COMMAND]: commandDefinition(items),
    }),
    // A misspelt name is an unknown key, and that is enough to be told.
    oneOf: [...named, { not: { anyOf: named } }],
    if: { propertyNames: { enum: [...Object.keys(timing), 'of', 'when'] } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits it.
    then: {
      type: 'null',
      errorMessage: 'no key names the fault: `crash`, `partition`, `loss` ...',
    },
    // Something must say when it strikes; a nemesis says so itself, and some strike at the start.
    anyOf: ['at', 'every', 'when', NEMESIS, ...fromStart].map((name) => ({ required: [name] })),
  };
}

function commandDefinition({ systems }: SchemaItems): Json {
  const commands = sorted<AnySystem>(systems).flatMap(({ commands: own = {} }) =>
    Object.entries(own).map(([name, { doc, params, shorthand = null }]): [string, Json] => [
      name,
      withShorthand(params, shorthand, doc, {}),
    ]),
  );
  return {
    description:
      'A command of an operator: which nodes get it, and one command that their kind takes.',
    type: 'object',
    properties: {
      ...propertiesOf(COMMAND_PARAMS),
      of: NODES,
      set: { type: 'object', description: 'New values of parameters that may change.' },
      ...Object.fromEntries(commands),
    },
    required: ['to'],
  };
}

function nemesisDefinition({ faults }: SchemaItems): Json {
  const known = new Set(faults.map(({ name }) => name));
  const able = [...moves.values()].filter((move) => move.faults.every((kind) => known.has(kind)));
  const kinds: Json = {
    type: 'array',
    description: NEMESIS_TABLE.kinds.doc,
    items: { anyOf: able.map(({ name, doc }) => ({ const: name, description: doc })) },
  };
  return {
    description: 'Random faults within what the system claims to survive.',
    anyOf: [closed({ ...propertiesOf(NEMESIS_TABLE), kinds, of: NODES }), kinds, { type: 'null' }],
  };
}

function networkDefinition(): Json {
  const end: Json = NODES;
  return {
    description: 'How messages travel.',
    ...closed({
      ...propertiesOf(NETWORK_TABLE),
      links: {
        type: 'array',
        description: 'Links that differ; later ones win.',
        items: closed({
          between: {
            type: 'array',
            items: end,
            minItems: 2,
            maxItems: 2,
            description: 'Both directions.',
          },
          from: end,
          to: end,
          ...propertiesOf(LINK_TABLE),
        }),
      },
      regions: mapOf(
        mapOf({ $ref: '#/definitions/distribution' }, ''),
        'Latency between regions; each pair once serves both directions.',
      ),
    }),
  };
}

/** A comparison that makes sense in each unit. */
const BOUNDS: { readonly [unit in MetricUnit]: string } = {
  ratio: '>= 99%',
  ms: '< 250ms',
  count: '<= 1',
  'per-second': '>= 50/s',
  bytes: '<= 64KiB',
};

function expectation({ checkers, metrics }: SchemaItems): Json {
  const examples = sorted(metrics).map(({ name, unit }) => {
    return `${name} ${BOUNDS[unit]}`;
  });
  return {
    anyOf: [
      ...sorted(checkers).map(({ name, summary }) => ({ const: name, description: summary })),
      {
        type: 'string',
        // Not the name of a checker: an editor would add these examples to what it says of that.
        pattern: '^(felt|live)$|[ ($<>=]',
        description:
          'A metric compared with a value, `sometimes`, `felt`, `live`, `recovers within`, `never` with a condition; `in 1000 seeds`.',
        examples,
      },
      {
        type: 'object',
        properties: { tradeoff: { enum: TRADEOFF_LABELS } },
        required: ['tradeoff'],
        additionalProperties: false,
        description: 'The label of CAP and PACELC, measured by a battery of runs.',
      },
      // YAML reads `bank(total: 100)` as a map; the reader puts it together again.
      {
        type: 'object',
        patternProperties: { '^[a-z][a-z0-9 -]*\\(': {} },
        additionalProperties: false,
        description: 'A check with arguments by name: `bank(total: 100)`.',
      },
    ],
  };
}
