/**
 * The rules of the house that no compiler or linter knows, each a pure function of one file. After
 * the `tidy` test of TigerBeetle: what is worth saying in a review is worth a test.
 */

import { codeText } from './code-text.ts';
import { deterministic, generatedList, item } from './places.ts';

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Problem {
  readonly line: number;
  readonly text: string;
}

export type Rule = (file: SourceFile) => readonly Problem[];

const isTest = (path: string) => path.endsWith('.test.ts');
const isSource = (path: string) => path.startsWith('src/') && path.endsWith('.ts') && !isTest(path);
const isScript = (path: string) => /^(scripts|bin|bench|test)\/.*\.(ts|mjs|cjs|js)$/.test(path);

/** Generated lists have one long line an item, and are lazy, so with promises. */
const isGenerated = (path: string) => generatedList.test(path);

// --- Determinism -------------------------------------------------------------------------------

/** Files that may name what is banned elsewhere, and why. */
const exempt: ReadonlyMap<string, string> = new Map([
  ['src/sim/kernel/guard.ts', 'it names the globals of the host in order to make them throw'],
]);

/** What may not stand in the deterministic part, and what to use instead. */
const banned: readonly (readonly [what: RegExp, instead: string])[] = [
  [/\bMath\s*\.\s*random\b/, 'ctx.random'],
  [/\b(Date|performance)\b/, 'ctx.now()'],
  [
    /\b(setTimeout|setInterval|setImmediate|queueMicrotask|requestAnimationFrame)\b/,
    'ctx.setTimer',
  ],
  [/\b(async|await|Promise)\b/, 'a message, a timer or a flow'],
  [/\b(localeCompare|toLocale\w+|Intl)\b/, 'a plain comparison'],
  [/\.(sort|toSorted)\(\s*\)/, 'a comparator that is total'],
  [
    /\b(WeakRef|FinalizationRegistry|crypto|SharedArrayBuffer|Atomics)\b/,
    'something deterministic',
  ],
  [/\bprocess\s*\.\s*(env|argv|hrtime|cwd|platform|nextTick|std\w+|memoryUsage)\b/, 'a parameter'],
  [/\b(fetch|XMLHttpRequest|WebSocket|eval)\s*\(/, 'a message'],
  [
    /\bMath\s*\.\s*(a?(sin|cos|tan)h?|atan2|exp|expm1|pow|log|log1p|log2|log10|cbrt|hypot)\b/,
    'portable-math.ts: engines differ in the last digit',
  ],
  [
    /\bMath\b(?!\s*\.\s*\w)/,
    'the function of Math by its full name, so that this test can read it',
  ],
  [/\*\*/, 'multiplication: engines differ in the last digit of **'],
];

export const bannedWords: Rule = ({ path, text }) => {
  if (!isSource(path) || !deterministic.test(path)) return [];
  if (isGenerated(path) || exempt.has(path)) return [];
  return eachLine(codeText(text).code, (line) =>
    banned
      .map(([what, instead]) => [what.exec(line)?.[0], instead] as const)
      .filter(([word]) => word !== undefined)
      .slice(0, 1)
      .map(([word, instead]) => `${word} is banned here, use ${instead}`),
  );
};

// --- The shape of files ------------------------------------------------------------------------

const FILE_LINES_MAX = 450;
const LINE_LENGTH_MAX = 100;

/** Files that may be longer, and why. */
const longFiles: ReadonlyMap<string, string> = new Map([
  ['src/cli/program.ts', 'every command with its options, and nothing that they do'],
  ['src/sim/kernel/queue.ts', 'one structure, whose parts share their arrays'],
  ['src/sim/kernel/world.ts', 'the loop, and messages and timers, kept together for speed'],
]);

export const docComment: Rule = ({ path, text }) => {
  if (isTest(path) || (!isSource(path) && !isScript(path))) return [];
  const opens = text.replace(/^#!.*\n/, '').startsWith('/**');
  return opens
    ? []
    : [{ line: 1, text: 'must open with a doc comment: what it is, and its source' }];
};

export const fileLength: Rule = ({ path, text }) => {
  if (!isSource(path) || isGenerated(path) || longFiles.has(path)) return [];
  const lines = text.split('\n').length - 1;
  return lines <= FILE_LINES_MAX
    ? []
    : [
        {
          line: FILE_LINES_MAX,
          text: `has ${lines} lines, more than ${FILE_LINES_MAX}: two ideas?`,
        },
      ];
};

/** Of comments: the formatter sees to code, and a text stays as it is. Tests are full of texts. */
export const lineLength: Rule = ({ path, text }) => {
  if (isTest(path) || isGenerated(path)) return [];
  if (!isSource(path) && !isScript(path)) return [];
  const long = eachLine(text, (line) => {
    const isComment = /^\s*(\/\*\*|\*|\/\/(?! biome-ignore))/.test(line);
    return isComment && [...line].length > LINE_LENGTH_MAX && !line.includes('https://')
      ? ['']
      : [];
  });
  // A file of long lines is one problem, not fifty.
  return long.slice(0, 1).map(({ line }) => ({
    line,
    text: `${long.length} comment lines wider than ${LINE_LENGTH_MAX} columns: npm run format`,
  }));
};

// --- Names -------------------------------------------------------------------------------------

const kebab =
  /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(ts|tsx|mts|mjs|cjs|js|json|jsonc|yaml|digests|css|html|md|jpg)$/;
const drawer = new RegExp(
  '^(utils?|helpers?|common|managers?|service|base|misc|shared|lib|types)\\.' +
    '|-(utils?|helpers?|managers?)\\.',
);

export const fileName: Rule = ({ path }) => {
  if (!/^(src|test|scripts|bench|scenarios|exercises)\//.test(path)) return [];
  if (/^test\/(corpora|fixtures)\/|__snapshots__/.test(path)) return [];
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  const odd = folders.find((folder) => !/^[a-z0-9]+(-[a-z0-9]+)*$|^_template$/.test(folder));
  if (odd !== undefined) return [{ line: 1, text: `the folder ${odd} is not in kebab-case` }];
  if (/^[A-Z]+\.md$/.test(name)) return [];
  if (!kebab.test(name)) return [{ line: 1, text: 'the name is not in kebab-case' }];
  // The rim's own word: a node that is written as flows.
  if (!drawer.test(name) || /^(src|test)\/sim\/service\./.test(path)) return [];
  return [{ line: 1, text: 'the name is a drawer: name the one thing that it holds' }];
};

export const defaultExport: Rule = ({ path, text }) => {
  if (!isSource(path) || item.test(path)) return [];
  return eachLine(codeText(text).code, (line) =>
    /\bexport\s+default\b|\bas\s+default\b/.test(line)
      ? ['has a default export; only what a generated list finds has one']
      : [],
  );
};

// --- Words of no use to a reader ---------------------------------------------------------------

// Put together, or this file would break its own rule.
const forgotten = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);
const machinePath = new RegExp(`${'/wo'}rk/|${'/ro'}ot/|${'/tm'}p/[a-z]+\\d`);

export const leftovers: Rule = ({ path, text }) => {
  if (path === 'package-lock.json' || path.startsWith('test/corpora/') || text.includes('\0'))
    return [];
  return eachLine(text, (line) => {
    const word = forgotten.exec(line) ?? machinePath.exec(line);
    if (word === null) return [];
    return [`${word[0]}: finish it, or say it in docs/LIMITS.md; no path of one machine`];
  });
};

/**
 * Phrases that a student stumbles over, and what to write. Said straight, a sentence is shorter.
 */
const accents: readonly (readonly [phrase: string, instead: string])[] = [
  ['[Ss]o many(?! that)', 'this many, at most n'],
  ['(is|are|was|were) told(?! apart)', 'hears, gets'],
  ['[Tt]ells? of', 'says, names'],
  ['[Ww]hom', 'which node, who'],
  ['[Hh]angs? on', 'depends on'],
  ["[Nn]obody's", 'of no node'],
  ['[Ff]or (want|fear) of', 'for lack of'],
  ['([Ii]n vain|[Ll]est)', 'say what did not happen'],
  ['[Bb]ut for', 'except for'],
  ['([Aa]new|[Oo]nce more)', 'again'],
  ['for ever', 'forever'],
  ['by and by', 'gradually'],
  ['[Ww]hat there is', 'name it'],
  ['said outright', 'stated'],
  ['laid over', 'merged into'],
  ['[Oo]therwise than', 'not as'],
  ['comes? out otherwise', 'differs'],
  ['([Tt]hereby|[Ww]hereby|therein|thereof|wherein)', 'in it, by it'],
  ['[Oo]f late', 'lately'],
  ['belongs in the house', 'belongs to the project'],
  ['[Ss]o (large|small|long|often) a', 'this large a, at most'],
  ['(find|found|meets?) nobody', 'finds no node'],
  ['may not (be|have) been told', 'may not know'],
];
const accent = new RegExp(`\\b(${accents.map(([phrase]) => `(?:${phrase})`).join('|')})\\b`);
const SAID = /^\s*(\/\*\*|\*|\/\/|#)|\b(doc|summary|label|note|help|title|text|because):/;

/** Documents that people read, apart from the records of decisions and of measurements. */
const isDocument = (path: string) =>
  /^(README|CONTRIBUTING)\.md$|^(docs|src|course)\/.*\.md$/.test(path) &&
  !/^docs\/(DECISIONS|FACTS)\.md$/.test(path);
const isScenario = (path: string) => /^(scenarios|src|examples)\/.*\.yaml$/.test(path);

/** Documents, comments, and the sentences of the manual that stand in the source. */
export const plainWords: Rule = ({ path, text }) => {
  const isDoc = isDocument(path);
  if (!isDoc && !isSource(path) && !isScenario(path)) return [];
  return eachLine(text, (line) => {
    const phrase = isDoc || SAID.test(line) ? accent.exec(line)?.[0] : undefined;
    if (phrase === undefined) return [];
    const instead = accents.find(([one]) => new RegExp(`^(?:${one})$`).test(phrase))?.[1];
    return [`"${phrase}": say it in plain words (${instead ?? 'shorter'})`];
  });
};

function eachLine(text: string, judge: (line: string) => readonly string[]): Problem[] {
  return text
    .split('\n')
    .flatMap((line, i) => judge(line).map((problem) => ({ line: i + 1, text: problem })));
}
