/**
 * `npm run new -- <family>/<system>`: a new folder under `src/nodes/`, copied from the template.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearestName } from '../src/sim/nearest-name.ts';
import { writeLists } from './generate.ts';
import { families } from './lists.ts';

const template = 'src/nodes/_template';

/** Returns the exit code. */
export async function main(root: string, argv: readonly string[]): Promise<number> {
  const [place = '', ...rest] = argv;
  const made =
    rest.length === 0 ? await newSystem(root, place) : `one at a time: ${argv.join(' ')}`;
  if (typeof made === 'string') {
    process.stderr.write(`${made}\nusage: npm run new -- <family>/<system>\n`);
    return 2;
  }
  // In a process of its own: this one was bundled with the lists as they were.
  spawnSync(process.execPath, ['scripts/run.mjs', 'schema'], { cwd: root, stdio: 'inherit' });
  const wrote = made.map((path) => `wrote ${path}`);
  process.stdout.write(`${[...wrote, '', ...nextSteps(place)].join('\n')}\n`);
  return 0;
}

/** Makes the folder and lists it. Returns the paths written, or why it cannot be made. */
export async function newSystem(root: string, place: string): Promise<readonly string[] | string> {
  const problem = refusal(root, place);
  if (problem !== null) return problem;
  const files = copyTemplate(root, place);
  // Names of another length break lines elsewhere. Best effort: `npm run lint` says what is left.
  const biome = join(root, 'node_modules/.bin/biome');
  spawnSync(biome, ['check', '--write', `src/nodes/${place}`], { cwd: root });
  return [...files, ...(await writeLists(root)).written];
}

/** Why a system cannot be made there, or null. */
function refusal(root: string, place: string): string | null {
  const [family = '', name = '', ...deeper] = place.split('/');
  if (name === '' || deeper.length > 0) return `not a family and a system: ${place || '(nothing)'}`;
  if (!families.includes(family)) {
    const near = nearestName(family, families);
    const suggestion =
      near === null ? `the families are ${families.join(' ')}` : `did you mean ${near}?`;
    return `there is no family ${family}; ${suggestion}`;
  }
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return `${name} is not in kebab-case, as in load-balancer`;
  }
  const taken = families.find((other) => existsSync(join(root, 'src/nodes', other, name)));
  return taken === undefined ? null : `src/nodes/${taken}/${name} exists`;
}

/** Writes the folder; returns the paths written. */
function copyTemplate(root: string, place: string): string[] {
  const folder = `src/nodes/${place}`;
  const name = place.split('/')[1] ?? '';
  mkdirSync(join(root, folder), { recursive: true });
  return readdirSync(join(root, template)).map((file) => {
    const path = `${folder}/${file.replace('keeper', name)}`;
    const text = readFileSync(join(root, template, file), 'utf8');
    writeFileSync(join(root, path), rename(text, place, name));
    return path;
  });
}

/**
 * The template's names in every spelling: `Keeper` as a title and as a type, `keeperParams`,
 * `keeper`. And the folder lies one deeper, so that each way up is one longer.
 */
function rename(text: string, place: string, name: string): string {
  const words = name.split('-');
  const title = capital(words.join(' '));
  const type = words.map(capital).join('');
  const camel = type.charAt(0).toLowerCase() + type.slice(1);
  return text
    .replace(/(?<=^# |title: ')Keeper/gm, title)
    .replaceAll('Keeper', type)
    .replace(/keeper(?=[A-Z])/g, camel)
    .replaceAll('keeper', name)
    .replaceAll('src/nodes/_template', `src/nodes/${place}`)
    .replace(/(?<=['=])(\.\.\/)+/g, '../$&');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function nextSteps(place: string): string[] {
  const name = place.split('/')[1] ?? '';
  return [
    'It runs as it is; now make it yours:',
    `  src/nodes/${place}/${name}.ts        the protocol`,
    `  npx vitest run src/nodes/${place}`,
    `  npm run build && node bin/dsim.js run src/nodes/${place}/example.yaml`,
    `  src/nodes/${place}/README.md         keep its headings`,
    '  npm run generate        after a change of its summary or parameters',
  ];
}
