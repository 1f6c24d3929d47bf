/**
 * `--time-scale 30`: every duration of the store divided by 30. Time-outs of real systems are often
 * longer than a partition that can be simulated many times; what is not the store's own stays as it
 * is: latencies, disks, and the patience of clients.
 */
import type { DistributionSpec } from '../../sim/distribution.ts';
import type { DurationRange, ParamSpec, ParamTable } from '../../sim/params.ts';
import type { GroupSpec, MemberSettings } from '../scenario.ts';

/** The group with the durations of its parameters divided. */
export function dividedTimes(group: GroupSpec, by: number): GroupSpec {
  if (by === 1) return group;
  const roles = Object.values(group.system.roles ?? {}) as readonly { params?: ParamTable }[];
  const table: ParamTable = Object.assign({}, ...roles.map(({ params }) => params ?? {}), {
    ...(group.system.params as ParamTable),
  });
  const divide = (params: MemberSettings['params']) => dividedParams(params, table, by);
  const { different } = group;
  return {
    ...group,
    params: divide(group.params),
    ...(different === undefined
      ? {}
      : {
          different: new Map(
            [...different].map(([node, { params, ...rest }]) => [
              node,
              params === undefined ? rest : { ...rest, params: divide(params) },
            ]),
          ),
        }),
  };
}

function dividedParams(
  params: MemberSettings['params'],
  table: ParamTable,
  by: number,
): MemberSettings['params'] {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const spec = table[name];
      return [name, spec === undefined ? value : divided(value, spec, by)];
    }),
  );
}

function divided(value: unknown, spec: ParamSpec, by: number): unknown {
  if (value === undefined || value === null) return value;
  switch (spec.type) {
    case 'duration':
      return (value as number) / by;
    case 'duration-range': {
      const { minMs, maxMs } = value as DurationRange;
      return { minMs: minMs / by, maxMs: maxMs / by };
    }
    case 'distribution':
      return scaledDistribution(value as DistributionSpec, 1 / by);
    case 'list':
      return (value as readonly unknown[]).map((one) => divided(one, spec.of, by));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, one]) => [key, divided(one, spec.of, by)]),
      );
    case 'object':
      return dividedParams(value as MemberSettings['params'], spec.fields, by);
    default:
      return value;
  }
}

/** The distribution of a value that is this many times as large. */
export function scaledDistribution(spec: DistributionSpec, by: number): DistributionSpec {
  switch (spec.kind) {
    case 'constant':
      return { ...spec, value: spec.value * by };
    case 'uniform':
      return { ...spec, min: spec.min * by, max: spec.max * by };
    case 'normal':
      return { ...spec, mean: spec.mean * by, sd: spec.sd * by };
    case 'lognormal':
      return { ...spec, median: spec.median * by, p99: spec.p99 * by };
    case 'exponential':
      return { ...spec, mean: spec.mean * by, min: spec.min * by };
    case 'pareto':
      return { ...spec, scale: spec.scale * by, max: spec.max === null ? null : spec.max * by };
    case 'table':
      return { ...spec, values: spec.values.map(([value, weight]) => [value * by, weight]) };
    case 'mixture':
      return {
        ...spec,
        parts: spec.parts.map(({ weight, of }) => ({ weight, of: scaledDistribution(of, by) })),
      };
  }
}
