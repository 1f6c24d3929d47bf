/**
 * `npm run new`: a new folder under `src/nodes/`, made from the template, that runs and passes as
 * it is. On a terminal it asks for what the arguments leave open.
 *
 *     npm run new -- caching/lru-cache --as flows --answers register --title 'LRU cache'
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Interface } from '../src/sim/interface.ts';
import { nearestName } from '../src/sim/nearest-name.ts';
import { writeLists } from './generate.ts';
import { camelCase, families, type Items, loadItems } from './lists.ts';
import {
  answerCases,
  messageTable,
  named,
  RICH,
  sampleRequests,
  titleOf,
  variant,
  workloadText,
} from './template.ts';

const template = 'src/nodes/_template';
const forms = ['handlers', 'flows'] as const;
const usage = `usage: npm run new -- <family>/<system> [--as handlers|flows] [--answers <interface>] [--title <title>]
  --as       handlers suit protocols, flows what calls other things; default handlers
  --answers  an interface of src/interfaces; default ${RICH}
  --title    'LRU cache'; default: the name in words`;

export interface NewSystem {
  /** `caching/lru-cache`. */
  readonly place: string;
  readonly as?: string;
  readonly answers?: string;
  readonly title?: string;
}

/** Returns the exit code. */
export async function main(root: string, argv: readonly string[]): Promise<number> {
  const wanted = await readWanted(root, argv);
  const made = typeof wanted === 'string' ? wanted : await newSystem(root, wanted);
  if (typeof made === 'string' || typeof wanted === 'string') {
    process.stderr.write(`${made}\n${usage}\n`);
    return 2;
  }
  // In a process of its own: this one was bundled with the lists as they were.
  spawnSync(process.execPath, ['scripts/run.mjs', 'schema'], { cwd: root, stdio: 'inherit' });
  const wrote = made.map((path) => `wrote ${path}`);
  process.stdout.write(`${[...wrote, '', ...nextSteps(wanted)].join('\n')}\n`);
  return 0;
}

/** What the arguments say, and the answers to what they leave open; or why they make no sense. */
async function readWanted(root: string, argv: readonly string[]): Promise<NewSystem | string> {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { as: text, answers: text, title: text },
    });
    if (positionals.length > 1) return `one at a time: ${positionals.join(' ')}`;
    const given = { place: positionals[0] ?? '', ...values };
    const isAsked = process.stdin.isTTY === true && process.stdout.isTTY === true;
    return isAsked ? await askFor(root, given) : given;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Asks for what is not given. An empty answer takes what stands in brackets. */
async function askFor(root: string, given: NewSystem): Promise<NewSystem> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Not `question`: it loses lines that were there before it asked.
  const lines = terminal[Symbol.asyncIterator]();
  const ask = async (question: string, preset: string) => {
    terminal.setPrompt(`${question} [${preset}]: `);
    terminal.prompt();
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the answers ended before the questions did');
    return value.trim() || preset;
  };
  try {
    let { place } = given;
    if (place === '') {
      const family = await ask(`Family (${families.join(' ')})`, 'data');
      place = `${family}/${await ask('Name, in kebab-case', 'my-system')}`;
    }
    const as = given.as ?? (await ask('Handlers (a protocol) or flows (calls others)', 'handlers'));
    const known = (await loadItems(root)).interfaces.map(({ name }) => name);
    const answers = given.answers ?? (await ask(`Interface (${known.join(' ')})`, RICH));
    const title = given.title ?? (await ask('Title', titleOf(place.split('/')[1] ?? '')));
    return { place, as, answers, title };
  } finally {
    terminal.close();
  }
}

/** Makes the folder and lists it. Returns the paths written, or why it cannot be made. */
export async function newSystem(
  root: string,
  wanted: NewSystem,
): Promise<readonly string[] | string> {
  const {
    place,
    as = 'handlers',
    answers = RICH,
    title = titleOf(place.split('/')[1] ?? ''),
  } = wanted;
  const problem = placeProblem(root, place) ?? wordProblem('way to write it', as, forms);
  if (problem !== null) return problem;
  const items = await loadItems(root);
  const asked = items.interfaces.find(({ name }) => name === answers);
  if (asked === undefined) {
    return (
      wordProblem(
        'interface',
        answers,
        items.interfaces.map(({ name }) => name),
      ) ?? ''
    );
  }
  const what = asked.declared as unknown as Interface;
  const { path, workload } = workloadOf(items, what);
  if (path !== null) writeFileSync(join(root, path), workloadText(what));
  const files = fill(root, place, as, (text) =>
    named(written(text, what, workload), place.split('/')[1] ?? '', title),
  );
  // Names of another length break lines elsewhere. Best effort: `npm run lint` says what is left.
  const biome = join(root, 'node_modules/.bin/biome');
  const made = path === null ? [`src/nodes/${place}`] : [`src/nodes/${place}`, path];
  spawnSync(biome, ['check', '--write', ...made], { cwd: root });
  return [...files, ...(path === null ? [] : [path]), ...(await writeLists(root)).written];
}

