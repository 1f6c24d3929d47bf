/**
 * The commands and their options. What a command does is loaded when it is called: starting must
 * stay fast.
 */
import { Command, Option } from 'commander';
import pkg from '../../package.json' with { type: 'json' };
import {
  ALLOW_OUTSIDE,
  type ColorChoice,
  collectOutput,
  collectSet,
  collectShow,
  NO_CODE,
  parseBytes,
  parseColor,
  parseCount,
  parseDigest,
  parseDuration,
  parseNames,
  parsePort,
  parseSeed,
  parseSeeds,
  parseSteps,
  parseWindow,
} from './arguments.ts';
import { addCompare, addTradeoff } from './battery-commands.ts';
import type { CheckFlags } from './chosen-judge.ts';
import { addGrade, addLeaderboard, addLearn } from './course-commands.ts';
import { NOTHING_RAN } from './exit-codes.ts';
import type {
  Acting,
  ExportFlags,
  OpenFlags,
  ReplayFlags,
  RunFlags,
  SubjectFlags,
  VerifyFlags,
} from './flags.ts';
import type { Host } from './host.ts';
import type { NewFlags } from './new.ts';
import { addCapacity, addNines } from './planning-commands.ts';
import type { SchemaFlags } from './schema.ts';
import type { ServeFlags } from './serve.ts';
import {
  collectFilter,
  collectReporter,
  parseShard,
  parseTable,
  reporterNames,
  type TestFlags,
} from './suite/flags.ts';
import { type LookOptions, usesColor, widthOf } from './terminal.ts';

const description = `Simulates a distributed system from one YAML file, breaks it, and shows why.

  dsim partition.yaml                    run a scenario
  dsim run partition.yaml --seeds 0..99  the same over many seeds
  dsim replay latest                     repeat the last run`;

const footer = `
Exit codes: 0 held, 1 violated, 2 wrong use or scenario, 3 unknown,
4 nothing ran, 5 not deterministic, 70 a bug in dsim, 130 interrupted.`;

/** Hears the exit code of the command that ran. */
export type Report = (code: number) => void;

type AddCommand = (program: Command, host: Host, act: Acting) => void;

/** By heading of the help, the commands below it. */
const COMMANDS: readonly (readonly [heading: string, { readonly [name: string]: AddCommand }])[] = [
  [
    'Run:',
    {
      run: addRun,
      replay: addReplay,
      open: addOpen,
      serve: addServe,
      export: addExport,
      verify: addVerify,
      tradeoff: addTradeoff,
      compare: addCompare,
      check: addCheck,
      test: addTest,
      worker: addWorker,
    },
  ],
  ['Read:', { list: addList, explain: addExplain }],
  ['Plan:', { nines: addNines, capacity: addCapacity }],
  [
    'Write:',
    { init: addInit, new: addNew, lint: addLint, schema: addSchema, completion: addCompletion },
  ],
  ['Learn:', { learn: addLearn, grade: addGrade, leaderboard: addLeaderboard }],
];
const COMMAND_NAMES = COMMANDS.flatMap(([, commands]) => Object.keys(commands));

/**
 * The program; `report` gets the exit code. Throws commander's errors instead of leaving the
 * process. `asked` is the first word of the command line: if it is a command, the program has no
 * other, because making all of them costs a twentieth of a start.
 */
export function createProgram(host: Host, report: Report, asked = ''): Command {
  const program = new Command('dsim');
  program
    .description(description)
    .usage('[command] <scenario...>')
    .version(pkg.version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => host.out.write(text),
      writeErr: (text) => host.err.write(text),
      getOutHelpWidth: () => widthOf(host.out, host.env),
      getErrHelpWidth: () => widthOf(host.err, host.env),
      getOutHasColors: () => usesColor('auto', host.env, host.out.isTTY),
      getErrHasColors: () => usesColor('auto', host.env, host.err.isTTY),
    })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addOption(
      new Option('--color <when>', 'always, never or auto').argParser(parseColor).default('auto'),
    )
    .option('--no-color', 'the same as --color=never')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', footer);
  const act: Acting = async (body) => report(await body(looksOf(program)));
  for (const [heading, commands] of COMMANDS) {
    program.commandsGroup(heading);
    for (const [name, add] of Object.entries(commands)) {
      if (name === asked || !COMMAND_NAMES.includes(asked)) add(program, host, act);
    }
  }
  return program;
}

function looksOf(program: Command): LookOptions {
  const { color, ascii } = program.opts<{ color: ColorChoice | false; ascii?: boolean }>();
  return { color: color === false ? 'never' : color, ascii: ascii === true };
}

