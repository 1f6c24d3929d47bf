/** `dsim explain`: the manual at the prompt, for whatever has a name or a code. */
import type { AnyJudge } from '../checks/judge.ts';
import { type ManualPage, type ManualSection, page, renderManual } from '../report/manual.ts';
import type { PresetParts, PresetValues } from '../scenarios/presets/preset.ts';
import { writtenForm } from '../scenarios/values/written-form.ts';
import type { Measure } from '../sim/measure.ts';
import { nearestName } from '../sim/nearest-name.ts';
import { defaultsOf, type ParamSpec } from '../sim/params.ts';
import { errors } from '../sim/rpc.ts';
import type { AnySystem } from '../sim/system.ts';
import { formatDurationUs, msToUs } from '../sim/units.ts';
import { operationsMade, spokenBy } from '../workloads/workload.ts';
import { Console, UsageError } from './console.ts';
import type { Engine, Kind, PresetManual } from './engine.ts';
import { exitCodes, HELD } from './exit-codes.ts';
import { askedExample, exampleOf } from './explain-examples.ts';
import { declaredPages, knownWords, wordPages } from './explain-words.ts';
import { glossary, type Term, termOf } from './glossary.ts';
import type { Host } from './host.ts';
import { interfacePage, operationRows } from './interface-page.ts';
import type { LookOptions } from './terminal.ts';

const EXIT_CODES = 'exit-codes';
const ERROR_CODES = 'error-codes';
const LATENCIES = 'latencies';
const GLOSSARY = 'glossary';
/** Pages that no kind has. */
const PAGES: readonly string[] = [EXIT_CODES, ERROR_CODES, LATENCIES, GLOSSARY];

/** Prints every page that the words name: a name may be a system and a policy at once. */
export async function explainCommand(
  words: readonly string[],
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const engine = await host.engine();
  const pages: ManualPage[] = [];
  const known = await knownWords();
  for (const name of namesIn(words, engine, known)) pages.push(...(await pagesOf(name, engine)));
  const console = new Console(host, looks);
  console.print(pages.map((page) => renderManual(page, console.ink)).join('\n'));
  return HELD;
}

/**
 * What the words name, one after another: a name may have several words, as `leaders per term`.
 * Where they name nothing, all of them are one name, for the complaint.
 */
function namesIn(
  words: readonly string[],
  engine: Engine,
  others: readonly string[],
): readonly string[] {
  const known = new Set([
    ...[...engine.kinds(), ...engine.gallery()].map(({ name }) => name),
    ...[...PAGES, ...others],
    ...glossary.flatMap(({ word, also }) => [word, ...also]),
  ]);
  const names: string[] = [];
  for (let from = 0; from < words.length; ) {
    let to = words.length;
    const named = () => words.slice(from, to).join(' ');
    while (to > from && !known.has(named()) && !isCode(named())) to--;
    if (to === from) return names.length === 0 ? [words.join(' ')] : [...names, words[from] ?? ''];
    names.push(named());
    from = to;
  }
  return names;
}

function isCode(name: string): boolean {
  return /^ds\d+$/i.test(name);
}

async function pagesOf(name: string, engine: Engine): Promise<readonly ManualPage[]> {
  if (name === EXIT_CODES) return [exitCodePage()];
  if (name === ERROR_CODES) return [errorCodePage()];
  if (name === LATENCIES) return [await latencyPage()];
  if (name === GLOSSARY) return [glossaryPage()];
  if (isCode(name)) return [await diagnosticPage(name.toUpperCase(), engine)];
  const kinds = engine.kinds();
  const named = kinds.filter((kind) => kind.name === name);
  const scenario = engine.gallery().find((each) => each.name === name);
  const term = termOf(name);
  const words = await wordPages(name);
  if (named.length === 0 && scenario === undefined && term === null && words.length === 0) {
    const declared = await declaredPages(name, engine);
    if (declared.length === 0) throw unknown(name, kinds, engine);
    return declared;
  }
  return [
    ...(term === null ? [] : [termPage(term)]),
    ...words,
    ...(await Promise.all(named.map((kind) => pageWithExample(kind, engine)))),
    ...(scenario === undefined ? [] : [scenarioPage(scenario)]),
  ];
}

