/**
 * One measurement: CPU time of a piece of work, start-up and warm-up excluded, as one line of JSON
 * on stdout.
 */

export interface Sample {
  readonly name: string;
  /** What was counted: events, deliveries, messages. */
  readonly events: number;
  readonly cpuNs: number;
  readonly [extra: string]: number | string;
}

/** CPU time of the process so far in ns, user and system, all threads. */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

export function report(sample: Sample): void {
  process.stdout.write(`${JSON.stringify(sample)}\n`);
}