function addRun(program: Command, host: Host, act: Acting): void {
  const command = program
    .command('run', { isDefault: true })
    .summary('run scenarios')
    .description(
      'Runs scenarios: files, folders of files, or names of scenarios that ship with dsim.',
    )
    .argument('[scenario...]', 'files, folders or names');
  addSubject(command, true);
  addOutput(command);
  command.option('--twin', 'repeat the run with each fault disabled in turn, and compare');
  command.option(
    '--vary <path=range>',
    'run with each value of a range: retry.budget=0..50%, nodes.kv.count=3,5,7',
  );
  command.option('--steps <n>', 'how many values of a range --vary takes (11)', parseSteps);
  command.option('--show <metric>', 'draw a metric over time, repeatable: p99(write)', collectShow);
  command.option('--watch', 'run again when a file of the scenario changes');
  command.action(async (paths: string[], flags: RunFlags) => {
    // Nothing at all was asked.
    if (program.args.length === 0) return program.outputHelp();
    if (paths.length === 0) {
      // `dsim run $FILES` with an empty variable must not pass for a run that held.
      host.err.write('error: no scenario is given: name a file, a folder or a scenario\n');
      return act(() => Promise.resolve(NOTHING_RAN));
    }
    await act(async (looks) =>
      flags.watch === true
        ? (await import('./watch.ts')).watchRun(paths, flags, looks, host, COMMAND_NAMES)
        : (await import('./run.ts')).runCommand(paths, flags, looks, host, COMMAND_NAMES),
    );
  });
}

function addReplay(program: Command, host: Host, act: Acting): void {
  const command = program
    .command('replay')
    .summary('repeat a run, and compare')
    .description('Runs again what was run before, and reports any difference.')
    .argument('<run>', 'a kept run (latest), a trace (.ndjson), or a scenario');
  addSubject(command, false);
  command
    .option('--digest <hex>', 'the digest that the run had', parseDigest)
    .option('--by <version>', 'the version of dsim that it had');
  addOutput(command);
  command.action(async (name: string, flags: ReplayFlags) => {
    await act(async (looks) =>
      (await import('./replay.ts')).replayCommand(name, flags, looks, host),
    );
  });
}

function addOpen(program: Command, host: Host, act: Acting): void {
  const command = program
    .command('open')
    .summary('show a run as a page in the browser')
    .description('Runs again what was run before, writes its page, and opens it in the browser.')
    .argument('[run]', 'a kept run, a trace (.ndjson), or a scenario', 'latest');
  addSubject(command, false);
  command
    .option('--no-browser', 'write the page and say where it is')
    .action((name: string, flags: OpenFlags) =>
      act(async (looks) => (await import('./open.ts')).openCommand(name, flags, looks, host)),
    );
}

function addServe(program: Command, host: Host, act: Acting): void {
  program
    .command('serve')
    .summary('show kept runs in the browser, as they come')
    .description('Serves the kept runs as pages, to a browser on this machine only.')
    .option('--port <n>', 'instead of any that is free', parsePort)
    .action((flags: ServeFlags) =>
      act(async (looks) => (await import('./serve.ts')).serveCommand(flags, looks, host)),
    );
}

function addExport(program: Command, host: Host, act: Acting): void {
  const command = program
    .command('export')
    .summary('write a run for another program')
    .description('Runs a run again and writes it for Graphviz, Jepsen, Jaeger, Chrome or ShiViz.')
    .argument('<form>', 'csv, dot, edn, mermaid, otlp, perfetto, shiviz or svg')
    .argument('[run]', 'a kept run, a trace (.ndjson), or a scenario', 'latest');
  addSubject(command, false);
  command
    .option('-o, --output <file>', 'the file, by default run.<form>')
    .option('--window <from..until>', 'what an svg shows, to scale: 9.9s..10.4s', parseWindow)
    .action(async (form: string, name: string, flags: ExportFlags) => {
      await act(async (looks) =>
        (await import('./export.ts')).exportCommand(form, name, flags, looks, host),
      );
    });
}

function addVerify(program: Command, host: Host, act: Acting): void {
  const command = program
    .command('verify')
    .summary('prove that runs are deterministic')
    .description('Runs scenarios several times and compares every event and every message.')
    .argument('<scenario...>', 'files, folders or names');
  addSubject(command, false);
  command
    .option('--times <n>', 'how often in this process (default: 3)', parseTimes)
    .option('--no-child', 'not in another process, zone and locale as well')
    .option('--json', 'print one JSON document')
    .action(async (names: string[], flags: VerifyFlags) => {
      await act(async (looks) =>
        (await import('./verify.ts')).verifyCommand(names, flags, looks, host),
      );
    });
}

