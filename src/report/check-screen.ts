/**
 * The verdict on a history that was made elsewhere: the word first, why in a sentence and step by
 * step, the operations that show it over time, and what to do next.
 */
import { formatCount, formatDurationUs, formatMomentUs } from '../sim/units.ts';
import { shellWord } from '../sim/visible-text.ts';
import { namedOperations, reasonsApart, renderAnomalies } from './anomalies.ts';
import type { Ink } from './ink.ts';
import { cut, flow, padLeft, padRight, paragraph, plural, textWidth } from './layout.ts';
import { operationText } from './operation-text.ts';
import type { CheckResult, Operation } from './result-parts.ts';
import { fileWord } from './run-context.ts';
import { renderOperations } from './witness.ts';

/** A history with what a judge said of it. */
export interface JudgedHistory {
  /** How a shell starts this dsim: `node bin/dsim.js`. */
  readonly dsim: string;
  /** As the user named it. */
  readonly file: string;
  /** `jsonl`, `edn` or `log`. */
  readonly format: string;
  readonly model: string;
  readonly consistency: string;
  /** Parameters that were set, each `name=value`. */
  readonly sets: readonly string[];
  readonly check: CheckResult;
  readonly history: readonly Operation[];
  /** Lines of the file, by index of the operation; `completed` null where it never ended. */
  readonly lines: readonly { readonly invoked: number; readonly completed: number | null }[];
  /** Whether the file's times mean something. */
  readonly timed: boolean;
  /** How the file was read. */
  readonly notes: readonly string[];
  /** Options that the commands at the end need besides: `--keyed`, `--format edn`. */
  readonly options: readonly string[];
  /** Levels that the judge knows. */
  readonly levels: readonly string[];
}

const SHORT_US = 1_000_000;
const LONGER = 10;
const NUMBERS_MAX = 8;
/** What a search took says something only where it gave up. */
const costs: ReadonlySet<string> = new Set(['steps', 'states', 'edges']);

