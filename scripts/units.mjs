/**
 * A part's text as units that can be told apart by reading, so that a page takes of it what its
 * scenario needs (`src/cli/page-link.ts`): each declaration at the top stands between form feeds,
 * which are white space to JavaScript, and is known by a name that nothing else has.
 */

/** Between two units. No text of a part holds one. */
const SEPARATOR = '\f';
const SMALL = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = `${SMALL}${SMALL.toUpperCase()}0123456789_`;
/** @typedef {any} Node An ESTree node, with `start` and `end`. */

/**
 * Gives names that begin with `$` to what is declared at the top: short ones, but for classes the
 * old one behind the `$` if `keepsNames`. What is declared below the top by the same name is
 * renamed with it.
 */
export async function renameTop(/** @type {string} */ text, /** @type {boolean} */ keepsNames) {
  const body = await bodyOf(text);
  const { short, kept } = declared(body, keepsNames);
  /** @type {Map<string, { node: Node, isShort: boolean }[]>} */
  const uses = new Map([...short, ...kept].map((name) => [name, []]));
  for (const use of body.flatMap(identifiers)) uses.get(use.node.name)?.push(use);
  // Texts may have some: `$1`, `$schema`.
  const taken = new Set([
    ...(text.match(/\$\w+/g) ?? []),
    ...Array.from(kept, (name) => `$${name}`),
  ]);
  const requires = requiredBy(body);
  // The most used get the shortest.
  const ranked = [...uses].sort(([, a], [, b]) => b.length - a.length);
  let next = 0;
  const nameFor = (/** @type {string} */ name) => {
    const id = requires.get(name);
    if (kept.has(name)) return name;
    // Parts, which are compressed together, say it alike.
    if (id !== undefined) return id.split(':')[2];
    while (taken.has(`$${word(next)}`)) next++;
    return word(next++);
  };
  const edits = ranked.flatMap(([name, places]) => {
    const to = nameFor(name);
    return places.map(({ node: { start, end }, isShort }) => {
      return { start, end, text: `${isShort ? `${name}:` : ''}$${to}` };
    });
  });
  return edited(text, edits);
}

/** By variable, the file of another part that it holds. */
function requiredBy(/** @type {readonly Node[]} */ body) {
  const rows = body
    .flatMap(({ declarations = [] }) => declarations)
    .flatMap((/** @type {Node} */ { id, init }) => {
      const of = init?.callee?.name === 'require' ? init.arguments[0]?.value : undefined;
      return typeof of === 'string' && of.startsWith('dsim:')
        ? [/** @type {const} */ ([id.name, of])]
        : [];
    });
  return new Map(rows);
}

/** The names that are declared at the top: to be short, and to be kept. */
function declared(/** @type {readonly Node[]} */ body, /** @type {boolean} */ keepsNames) {
  /** @type {Set<string>} */
  const short = new Set();
  /** @type {Set<string>} */
  const kept = new Set();
  for (const statement of body) {
    if (statement.type === 'VariableDeclaration') {
      for (const { id } of statement.declarations) for (const name of boundBy(id)) short.add(name);
    } else if (statement.type === 'ClassDeclaration') {
      (keepsNames ? kept : short).add(statement.id.name);
    } else if (statement.type === 'FunctionDeclaration') short.add(statement.id.name);
  }
  return { short, kept };
}

/**
 * Puts a separator before each unit. Throws where a name of the top would be found in a text that
 * is none.
 */
export async function separate(/** @type {string} */ text) {
  if (text.includes(SEPARATOR)) throw new Error('a part holds a form feed');
  const body = await bodyOf(text);
  const { short } = declared(body, false);
  const read = (text.match(/\$\w+/g) ?? []).filter((name) => short.has(name)).sort();
  const meant = body
    .flatMap(identifiers)
    .flatMap(({ node }) => (short.has(node.name) ? [node.name] : []))
    .sort();
  const other = read.find((name, i) => name !== meant[i]);
  if (read.length !== meant.length)
    throw new Error(`a text of a part looks like its name ${other}`);
  const edits = body.flatMap((statement) => {
    if (statement.type !== 'VariableDeclaration') return [before(statement.start)];
    // One of several stands behind a comma.
    return statement.declarations.map((/** @type {Node} */ each, /** @type {number} */ i) =>
      before(i === 0 ? statement.start : each.start),
    );
  });
  return edited(text, edits);
}

function before(/** @type {number} */ at) {
  return { start: at, end: at, text: SEPARATOR };
}

/** @returns {Promise<Node[]>} */
export async function bodyOf(/** @type {string} */ text) {
  const { parseSync } = await import('oxc-parser');
  const { program, errors } = parseSync('part.cjs', text, { sourceType: 'script' });
  if (errors.length > 0) throw new Error(errors[0]?.message);
  return /** @type {any} */ (program.body);
}

/** The names that a pattern binds. @returns {string[]} */
function boundBy(/** @type {any} */ pattern) {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap(boundBy);
    case 'ArrayPattern':
      return pattern.elements.flatMap(boundBy);
    case 'Property':
      return boundBy(pattern.value);
    case 'AssignmentPattern':
      return boundBy(pattern.left);
    case 'RestElement':
      return boundBy(pattern.argument);
    default:
      return [];
  }
}

/** Identifiers that stand for variables, of a node and all below it. */
export function identifiers(/** @type {Node} */ root) {
  /** @type {{ node: Node, isShort: boolean }[]} */
  const found = [];
  const walk = (/** @type {any} */ node, isShort = false) => {
    if (Array.isArray(node)) {
      for (const each of node) walk(each);
      return;
    }
    if (node === null || typeof node !== 'object' || typeof node.type !== 'string') return;
    if (node.type === 'Identifier') return void found.push({ node, isShort });
    for (const [key, value] of Object.entries(node)) {
      if (value === null || typeof value !== 'object' || isName(node, key)) continue;
      // `{ a }` names a property, too, and `{ a = 1 }` as a pattern does.
      walk(value, (isShort && key === 'left') || (key === 'value' && node.shorthand === true));
    }
  };
  walk(root);
  return found;
}

/** All nodes of a type. */
export function nodesOf(/** @type {any} */ root, /** @type {string} */ type) {
  /** @type {Node[]} */
  const found = [];
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === null || typeof node !== 'object') continue;
    if (node.type === type) found.push(node);
    open.push(...Object.values(node));
  }
  return found;
}

/** Is what a node has under this key a name of something other than a variable? */
function isName(/** @type {Node} */ node, /** @type {string} */ key) {
  if (key === 'label' || key === 'meta') return true;
  if (key === 'property') return node.type === 'MemberExpression' && !node.computed;
  return key === 'key' && !node.computed;
}

export function edited(
  /** @type {string} */ text,
  /** @type {readonly { start: number, end: number, text: string }[]} */ edits,
) {
  let at = 0;
  const pieces = [];
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  return `${pieces.join('')}${text.slice(at)}`;
}

/** A number as a short word that begins with a small letter. */
export function word(/** @type {number} */ number) {
  return wordFrom(SMALL, number);
}

/** The same with a capital. */
export function capitalWord(/** @type {number} */ number) {
  return wordFrom(SMALL.toUpperCase(), number);
}

function wordFrom(/** @type {string} */ first, /** @type {number} */ number) {
  let text = first[number % first.length] ?? '';
  for (let rest = Math.floor(number / first.length); rest > 0; ) {
    text += DIGITS[(rest - 1) % DIGITS.length];
    rest = Math.floor((rest - 1) / DIGITS.length);
  }
  return text;
}
