/**
 * Values of parameters as a person would write them in YAML: for defaults in the schema and the
 * manual.
 */
import type { DistributionSpec } from '../../sim/distribution.ts';
import type { Plain } from '../../sim/node.ts';
import type { DurationRange, ParamSpec } from '../../sim/params.ts';
import { formatQuantity } from './quantity-format.ts';

/** What reads back as this value. */
export function writtenForm(spec: ParamSpec, value: unknown): Plain {
  switch (spec.type) {
    case 'duration':
    case 'ratio':
    case 'rate':
    case 'bytes':
    case 'bandwidth':
      return value === 0 ? 0 : formatQuantity(spec.type, value as number);
    case 'number':
      if (spec.unit === undefined || value === 0) return value as number;
      return formatQuantity(spec.unit, value as number);
    case 'duration-range': {
      const { minMs, maxMs } = value as DurationRange;
      return `${formatQuantity('duration', minMs)}..${formatQuantity('duration', maxMs)}`;
    }
    case 'distribution':
      return writtenDistribution(value as DistributionSpec);
    case 'list':
      return (value as readonly unknown[]).map((item) => writtenForm(spec.of, item));
    case 'map':
      return mapOf(value as object, () => spec.of);
    case 'object':
      return mapOf(value as object, (key) => spec.fields[key]);
    default:
      return value as Plain;
  }
}

function mapOf(value: object, specOf: (key: string) => ParamSpec | undefined): Plain {
  const written = Object.entries(value).flatMap(([key, item]): [string, Plain][] => {
    const spec = specOf(key);
    return spec === undefined || item === undefined ? [] : [[key, writtenForm(spec, item)]];
  });
  return Object.fromEntries(written);
}

function writtenDistribution(spec: DistributionSpec): Plain {
  const time = (ms: number): string => formatQuantity('duration', ms);
  switch (spec.kind) {
    case 'constant':
      return time(spec.value);
    case 'uniform':
      return `${time(spec.min)}..${time(spec.max)}`;
    case 'normal':
      return { normal: { mean: time(spec.mean), sd: time(spec.sd) } };
    case 'lognormal':
      return { lognormal: { median: time(spec.median), p99: time(spec.p99) } };
    case 'exponential':
      return { exponential: { mean: time(spec.mean), min: time(spec.min) } };
    case 'pareto': {
      const max = spec.max === null ? {} : { max: time(spec.max) };
      return { pareto: { scale: time(spec.scale), shape: spec.shape, ...max } };
    }
    case 'table':
      return { table: spec.values.map(([value, weight]) => [time(value), weight]) };
    case 'mixture':
      return {
        mixture: spec.parts.map(({ weight, of }) => ({ weight, of: writtenDistribution(of) })),
      };
  }
}
