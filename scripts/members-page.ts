/**
 * Writes docs/MEMBERSHIP.md: what a member costs in groups of growing size, in messages, processor
 * time and memory. It takes some minutes of a quiet machine, so it is run by hand: `node
 * scripts/run.mjs members-page`. A test sees that the page has a row for each kind and size.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memberKinds, memberSizes } from './members-cast.ts';

/** What is used of the document of `dsim run --json`, and of the process that made it. */
interface Measured {
  readonly sent: number;
  readonly events: number;
  readonly cpuS: number;
  readonly peakMiB: number;
}

/** Writes what a process has used to a file, as it ends. */
const USAGE = `process.on('exit', () => require('node:fs').writeFileSync(process.env.DSIM_USAGE, JSON.stringify(process.resourceUsage())));`;

export async function main(root: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-members-'));
  const rows: string[] = [];
  try {
    writeFileSync(join(folder, 'usage.cjs'), USAGE);
    for (const { name, group, seconds } of memberKinds) {
      const before = measure(root, folder, scenarioOf(group, 2, 10));
      for (const count of memberSizes) {
        const measured = measure(root, folder, scenarioOf(group, count, seconds));
        rows.push(rowOf(name, count, seconds, measured, before));
        process.stdout.write(`${rows.at(-1)}\n`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(join(root, 'docs', 'MEMBERSHIP.md'), pageOf(rows));
  return 0;
}

function measure(root: string, folder: string, scenario: string): Measured {
  const file = join(folder, 'members.yaml');
  const usage = join(folder, 'usage.json');
  writeFileSync(file, scenario);
  const dsim = [join(root, 'bin', 'dsim.js'), 'run', file, '--json', '--no-keep'];
  const run = spawnSync(process.execPath, ['--require', join(folder, 'usage.cjs'), ...dsim], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, DSIM_USAGE: usage },
  });
  if (run.status !== 0) throw new Error(`${scenario}\n${run.stderr}`);
  const { runs } = JSON.parse(run.stdout) as {
    runs: readonly [{ events: number; messages: { sent: number } }];
  };
  const { events, messages } = runs[0];
  const used = JSON.parse(readFileSync(usage, 'utf8')) as NodeJS.ResourceUsage;
  return {
    sent: messages.sent,
    events,
    cpuS: (used.userCPUTime + used.systemCPUTime) / 1e6,
    peakMiB: used.maxRSS / 1024,
  };
}

/** The client asks for little: what is measured is what members do by themselves. */
function scenarioOf(group: string, count: number, seconds: number): string {
  return `name: members
seed: 1
duration: ${seconds}s
nodes:
  m: { ${group}, count: ${count} }
network:
  latency: 1ms..5ms
clients:
  ask: { workload: ${group.includes('gossip') ? 'broadcast, reads: 0%, operations: 1' : 'members'}, target: m, pin: [m-1], rate: 1/s, timeout: 900ms }
expect:
  - availability >= 1%
`;
}

function rowOf(
  name: string,
  count: number,
  seconds: number,
  { sent, events, cpuS, peakMiB }: Measured,
  before: Measured,
): string {
  const memberSeconds = count * seconds;
  return `| ${[
    `\`${name}\``,
    `${count}`,
    (sent / memberSeconds).toFixed(2),
    (events / memberSeconds).toFixed(2),
    (((cpuS - before.cpuS) * 1e6) / memberSeconds).toFixed(0),
    (((peakMiB - before.peakMiB) * 1024) / count).toFixed(1),
    cpuS.toFixed(1),
    peakMiB.toFixed(0),
  ].join(' | ')} |`;
}

function pageOf(rows: readonly string[]): string {
  return `# What a member costs

Written by \`node scripts/run.mjs members-page\` on Node ${process.version}. Each row is a run of its own, without faults, of ${memberKinds
    .map(({ name, seconds }) => `\`${name}\` for ${seconds} s`)
    .join(', ')}. A protocol scales if what a member costs in a second does not
grow with the group; only its memory may, as far as each member knows all others.

- **messages**, **events**: of one member in one simulated second.
- **CPU**: processor time of one member's second in µs, less what a run of two members takes in all.
- **memory**: peak of the process in KiB for each member, less that of two. In \`swim\` each member keeps what it believes of each other one.
- **CPU in all**, **peak**: of the whole run, in s and MiB.

| kind | members | messages | events | CPU, µs | memory, KiB | CPU in all, s | peak, MiB |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}
`;
}
