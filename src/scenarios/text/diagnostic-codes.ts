/**
 * Every code that a diagnostic can carry, with a paragraph for `dsim explain <code>`. Codes are
 * stable: a code keeps its meaning forever, and a new meaning gets a new code. A test holds that
 * each is produced by a fixture.
 */

export interface CodeExplanation {
  /** What it says in three or four words. */
  readonly title: string;
  /** One paragraph: what it means, why dsim refuses it, how to cure it. */
  readonly text: string;
}

const table = {
  DS100: [
    'file cannot be read',
    'The scenario, or a file that it extends, is missing, is a folder, is larger than 1 MiB, or is not text in UTF-8. ' +
      'Paths are relative to the folder you are in; in `extends` they are relative to the file that says it.',
  ],
  DS101: [
    'not valid YAML',
    'The text breaks a rule of YAML, so nothing after that place can be trusted and nothing else is checked. The usual causes ' +
      'are tabs as indentation, a missing space after a colon, a bracket or quote that is not closed, and lines of one ' +
      'map that do not begin in the same column.',
  ],
  DS102: [
    'unknown key',
    'A key that nothing reads is refused, since a misspelt setting that is silently ignored makes a run that tests something ' +
      'else than its author believes. Keys that begin with `x-` are yours: dsim ignores them anywhere.',
  ],
  DS103: [
    'wrong type of value',
    'The value is of another kind than its key takes: a list where one value belongs, text where a number belongs. ' +
      'Note that YAML reads `yes`, `no`, `on` and `off` as text, and that quotes make text of a number.',
  ],
  DS104: [
    'unit missing or unknown',
    'Durations, rates and sizes are written with their unit, because `150` could mean milliseconds or seconds and a guess ' +
      'would be wrong in silence. Durations take us, ms, s, m, h and d and may be joined (1m30s); rates /s, /m, /h; sizes ' +
      'B, kB, MB, GB, KiB, MiB, GiB; ratios % or a number from 0 to 1. Only 0 needs no unit.',
  ],
  DS105: [
    'impossible value',
    'The value is of the right kind but cannot be meant: below or above the bounds of its key, a range whose ends are reversed, ' +
      'a word that is not among the choices, a distribution that cannot exist.',
  ],
  DS106: [
    'something is missing',
    'A key that has no sensible default is absent. `dsim explain <kind>` shows what a kind of node, fault or workload needs.',
  ],
  DS107: [
    'duplicate key',
    'A map has the same key twice. YAML forbids it, and of two values dsim will not choose one.',
  ],
  DS108: [
    'integer too large',
    'Numbers are doubles, which hold integers exactly only up to 2^53-1 = 9007199254740991; a larger one would be changed in ' +
      'silence. A seed may be any text: put it in quotes.',
  ],
  DS109: [
    'key is not text',
    'Keys are names, so a number, a list, a map or nothing at all as a key is a slip. If a number is meant as a name, ' +
      'put it in quotes.',
  ],
  DS110: [
    'document too large',
    'Anchors let a few lines stand for millions of values, and brackets let one line nest without end. dsim reads at most ' +
      '100,000 values, nested at most 64 deep, and no anchor that contains itself.',
  ],
  DS111: [
    'not one document',
    'A scenario is one YAML document whose top is a map. The file is empty, holds only comments, holds several documents ' +
      'set apart by `---`, or its top is a list or a single value.',
  ],
  DS112: [
    'extends cannot be followed',
    'A file named by `extends` extends, directly or through others, itself, or lies outside the project. Files outside need a ' +
      'flag, because a scenario taken from elsewhere should not be able to read what lies around it.',
  ],
  DS113: [
    'variable cannot be filled in',
    'A value uses `$(name)`, but no variable of that name is set under `vars` or by `--set vars.name=value`, and no default is ' +
      'given as in `$(name:-default)`; or a variable contains itself; or the parenthesis is not closed. For a plain `$(` ' +
      'write `$$(`.',
  ],
  DS114: [
    '--set cannot be applied',
    'A `--set` reads `path=value`, where the path names keys from the top, joined by dots (`nodes.kv.count`, `faults.0.at`), ' +
      'and the value is written as in the file.',
  ],
  DS115: [
    'no patch to apply',
    "The run was asked to apply the scenario's `without:` patch, which takes away the mechanism that the scenario shows, but " +
      'the scenario has none.',
  ],
  DS120: ['unknown kind of node', 'No system of this name exists. `dsim list systems` shows all.'],
  DS121: ['unknown workload', 'No workload of this name exists. `dsim list workloads` shows all.'],
  DS122: [
    'not exactly one fault',
    'An entry of `faults` has the keys of the schedule (`at`, `for`, `of`, `name`) and exactly one further key, which names ' +
      'the fault. Here there is none, more than one, or one that does not exist. `dsim list faults` shows all.',
  ],
  DS123: [
    'unknown policy',
    'Under `calls.<target>` stand policies such as `timeout`, `retry` and `breaker`; no policy of this name exists. ' +
      '`dsim list policies` shows all.',
  ],
  DS124: [
    'unknown bug',
    'The system has no planted bug of this name. `dsim explain <kind>` shows the ones it has.',
  ],
  DS125: [
    'nothing has this name',
    'A node, group, load, region or word that selects nodes is named, but the scenario has none of that name.',
  ],
  DS126: [
    'name not allowed',
    'Names of groups, loads, regions and faults are lower-case letters, digits and hyphens and begin with a letter. Words that ' +
      'mean something where names are used, such as `leader`, `all` or `faults`, are reserved.',
  ],
  DS127: [
    'name already taken',
    'Nodes, groups, clients, loads and regions share one space of names, since links, targets and faults may name any of ' +
      'them. A group `kv` with `count: 3` makes the nodes kv-1, kv-2 and kv-3.',
  ],
  DS128: [
    'impossible count',
    'A group or a load has from 1 to 10,000 members, whole ones; all loads together have no more, nor have all groups together. A group of a ' +
      'kind whose members cost the same in a group of any size, such as `gossip`, may have more: with it all groups have up to 1,000,000 nodes.',
  ],
  DS129: [
    'what the workload asks is not answered',
    "The clients' target, or a group that it passes requests on to, does not answer the interface that their workload asks, so " +
      'every operation would fail for a reason that has nothing to do with the faults. `dsim explain <kind>` shows what a ' +
      'system answers, `dsim explain <interface>` what its requests are.',
  ],
  DS130: [
    'parameters make no sense together',
    'Each parameter is possible, but the system, fault or workload refuses the combination.',
  ],
  DS131: [
    'outside the run',
    "The run's chaos phase lasts from 0 to `duration`; a fault or load that begins later would never happen. A fault whose " +
      '`for` reaches beyond the end is healed at the end: that is only a warning.',
  ],
  DS132: [
    'more nodes than there are',
    'A fault is asked to select more nodes than it may choose from.',
  ],
  DS133: [
    'settings exclude each other',
    'Two settings contradict each other: `count` with `per-node`, `rate` (an open load: requests arrive whatever the answers ' +
      'do) with `think` (a closed load: each client waits for its answer), or `of` both beside and inside a fault.',
  ],
  DS134: [
    'schedule makes no sense',
    'A fault strikes once `at` a time, again and again with `every`, or `when` something comes true; `until` ends what is ' +
      'repeated. Strikes of one entry never overlap, so `every` must be longer than `for`.',
  ],
  DS135: [
    'condition not understood',
    'After `when` stands a comparison of something measured, such as `leaders(kv) > 1`, or several, joined by `and`, `or`, ' +
      '`not` and parentheses.',
  ],
  DS136: [
    'condition measures nothing',
    'A condition speaks of something that does not exist here, or that is decided before the run begins, so the fault would ' +
      'wait forever or not at all. It measures leaders, role, term, up, down, paused, most, least, noted, held and elapsed.',
  ],
  DS137: [
    'nemesis makes no sense',
    'A nemesis needs something that it may do and somebody to do it to: kinds of faults or shapes that exist, and a budget ' +
      'that fits the groups.',
  ],
  DS138: [
    'command makes no sense',
    'Under `command` stand the nodes that get the command, `to`, and one command that a kind of these nodes declares, with ' +
      'its parameters. A command does not last, so it has no `for`. `set` changes parameters that the kind can change while ' +
      'it runs. `dsim explain <kind>` lists the commands of a kind.',
  ],
  DS139: [
    'faults named by their order',
    'A fault without a name is called by its kind, the next one `crash-2`, in the order of the list, and what it draws comes ' +
      'from a random stream of that name. Where such faults choose among different nodes, one that is added before the others ' +
      'changes what they draw, and which of them `felt crash` means. Give each a `name`, and no line disturbs another.',
  ],
  DS140: [
    'expectation not understood',
    'An expectation is a checker (`linearizable`), a comparison of a metric (`p99(write) < 250ms after faults`), ' +
      "`sometimes 'steps down'`, `never leaders(kv) > 1`, or `felt`; some may end with a window: `during`, `before`, `after` or " +
      '`outside`, and a fault, and each with what it demands of many seeds: `in 1000 seeds`, `in 95% of seeds`.',
  ],
  DS141: [
    'unknown checker or metric',
    'An expectation names something that dsim cannot check or measure. An expectation that names nothing that exists would ' +
      'hold forever, so it is refused. `dsim list checks` and `dsim list metrics` show all.',
  ],
  DS142: [
    'argument means nothing',
    'The metric cannot be narrowed by this argument in this scenario: no operation, side, load or group of that name exists, ' +
      'or the metric takes none.',
  ],
  DS143: [
    'comparison does not fit',
    "The value to compare with must be in the metric's unit: a percentage or a number from 0 to 1 for a ratio, a duration for " +
      'a latency, a rate for a throughput, a plain number for a count.',
  ],
  DS144: [
    'window names no fault',
    'After `during`, `before`, `after` and `outside`, and after `felt`, stands the name or kind of a fault of this scenario, ' +
      'or `faults` for all of them.',
  ],
  DS145: [
    'checker cannot judge this load',
    'The checker reads histories of certain workloads only, and no load of the scenario runs one of them, so it would have ' +
      'nothing to judge.',
  ],
  DS146: [
    'window is always empty',
    'Metrics are taken from 0 to `duration`. Nothing is before a fault that strikes at 0, nor after one that never heals or ' +
      'heals at the end, so the expectation can never be exercised.',
  ],
  DS147: [
    'nothing is expected',
    'The scenario has no `expect`, so its run can show something but neither hold nor fail.',
  ],
  DS148: [
    'note that nobody declares',
    'Kinds declare the notes that their nodes make, in `notes`. A note that no kind of the scenario declares is never made, so ' +
      'it can neither be expected nor start a fault.',
  ],
  DS149: [
    'measure cannot be summed up so',
    'A count or a ratio stands alone (`hits(cache)`), a sample or a gauge after a word that sums it up (`p99 lag`, ' +
      '`max queued`). Where two kinds measure different things under one name, name the group.',
  ],
  DS150: [
    'not yet available',
    'The key is reserved for something that this version cannot do yet. It is refused rather than ignored.',
  ],
  DS151: [
    'no label of a trade-off',
    '`tradeoff` expects a label of CAP and PACELC: `PC/EC`, `PA/EL` and so on. `P` is under partition: `C` keeps consistency, `A` goes ' +
      'on answering, `-` keeps neither. `E` is else: `C` waits for other copies, `L` answers at once.',
  ],
  DS152: [
    'requests go in a circle',
    'Each of these groups passes requests on to the next, and the last one to the first, so no request is ever answered. One of ' +
      'them needs a target that answers by itself.',
  ],
  DS153: [
    'nothing to show over time',
    'Each item of `show` is a metric or a measure with its arguments: `p99(read)`, `queued(web)`. It has neither comparison ' +
      'nor window, since it is measured in many short stretches of time. Metrics that say nothing about these are refused.',
  ],
  DS154: [
    'objective makes no sense',
    'An objective of `slo` promises that a share of requests, or of slices of time, is good. Its alerts look back on less than its ' +
      'window, at a burn rate that a failure can reach: when all fails, 99.9% burn at 1000.',
  ],
  DS155: [
    'no time for retries',
    'Only a warning. A caller gives up before the retries of the node that it calls have ended, or a balancer’s attempts: attempts times ' +
      'their time-out, and the waits between them, must fit into the time that the caller allows. Or the caller’s own retries cannot begin: its patience, or ' +
      'a policy around them, ends with the first attempt.',
  ],
  DS156: [
    'expectations exclude each other',
    'Two lines of `expect` ask the same quantity, in the same window, for values that it cannot have together, or a battery for ' +
      'two labels. No run could hold both, so one of them is a mistake.',
  ],
  DS160: [
    'own kind cannot be loaded',
    'The file that `kind: ./x.ts` names cannot be used as a system: it is missing, does not compile, exports no system by ' +
      'default, or running its code is not allowed here.',
  ],
  DS170: [
    'history cannot be read',
    'The file given to `dsim check` is missing, is too large, is not text in UTF-8, or is in none of the notations that it ' +
      'knows: JSON with one event a line, the EDN of Jepsen, or the lines of its log.',
  ],
  DS171: [
    'not an event',
    'A line of a history is broken, or lacks what an event needs: a type (invoke, ok, fail or info), a process, and the name ' +
      'of an operation. Nothing is judged then, since a verdict on half a history would be a verdict on another one.',
  ],
  DS172: [
    'events do not pair',
    'A process does one thing at a time: it invokes an operation, and the next event of the same process ends it. An operation ' +
      'that was never answered needs no ending, but then its process must not invoke again, since nobody could tell which of ' +
      'the two a later answer belongs to; Jepsen goes on as a new process.',
  ],
  DS173: [
    'not a pair of key and value',
    'Under `--keyed` every value is a pair of the key and the value proper, as histories of independent keys are written. ' +
      'Leave the option away if the history is about one object, or if a field `key` names the key.',
  ],
  DS174: [
    'which model is not clear',
    'Without `--model` a history is judged by the model that its operations speak for. Where several know them, as a queue and ' +
      'a bag know enqueue and dequeue, dsim does not choose, since each would be another verdict.',
  ],
} as const satisfies { [code: string]: readonly [title: string, text: string] };

export type DiagnosticCode = keyof typeof table;

/** All codes in order, with their explanations. */
export const diagnosticCodes: ReadonlyMap<string, CodeExplanation> = new Map(
  Object.entries(table).map(([code, [title, text]]) => [code, { title, text }]),
);

/** The explanation of a code as a user types it (`ds102` too), or null. */
export function explainCode(code: string): CodeExplanation | null {
  return diagnosticCodes.get(code.trim().toUpperCase()) ?? null;
}
