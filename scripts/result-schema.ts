/**
 * The JSON Schema of the documents that commands write: `dsim-result` (`run`, `replay`), `dsim-run`
 * (a kept run), `dsim-check` and `dsim-test`. `npm run generate` writes it, `dsim schema --result`
 * prints it. Records are closed: a field that is not here is a mistake.
 */

type Schema = { readonly [keyword: string]: unknown };

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer', minimum: 0 };
const number: Schema = { type: 'number' };
/** Microseconds of simulated time. */
const timeUs: Schema = {
  type: 'integer',
  minimum: 0,
  description: 'Microseconds of simulated time.',
};
const digest: Schema = { type: 'string', pattern: '^[0-9a-f]{16}$' };
/** JSON has no infinity. */
const measured: Schema = { anyOf: [{ type: ['number', 'null'] }, { const: '∞' }] };
const plain: Schema = {};

const list = (items: Schema): Schema => ({ type: 'array', items });
const texts = list(text);
const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });
const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const about = (description: string, schema: Schema): Schema => ({ ...schema, description });

function orNull(schema: Schema): Schema {
  return typeof schema['type'] === 'string'
    ? { ...schema, type: [schema['type'], 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}

/** All fields, and no others; a name that ends in `?` may be absent. */
function record(fields: { readonly [name: string]: Schema }): Schema {
  const entries = Object.entries(fields);
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, schema]) => [name.replace('?', ''), schema]),
    ),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  };
}

const state = oneOf('held', 'violated', 'unknown', 'never exercised');
const verdict = oneOf('pass', 'fail', 'unknown');
const unit = orNull(oneOf('ratio', 'ms', 'count', 'per-second', 'bytes'));

const scenario = record({
  name: text,
  file: about('As it was named.', text),
  summary: text,
  hash: digest,
});

const digests = about(
  'Equal for equal runs, on every machine.',
  record({ outcome: digest, history: digest, messages: digest, order: digest }),
);

const outcome = {
  text: about('As it is written.', text),
  state,
  measured: about('As a screen shows it.', text),
  value: about('As a number, times in ms; null where it is none.', measured),
  unit,
};

const breakdown = record({
  text,
  places: list(record({ node: text, measured: text, samples: count })),
  errors: list(record({ error: text, count, node: orNull(text), atNode: count })),
  failed: about('Requests without an answer.', count),
  worst: about(
    'The shortest stretch in which half of them began.',
    orNull(record({ fromUs: timeUs, untilUs: timeUs, count })),
  ),
  outliers: list(record({ node: text, measure: text, measured: text, others: text })),
});

const expectation = record({
  ...outcome,
  because: text,
  checker: orNull(text),
  breakdown: about('Of a violated metric.', orNull(breakdown)),
});

const operation = record({
  index: count,
  process: count,
  client: text,
  node: orNull(text),
  load: text,
  f: about('What was asked.', text),
  key: orNull(text),
  input: plain,
  invokedAtUs: timeUs,
  outcome: oneOf('ok', 'fail', 'info'),
  output: plain,
  error: orNull(text),
  completedAtUs: about('null: it may take effect at any later time.', orNull(timeUs)),
  endedAtUs: orNull(timeUs),
  'recorded?': flag,
  'final?': flag,
  'place?': plain,
});

const anomaly = record({
  name: text,
  count,
  sentence: text,
  operations: list(count),
  edges: list({ type: 'object' }),
});

const check = record({
  checker: text,
  verdict,
  summary: text,
  reasons: texts,
  key: orNull(text),
  atUs: orNull(timeUs),
  numbers: mapOf(number),
  evidence: list(ref('operation')),
  anomalies: list(anomaly),
  next: texts,
});

const objective = record({
  objective: about('As it was read.', { type: 'object' }),
  events: count,
  bad: count,
  sli: orNull(number),
  burn: orNull(number),
  allowed: number,
  left: about('Of the budget; negative when more was spent.', orNull(number)),
  exhaustedAtUs: orNull(timeUs),
  downtime: text,
  firings: list(record({ burn: number, longUs: timeUs, fromUs: timeUs, untilUs: orNull(timeUs) })),
});

const fault = record({
  name: text,
  kind: text,
  strike: count,
  missed: about('Why it never struck.', orNull(text)),
  label: text,
  injectedAtUs: orNull(timeUs),
  healedAtUs: orNull(timeUs),
  sides: list({ type: 'object' }),
  detail: { type: 'object' },
  felt: about('What it touched.', mapOf(count)),
  operationsTouched: count,
  wasFelt: flag,
});

