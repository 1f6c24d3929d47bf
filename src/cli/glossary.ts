/**
 * The words with a meaning of their own in dsim, and the words of the field that its screens use.
 * `dsim explain glossary` prints them; `npm run generate` writes them to docs/GLOSSARY.md.
 */

export interface Term {
  readonly word: string;
  /** Other words that lead here. */
  readonly also: readonly string[];
  /** All of them, for a reader: `check, checker, judge`. */
  readonly title: string;
  readonly meaning: string;
  /** A line of a scenario. */
  readonly example: string;
  /** The word whose example this is, for what stands in no scenario. */
  readonly nearest: string | null;
}

/** Each with an example, a line of a scenario; or with the word whose example is near: `@fault`. */
const rows: readonly (readonly [words: string, meaning: string, example: string])[] = [
  [
    'availability',
    'The share of requests to live, reachable nodes that were answered in time. An answer that says no counts as an answer.',
    'expect: [availability >= 99%]',
  ],
  [
    'bug',
    'A switch of a system that plants a famous mistake on purpose, so that you can watch a checker catch it.',
    'nodes: { kv: { kind: raft, count: 5, bug: vote-twice } }',
  ],
  [
    'CAP, cap',
    'The theorem that a replicated register cannot stay linearizable and answer every request while its nodes are partitioned. The CAP line of a run says which of the two this run gave up: C consistent, A available, - neither, ? undecided.',
    'expect: [{ tradeoff: PC/EC }]',
  ],
  [
    'chaos',
    'The first phase of a run, as long as `duration`: clients ask and faults strike. Metrics count this phase only.',
    'duration: 30s',
  ],
  [
    'check, checker, judge',
    'A checker reads the history of a run and says pass, fail or unknown. A judge does the same for a history that another program recorded (`dsim check`). Both see what clients saw, and never look into a node.',
    'expect: [linearizable]',
  ],
  [
    'client',
    'A simulated user: it sends requests, waits for answers, and records what it saw in the history.',
    'clients: { users: { workload: register, target: kv, rate: 50/s } }',
  ],
  [
    'core',
    'The largest set of members of a group that are up and can all talk to each other. After the faults have healed, a core that is large enough must answer again.',
    '@settle',
  ],
  [
    'digest',
    'A hash, 16 hexadecimal digits, of what happened. Two runs with equal digests are the same run. There are four: of the outcome, the history, the messages, and the order of all events.',
    '@seed',
  ],
  [
    'event',
    'One step of the simulation: a message arrives, a timer fires, a fault begins. Events are handled one at a time, in order of their simulated time.',
    '@fault',
  ],
  [
    'expectation',
    'One line of `expect:`. It ends as held, violated, unknown or never exercised, and only held is success.',
    'expect: [p99 < 250ms]',
  ],
  [
    'fault',
    'Something that goes wrong on purpose: a partition, a crash, a slow disk. One beginning of a fault is a strike; it heals when its time is over.',
    'faults: [{ at: 5s, for: 5s, partition: leader }]',
  ],
  [
    'felt',
    'A fault was felt if it had an effect: it dropped or delayed a message, stopped a node, changed a clock. A fault without an effect tests nothing.',
    '@fault',
  ],
  ['gallery', 'The scenarios that ship with dsim: `dsim list scenarios`.', '@scenario'],
  [
    'history',
    'All operations of the clients, each with what was asked, what came back, and both times. Checkers judge nothing else.',
    '@client',
  ],
  ['interface', 'The requests that a system answers, with their fields and replies.', '@workload'],
  [
    'kind',
    'What a node runs: a system of dsim, a preset, or a file of your own.',
    'nodes: { kv: { kind: raft, count: 3 } }',
  ],
  [
    'linearizable',
    'Each operation seems to happen at one instant between its request and its answer, and all clients see the same order.',
    '@check',
  ],
  [
    'majority',
    'More than half of the nodes. Of a partition: the side that has them; the other is the minority.',
    'expect: [availability(majority) >= 99% during partition]',
  ],
  [
    'metastable',
    'A system is metastable if it stays broken after the cause is gone, because a feedback loop, such as retries, keeps it overloaded.',
    'expect: [recovers within 30s after partition]',
  ],
  [
    'model',
    'A sequential specification: what a register, a queue or a lock answers if one client at a time uses it. Linearizability is judged against a model.',
    '@check',
  ],
  [
    'nemesis',
    'A source of random faults, within a budget of what the system claims to survive.',
    'faults: [{ nemesis: [crash, partition], of: kv }]',
  ],
  [
    'never exercised',
    'An expectation that nothing put to the test, such as a metric without a request in its window. It is no success.',
    '@expectation',
  ],
  [
    'node',
    'A simulated machine or process with a name. It has timers, a disk, a clock and links to other nodes.',
    '@kind',
  ],
  [
    'note',
    'A short text that a node writes into the trace when something happens, such as `steps down`. `dsim explain <kind>` lists them; `sometimes` expects one.',
    "expect: [sometimes 'role']",
  ],
  [
    'outcome unknown, info',
    'The client got no answer in time, so it cannot know whether the operation happened. In a history it ends as `info`.',
    '@patience',
  ],
  [
    'patience',
    'How long a client waits for an answer: the `timeout` of its load.',
    'clients: { users: { workload: register, target: kv, rate: 50/s, timeout: 2s } }',
  ],
  [
    'policy',
    'What a caller does around its calls: timeout, retry, circuit breaker, hedge, cache.',
    'clients: { users: { workload: register, target: kv, rate: 50/s, calls: { kv: { retry: 3 } } } }',
  ],
  [
    'preset',
    'A kind with the default values of a product: `kind: cassandra`. `dsim list presets` shows all.',
    'nodes: { kv: { kind: etcd, count: 3 } }',
  ],
  [
    'quorum',
    'As many members as an operation needs, chosen so that any two quorums share a member. Often a majority.',
    'nodes: { kv: { kind: quorum-store, count: 3, r: 2, w: 2 } }',
  ],
  ['repro', 'The command that repeats a run exactly. It is printed after each failure.', '@seed'],
  [
    'role',
    'What a node is at the moment (leader, follower), or the part that it plays in its group (coordinator).',
    'faults: [{ at: 5s, for: 5s, crash: leader }]',
  ],
  [
    'scenario',
    'One YAML file: nodes, a network, clients, faults, and what you expect.',
    '{ nodes: { kv: { kind: raft, count: 3 } }, clients: { users: { workload: register, target: kv, rate: 50/s } }, expect: [linearizable] }',
  ],
  [
    'seed, seeds',
    'The number from which all random choices of a run follow. Another seed is another run of the same scenario.',
    'seeds: 1..20',
  ],
  [
    'settle',
    'The phase after chaos: faults heal, and each group must answer again. Then clients make their final reads.',
    'settle: 10s',
  ],
  [
    'side',
    'The nodes on one side of a partition. Expectations name sides: `availability(majority)`.',
    'expect: [availability(minority) <= 1% during partition]',
  ],
  [
    'system',
    'A design that dsim can run, such as `raft` or `cache`: `dsim list systems`.',
    '@kind',
  ],
  [
    'term',
    'A number that grows with each election. A leader of a higher term replaces one of a lower term.',
    'expect: [leaders per term <= 1]',
  ],
  ['trace', 'The file with every event of a run, one line of JSON each.', '@seed'],
  [
    'twin',
    'The same run with one fault disabled. The difference between the two is what the fault did (`--twin`).',
    '@fault',
  ],
  ['vacuous', 'A fault is vacuous if the run without it is the same, event by event.', '@fault'],
  [
    'violated, held, unknown',
    'The ends of an expectation: it failed; it was tested and did not fail; the checker could not decide in its budget.',
    '@expectation',
  ],
  [
    'window',
    'The part of a run that an expectation is about: `during`, `before`, `after` or `outside` a fault.',
    'expect: [p99 < 250ms outside partition]',
  ],
  [
    'without',
    'A patch in a scenario that turns the shown mechanism off. `--without` applies it, and an expectation should fail.',
    'without: { nodes: { kv: { bug: vote-twice } } }',
  ],
  [
    'witness',
    'The smallest set of operations that proves a violation. The WHY section shows it.',
    '@check',
  ],
  [
    'workload',
    'What clients ask, such as reads and writes of registers: `dsim list workloads`.',
    '@client',
  ],
];

/** In alphabetical order. */
export const glossary: readonly Term[] = rows.map(([words, meaning, own]) => {
  const [word = '', ...also] = words.split(', ');
  const others = also.filter((other) => other !== word.toLowerCase());
  let nearest: string | null = null;
  let example = own;
  while (example.startsWith('@')) {
    nearest = example.slice(1);
    example = rows.find(([name]) => name.split(', ')[0] === nearest)?.[2] ?? '';
  }
  return { word, also, title: [word, ...others].join(', '), meaning, example, nearest };
});

/** The term that this word, or another form of it, names. */
export function termOf(word: string): Term | null {
  const asked = word.toLowerCase();
  const named = glossary.find(
    (term) => term.word.toLowerCase() === asked || term.also.includes(asked),
  );
  return named ?? null;
}