function unknown(name: string, kinds: readonly Kind[], engine: Engine): UsageError {
  const names = [...kinds, ...engine.gallery()].map((each) => each.name);
  const words = glossary.flatMap(({ word, also }) => [word, ...also]);
  const near = nearestName(name, [...names, ...PAGES, ...words]);
  const hint =
    near === null ? '; `dsim list` shows all names' : `; did you mean ${JSON.stringify(near)}?`;
  return new UsageError(`there is nothing called ${JSON.stringify(name)}${hint}`);
}

async function diagnosticPage(code: string, engine: Engine): Promise<ManualPage> {
  const found = await engine.explainCode(code);
  if (found === null) throw new UsageError(`there is no error ${code}`);
  const { codeExamples } = await import('./code-examples.ts');
  const [wrong, right] = codeExamples[code.toUpperCase() as keyof typeof codeExamples];
  const lines = (title: string, text: string) =>
    text === '' ? [] : [`# ${title}`, ...text.split('\n')];
  return page(code, 'error in a scenario', found.title, {
    text: [found.text],
    example: [...lines('wrong', wrong), ...lines('right', right)],
  });
}

function termPage({ title, meaning, example, nearest }: Term): ManualPage {
  const whose = nearest === null ? [] : [`# the example of ${nearest}`];
  return page(title, 'word of the glossary', meaning, { example: [...whose, example] });
}

function glossaryPage(): ManualPage {
  const rows = glossary.map(({ title, meaning, example, nearest }) => [
    title,
    `${meaning} ${nearest === null ? `For example: ${example}` : `For an example see ${nearest}.`}`,
  ]);
  const summary = 'Words of dsim and of the field, as screens, scenarios and documents use them.';
  return page(GLOSSARY, 'words', summary, { sections: [{ title: 'WORDS', rows }] });
}

function exitCodePage(): ManualPage {
  const rows = [...exitCodes].map(([code, [word, meaning]]) => [String(code), word, meaning]);
  const text = [
    'Of one run the worst expectation decides. Of several runs the worst code does, in this order: 130, 70, 5, 2, 1, 3, 4, 0.',
  ];
  return page(EXIT_CODES, 'exit codes', 'What the exit code of a command says.', {
    text,
    sections: [{ title: 'CODES', rows }],
  });
}

function errorCodePage(): ManualPage {
  const rows = [...errors].map(([code, row]) => {
    const kind = row.answers ? 'an answer' : row.definite ? 'did not happen' : 'may have happened';
    return [code, kind, row.doc];
  });
  return page(
    ERROR_CODES,
    'error codes of replies',
    'What an error says to a client about its operation.',
    {
      sections: [{ title: 'CODES', rows }],
    },
  );
}

async function latencyPage(): Promise<ManualPage> {
  const { namedLatencies, tooShort } = await import('../scenarios/values/named-latencies.ts');
  const rows = [...namedLatencies].map(([name, { minMs, maxMs, doc }]) => {
    const least = formatDurationUs(msToUs(minMs));
    const takes = minMs === maxMs ? least : `${least} to ${formatDurationUs(msToUs(maxMs))}`;
    return [name, takes, doc];
  });
  return page(LATENCIES, 'latencies by name', 'Names that stand where a duration may stand.', {
    text: ['`latency: same-datacenter`, `disk: { sync: disk-seek }`, `service-time: ssd-read`.'],
    sections: [
      { title: 'NAMES', rows },
      { title: 'TOO SHORT FOR A CLOCK OF 1 us', rows: [...tooShort].map((row) => [...row]) },
      sourceSection(['Dean, Norvig, Bonér, Latency Numbers Every Programmer Should Know']),
    ],
  });
}

function scenarioPage({
  name,
  summary,
}: {
  readonly name: string;
  readonly summary: string;
}): ManualPage {
  return page(name, 'scenario that ships with dsim', summary, {
    sections: [{ title: 'RUN IT', rows: [[`dsim run ${name}`]] }],
  });
}

async function pageWithExample(kind: Kind, engine: Engine): Promise<ManualPage> {
  const example =
    kind.sort === 'interface' ? await askedExample(kind.name, engine) : await exampleOf(kind);
  return { ...(await pageOf(kind)), example };
}