const liveness = record({
  group: text,
  core: texts,
  quorum: count,
  members: count,
  state: oneOf('live', 'slow', 'stuck', 'unavailable-by-design', 'not asked'),
  afterUs: orNull(timeUs),
  because: text,
});

const nemesis = record({
  name: text,
  swarm: flag,
  kinds: texts,
  betweenUs: timeUs,
  lastsUs: timeUs,
  budgets: list(record({ group: text, down: count, copies: count, clockMs: number })),
  beyond: texts,
  withheld: count,
  strikes: about('Each an entry of `faults`.', list({ type: 'object' })),
});

const sideOf = record({ state, measured: text });
const twin = record({
  fault: text,
  kind: text,
  verdict: oneOf('decisive', 'changed', 'unseen', 'vacuous'),
  first: about('The first event that differs.', orNull(record({ atUs: timeUs, text }))),
  expectations: list(record({ text, with: sideOf, without: sideOf })),
  counts: list(record({ what: text, with: number, without: number })),
});

const metastability = record({
  text,
  loops: list(record({ name: text, doc: text, state, measured: text })),
  degree: orNull(record({ fault: text, passesUs: timeUs, sticksUs: timeUs, ofUs: timeUs })),
});

const series = record({
  name: text,
  unit,
  values: list(measured),
  isUnknown: flag,
  fromUs: timeUs,
  untilUs: timeUs,
  cells: count,
});

const cap = record({
  seeds: count,
  seedsWanted: count,
  letters: orNull(oneOf('C', 'A', '-', '?')),
  sides: list(record({ name: text, nodes: texts, asked: count, answered: count })),
  linearizable: orNull(verdict),
  exposure: count,
  sentence: text,
});

const outcomeCounts = record({ total: count, ok: count, fail: count, info: count });

const run = record({
  scenario: ref('scenario'),
  seed: text,
  sets: texts,
  without: flag,
  maxEvents: orNull(count),
  strict: flag,
  state,
  digests: ref('digests'),
  events: about('Steps of the simulation.', count),
  durationUs: timeUs,
  settleUs: orNull(timeUs),
  verifyUs: orNull(timeUs),
  endedAtUs: timeUs,
  drawn: about('Values that the seed chose.', list(record({ path: text, value: text }))),
  groups: list({ type: 'object', required: ['name', 'kind', 'nodes'] }),
  operations: outcomeCounts,
  messages: record({
    sent: count,
    delivered: count,
    copies: count,
    dropped: count,
    clientSent: count,
    byType: mapOf(count),
  }),
  expectations: list(expectation),
  labelsExpected: about('Labels of CAP and PACELC that no single run can judge.', texts),
  checks: list(check),
  objectives: list(objective),
  faults: list(fault),
  actions: about('Commands of operators.', list({ type: 'object', required: ['name', 'command'] })),
  liveness: list(liveness),
  nemeses: list(nemesis),
  twins: about('null: `--twin` was not asked for.', orNull(list(twin))),
  metastable: orNull(list(metastability)),
  leaders: list(record({ node: text, term: number, atUs: timeUs, untilUs: orNull(timeUs) })),
  series: list(series),
  measures: record({
    values: list(record({ node: text, name: text, of: orNull(text), values: count })),
    lost: count,
    fullAtUs: orNull(timeUs),
  }),
  notesLost: list(record({ label: text, count, fromUs: timeUs })),
  cap: orNull(cap),
  error: about('What stopped the run.', orNull({ type: 'object', required: ['kind', 'message'] })),
  repro: about('The command that repeats it.', text),
  // Of a run that is printed: a kept one has none.
  'warnings?': list(ref('diagnostic')),
  'varied?': record({ path: text, value: text }),
});

const briefRun = about(
  'One of many, that held.',
  record({
    scenario: ref('scenario'),
    seed: text,
    state,
    digests: ref('digests'),
    events: count,
    expectations: list(record(outcome)),
    brief: { const: true },
    'varied?': record({ path: text, value: text }),
  }),
);

const timedOutRun = about(
  'One that `--timeout` stopped.',
  record({
    scenario: ref('scenario'),
    seed: text,
    state: { const: 'unknown' },
    timedOut: { const: true },
  }),
);

