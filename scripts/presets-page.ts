/**
 * Writes docs/PRESETS.md: of each variant of each preset what others claim, beside what `dsim
 * tradeoff` measures. It takes some minutes, so it is run by hand: `node scripts/run.mjs
 * presets-page`, or with a folder that keeps what is measured, so that it can go on later. A test
 * sees that the page has a row for each variant.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presets } from '../src/scenarios/host/preset-list.ts';
import { measuredAs, type Preset } from '../src/scenarios/presets/preset.ts';
import { presetScenario } from './preset-scenario.ts';

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
    readonly lost: { readonly lost: number; readonly acknowledged: number } | null;
  }[];
  readonly otherFaults: readonly {
    readonly name: string;
    readonly runs: number;
    readonly broken: number;
    readonly lost: { readonly lost: number } | null;
  }[];
  readonly calm: {
    readonly model: { readonly strongest: readonly string[] };
    readonly staleness: { readonly stale: Share } | null;
    readonly latency: readonly {
      readonly place: string;
      readonly kind: string;
      readonly slope: number;
    }[];
  };
}

export async function main(root: string, [kept]: readonly string[]): Promise<number> {
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'dsim-presets-'));
  mkdirSync(folder, { recursive: true });
  const rows: string[] = [];
  const unlike: string[] = [];
  try {
    for (const { load } of presets.values()) {
      const { preset } = await load();
      unlike.push(...unlikeOf(preset));
      for (const variant of Object.keys(preset.variants)) {
        rows.push(rowOf(preset, variant, measure(root, folder, preset, variant)));
        process.stdout.write(`${rows.at(-1)}\n`);
      }
    }
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(join(root, 'docs', 'PRESETS.md'), pageOf(rows, unlike));
  return 0;
}

function measure(root: string, folder: string, preset: Preset, variant: string): Measured {
  const file = join(folder, `${preset.name}-${variant}.yaml`);
  const found = `${file}.json`;
  if (existsSync(found)) return JSON.parse(readFileSync(found, 'utf8')) as Measured;
  writeFileSync(file, presetScenario(preset, variant, 1));
  const run = spawnSync(
    process.execPath,
    [join(root, 'bin', 'dsim.js'), 'tradeoff', file, '--json', ...scaleOf(preset, variant)],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  // 3: the seeds disagree, and the page shows how.
  if (run.status !== 0 && run.status !== 3) {
    throw new Error(`${preset.name} ${variant}: ${run.stderr}`);
  }
  writeFileSync(found, run.stdout);
  return JSON.parse(run.stdout) as Measured;
}

function scaleOf(preset: Preset, variant: string): string[] {
  const { timeScale } = measuredAs(preset, variant);
  return timeScale === undefined ? [] : ['--time-scale', String(timeScale)];
}

function rowOf(preset: Preset, variant: string, measured: Measured): string {
  const { name, claims } = preset;
  const { timeScale } = measuredAs(preset, variant);
  const { calm, cells, mixture, otherFaults, seeds } = measured;
  const [label, count] = mixture[0] ?? [measured.label, seeds];
  const cut = cells.find((cell) => cell.sides.length === 2);
  const others = otherFaults
    .filter(({ broken }) => broken > 0)
    .map((one) => {
      const lost = (one.lost?.lost ?? 0) === 0 ? '' : `, ${one.lost?.lost} lost`;
      return `${one.name} ${one.broken} of ${one.runs}${lost}`;
    });
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
  const lost = cells.reduce((sum, cell) => sum + (cell.lost?.lost ?? 0), 0);
  return `| ${[
    `\`${name}\` \`${variant}\``,
    claims.map((claim) => `${claim.label} (${claim.of})`).join('; '),
    `**${label}** ${count} of ${seeds}${timeScale === undefined ? '' : ` (times / ${timeScale})`}`,
    side(0),
    side(1),
    calm.model.strongest.join(', '),
    percent(calm.staleness?.stale),
    slope('read'),
    slope('write'),
    cells.some((cell) => cell.lost !== null) ? `${lost}` : '–',
    others.length === 0 ? 'kept all' : others.join('; '),
  ].join(' | ')} |`;
}

/** Why a measured label is not the claimed one, a sentence for each variant that says. */
function unlikeOf(preset: Preset): readonly string[] {
  return Object.entries(preset.variants).flatMap(([variant, { unlikeClaim }]) =>
    unlikeClaim === undefined ? [] : [`- \`${preset.name}\` \`${variant}\`: ${unlikeClaim}`],
  );
}

function percent(share: Share | undefined): string {
  if (share === undefined || share.of === 0) return '–';
  return `${Math.round((1000 * share.hits) / share.of) / 10}%`;
}

function pageOf(rows: readonly string[], unlike: readonly string[]): string {
  return `# Presets: claimed and measured

Written by \`node scripts/run.mjs presets-page\`. Each row is one call of \`dsim tradeoff\` ([TRADEOFF.md](TRADEOFF.md)). It has three
members, or the usual number of the product; a latency of 5 to 15 ms one way; disks that take 1 ms; and one client beside each member. It makes 30
runs of each cut, unless the row says otherwise. The table measures dsim's model of the product, mostly on registers. It does not measure the
product: \`dsim explain <preset>\` lists the differences. The claims come from others; \`dsim explain <preset>\` names each source.

- **measured**: the label of most seeds, and their number. \`times / 30\` means that all durations of the product were divided by 30, so that a cut lasts longer than its fail-over.
- **small side**, **large side**: the shares of reads and of writes that were answered in the steady part of the first cut with two
  sides. If the store has a leader, it is on the small side. A store in two regions is cut between the regions.
- **model**: the strongest consistency that held in all runs without a cut. **stale**: the share of stale reads in these runs. 0% means
  that none was seen; it is no proof.
- **b**: by how many one-way latencies the duration of an operation grows when the latency grows by one. 0: it waits for no other node. 2: it waits for one round trip.
- **lost**: acknowledged writes that were gone after the cuts, the sum over all cuts.
- **other faults**: ten runs each of a paused node, a clock that is ahead, and a power cut. The column lists those that broke what holds without a fault.

| preset and variant | claimed | measured | small side | large side | model | stale | b of reads | b of writes | lost | other faults |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

## Where the two differ

${unlike.join('\n')}
`;
}