/** Why a system cannot be made there, or null. */
function placeProblem(root: string, place: string): string | null {
  const [family = '', name = '', ...deeper] = place.split('/');
  if (name === '' || deeper.length > 0) return `not a family and a system: ${place || '(nothing)'}`;
  const unknown = wordProblem('family', family, families);
  if (unknown !== null) return unknown;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return `${name} is not in kebab-case, as in load-balancer`;
  }
  const taken = families.find((other) => existsSync(join(root, 'src/nodes', other, name)));
  return taken === undefined ? null : `src/nodes/${taken}/${name} exists`;
}

/** Why a word is none of these, or null. */
function wordProblem(what: string, word: string, known: readonly string[]): string | null {
  if (known.includes(word)) return null;
  const near = nearestName(word, known);
  const suggestion = near === null ? `there are ${known.join(', ')}` : `did you mean ${near}?`;
  return `there is no ${what} ${word}; ${suggestion}`;
}

/** The workload that asks an interface, and the path of its file if it has to be written. */
function workloadOf(items: Items, { name }: Interface): { path: string | null; workload: string } {
  const asking = items.workloads.filter(
    ({ declared }) => (declared['asks'] as Interface | undefined)?.name === name,
  );
  const workload = (asking.find((one) => one.name === name) ?? asking[0])?.name;
  if (workload !== undefined) return { path: null, workload };
  return { path: `src/workloads/${name}.ts`, workload: name };
}

/** A text of the template as it is for this interface. */
function written(text: string, what: Interface, workload: string): string {
  const { name } = what;
  return variant(text, name === RICH)
    .replace('the table of messages', messageTable(what))
    .replace(/^.*the cases$/m, answerCases(what))
    .replace(/^.*the requests$/m, sampleRequests(what))
    .replace('the-workload', workload)
    .replaceAll(
      `register from '../../../interfaces/${RICH}.ts'`,
      `${camelCase(name)} from '../../../interfaces/${name}.ts'`,
    )
    .replaceAll('typeof register', `typeof ${camelCase(name)}`)
    .replaceAll('[register]', `[${camelCase(name)}]`);
}

/** The files of the template: what both forms share, and those of the form. */
const shared = ['README.md', 'answers.ts', 'example.yaml', 'template-name.test.ts'];
const ofForm = ['index.ts', 'template-name.ts'];

/** Writes the folder; returns the paths written. */
function fill(root: string, place: string, as: string, write: (text: string) => string): string[] {
  const folder = `src/nodes/${place}`;
  mkdirSync(join(root, folder), { recursive: true });
  const files = [...shared.map((file) => ['parts', file]), ...ofForm.map((file) => [as, file])];
  return files.map(([part = '', file = '']) => {
    const text = readFileSync(join(root, template, part, file), 'utf8')
      .replaceAll("'../parts/", "'./")
      .replaceAll("'../handlers/", "'./")
      .replaceAll(template, folder);
    const path = `${folder}/${file.replace('template-name', place.split('/')[1] ?? '')}`;
    writeFileSync(join(root, path), write(text));
    return path;
  });
}

function nextSteps({ place }: NewSystem): string[] {
  const name = place.split('/')[1] ?? '';
  const folder = `src/nodes/${place}`;
  const files = [
    [`${folder}/answers.ts`, 'what it answers'],
    [`${folder}/${name}.ts`, 'the protocol'],
    [`${folder}/README.md`, 'keep its headings'],
    ['npm run generate', 'after a change of its summary or parameters'],
  ] as const;
  const width = Math.max(...files.map(([what]) => what.length));
  return [
    'It runs as it is; now make it yours:',
    ...files.map(([what, why]) => `  ${what.padEnd(width)}  ${why}`),
    `  npx vitest run ${folder}`,
    `  npm run build && node bin/dsim.js run ${folder}/example.yaml`,
  ];
}