const diagnostic: Schema = { type: 'object', required: ['code', 'message'] };
const invalid = list(record({ file: text, diagnostics: list(ref('diagnostic')) }));

const totals = { runs: count, held: count, violated: count, unknown: count, neverExercised: count };
const exit = { exitCode: count, interrupted: flag };

const head = (format: string) => ({ format: { const: format }, version: { const: 1 }, dsim: text });

const resultDocument = record({
  ...head('dsim-result'),
  runs: list({ anyOf: [ref('run'), ref('briefRun'), ref('timedOutRun')] }),
  distributions: about(
    'Of each metric of a scenario with five seeds or more.',
    list(
      record({
        scenario: text,
        text,
        unit,
        seeds: count,
        unmeasured: count,
        min: measured,
        median: measured,
        p95: measured,
        max: measured,
        'varied?': record({ path: text, value: text }),
      }),
    ),
  ),
  invalid,
  summary: record({ ...totals, ...exit }),
});

const judgedOperation = record({
  index: count,
  text,
  lines: record({ invoked: orNull(count), completed: orNull(count) }),
  process: count,
  client: text,
  f: text,
  key: orNull(text),
  input: plain,
  output: plain,
  outcome: oneOf('ok', 'fail', 'info'),
  error: orNull(text),
  invokedAtUs: orNull(number),
  completedAtUs: orNull(number),
  endedAtUs: orNull(number),
});

const verdictOnFile = record({
  file: text,
  format: text,
  model: text,
  consistency: orNull(text),
  sets: texts,
  verdict,
  sentence: text,
  reasons: texts,
  key: orNull(text),
  atUs: orNull(number),
  anomalies: list(anomaly),
  'models?': { type: 'object' },
  evidence: list(count),
  operations: list(judgedOperation),
  numbers: mapOf(number),
  counts: outcomeCounts,
  next: record({ advice: texts, commands: texts }),
  notes: texts,
});

const checkDocument = record({
  ...head('dsim-check'),
  checks: list(verdictOnFile),
  invalid,
  unfinished: texts,
  summary: record({ files: count, pass: count, fail: count, unknown: count, ...exit }),
});

const end = oneOf('held', 'violated', 'unknown', 'never exercised', 'changed', 'invalid', 'broken');
const testedExpectation = record({
  text,
  state,
  measured: text,
  line: orNull(count),
  over: orNull({ type: 'object' }),
});
const demand = record({
  text,
  state,
  held: count,
  of: count,
  sentence: text,
  seed: orNull(text),
  line: orNull(count),
});
const testedRun = record({
  seed: text,
  end,
  signature: text,
  expectations: list(testedExpectation),
  shares: list(testedExpectation),
  digests: orNull(ref('digests')),
  label: orNull(text),
  counts: orNull(mapOf(count)),
  events: count,
  elapsedMs: about('Of the host.', count),
  repro: orNull(text),
  kept: orNull(text),
  why: orNull(text),
});

const testDocument = record({
  ...head('dsim-test'),
  scenarios: list(
    record({
      name: text,
      file: text,
      cell: text,
      planned: count,
      end,
      demands: list(demand),
      runs: list(testedRun),
    }),
  ),
  summary: record({
    ...totals,
    changed: count,
    invalid: count,
    broken: count,
    scenarios: count,
    ...exit,
    bailed: flag,
    elapsedMs: about('Of the host.', count),
    startedAt: about('Of the host.', text),
  }),
});

/** As it stands in `schema/result.schema.json`: a definition a line. */
export function resultSchemaText(): string {
  const definitions = { scenario, digests, diagnostic, operation, run, briefRun, timedOutRun };
  const documents = [
    about('`dsim run`, `dsim replay`: `--json`, `-o file.json`.', resultDocument),
    about('`.dsim/runs/<id>/result.json`.', record({ ...head('dsim-run'), run: ref('run') })),
    about('`dsim check --json`.', checkDocument),
    about('`dsim test --reporter json`.', testDocument),
  ];
  const lines = (schemas: readonly string[]) => schemas.join(',\n');
  const named = Object.entries(definitions).map(
    ([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`,
  );
  return `{
"$schema":"http://json-schema.org/draft-07/schema#",
"description":"What commands of dsim write as JSON.",
"anyOf":[
${lines(documents.map((schema) => JSON.stringify(schema)))}
],
"definitions":{
${lines(named)}
}}
`;
}
