/**
 * The form of a scenario in zod, made from the same declarations that the reader uses. It knows
 * shapes, units and docs; what depends on other parts of a scenario (names, counts, times) only the
 * reader knows.
 *
 * Every value may also be a variable, and every parameter a draw. Nothing is required: a file may
 * hold what others extend.
 */
import * as z from 'zod';
import { ALL_BUT } from '../../faults/parts/select.ts';
import type { Plain } from '../../sim/node.ts';
import type { ParamSpec, ParamTable } from '../../sim/params.ts';
import { distributionTables } from '../values/distribution-reader.ts';
import { KEYS_TABLE } from '../values/keys-reader.ts';
import { namedLatencies } from '../values/named-latencies.ts';
import { DRAW_KEY } from '../values/names.ts';
import { boundsOf, type SectionSpec } from '../values/param-text.ts';
import { writtenForm } from '../values/written-form.ts';

/** `0.5`, `2,942`. */
const NUMBER = String.raw`(\d+(\.\d+)?|\.\d+|\d{1,3}(,\d{3})+(\.\d+)?)`;
/** `100 ms`, `1m 30s`. */
const DURATION = `-?${NUMBER} *(us|µs|μs|ms|s|m|h|d)( *${NUMBER} *(us|µs|μs|ms|s|m|h|d))*`;

/** Schemas with a name, to be referred to by it. */
export const namedSchemas = new Map<string, z.ZodType>();

function named<T extends z.ZodType>(id: string, description: string, schema: T): T {
  const described = schema.meta({ description });
  namedSchemas.set(id, described);
  return described;
}

/** `$(name)`, alone or within a text. */
const variable = named(
  'variable',
  'A variable: `$(name)` or `$(name:-default)`.',
  z.string().regex(/\$\(/),
);

const draw = named(
  'draw',
  'A value drawn by the seed, from a list or a range: `{ any: [3, 5] }`, `{ any: 1ms..9ms }`.',
  z.strictObject({ [DRAW_KEY]: z.union([z.string(), z.array(z.any())]) }),
);

const removed = named('removed', 'Takes away what a file that this one extends has set.', z.null());

const placeholder = named(
  'placeholder',
  'A variable, a draw by the seed, or nothing, which takes away what another file has set.',
  z.union([variable, draw, removed]),
);

const latency = named(
  'latency',
  'A latency by name: `same-datacenter`, `disk-seek`.',
  z.enum([...namedLatencies.keys()]),
);

const quantities = {
  duration: named(
    'duration',
    'A duration: `10us`, `1.5ms`, `2s`, `1m30s`, `1h`; or a latency by name.',
    z.union([orZero(new RegExp(`^${DURATION}$`)), latency]),
  ),
  'duration-range': named(
    'duration-range',
    'A range of durations: `150ms..300ms`; or one duration for both ends.',
    z.union([orZero(new RegExp(`^(${DURATION}|0)(\\.\\.(${DURATION}|0))?$`)), latency]),
  ),
  rate: named('rate', 'A rate: `50/s`, `10/m`, `1/h`.', orZero(new RegExp(`^${NUMBER} */[smh]$`))),
  bytes: named(
    'bytes',
    'A size: `512B`, `64KiB`, `1MB`.',
    orZero(new RegExp(`^${NUMBER} *([kMGT]?B|[KMGT]iB)$`)),
  ),
  bandwidth: named(
    'bandwidth',
    'A bandwidth: `64KiB/s`, `1MB/s`, or in bits `8Mbit/s`.',
    orZero(new RegExp(`^${NUMBER} *([kMG]?B|[KMG]iB|[kMG]?bit)/s$`)),
  ),
  ratio: named(
    'ratio',
    'A ratio: `0.1%`, `500ppm`, or a number from 0 to 1.',
    z.union([z.number().min(0).max(1), z.string().regex(new RegExp(`^${NUMBER} *(%|ppm)$`))]),
  ),
  ppm: named('ppm', 'A drift: `50ppm`, `-20ppm`.', orZero(new RegExp(`^[-+]?${NUMBER} *(ppm|%)$`))),
};

function orZero(pattern: RegExp): z.ZodType {
  return z.union([z.literal(0), z.string().regex(pattern)]);
}

const distribution: z.ZodType = named(
  'distribution',
  'A duration, a range (uniform), a named latency, or a distribution by name.',
  z.lazy(() =>
    z.union([
      quantities['duration-range'],
      variable,
      ...Object.entries(distributionTables).map(([kind, table]) =>
        z.strictObject({ [kind]: objectSchema(table) }),
      ),
      z.strictObject({ table: z.array(z.tuple([quantities.duration, z.number().min(0)])) }),
      z.strictObject({
        mixture: z.array(z.strictObject({ weight: z.number().min(0), of: distribution })),
      }),
    ]),
  ),
);

const nodes = named(
  'nodes',
  'The name of a node, group or region, a role `role:participant`, a label `rack:a`, or a list of them.',
  z.union([z.string(), z.array(z.string())]),
);

const selector: z.ZodType = named(
  'selector',
  'Nodes: a name, a word such as `leader`, a role such as `role:candidate`, a label such as `rack:a`, a number, a list of these, or `all-but` before one of them.',
  z.lazy(() =>
    z.union([
      z.string(),
      z.int().min(1),
      z.strictObject({ role: z.string() }),
      z.strictObject({ [ALL_BUT]: selector }),
      z.array(z.union([z.string(), z.strictObject({ role: z.string() })])),
    ]),
  ),
);

/** A map with these parameters and no others. */
export function objectSchema(table: ParamTable): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(table).map(([key, spec]) => [key, paramSchema(spec).optional()]),
    ),
  );
}

/** What may be written for a parameter. */
export function paramSchema(spec: ParamSpec & SectionSpec): z.ZodType {
  const preset = spec.default === undefined ? {} : { default: writtenForm(spec, spec.default) };
  return z
    .union([valueSchema(spec), placeholder])
    .meta({ description: spec.doc, ...(preset as { default?: Plain }) });
}

function valueSchema(spec: ParamSpec & SectionSpec): z.ZodType {
  if (spec.unit === 'ppm') return quantities.ppm;
  switch (spec.type) {
    case 'integer':
    case 'number': {
      const { min, max } = boundsOf(spec.type, spec);
      let number: z.ZodNumber = spec.type === 'integer' ? z.int() : z.number();
      if (min !== -Infinity) number = number.min(min);
      if (max !== Infinity) number = number.max(max);
      return number;
    }
    case 'keys':
      return z.union([z.int().min(spec.min ?? 0), objectSchema(KEYS_TABLE)]);
    case 'ratio':
    case 'duration':
    case 'duration-range':
    case 'rate':
    case 'bytes':
    case 'bandwidth':
      return quantities[spec.type];
    case 'boolean':
      return z.boolean();
    case 'choice':
      return z.enum(spec.options as readonly [string, ...string[]]);
    case 'text':
      return z.union([z.string(), z.number(), z.boolean()]);
    case 'nodes':
      return nodes;
    case 'selector':
      return selector;
    case 'distribution':
      return distribution;
    case 'list':
      return z.array(paramSchema(spec.of));
    case 'map':
      return z.record(z.string(), paramSchema(spec.of));
    case 'object':
      return objectSchema(spec.fields);
  }
}

/** A bare value, where a fault or policy takes one for all its parameters. */
export function shorthandSchema(table: ParamTable, shorthand: string | null): z.ZodType | null {
  const spec = shorthand === null ? undefined : table[shorthand];
  return spec === undefined ? null : paramSchema(spec);
}
