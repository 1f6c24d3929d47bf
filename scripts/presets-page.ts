/**
 * Writes docs/PRESETS.md: of each variant of each preset what others claim, beside what `dsim
 * tradeoff` measures. It takes some minutes, so it is run by hand: `node scripts/run.mjs
 * presets-page`. A test sees that the page has a row for each variant.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presets } from '../src/scenarios/host/preset-list.ts';
import type { Preset } from '../src/scenarios/presets/preset.ts';

interface Share {
  readonly hits: number;
  readonly of: number;
}

/** What is used of the document of `dsim tradeoff --json`. */
interface Measured {
  readonly label: string;
  readonly mixture: readonly (readonly [label: string, seeds: number])[];
  readonly seeds: number;
  readonly cells: readonly {
    readonly name: string;
    readonly sides: readonly {
      readonly name: string;
      readonly answered: { readonly read?: Share; readonly write?: Share };
    }[];
    readonly lost: { readonly lost: number; readonly acknowledged: number };
  }[];
  readonly calm: {
    readonly model: { readonly strongest: readonly string[] };
    readonly staleness: { readonly stale: Share };
    readonly latency: readonly {
      readonly place: string;
      readonly kind: string;
      readonly slope: number;
    }[];
  };
}

export async function main(root: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-presets-'));
  const rows: string[] = [];
  try {
    for (const { load } of presets.values()) {
      const { preset } = await load();
      for (const variant of Object.keys(preset.variants)) {
        rows.push(rowOf(preset, variant, measure(root, folder, preset, variant)));
        process.stdout.write(`${rows.at(-1)}\n`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(join(root, 'docs', 'PRESETS.md'), pageOf(rows));
  return 0;
}

function measure(root: string, folder: string, preset: Preset, variant: string): Measured {
  const file = join(folder, `${preset.name}-${variant}.yaml`);
  writeFileSync(file, scenarioOf(preset, variant));
  const run = spawnSync(
    process.execPath,
    [join(root, 'bin', 'dsim.js'), 'tradeoff', file, '--json'],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  if (run.status !== 0) throw new Error(`${preset.name} ${variant}: ${run.stderr}`);
  return JSON.parse(run.stdout) as Measured;
}

function scenarioOf({ name }: Preset, variant: string): string {
  return `name: ${name}-${variant}
seed: 1
nodes:
  db: { kind: ${name}, variant: ${variant}, count: 3, disk: { sync: 1ms } }
network:
  latency: 5ms..15ms
  links:
    - { between: [load, db], latency: 0.2ms }
clients:
  load: { workload: register, target: db, per-node: 1, rate: 90/s, keys: 5, cas: 0, timeout: 300ms }
expect:
  - availability >= 1%
`;
}

function rowOf({ name, claims }: Preset, variant: string, measured: Measured): string {
  const { calm, cells, mixture, seeds } = measured;
  const [label, count] = mixture[0] ?? [measured.label, seeds];
  const cut = cells.find((cell) => cell.sides.length === 2);
  const side = (which: 0 | 1) => {
    const of = cut?.sides[which];
    return `${percent(of?.answered.read)} / ${percent(of?.answered.write)}`;
  };
  const slope = (kind: string) =>
    calm.latency
      .filter((one) => one.kind === kind)
      .map(
        (one) =>
          `${Math.abs(one.slope).toFixed(1)}${one.place === 'everywhere' ? '' : ` ${one.place}`}`,
      )
      .join(', ');
  const lost = cells.reduce((sum, cell) => sum + cell.lost.lost, 0);
  return `| ${[
    `\`${name}\` \`${variant}\``,
    claims.map((claim) => `${claim.label} (${claim.of})`).join('; '),
    `**${label}** ${count} of ${seeds}`,
    side(0),
    side(1),
    calm.model.strongest.join(', '),
    percent(calm.staleness.stale),
    slope('read'),
    slope('write'),
    `${lost}`,
  ].join(' | ')} |`;
}

function percent(share: Share | undefined): string {
  if (share === undefined || share.of === 0) return '–';
  return `${Math.round((1000 * share.hits) / share.of) / 10}%`;
}

function pageOf(rows: readonly string[]): string {
  return `# Presets: claimed and measured

Written by \`node scripts/run.mjs presets-page\`. Each row is a battery of \`dsim tradeoff\` ([TRADEOFF.md](TRADEOFF.md)): three
members, 5 to 15 ms one way, disks that take 1 ms, one client beside each member, 30 seeds of each cut. What is measured is this model of
the product on registers, and not the product: \`dsim explain <preset>\` says what is unlike it. The claims are those of others,
each with its source there.

- **measured**: the label of most seeds, and of how many.
- **small side**, **large side**: shares of reads and of writes that were answered in the steady part of a cut, one member against two. Of a
  store with a leader, the small side has it.
- **model**: the strongest that held in all runs without a cut; **stale**: the share of stale reads in them. At
  some sixty operations a second a stale read of a copy that is 5 ms behind is rare: 0% is what was seen, and no proof.
- **b**: by how many one-way latencies an operation grows with the latency: 0 waits for nobody, 2 for a round trip.
- **lost**: acknowledged writes that were gone after the cuts, over all of them.

| preset and variant | claimed | measured | small side | large side | model | stale | b of reads | b of writes | lost |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