async function pageOf(kind: Kind): Promise<ManualPage> {
  const { name, summary } = kind;
  switch (kind.sort) {
    case 'system':
      return systemPage(await kind.load());
    case 'preset':
      return presetPage(await kind.load());
    case 'fault': {
      const { params, shorthand, family } = await kind.load();
      const sort = family === '' ? 'fault' : `fault, ${family}`;
      return page(name, sort, summary, { params, sections: shorthandSection(name, shorthand) });
    }
    case 'nemesis': {
      const { params, moves } = await kind.load();
      const sections = [
        { title: 'WHAT IT MAY DO', rows: moves.map((move) => [...move]) },
        ...shorthandSection(name, 'kinds'),
      ];
      return page(name, 'entry of faults', summary, { params, sections });
    }
    case 'workload': {
      const workload = await kind.load();
      const { params, asks } = workload;
      const spoken = spokenBy(workload);
      const operations = operationRows(asks, operationsMade(workload));
      const sections = [
        { title: 'ASKS', rows: [[`${spoken.name}: dsim explain ${spoken.name}`]] },
        { title: 'OPERATIONS', rows: operations },
      ];
      return page(name, 'workload', summary, { params, sections });
    }
    case 'policy': {
      const { params, shorthand, sources } = await kind.load();
      const sections = [...shorthandSection(name, shorthand), sourceSection(sources)];
      return page(name, 'policy on calls', summary, { params, sections });
    }
    case 'check': {
      const { judges, sources, params, shorthand } = await kind.load();
      const sections = [
        { title: 'JUDGES LOADS THAT ASK', rows: [[judges.map((one) => one.name).join(', ')]] },
        ...(shorthand === null
          ? []
          : [
              {
                title: 'SHORT FORM',
                rows: [[`${name}(value) is short for ${name}(${shorthand}: value)`]],
              },
            ]),
        sourceSection(sources),
      ];
      const given = Object.keys(params).length === 0 ? null : params;
      return page(name, 'check', summary, { params: given, sections });
    }
    case 'metric': {
      const { doc, unit } = await kind.load();
      return page(name, `metric, in ${unit}`, summary, { text: doc === summary ? [] : [doc] });
    }
    case 'interface':
      return interfacePage(await kind.load());
    case 'judge':
      return judgePage(await kind.load());
  }
}

/** What it says of itself, what is said of it, and each value with where it is from. */
function presetPage({ preset, kinds }: PresetManual): ManualPage {
  const { name, kind, summary, claims, differs, values, variants, usual, parts = {} } = preset;
  const rowsOf = (of: PresetValues, kindOf = kind) =>
    Object.entries(of).map(([param, { value, real, source }]) => [
      `${param}: ${written(kinds.get(kindOf)?.params[param], value)}`,
      `${real} (${source})`,
    ]);
  const partSections = (of: PresetParts, where: string) =>
    Object.entries(of).map(([suffix, part]) => ({
      title: `BESIDE IT${where}: <group>-${suffix}`,
      rows: [[`${part.count} of kind ${part.kind}`, part.doc], ...rowsOf(part.values, part.kind)],
    }));
  return page(name, `preset of ${kind}`, summary, {
    text: [`\`kind: ${name}\` is \`${kind}\` with these values: \`dsim explain ${kind}\`.`],
    sections: [
      {
        title: 'VARIANTS (variant: <name>)',
        rows: Object.entries(variants).map(([variant, { doc }]) => [
          variant === usual ? `${variant} (usual)` : variant,
          doc,
        ]),
      },
      {
        title: 'CLAIMED',
        rows: claims.map(({ label, of, source }) => [label, `${of} (${source})`]),
      },
      { title: 'VALUES', rows: rowsOf(values) },
      ...partSections(parts, ''),
      ...Object.entries(variants).flatMap(([variant, own]) => [
        { title: `VALUES OF ${variant}`, rows: rowsOf(own.values) },
        ...partSections(own.parts ?? {}, ` IN ${variant}`),
      ]),
      { title: 'UNLIKE THE PRODUCT', rows: differs.map((text) => [text]) },
    ],
  });
}

function written(spec: ParamSpec | undefined, value: unknown): string {
  return spec === undefined ? String(value) : String(writtenForm(spec, value));
}

/** The interfaces, or the parameter whose nodes answer. */
function answersText(answers: AnySystem['answers']): string {
  if (answers === 'anything') return 'anything';
  if ('of' in answers) return `whatever the nodes of \`${answers.of}\` answer`;
  if ('by' in answers) {
    const options = Object.entries(answers.each).map(([option, each]) => {
      return `${option}: ${each.map(({ name }) => name).join(', ')}`;
    });
    return `by \`${answers.by}\`: ${options.join('; ')}`;
  }
  return answers.map(({ name }) => name).join(', ');
}

