/** The commands that compute what no run is needed for, and their options. */
import type { Command } from 'commander';
import { parseAmount, parseBytes, parseCount, parseDuration, parseShare } from './arguments.ts';
import type { CapacityFlags } from './capacity.ts';
import type { Acting } from './flags.ts';
import type { Host } from './host.ts';
import type { NinesFlags } from './nines.ts';

export function addNines(program: Command, host: Host, act: Acting): void {
  program
    .command('nines')
    .summary('compute the availability of parts together')
    .description(
      'Says how available parts are together, if they fail independently, in nines and in allowed downtime.',
    )
    .argument('[availability...]', 'of each part: 99.9%')
    .option('--up <duration>', 'one more part: how long it is up on average', parseDuration)
    .option('--down <duration>', 'and how long it is down each time', parseDuration)
    .option('--copies <n>', 'each part this many times (1)', parseCount)
    .option('--need <k>', 'how many of the parts must be up (all)', parseCount)
    .action(async (words: string[], flags: NinesFlags) => {
      await act(async () => (await import('./nines.ts')).ninesCommand(words, flags, host));
    });
}

export function addCapacity(program: Command, host: Host, act: Acting): void {
  program
    .command('capacity')
    .summary('compute how many servers a load needs')
    .description('Says how many requests come, and how many servers, disk and cache they need.')
    .requiredOption('--users <n>', 'how many there are: 10M', parseAmount)
    .requiredOption('--daily <n>', 'requests of each in a day', parseAmount)
    .requiredOption(
      '--per-server <n>',
      'requests in a second that one server can take',
      parseAmount,
    )
    .option('--peak <factor>', 'the busiest hour over the mean (2)', parseAmount)
    .option('--use <share>', 'of what a server, or a disk, can take (70%)', parseShare)
    .option(
      '--time <duration>',
      'what one request takes: says how many are under way',
      parseDuration,
    )
    .option('--data <size>', 'what is stored: 70GB', parseBytes)
    .option('--hot <share>', 'of the data that a cache holds (20%)', parseShare)
    .action(async (flags: CapacityFlags) => {
      await act(async () => (await import('./capacity.ts')).capacityCommand(flags, host));
    });
}
