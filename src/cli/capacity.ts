/**
 * `dsim capacity`: how many servers a load needs, on the back of an envelope. The busiest hour is
 * taken for twice the mean, a server is filled to seven tenths (its queue grows beyond), a disk to
 * seven tenths, and a fifth of the data is asked for most of the time.
 */
import { formatCount } from '../sim/units.ts';
import { HELD } from './exit-codes.ts';
import type { Host } from './host.ts';

export interface CapacityFlags {
  readonly users: number;
  readonly daily: number;
  readonly perServer: number;
  readonly peak?: number;
  /** 0..1. */
  readonly use?: number;
  /** In ms. */
  readonly time?: number;
  /** In bytes. */
  readonly data?: number;
  /** 0..1. */
  readonly hot?: number;
}

const DAY_S = 86_400;

export function capacityCommand(flags: CapacityFlags, host: Host): number {
  const { users, daily, perServer, peak = 2, use = 0.7, time, data, hot = 0.2 } = flags;
  const mean = (users * daily) / DAY_S;
  const most = mean * peak;
  const rows = [
    [
      'requests',
      `${formatCount(Math.round(mean))}/s on average, ${formatCount(Math.round(most))}/s at the peak`,
    ],
    ['servers', formatCount(Math.ceil(most / (use * perServer) - 1e-9))],
  ];
  // Little's law.
  if (time !== undefined) rows.push(['under way', formatCount(Math.ceil((most * time) / 1000))]);
  if (data !== undefined) rows.push(['disk', size(data / use)], ['cache', size(data * hot)]);
  host.out.write(rows.map(([name, value]) => `${name?.padEnd(11)}${value}\n`).join(''));
  return HELD;
}

function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let at = 0;
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000;
  return `${Number(value.toPrecision(3))} ${units[at]}`;
}