function systemPage(system: AnySystem): ManualPage {
  const changeable: readonly string[] = system.changeable ?? [];
  const { name, title, summary, params, answers, bugs, invariants, sources } = system;
  // No claim depends on what a scenario has to name, as the target is.
  const named = Object.fromEntries(
    Object.keys(params).map((key) => [key, params[key]?.default ?? null]),
  );
  const claims = system.claimsWith?.(defaultsOf(params, named) as never) ?? system.claims;
  const sections: ManualSection[] = [
    { title: 'ANSWERS', rows: [[answersText(answers)]].filter(([text]) => text !== '') },
    {
      title: 'CLAIMS',
      rows: claims.map(({ checker, whilePartitioned }) => [
        checker,
        `while partitioned: ${whilePartitioned}`,
      ]),
    },
    {
      title: 'INVARIANTS',
      rows: invariants.map((invariant) => [invariant.name, invariant.source]),
    },
    {
      title: 'ROLES',
      rows: Object.entries(system.roles ?? {}).map(([role, { doc, count }]) => {
        const many = typeof count === 'number' ? `${count}` : `${count[0]} to ${count[1]}`;
        return [role, `${doc} Members: ${many}.`];
      }),
    },
    ...Object.entries(system.roles ?? {}).map(([role, { params: own = {} }]) => ({
      title: `PARAMETERS OF THE ROLE ${role}`,
      rows: Object.entries(own).map(([param, { doc }]) => [param, doc]),
    })),
    {
      title: 'COMMANDS (command: { to: <nodes>, <name>: <value> })',
      rows: Object.entries(system.commands ?? {}).map(([command, { doc, params: own }]) => [
        command,
        `${doc}${Object.entries(own)
          .map(([param, { doc: what }]) => ` ${param}: ${what}`)
          .join('')}`,
      ]),
    },
    {
      title: 'MAY CHANGE WHILE IT RUNS (command: { to: <nodes>, set: { … } })',
      rows: changeable.length === 0 ? [] : [[changeable.join(', ')]],
    },
    {
      title: 'BUGS TO PLANT (bug: <name>)',
      rows: Object.entries(bugs).map(([bug, { doc, caughtBy }]) => [
        bug,
        `${doc} Caught by ${caughtBy}.`,
      ]),
    },
    { title: 'MEASURES', rows: Object.entries(system.measures ?? {}).map(measureRow) },
    {
      title: 'NOTES',
      rows:
        system.notes === 'any'
          ? []
          : Object.entries(system.notes ?? {}).map(([label, note]) => [label, note.doc]),
    },
    sourceSection(sources),
  ];
  return page(name, `system: ${title}`, summary, { params, sections });
}

function measureRow([name, measure]: readonly [string, Measure]): readonly string[] {
  if ('ratio' in measure) return [name, `${measure.ratio.join(' / ')}: ${measure.doc}`];
  const unit = measure.sort === 'count' ? '' : ` in ${measure.unit}`;
  return [name, `${measure.sort}${unit}: ${measure.doc}`];
}

/** Operations come with what their events hold, since a history is written by others. */
function judgePage({ name, summary, ...judge }: AnyJudge): ManualPage {
  const operations = judge.operations.map(({ f, input, output, doc }) => {
    const parts = [
      ...(input === '' ? [] : [`invoked with ${input}`]),
      ...(output === '' ? [] : [`ends with ${output}`]),
    ];
    return [f, parts.length === 0 ? doc : `${doc} (${parts.join('; ')})`];
  });
  const levels = judge.consistencies.map((level, i) => (i === 0 ? `${level} (default)` : level));
  return page(name, 'judge of a history made elsewhere', summary, {
    params: judge.params,
    sections: [
      { title: 'OPERATIONS', rows: operations },
      { title: 'CONSISTENCY (--consistency <level>)', rows: [[levels.join(', ')]] },
      { title: 'USE IT', rows: [[`dsim check history.jsonl --model ${name}`]] },
      sourceSection(judge.sources),
    ],
  });
}

function shorthandSection(name: string, shorthand: string | null): readonly ManualSection[] {
  if (shorthand === null) return [];
  const text = `${name}: value is short for ${name}: { ${shorthand}: value }`;
  return [{ title: 'SHORT FORM', rows: [[text]] }];
}

function sourceSection(sources: readonly string[]): ManualSection {
  return { title: 'SOURCES', rows: sources.map((source) => [source]) };
}
