/**
 * Makes of a folder of declarations one file for each entry, with what programs can reach: what the
 * entry exports, what the types of that name, and so on. What an earlier entry has, a later one
 * imports from it. A declaration goes with the comment before it.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Texts for people in what `const` declares: the type of each is all of it, and nothing asks. */
const TEXTS = new Set(['doc', 'input', 'output']);

/**
 * A name that a file has from another one, or from itself (`from` is null) under a second name. A
 * name that is null stands for all that the file exports.
 *
 * @typedef {{ readonly from: string | null, readonly name: string | null }} Borrowed
 */
/**
 * A file: `here` has the statements that declare a name, `imported` and `passedOn` what it has from
 * others, and `stars` the files of which it passes on all.
 *
 * @typedef {{
 *   readonly path: string,
 *   readonly text: string,
 *   readonly body: readonly any[],
 *   readonly here: Map<string, any[]>,
 *   readonly imported: Map<string, Borrowed>,
 *   readonly passedOn: Map<string, Borrowed>,
 *   readonly stars: string[],
 * }} File
 */
/**
 * What a name means: where it is declared, the entry that has it, and its name there. `members` has
 * the exports of a file that is passed on as an object.
 *
 * @typedef {{
 *   readonly file: File,
 *   readonly entry: string,
 *   readonly final: string,
 *   readonly members: ReadonlyMap<string, Meaning> | null,
 * }} Meaning
 */

/**
 * Leaves in the folder a file for each entry and nothing else.
 *
 * @param {string} folder
 * @param {readonly string[]} entries names of files without `.d.ts`; none imports a later one
 */
export async function bundleTypes(folder, entries) {
  const { parseSync } = await import('oxc-parser');
  const bundle = new Bundle(folder, (path, text) => parseSync(path, text).program.body);
  const texts = entries.map((entry) => bundle.textOf(entry));
  bundle.refuseHidden();
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  for (const [i, entry] of entries.entries()) {
    writeFileSync(join(folder, `${entry}.d.ts`), compact(texts[i] ?? ''));
  }
}

/**
 * Without indentation, and with each paragraph of a comment on one line, as editors show it: a
 * package has little room.
 */
function compact(/** @type {string} */ text) {
  return text.replace(/\n *\* (?=[^\s@|*-])/g, ' ').replace(/^ +/gm, '');
}

/** Follows names from file to file. */
class Bundle {
  /** @type {Map<string, File>} by path */
  #files = new Map();
  /** @type {Map<string, Meaning>} by path and name */
  #meanings = new Map();
  /** @type {Map<string, ReadonlyMap<string, Meaning>>} by entry, what it exports */
  #open = new Map();
  #finals = new Set();
  /** What a file has neither declared nor imported: `Promise`. */
  #foreign = new Set();
  #folder;
  #parse;
  #entry = '';

  constructor(
    /** @type {string} */ folder,
    /** @type {(path: string, text: string) => readonly any[]} */ parse,
  ) {
    this.#folder = folder;
    this.#parse = parse;
  }

