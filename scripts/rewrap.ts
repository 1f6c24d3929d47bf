/**
 * `npm run format`, second half: wraps comments that are wider than a line may be, which the
 * formatter leaves alone. Paragraphs, lists and indented blocks stay what they are; a comment that
 * fits is not touched.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WIDTH = 100;

/**
 * Rewraps the files named, or all of the repository's but tests, whose snapshots hold comments of
 * their own. Returns the exit code.
 */
export async function main(root: string, argv: readonly string[]): Promise<number> {
  for (const path of argv.length > 0 ? argv : sources(root)) {
    const file = join(root, path);
    const before = readFileSync(file, 'utf8');
    const after = rewrap(before);
    if (after === before) continue;
    writeFileSync(file, after);
    process.stdout.write(`rewrapped ${path}\n`);
  }
  return 0;
}

function sources(root: string): string[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  return execFileSync('git', [...listed, '*.ts', '*.mts', '*.mjs', '*.cjs', '*.js'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter(
      (path) => path !== '' && !path.endsWith('.test.ts') && !path.startsWith('test/corpora/'),
    );
}

/** The text with its wide comments wrapped. Only whole lines of comment are looked at. */
export function rewrap(text: string): string {
  return text
    .replace(/^( *)\/\*\*[\s\S]*?\*\/$/gm, (comment, indent: string) =>
      isWide(comment) ? block(comment, indent) : comment,
    )
    .replace(
      /^( *)\/\/ (?!biome-ignore|@ts|---).*(\n\1\/\/( .*)?$(?<!\/\/ biome-ignore.*))*/gm,
      (run, indent: string) =>
        isWide(run) ? wrap(contents(run, /^ *\/\/ ?/), `${indent}// `).join('\n') : run,
    );
}

function isWide(comment: string): boolean {
  return comment.split('\n').some((line) => [...line].length > WIDTH);
}

function block(comment: string, indent: string): string {
  const inside = comment.trim().replace(/^\/\*\*[ \n]?|\s*\*\/$/g, '');
  const lines = wrap(contents(inside, /^ *\*(?: |$)/), `${indent} * `);
  return [`${indent}/**`, ...lines, `${indent} */`].join('\n');
}

function contents(comment: string, mark: RegExp): string[] {
  return comment.split('\n').map((line) => line.replace(mark, ''));
}

/** Fills paragraphs, each line opened by the prefix. */
function wrap(lines: readonly string[], prefix: string): string[] {
  const out: string[] = [];
  let paragraph: string[] = [];
  let hang = '';
  const flush = () => {
    if (paragraph.length > 0) out.push(...fill(paragraph.join(' '), prefix, hang));
    paragraph = [];
    hang = '';
  };
  for (const line of lines) {
    const item = /^([-*•]|\d+\.) +/.exec(line);
    const verbatim = line.trim() === '' || (/^ {3,}/.test(line) && hang === '');
    if (item !== null || verbatim) flush();
    if (verbatim) out.push(`${prefix}${line}`.trimEnd());
    else paragraph.push(line.trim());
    if (item !== null) hang = ' '.repeat(item[0].length);
  }
  flush();
  return out;
}

function fill(text: string, prefix: string, hang: string): string[] {
  const lines: string[] = [];
  let line = prefix;
  for (const word of text.split(/ +/)) {
    const fresh = line.trim() === prefix.trim();
    if (!fresh && [...line].length + 1 + [...word].length > WIDTH) {
      lines.push(line);
      line = `${prefix}${hang}${word}`;
    } else line += fresh ? word : ` ${word}`;
  }
  lines.push(line);
  return lines;
}
