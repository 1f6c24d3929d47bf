/**
 * Not listed. Every metric, by its name: the numbers that `expect:` can compare, as in
 * `availability(majority) >= 90% during partition`.
 *
 * An operation belongs to the window in which it was invoked. A measurement without a value found
 * nothing of its kind to measure, and is never taken for a good one.
 */
import type { Metric } from './checker.ts';
import { availability, longestGap } from './metrics/availability.ts';
import { latencies } from './metrics/latency.ts';
import { leaders, leadersPerTerm } from './metrics/leaders.ts';
import { dropped, messages, messagesPerOperation } from './metrics/messages.ts';
import { errors, operations, throughput } from './metrics/operations.ts';
import { staleness } from './metrics/staleness.ts';

export const metrics: ReadonlyMap<string, Metric> = new Map(
  [
    availability,
    longestGap,
    ...latencies,
    operations,
    throughput,
    errors,
    leaders,
    leadersPerTerm,
    messages,
    messagesPerOperation,
    dropped,
    ...staleness,
  ].map((metric) => [metric.name, metric]),
);