function addCheck(program: Command, host: Host, act: Acting): void {
  program
    .command('check')
    .summary('check histories of other programs')
    .description(
      'Judges histories of operations: JSON lines, EDN and logs of Jepsen. `dsim list judges` has the models.',
    )
    .argument('<history...>', 'files; - is standard input')
    .optionsGroup('How to judge:')
    .option('-m, --model <name>', 'a judge, or a model of your own (./my-model.ts)')
    .option('-c, --consistency <level>', 'what to demand; `dsim explain <model>` has the levels')
    .option('--set <name=value>', 'a parameter of the model, repeatable', collectSet)
    .option('--as <reading>', 'a refused compare-and-set: ignored, or an observation')
    .option('--max-steps <n>', 'give up after this many steps of search', parseCount)
    .option('--max-memory <size>', 'give up beyond so much memory of search', parseBytes)
    .option('--timeout <duration>', 'stop after this much wall-clock time', parseDuration)
    .option('--no-code', 'refuse a model of your own, which is executed')
    .optionsGroup('How to read:')
    .addOption(
      new Option('--format <format>', 'jsonl, edn or log (default: by the text)').choices([
        'jsonl',
        'edn',
        'log',
      ]),
    )
    .option('--keyed', 'values are pairs of a key and the value proper')
    .optionsGroup('What to print and write:')
    .option('-q, --quiet', 'the verdict, one line')
    .option('--json', 'one JSON document and nothing else')
    .option(
      '-o, --output <file>',
      'a file, its ending says what: .html (page), .json, .md, .mmd (Mermaid), .txt; repeatable',
      collectOutput,
    )
    .action(async (files: string[], flags: CheckFlags) => {
      await act(async (looks) =>
        (await import('./check.ts')).checkCommand(files, flags, looks, host),
      );
    });
}

function addTest(program: Command, host: Host, act: Acting): void {
  program
    .command('test')
    .summary('run scenarios as regression tests')
    .description(
      'Runs scenarios over their seeds on all cores: those named, or every *.dsim.yaml, scenarios/*.yaml, or what dsim.config.yaml says.',
    )
    .argument('[path...]', 'files, folders or names')
    .optionsGroup('What to run:')
    .option('--seeds <a..b>', "instead of each scenario's `seeds:`", parseSeeds)
    .option('--seed <seed>', 'one seed only', parseSeed)
    .option(
      '--filter <text>',
      'only paths and names with it; * is anything; repeatable',
      collectFilter,
    )
    .option('--last-failed', 'only what failed the last time')
    .option('--shard <i/n>', 'one of n parts, for several machines', parseShard)
    .option('--set <path=value>', 'replace a value of the scenarios, repeatable', collectSet)
    .option('--without', "apply the scenarios' `without:` patch")
    .option('--max-events <n>', 'stop a run after this many events', parseCount)
    .option('--timeout <duration>', 'stop a run after this much wall-clock time', parseDuration)
    .option('--strict', 'freeze messages, hash their contents, check invariants at every event')
    .option('--no-code', NO_CODE)
    .option('--allow-outside', ALLOW_OUTSIDE)
    .optionsGroup('How to run:')
    .option('--jobs <n>', 'worker processes (default: one for each core)', parseCount)
    .option('--bail [n]', 'stop after this many runs that did not hold (default: 1)', parseCount)
    .option('--watch', 'run again what a changed file concerns')
    .option('--update', 'record outcomes beside the scenarios (<name>.outcomes.json)')
    .option('--no-keep', 'keep neither failing runs nor their seeds')
    .optionsGroup('What to print and write:')
    .option('--reporter <name[=file]>', `${reporterNames.join(', ')}; repeatable`, collectReporter)
    .option(
      '--export <format[=file]>',
      'a table of matrix cells: csv, markdown, json, html',
      parseTable,
    )
    .action(async (names: string[], flags: TestFlags) => {
      await act(async (looks) =>
        (await import('./test.ts')).testCommand(names, flags, looks, host),
      );
    });
}

/** What `dsim test` starts. */
function addWorker(program: Command, host: Host, act: Acting): void {
  program
    .command('worker', { hidden: true })
    .action(async () => act(async () => (await import('./suite/worker.ts')).workerCommand(host)));
}

/** One run proves nothing. */
function parseTimes(text: string): number {
  return Math.max(2, parseCount(text));
}

function addList(program: Command, host: Host, act: Acting): void {
  program
    .command('list')
    .summary('list systems, faults, checks and the rest')
    .description(
      'Lists systems, policies, workloads, faults, checks, metrics, judges and scenarios, or one of them.',
    )
    .argument('[what]', 'one of them only')
    .option('--json', 'print one JSON document')
    .action(async (word: string | undefined, flags: { json?: boolean }) => {
      await act(async (looks) =>
        (await import('./list.ts')).listCommand(word, flags.json === true, looks, host),
      );
    });
}

function addExplain(program: Command, host: Host, act: Acting): void {
  program
    .command('explain')
    .summary('print the manual page of a name')
    .description(
      'Explains a system, fault, workload, policy, check, metric, judge, scenario or error code.',
    )
    .argument('<name...>', 'a name, a code such as DS102, exit-codes, error-codes or latencies')
    .action(async (words: string[]) => {
      await act(async (looks) => (await import('./explain.ts')).explainCommand(words, looks, host));
    });
}

