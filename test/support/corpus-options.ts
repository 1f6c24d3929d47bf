/**
 * What a user would type for a row of the corpora's index: model, what was checked, what came out.
 */

export interface Question {
  /**
   * Of `dsim check`, after the file; `|` stands between several commands of which the worst counts.
   */
  readonly options: readonly string[];
  /** Null where the row speaks of anomalies only. */
  readonly verdict: 'pass' | 'fail' | 'unknown' | null;
  /** At least these are found. */
  readonly anomalies: readonly string[];
  /** Certainly not found. */
  readonly absent: readonly string[];
}

const verdicts: ReadonlyMap<string, Question['verdict']> = new Map([
  ['linearizable', 'pass'],
  ['not-linearizable', 'fail'],
  ['valid', 'pass'],
  ['invalid', 'fail'],
  ['unknown', 'unknown'],
]);

/** Models with one way to be judged. */
const plain: ReadonlyMap<string, readonly string[]> = new Map([
  ['kv-append(init="")', ['--model', 'kv-append']],
  ['register(init=0)', ['--model', 'register', '--set', 'initial=0']],
  ['set(init={})', ['--model', 'set']],
  ['nondeterministic-register(put-any,get-any,get-all)', ['--model', 'nondeterministic-register']],
  ['unordered-queue', ['--model', 'unordered-queue']],
  ['total-queue', ['--model', 'total-queue']],
  ['set-full', ['--model', 'set-full']],
  ['set-final-read', ['--model', 'set-final']],
  ['unique-ids', ['--model', 'unique-ids']],
  ['counter(increments only)', ['--model', 'counter']],
  ['pn-counter', ['--model', 'pn-counter']],
  ['causal-reverse', ['--model', 'causal-reverse']],
  ['causal-reverse/comments', ['--model', 'causal-reverse']],
  ['long-fork(n=3)', ['--model', 'long-fork', '--set', 'n=3']],
  ['kafka-log', ['--model', 'log']],
  ['bank(total=30, accounts 0..2)', ['--model', 'bank', '--set', 'total=30']],
  ['bank(total=100, accounts 0..9)', ['--model', 'bank', '--set', 'total=100']],
  ['bank(no negative balances)', ['--model', 'bank']],
  ['list-append(serializable)', ['--model', 'list-append', '--consistency', 'serializable']],
  ['list-append(strict-serializable)', ['--model', 'list-append']],
  ['rw-register(default options)', ['--model', 'rw-register']],
]);

/** The levels of a register as the matrix names them. */
const levels: ReadonlyMap<string, string> = new Map([
  ['linearizable', 'linearizable'],
  ['sequential', 'sequential'],
  ['causal(CM)', 'causal'],
  ['CCv', 'causal-convergence'],
  ['CC', 'causal-consistency'],
  ['PRAM', 'pram'],
  ['RYW', 'read-your-writes'],
  ['MR', 'monotonic-reads'],
  ['MW', 'monotonic-writes'],
  ['WFR', 'writes-follow-reads'],
  ['RYW+MW', 'read-your-writes+monotonic-writes'],
  ['MR+MW', 'monotonic-reads+monotonic-writes'],
  ['MR+WFR', 'monotonic-reads+writes-follow-reads'],
  ['RYW+MR+MW+WFR', 'session-guarantees'],
]);

/** The questions that a row asks; several for a row about many levels. */
export function optionsOf(
  model: string,
  check: string,
  expected: string,
  file = '',
): readonly Question[] {
  if (check === 'consistency lattice') return latticeQuestions(expected);
  const elle = /^(list-append|rw-register)$/.exec(model)?.[1];
  const options = elle === undefined ? plain.get(model) : elleOptions(elle, check);
  if (options === undefined) throw new Error(`no options for the model ${model}`);
  return [{ options, ...answerOf(expected), absent: absentFrom(file) }];
}

/** What a row of `no such error` says is not there: its file is named after it. */
const absences: readonly (readonly [file: RegExp, absent: readonly string[]])[] = [
  [/info_conflict_unproven/, ['inconsistent-offsets']],
  [/lost_write_atomic_unproven/, ['lost-write']],
  [/[/_]poll_skip_reassigned/, ['poll-skip']],
  [/nonmonotonic_poll_reassigned/, ['nonmonotonic-poll']],
  [/nonmonotonic_send_reassigned/, ['nonmonotonic-send']],
  [/abort_rewinds_good/, ['poll-skip', 'nonmonotonic-poll', 'lost-write', 'G1a']],
];

function absentFrom(file: string): readonly string[] {
  return absences.find(([pattern]) => pattern.test(file))?.[1] ?? [];
}

function answerOf(expected: string): Pick<Question, 'verdict' | 'anomalies'> {
  const [word = '', names = ''] = expected.split(': ');
  const anomalies = names === '' ? [] : names.split(',');
  if (word === 'no such error') return { verdict: null, anomalies: [] };
  // Elle's word for: nothing to judge. The verdict says so.
  const named = anomalies.filter((name) => name !== 'empty-transaction-graph');
  return { verdict: verdicts.get(word) ?? null, anomalies: named };
}

/** `linearizable=NO sequential=yes …`. */
function latticeQuestions(expected: string): readonly Question[] {
  return expected.split(' ').map((part) => {
    const [level = '', answer = ''] = part.split('=');
    const consistency = levels.get(level);
    if (consistency === undefined) throw new Error(`no level for ${level}`);
    return {
      options: ['--model', 'register', '--consistency', consistency],
      verdict: answer === 'yes' ? 'pass' : 'fail',
      anomalies: [],
      absent: [],
    };
  });
}

/** Elle's options as those of the judge. */
function elleOptions(model: string, check: string): readonly string[] {
  const asked = JSON.parse(check) as {
    readonly 'consistency-models'?: readonly string[];
    readonly anomalies?: readonly string[];
    readonly [option: string]: unknown;
  };
  const settings = ['wfr-keys', 'sequential-keys', 'linearizable-keys'].flatMap((name) => {
    const value = asked[`${name}?`];
    return value === undefined ? [] : ['--set', `${name}=${value}`];
  });
  const anomalies = asked.anomalies ?? [];
  const looked = anomalies.length === 0 ? [] : ['--set', `anomalies=${anomalies.join(',')}`];
  const wanted = asked['consistency-models'] ?? [undefined];
  return wanted.flatMap((level, i) => [
    ...(i === 0 ? [] : ['|']),
    '--model',
    model,
    ...(level === undefined ? [] : ['--consistency', level]),
    ...settings,
    ...looked,
  ]);
}
