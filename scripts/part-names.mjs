/**
 * What parts call what they ask each other for. A path in the sources and the names of exports say
 * much to us and nothing to a program, and would be a hundredth of a package: a file has a word,
 * and most exports a letter. Both follow from the sources, in the order of the alphabet.
 */
import { bodyOf, capitalWord, edited, identifiers, nodesOf, word } from './units.mjs';

/** @typedef {import('./parts.mjs').Plan} Plan */
/** @typedef {import('./parts.mjs').FileName} FileName */
/** @typedef {import('./units.mjs').Node} Node */

/**
 * By file that is asked for, its word, and by export its letter. Exports of `wholes`, and what is
 * exported by default, keep their names, and one file has the word that it is `given`.
 *
 * @returns {ReadonlyMap<string, FileName>}
 */
export function namesFor(
  /** @type {ReadonlyMap<string, readonly string[]>} */ exports,
  /** @type {ReadonlySet<string>} */ wholes,
  /** @type {{ file: string, word: string }} */ given,
) {
  const files = [...exports.keys()].sort((a, b) => (a < b ? -1 : 1));
  return new Map(
    files.map((file, i) => {
      const names = (exports.get(file) ?? []).filter((name) => name !== 'default');
      const letters = names.map((name, j) => /** @type {const} */ ([name, word(j)]));
      const ofExports = new Map(wholes.has(file) ? [] : letters);
      return [
        file,
        { word: file === given.file ? given.word : capitalWord(i), exports: ofExports },
      ];
    }),
  );
}

/** @returns {FileName} */
export function nameOf(/** @type {Plan} */ { names }, /** @type {string} */ file) {
  const name = names.get(file);
  if (name === undefined) throw new Error(`nothing asks for ${file} by name`);
  return name;
}

/** What a part calls a file of its own or of another: `dsim:<part>:<word for the file>`. */
export function idOf(/** @type {Plan} */ plan, /** @type {string} */ file) {
  return `dsim:${plan.partOf.get(file)}:${nameOf(plan, file).word}`;
}

/** The text of a part that calls exports of others as they are handed out. */
export async function withShortNames(/** @type {Plan} */ { names }, /** @type {string} */ text) {
  const body = await bodyOf(text);
  const byWord = new Map([...names].map(([file, name]) => [name.word, { file, ...name }]));
  /** By variable, the file that it holds. */
  const held = new Map(
    requires(body).map(({ target, id }) => [target.name, byWord.get(id.split(':')[2] ?? '')]),
  );
  const declared = nodesOf(body, 'VariableDeclarator').map(({ id }) => id);
  const known = new Set(
    [...declared, ...requires(body).map(({ target }) => target)].map(({ start }) => start),
  );
  const edits = nodesOf(body, 'MemberExpression').flatMap(({ object, property, computed }) => {
    const file = object.type === 'Identifier' && !computed ? held.get(object.name) : undefined;
    if (file === undefined) return [];
    known.add(object.start);
    const letter = file.exports.get(property.name);
    return letter === undefined ? [] : [{ start: property.start, end: property.end, text: letter }];
  });
  for (const { node } of body.flatMap(identifiers)) {
    const file = held.get(node.name);
    if (file === undefined || file.exports.size === 0 || known.has(node.start)) continue;
    throw new Error(`${file.file} is used as a whole: import its exports by name`);
  }
  return edited(text, edits);
}

/** Where a variable gets a file of another part. */
function requires(/** @type {readonly Node[]} */ body) {
  const places = [
    ...nodesOf(body, 'VariableDeclarator').map(({ id, init }) => [id, init]),
    ...nodesOf(body, 'AssignmentExpression').map(({ left, right }) => [left, right]),
  ];
  return places.flatMap(([target, from]) => {
    const id = from?.callee?.name === 'require' ? from.arguments[0]?.value : undefined;
    return typeof id === 'string' && id.startsWith('dsim:') ? [{ target, id }] : [];
  });
}