function addInit(program: Command, host: Host, act: Acting): void {
  program
    .command('init')
    .summary('write a project, or a first scenario')
    .description(
      'Writes scenarios/partition.yaml, dsim.config.yaml and a workflow for CI; with a name that scenario alone. Overwrites nothing.',
    )
    .argument('[file]', 'one scenario, by this name')
    .action(async (file: string | undefined) => {
      await act(async (looks) => (await import('./init.ts')).initCommand(file, looks, host));
    });
}

function addNew(program: Command, host: Host, act: Acting): void {
  program
    .command('new')
    .summary('write a scenario, or a node of your own')
    .description('Writes a scenario, or a node of your own with its scenario. Overwrites nothing.')
    .argument('<what>', 'scenario or node')
    .argument('<name>', 'its file: cache-outage.yaml, my-store.ts')
    .option('--kind <kind>', 'of the nodes of a scenario (default: raft)')
    .action(async (what: string, name: string, flags: NewFlags) => {
      await act(async (looks) =>
        (await import('./new.ts')).newCommand(what, name, flags, looks, host),
      );
    });
}

function addCompletion(program: Command, host: Host, act: Acting): void {
  program
    .command('completion')
    .summary('print the completion script of a shell')
    .description('Prints a script that makes a shell complete commands, options and names.')
    .argument('[shell]', 'bash, zsh or fish')
    .action(async (shell = '') => {
      // This one has no command but its own.
      const whole = createProgram(host, () => {});
      await act(async () =>
        (await import('./completion.ts')).completionCommand(shell, whole, host),
      );
    });
}

function addLint(program: Command, host: Host, act: Acting): void {
  program
    .command('lint')
    .summary('find mistakes in scenarios')
    .description('Checks scenarios without running them.')
    .argument('<scenario...>', 'files or folders')
    .option('--set <path=value>', 'replace a value, repeatable', collectSet)
    .option('--without', "apply the scenario's `without:` patch")
    .option('--timeout <duration>', 'stop after this much wall-clock time', parseDuration)
    .option('--no-code', NO_CODE)
    .option('--allow-outside', ALLOW_OUTSIDE)
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print only what is right')
    .action(async (names: string[], flags: SubjectFlags & { json?: boolean; quiet?: boolean }) => {
      await act(async (looks) =>
        (await import('./lint.ts')).lintCommand(names, flags, looks, host),
      );
    });
}

function addSchema(program: Command, host: Host, act: Acting): void {
  program
    .command('schema')
    .summary('print the JSON Schema of scenarios')
    .description('Prints a JSON Schema: of scenario files, for editors.')
    .option('--config', 'that of dsim.config.yaml')
    .option('--result', 'that of what run, replay, check and test write with --json')
    .option('-o, --output <file>', 'write it to a file')
    .action(async (flags: SchemaFlags) => {
      await act(async () => (await import('./schema.ts')).schemaCommand(flags, host));
    });
}

// --- Options that commands share ---------------------------------------------------------------

function addSubject(command: Command, many: boolean): void {
  command
    .optionsGroup('What to run:')
    .option('--seed <seed>', "instead of the scenario's own", parseSeed);
  if (many) command.option('--seeds <a..b>', 'every seed from a to b', parseSeeds);
  command
    .option('--set <path=value>', 'replace a value of the scenario, repeatable', collectSet)
    .option('--without', "apply the scenario's `without:` patch: the mechanism taken away")
    .option('--max-events <n>', 'stop after this many events', parseCount)
    .option('--timeout <duration>', 'stop after this much wall-clock time', parseDuration)
    .option('--strict', 'freeze messages, hash their contents, check invariants at every event')
    .option('--no-code', NO_CODE)
    .option('--allow-outside', ALLOW_OUTSIDE);
}

function addOutput(command: Command): void {
  command
    .optionsGroup('What to print:')
    .option('-q, --quiet', 'the verdict, one line')
    .option('-v, --verbose', 'every event, one line each')
    .option('--log-columns', 'every event, a column for each node')
    .option(
      '--nodes <names>',
      'only these nodes or groups in the log, joined by commas',
      parseNames,
    )
    .option('--json', 'one JSON document and nothing else')
    .optionsGroup('What to write:')
    .option(
      '-o, --output <file>',
      'a file, its ending says what: .html (page), .json, .md, .mmd (Mermaid), .txt, .ndjson (trace), .jsonl (history), .csv (measures); repeatable',
      collectOutput,
    )
    .option('--trace <file>', 'every event as NDJSON; - is standard output')
    .option('--no-keep', 'do not keep the run in .dsim/runs');
}
