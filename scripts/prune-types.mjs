/**
 * Leaves in a folder of declarations what programs can reach: what the entries export, what the
 * types of that name, and so on. A declaration goes with the comment before it.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Everything that a file exports. */
const ALL = '*';

/**
 * A name that a file has from another one, or from itself (`from` is null) under a second name.
 *
 * @typedef {{ readonly from: string | null, readonly name: string, readonly part: any }} Borrowed
 */
/**
 * A file: `here` has the statements that declare a name, `imported` and `passedOn` the specifiers
 * that import or export one. `kept` holds the statements and specifiers that were reached.
 *
 * @typedef {{
 *   readonly text: string,
 *   readonly body: readonly any[],
 *   readonly here: Map<string, any[]>,
 *   readonly imported: Map<string, Borrowed>,
 *   readonly passedOn: Map<string, Borrowed>,
 *   readonly stars: readonly any[],
 *   readonly kept: Set<any>,
 * }} File
 */

/**
 * Rewrites the files, and removes those of which nothing is left.
 *
 * @param {string} folder
 * @param {readonly string[]} entries names of files without `.d.ts`
 */
export async function pruneTypes(folder, entries) {
  const { parseSync } = await import('oxc-parser');
  const reach = new Reach((path, text) => parseSync(path, text).program.body);
  for (const entry of entries) reach.need(join(folder, `${entry}.d.ts`), ALL);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const file = reach.files.get(path);
    if (file === undefined || file.kept.size === 0) rmSync(path);
    else writeFileSync(path, leftOf(file));
  }
}

/** Follows names from file to file. */
class Reach {
  /** @type {Map<string, File>} by path */
  files = new Map();
  #parse;
  #seen = new Set();

  constructor(/** @type {(path: string, text: string) => readonly any[]} */ parse) {
    this.#parse = parse;
  }

  /** Keeps what a file means by a name. */
  need(/** @type {string} */ path, /** @type {string} */ name) {
    const key = `${path} ${name}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const file = this.#fileAt(path);
    if (name === ALL) {
      for (const own of [...file.here.keys(), ...file.passedOn.keys()]) this.need(path, own);
    }
    for (const statement of file.here.get(name) ?? []) {
      file.kept.add(statement);
      this.#mention(path, file, statement);
    }
    // A name may be imported, for the file itself, and passed on as well.
    const borrowed = [file.passedOn.get(name), file.imported.get(name)];
    for (const other of borrowed) {
      if (other === undefined) continue;
      file.kept.add(other.part);
      if (other.from === null) this.need(path, other.name);
      else this.#needFrom(path, other.from, other.name);
    }
    if (file.here.has(name) || borrowed.some((other) => other !== undefined)) return;
    for (const star of file.stars) {
      file.kept.add(star);
      this.#needFrom(path, star.source.value, name);
    }
  }

  #needFrom(/** @type {string} */ path, /** @type {string} */ from, /** @type {string} */ name) {
    if (!from.startsWith('.')) return;
    this.need(join(dirname(path), from.replace(/\.[jt]s$/, '.d.ts')), name);
  }

  /** Keeps all that a piece of syntax names. */
  #mention(/** @type {string} */ path, /** @type {File} */ file, /** @type {any} */ node) {
    if (node === null || typeof node !== 'object') return;
    if (node.type === 'Identifier') {
      if (file.here.has(node.name) || file.imported.has(node.name)) this.need(path, node.name);
    } else if (node.type === 'TSImportType') {
      this.#needFrom(path, node.source.value, firstName(node.qualifier));
    }
    for (const part of Object.values(node)) this.#mention(path, file, part);
  }

  #fileAt(/** @type {string} */ path) {
    const known = this.files.get(path);
    if (known !== undefined) return known;
    const text = readFileSync(path, 'utf8');
    const file = tableOf(text, this.#parse(path, text));
    this.files.set(path, file);
    return file;
  }
}

/** @returns {string} the name that `import('…').A.B` takes of the module */
function firstName(/** @type {any} */ qualifier) {
  if (qualifier === null) return ALL;
  return qualifier.type === 'TSQualifiedName' ? firstName(qualifier.left) : qualifier.name;
}

/** @type {(text: string, body: readonly any[]) => File} */
function tableOf(text, body) {
  const here = new Map();
  const imported = new Map();
  const passedOn = new Map();
  const stars = [];
  for (const statement of body) {
    const { type, declaration, specifiers = [], source } = statement;
    const from = source?.value ?? null;
    if (type === 'ImportDeclaration') {
      for (const part of specifiers) {
        const name =
          part.imported?.name ?? (part.type === 'ImportDefaultSpecifier' ? 'default' : ALL);
        imported.set(part.local.name, { from, name, part });
      }
    } else if (type === 'ExportAllDeclaration') {
      if (statement.exported === null) stars.push(statement);
      else passedOn.set(statement.exported.name, { from, name: ALL, part: statement });
    } else if (type === 'ExportNamedDeclaration' && declaration === null) {
      for (const part of specifiers) {
        passedOn.set(part.exported.name, { from, name: part.local.name, part });
      }
    } else {
      for (const name of declaredBy(statement)) {
        here.set(name, [...(here.get(name) ?? []), statement]);
      }
    }
  }
  return { text, body, here, imported, passedOn, stars, kept: new Set() };
}

/** @returns {string[]} */
function declaredBy(/** @type {any} */ statement) {
  const own = statement.declaration ?? statement;
  const names = own.declarations?.map((/** @type {any} */ { id }) => id.name) ?? [];
  if (own.id?.name !== undefined) names.push(own.id.name);
  if (statement.type === 'ExportDefaultDeclaration') names.push('default');
  return names;
}

/** A file without what nobody reached. */
function leftOf(/** @type {File} */ { text, body, kept }) {
  let left = '';
  let at = 0;
  for (const statement of body) {
    const { type, start, end, declaration, specifiers = [] } = statement;
    const isList =
      type === 'ImportDeclaration' || (type === 'ExportNamedDeclaration' && declaration === null);
    let before = text.slice(at, start);
    // What opens a file tells of its code: no editor shows it beside a name.
    if (at === 0) before = isList ? '' : before.slice(Math.max(0, before.lastIndexOf('/**')));
    at = end;
    const used = specifiers.filter((/** @type {any} */ part) => kept.has(part));
    if (isList && used.length < specifiers.length) {
      if (used.length > 0) left += before + withOnly(text, statement, used);
    } else if (isList || kept.has(statement)) left += before + text.slice(start, end);
  }
  // The compiler indents by four.
  return `${left.trimStart().replace(/^(?: {4})+/gm, (spaces) => spaces.slice(spaces.length / 2))}\n`;
}

/** `import` or `export` with some of its names. */
function withOnly(
  /** @type {string} */ text,
  /** @type {any} */ { specifiers, start, end },
  /** @type {readonly any[]} */ used,
) {
  const names = used.map((part) => text.slice(part.start, part.end)).join(', ');
  const first = specifiers[0].start;
  const last = specifiers.at(-1).end;
  return text.slice(start, first) + names + text.slice(last, end);
}