  /** An entry in one file. Entries that it imports must have been asked for before. */
  textOf(/** @type {string} */ entry) {
    this.#entry = entry;
    const open = this.#exportsOf(this.#fileAt(join(this.#folder, `${entry}.d.ts`)));
    const own = [...this.#meanings.values()].filter((one) => one.entry === entry);
    /** @type {Map<string, Set<string>>} */
    const lent = new Map();
    const files = [...new Set(own.map(({ file }) => file))];
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const parts = files.map((file) => this.#leftOf(file, open, lent));
    for (const { members, final } of own) {
      if (members !== null) parts.push(`declare namespace ${final} {\n  ${listText(members)}\n}\n`);
    }
    const rest = new Map(open);
    for (const [name, { final, entry: of, members }] of open) {
      if (of === entry && final === name && members === null) rest.delete(name);
    }
    for (const [other, names] of this.#open) {
      if (![...names].every(([name, one]) => open.get(name) === one)) continue;
      for (const name of names.keys()) rest.delete(name);
      parts.unshift(`export * from './${other}.js';\n`);
    }
    for (const [from, names] of lent) {
      const closed = [...names].find((name) => this.#open.get(from)?.get(name)?.final !== name);
      if (closed !== undefined) throw new Error(`${entry} needs ${closed}, closed in ${from}`);
      parts.unshift(`import { ${[...names].join(', ')} } from './${from}.js';\n`);
    }
    this.#open.set(entry, open);
    return `${parts.join('')}${listText(rest)}\n`;
  }

  /** All that a file exports, by name. */
  #exportsOf(/** @type {File} */ file) {
    /** @type {Map<string, Meaning>} */
    const found = new Map();
    for (const star of file.stars) {
      for (const [name, one] of this.#exportsOf(this.#fileAt(star))) {
        if (name !== 'default') found.set(name, one);
      }
    }
    const here = [...file.here].filter(([, [statement]]) => isExport(statement));
    for (const name of [...here.map(([name]) => name), ...file.passedOn.keys()]) {
      found.set(name, this.#exported(file, name));
    }
    return found;
  }

  /** What an exported name means. */
  #exported(/** @type {File} */ file, /** @type {string} */ name) {
    const passed = file.passedOn.get(name);
    if (passed !== undefined) return this.#borrowed(file, passed, name);
    if (file.here.has(name)) return this.#declared(file, name);
    const from = file.stars.map((star) => this.#exportsOf(this.#fileAt(star)).get(name));
    const [one] = from.filter((each) => each !== undefined);
    if (one === undefined) throw new Error(`${file.path} exports no ${name}`);
    return one;
  }

  /** What a name means within a file; null if the file does not say. */
  #meant(/** @type {File} */ file, /** @type {string} */ name) {
    if (file.here.has(name)) return this.#declared(file, name);
    const borrowed = file.imported.get(name);
    return borrowed === undefined ? null : this.#borrowed(file, borrowed, name);
  }

  /** @returns {Meaning} */
  #borrowed(
    /** @type {File} */ file,
    /** @type {Borrowed} */ { from, name },
    /** @type {string} */ as,
  ) {
    if (from === null) return this.#meant(file, name ?? '') ?? unknown(file, name);
    const other = this.#fileAt(from);
    return name === null ? this.#whole(other, as) : this.#exported(other, name);
  }

  #declared(/** @type {File} */ file, /** @type {string} */ name) {
    const key = `${file.path} ${name}`;
    const known = this.#meanings.get(key);
    if (known !== undefined) return known;
    // The compiler calls every default alike.
    const wish =
      name === '_default' ? `_${basename(file.path, '.d.ts').replaceAll('-', '_')}` : name;
    const one = { file, entry: this.#entry, final: this.#finalFor(wish), members: null };
    this.#meanings.set(key, one);
    for (const statement of file.here.get(name) ?? []) {
      for (const mention of mentionsIn(file, statement)) this.#of(file, mention);
    }
    return one;
  }

  /** A file whose exports are passed on as one object. */
  #whole(/** @type {File} */ file, /** @type {string} */ name) {
    const known = this.#meanings.get(file.path);
    if (known !== undefined) return known;
    const members = this.#exportsOf(file);
    const one = { file, entry: this.#entry, final: this.#finalFor(name), members };
    this.#meanings.set(file.path, one);
    return one;
  }

  #finalFor(/** @type {string} */ wish) {
    let final = wish;
    for (let count = 2; this.#finals.has(final); count++) final = `${wish}${count}`;
    this.#finals.add(final);
    return final;
  }

  #of(/** @type {File} */ file, /** @type {Mention} */ { from, name }) {
    const one = from === null ? this.#meant(file, name) : this.#exported(this.#fileAt(from), name);
    if (one === null) this.#foreign.add(name);
    return one;
  }

  /** Throws if a type has the name of one of the language that another file means. */
  refuseHidden() {
    const hidden = [...this.#foreign].filter(
      (name) => /^[A-Z]/.test(name) && this.#finals.has(name),
    );
    if (hidden.length > 0) throw new Error(`declared, and meant otherwise elsewhere: ${hidden}`);
  }

