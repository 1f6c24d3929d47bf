/**
 * The commands that make batteries, and their options; what they do is loaded when they are called.
 */
import { type Command, Option } from 'commander';
import {
  ALLOW_OUTSIDE,
  collectOutput,
  collectSet,
  NO_CODE,
  parseCount,
  parseNames,
  parseSeed,
} from './arguments.ts';
import type { CompareFlags } from './compare.ts';
import type { Acting } from './flags.ts';
import type { Host } from './host.ts';
import { parseShard } from './suite/flags.ts';
import type { TradeoffFlags } from './tradeoff.ts';

export function addTradeoff(program: Command, host: Host, act: Acting): void {
  const command = program
    .command('tradeoff')
    .summary('measure what a store trades: CAP and PACELC')
    .description(
      'Cuts the network of a scenario in several ways, 30 seeds each, and says what its store gives up: availability or consistency under partition, latency or consistency else.',
    )
    .argument('<scenario>', 'a file or a name');
  addScenario(command);
  addBattery(command);
  command
    .optionsGroup('What to print and write:')
    .option('-q, --quiet', 'the label, one line')
    .option('--json', 'one JSON document and nothing else')
    .option('-o, --output <file>', 'a file, .json or .txt; repeatable', collectOutput)
    .addOption(new Option('--part <i/n>').argParser(parseShard).hideHelp());
  command.action(async (name: string, flags: TradeoffFlags) => {
    await act(async (looks) =>
      (await import('./tradeoff.ts')).tradeoffCommand(name, flags, looks, host),
    );
  });
}

export function addCompare(program: Command, host: Host, act: Acting): void {
  const command = program
    .command('compare')
    .summary('compare stores in one table')
    .description(
      'Measures several stores as `dsim tradeoff` does, and puts them into one table: what they answer, how consistent they are, and what it costs.',
    )
    .argument('[scenario...]', 'files, folders or names');
  addScenario(command);
  command.option(
    '--kinds <names>',
    'kinds and presets under one load, joined by commas: raft,cassandra:one',
    parseNames,
  );
  addBattery(command);
  command
    .optionsGroup('What to print and write:')
    .option('--json', 'one JSON document and nothing else')
    .option('-o, --output <file>', 'a file, .json, .txt, .md or .csv; repeatable', collectOutput);
  command.action(async (names: string[], flags: CompareFlags) => {
    await act(async (looks) =>
      (await import('./compare.ts')).compareCommand(names, flags, looks, host),
    );
  });
}

/** What is measured, of one scenario. */
function addScenario(command: Command): void {
  command
    .optionsGroup('What to measure:')
    .option('--seed <seed>', "instead of the scenario's own", parseSeed)
    .option('--set <path=value>', 'replace a value of the scenario, repeatable', collectSet)
    .option('--without', "apply the scenario's `without:` patch: the mechanism taken away")
    .option('--no-code', NO_CODE)
    .option('--allow-outside', ALLOW_OUTSIDE);
}

function addBattery(command: Command): void {
  command
    .optionsGroup('How to measure:')
    .option('--runs <n>', 'runs of each cut (default: 30)', parseCount)
    .option(
      '--time-scale <k>',
      'divide the durations of the store by k, and none of network, disks and clients',
      parseCount,
    )
    .option('--jobs <n>', 'processes (default: one for each core)', parseCount);
}