/** The whole screen of one history, with a line break at its end. */
export function renderVerdict(judged: JudgedHistory, ink: Ink): string {
  const blocks = [
    renderHead(judged, ink),
    renderFindings(judged, ink),
    renderNumbers(judged.check, ink),
    renderPicture(judged, ink),
    renderNext(judged, ink),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

/** `✗ fail  a.edn  list-append, serializable`: mark, word, file and what was asked. */
export function verdictHead({ check, file, model, consistency }: JudgedHistory, ink: Ink): string {
  const subject = ink.clean(`${file}  ${model}, ${consistency}`);
  return `${verdictMark(check.verdict, ink)}  ${subject}`;
}

function verdictMark(verdict: CheckResult['verdict'], ink: Ink): string {
  return paintOf(verdict, ink)(`${markOf(verdict, ink)} ${verdict}`);
}

function renderHead(judged: JudgedHistory, ink: Ink): string[] {
  const { check, notes, sets } = judged;
  const parts = [...countTexts(judged), ...sets].map(ink.clean);
  return [
    verdictHead(judged, ink),
    ...paragraph(ink.clean(check.summary), ink.width, '  '),
    ...flow(parts, ink.glyph.separator, ink.width - 2).map((line) => ink.dim(`  ${line}`)),
    ...notes.flatMap((note) =>
      paragraph(ink.clean(note), ink.width, '        ', '  note: ').map(ink.dim),
    ),
  ];
}

/** `EDN`, `12 operations (10 ok, 2 info)`, `3 processes`, `2 keys`. */
function countTexts({ history, format }: JudgedHistory): string[] {
  const outcomes = (['ok', 'fail', 'info'] as const).flatMap((outcome) => {
    const count = history.filter((operation) => operation.outcome === outcome).length;
    return count === 0 ? [] : [`${formatCount(count)} ${outcome}`];
  });
  const many = (values: readonly unknown[], noun: string, nouns = `${noun}s`) => {
    const count = new Set(values).size;
    return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
  };
  const keys = history.flatMap(({ key }) => key ?? []);
  const total = plural(history.length, formatCount(history.length), 'operation');
  return [
    format,
    outcomes.length < 2 ? total : `${total} (${outcomes.join(', ')})`,
    many(
      history.map(({ process }) => process),
      'process',
      'processes',
    ),
    ...(keys.length === 0 ? [] : [many(keys, 'key')]),
  ];
}

function renderFindings(judged: JudgedHistory, ink: Ink): string[] {
  const { check, history } = judged;
  const key = check.key === null ? '' : ` (key ${check.key})`;
  const reasons = reasonsApart(check).flatMap((reason) =>
    paragraph(ink.clean(reason), ink.width, '    ', `  ${ink.glyph.separator} `),
  );
  const describe = (index: number) => {
    const operation = history[index];
    return operation === undefined ? '' : operationText(operation, check.key);
  };
  const anomalies = renderAnomalies(check, describe, ink);
  return [
    ...(reasons.length === 0 ? [] : [`${ink.strong('WHY')}${ink.clean(key)}`, ...reasons]),
    ...(anomalies.length === 0
      ? []
      : [...(reasons.length === 0 ? [] : ['']), ink.strong('ANOMALIES'), ...anomalies]),
  ];
}

function renderNumbers({ verdict, numbers }: CheckResult, ink: Ink): string[] {
  if (verdict === 'pass') return [];
  const texts = Object.entries(numbers)
    .filter(([name]) => verdict === 'unknown' || !costs.has(name))
    .slice(0, NUMBERS_MAX)
    .map(
      ([name, value]) => `${inWords(name)} ${Number.isInteger(value) ? formatCount(value) : value}`,
    );
  return flow(texts.map(ink.clean), ink.glyph.separator, ink.width - 2).map((line) =>
    ink.dim(`  ${line}`),
  );
}

/** The name of a field of the document, as people write it: `wrongKeys` is `wrong keys`. */
function inWords(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function renderPicture(judged: JudgedHistory, ink: Ink): string[] {
  const { check, history } = judged;
  const picture = renderOperations(
    namedOperations(check, history),
    {
      describe: (operation) => operationText(operation, check.key),
      moments: (operation) => momentsText(operation, judged),
    },
    ink,
  );
  return picture.length === 0 ? [] : [ink.strong('OPERATIONS'), ...picture];
}

/** `lines 3-7  1.2ms → 4.5ms`: where it stands in the file, and when, if times mean something. */
function momentsText(operation: Operation, { lines, timed, history }: JudgedHistory): string {
  const place = lines[operation.index];
  const where =
    place === undefined
      ? ''
      : place.completed === null
        ? `line ${place.invoked}`
        : place.completed === place.invoked
          ? `line ${place.invoked}`
          : `lines ${place.invoked}, ${place.completed}`;
  if (!timed) return operation.completedAtUs === Infinity ? `${where}, open` : where;
  const last = history[history.length - 1]?.invokedAtUs ?? 0;
  const at = last < SHORT_US ? formatDurationUs : formatMomentUs;
  const until = operation.completedAtUs === Infinity ? 'open' : at(operation.completedAtUs);
  return `${where}  ${at(operation.invokedAtUs)} → ${until}`;
}

// --- What to do next ---------------------------------------------------------------------------

function renderNext(judged: JudgedHistory, ink: Ink): string[] {
  const { check } = judged;
  const advice = (check.next ?? []).map((text) => ({ command: text, what: '' }));
  const rows = check.verdict === 'pass' ? advice : [...advice, ...nextCommands(judged)];
  return rows.flatMap(({ command, what }, i) => {
    const head = i === 0 ? '  next: ' : '        ';
    const fits = 8 + textWidth(command) + 2 + textWidth(what) <= ink.width;
    const isCommand = what !== '';
    if (!isCommand) return paragraph(ink.clean(command), ink.width, '        ', ink.strong(head));
    // Never broken: it is there to be pasted.
    const line = `${ink.strong(head)}${ink.clean(command)}`;
    return [fits ? `${line}  ${ink.dim(what)}` : line];
  });
}

/** The command that judges this history so again. */
export function commandAgain(judged: JudgedHistory): string {
  return `dsim check ${checkWords(judged).map(shellWord).join(' ')}`;
}

/** Commands that exist, ready to paste. */
export function nextCommands(
  judged: JudgedHistory,
): readonly { readonly command: string; readonly what: string }[] {
  const { check, consistency, dsim, levels, model } = judged;
  const again = (...more: readonly string[]) =>
    `${dsim} check ${[...checkWords(judged), ...more].map(shellWord).join(' ')}`;
  const named = check.evidence.length > 0 || (check.anomalies ?? []).length > 0;
  const strongest = levels.includes('strongest') && consistency !== 'strongest';
  return [
    ...(check.verdict === 'fail' && named
      ? [{ command: again('-o', 'why.md'), what: 'draw it' }]
      : []),
    ...(check.verdict === 'fail' && strongest
      ? [
          {
            command: `${dsim} check ${checkWords({ ...judged, consistency: 'strongest' })
              .map(shellWord)
              .join(' ')}`,
            what: 'what still holds',
          },
        ]
      : []),
    ...searchLonger(judged),
    // A model of the user's own has no page.
    ...(model.includes('/')
      ? []
      : [{ command: `${dsim} explain ${shellWord(model)}`, what: 'what it demands' }]),
  ];
}

/** With ten times the steps that a search had before it gave up. */
export function searchLonger(
  judged: JudgedHistory,
): readonly { readonly command: string; readonly what: string }[] {
  const { steps = 0 } = judged.check.numbers;
  if (judged.check.verdict !== 'unknown' || steps === 0) return [];
  const at = judged.options.indexOf('--max-steps');
  const options = judged.options.filter((_word, i) => at < 0 || (i !== at && i !== at + 1));
  const words = checkWords({
    ...judged,
    options: [...options, '--max-steps', String(LONGER * steps)],
  });
  return [
    { command: `${judged.dsim} check ${words.map(shellWord).join(' ')}`, what: 'search longer' },
  ];
}

/** The words after `dsim check` that judge this history so again. */
function checkWords({ file, model, consistency, levels, sets, options }: JudgedHistory): string[] {
  return [
    fileWord(file),
    '--model',
    model,
    ...(consistency === levels[0] ? [] : ['--consistency', consistency]),
    ...sets.flatMap((set) => ['--set', set]),
    ...options,
  ];
}

// --- Several histories -------------------------------------------------------------------------

const FILE_COLUMNS_MAX = 48;

/** A table of verdicts, one line each, with a line break at its end. */
export function renderVerdictTable(judged: readonly JudgedHistory[], ink: Ink): string {
  const folder = commonFolder(judged.map(({ file }) => file));
  const rows = judged.map(({ check, file, model, consistency, history }) => ({
    check,
    cells: [
      cut(ink.clean(file.slice(folder.length)), FILE_COLUMNS_MAX, ink.glyph.ellipsis),
      ink.clean(`${model}, ${consistency}`),
      formatCount(history.length),
    ],
  }));
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map(({ cells }) => textWidth(cells[column] ?? ''))),
  );
  const lines = rows.map(({ check, cells: [file = '', asked = '', count = ''] }) => {
    const [files = 0, levels = 0, counts = 0] = widths;
    const mark = padRight(`${markOf(check.verdict, ink)} ${check.verdict}`, '? unknown'.length);
    const head = `${padRight(file, files)}  ${padRight(asked, levels)}  ${padLeft(count, counts)}`;
    const room = Math.max(20, ink.columns - 2 - textWidth(mark) - textWidth(head) - 4);
    const why = cut(ink.clean(inShort(check)), room, ink.glyph.ellipsis);
    return `  ${paintOf(check.verdict, ink)(mark)}  ${head}  ${why}`.trimEnd();
  });
  return `${lines.join('\n')}\n`;
}

/** What failed, by name where it has one. */
function inShort({ verdict, summary, anomalies = [] }: CheckResult): string {
  if (verdict === 'pass') return '';
  return anomalies[0]?.name ?? summary;
}

function paintOf(verdict: CheckResult['verdict'], ink: Ink): (text: string) => string {
  if (verdict === 'pass') return ink.good;
  return verdict === 'fail' ? ink.bad : ink.warn;
}

/** The longest beginning of all paths that ends with a slash. */
function commonFolder(files: readonly string[]): string {
  const [first = '', ...rest] = files;
  let folder = first.slice(0, first.lastIndexOf('/') + 1);
  while (folder !== '' && !rest.every((file) => file.startsWith(folder))) {
    folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  }
  return folder;
}

function markOf(verdict: CheckResult['verdict'], { glyph }: Ink): string {
  if (verdict === 'pass') return glyph.held;
  return verdict === 'fail' ? glyph.violated : glyph.unknown;
}