  /** The statements of a file that were reached from this entry. */
  #leftOf(
    /** @type {File} */ file,
    /** @type {ReadonlyMap<string, Meaning>} */ open,
    /** @type {Map<string, Set<string>>} */ lent,
  ) {
    const { text, body } = file;
    let left = '';
    let at = 0;
    for (const statement of body) {
      // What opens a file tells of its code: no editor shows it beside a name.
      const from = at === 0 ? Math.max(0, text.lastIndexOf('/**', statement.start)) : at;
      const before = text.slice(from, statement.start).trim();
      at = statement.end;
      const ones = declaredBy(statement).map((name) => this.#meanings.get(`${file.path} ${name}`));
      if (!ones.some((one) => one?.entry === this.#entry)) continue;
      const isOpen = ones.some((one) => one !== undefined && open.get(one.final) === one);
      const code = this.#renamed(file, statement.declaration ?? statement, lent);
      left += `${before}\n${isOpen ? 'export ' : ''}${code}\n`.trimStart();
    }
    // The compiler indents by four.
    return left.replace(/^(?: {4})+/gm, (spaces) => spaces.slice(spaces.length / 2));
  }

  /** A declaration by the final names of all that it mentions; `lent` gets those to be imported. */
  #renamed(
    /** @type {File} */ file,
    /** @type {any} */ own,
    /** @type {Map<string, Set<string>>} */ lent,
  ) {
    /** @type {Edit[]} */
    const edits = own.type === 'VariableDeclaration' ? textsIn(own) : [];
    for (const mention of mentionsIn(file, own)) {
      const one = this.#of(file, mention);
      if (one === null) continue;
      edits.push({ ...mention, text: one.final });
      if (one.entry === this.#entry) continue;
      lent.set(one.entry, (lent.get(one.entry) ?? new Set()).add(one.final));
    }
    return edited(file.text, own, edits);
  }

  #fileAt(/** @type {string} */ path) {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const text = readFileSync(path, 'utf8');
    const file = tableOf(path, text, this.#parse(path, text));
    this.#files.set(path, file);
    return file;
  }
}

/** @returns {never} */
function unknown(/** @type {File} */ { path }, /** @type {string | null} */ name) {
  throw new Error(`${path} does not say what ${name} is`);
}

/** @type {(path: string, text: string, body: readonly any[]) => File} */
function tableOf(path, text, body) {
  /** @type {File} */
  const file = {
    path,
    text,
    body,
    here: new Map(),
    imported: new Map(),
    passedOn: new Map(),
    stars: [],
  };
  const { here, imported, passedOn, stars } = file;
  for (const statement of body) {
    const { type, declaration, specifiers = [], source } = statement;
    const from = source == null ? null : pathFrom(path, source.value);
    if (type === 'ImportDeclaration') {
      for (const { type: sort, imported: other, local } of specifiers) {
        const name = sort === 'ImportDefaultSpecifier' ? 'default' : (other?.name ?? null);
        imported.set(local.name, { from, name });
      }
    } else if (type === 'ExportAllDeclaration') {
      if (statement.exported === null) stars.push(from ?? '');
      else passedOn.set(statement.exported.name, { from, name: null });
    } else if (type === 'ExportDefaultDeclaration') {
      passedOn.set('default', { from: null, name: declaration.name });
    } else if (type === 'ExportNamedDeclaration' && declaration === null) {
      for (const { exported, local } of specifiers) {
        passedOn.set(exported.name, { from, name: local.name });
      }
    } else {
      for (const name of declaredBy(statement)) {
        here.set(name, [...(here.get(name) ?? []), statement]);
      }
    }
  }
  return file;
}

function pathFrom(/** @type {string} */ path, /** @type {string} */ from) {
  if (!from.startsWith('.')) throw new Error(`${path} has types of ${from}`);
  return join(dirname(path), from.replace(/\.[jt]s$/, '.d.ts'));
}

function isExport(/** @type {any} */ statement) {
  return statement.type === 'ExportNamedDeclaration';
}

/** @returns {string[]} */
function declaredBy(/** @type {any} */ statement) {
  const own = statement.declaration ?? statement;
  const names = own.declarations?.map((/** @type {any} */ { id }) => id.name) ?? [];
  if (own.id?.name !== undefined) names.push(own.id.name);
  return names;
}

/**
 * What a piece of syntax names, and where it does; `from` is the file of `import('…').Name`.
 *
 * @typedef {{
 *   readonly from: string | null,
 *   readonly name: string,
 *   readonly start: number,
 *   readonly end: number,
 * }} Mention
 */

/** @returns {Mention[]} */
function mentionsIn(/** @type {File} */ file, /** @type {any} */ node) {
  if (node === null || typeof node !== 'object') return [];
  /** @type {Mention[]} */
  const found = [];
  if (node.type === 'Identifier') {
    const { name, start } = node;
    found.push({ from: null, name, start, end: start + name.length });
  } else if (node.type === 'TSImportType') {
    const { source, qualifier, start } = node;
    found.push({
      from: pathFrom(file.path, source.value),
      name: qualifier.name,
      start,
      end: qualifier.end,
    });
  }
  for (const [key, part] of Object.entries(node)) {
    const isWord = (key === 'key' && !node.computed) || key === 'qualifier' || key === 'right';
    if (!isWord) found.push(...mentionsIn(file, part));
  }
  return found;
}

/** The types of texts for people, widened. */
function textsIn(/** @type {any} */ node) {
  if (node === null || typeof node !== 'object') return [];
  const { literal, start, end } = node.typeAnnotation?.typeAnnotation ?? {};
  if (TEXTS.has(node.key?.name) && typeof literal?.value === 'string') {
    return [{ start, end, text: 'string' }];
  }
  /** @type {Edit[]} */
  const found = Object.values(node).flatMap(textsIn);
  return found;
}

/** @typedef {{ readonly start: number, readonly end: number, readonly text: string }} Edit */

/** @type {(text: string, node: any, edits: readonly Edit[]) => string} */
function edited(text, { start, end }, edits) {
  let left = '';
  let at = start;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    left += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return left + text.slice(at, end);
}

/** `export { a, b as c };` of these meanings by name. */
function listText(/** @type {ReadonlyMap<string, Meaning>} */ meanings) {
  const names = [...meanings].map(([name, { final }]) =>
    final === name ? name : `${final} as ${name}`,
  );
  return `export {${names.length === 0 ? '' : ` ${names.join(', ')} `}};`;
}
