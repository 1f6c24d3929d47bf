/**
 * What a user's own file exports, as a system: either what `defineSystem` takes, of which only
 * `create` is required, or a class of nodes, whose static fields may say the rest.
 *
 * The file comes without a compiler's check, so everything is checked: a mistake gets one
 * sentence that says what was found and what is expected.
 */

import { type MeasureTable, measuresProblem } from '../../sim/measure.ts';
import { nearestName } from '../../sim/nearest-name.ts';
import type { Node } from '../../sim/node.ts';
import type { ParamTable } from '../../sim/params.ts';
import type { AnySystem, Place } from '../../sim/system.ts';
import { declarationProblem } from '../sections/declaration.ts';
import { DRAW_KEY, NODE_KEYS } from '../values/names.ts';

export type Create = AnySystem['create'];

const EXPECTED =
  'expected `export default defineSystem({ create: (params, place, bug) => new MyNode() })` ' +
  'or `export default class MyNode` with a method `receive(ctx, from, message)`';

/**
 * The system that a module's exports declare, or what is wrong. `name` is its name where it gives
 * none.
 */
export function systemOf(
  exported: { readonly [name: string]: unknown },
  name: string,
): AnySystem | string {
  const value = exported['default'];
  if (value === undefined) return `${noDefault(exported)}; ${EXPECTED}`;
  const declared = isNodeClass(value) ? declaredBy(value) : value;
  if (!isObject(declared)) return `its default export is ${describe(value)}; ${EXPECTED}`;
  const { create } = declared;
  if (typeof create !== 'function') {
    const what = 'create' in declared ? `\`create\` that is ${describe(create)}` : 'no `create`';
    return `its default export, ${describe(value)}, has ${what}; ${EXPECTED}`;
  }
  const wrong = whatIsWrong(declared);
  if (wrong !== null) return `its default export has ${wrong}`;
  return completed(declared as unknown as Partial<AnySystem> & { create: Create }, name);
}

function completed(declared: Partial<AnySystem> & { create: Create }, name: string): AnySystem {
  const { quorum, refuse, detectionMs, measures, notes } = declared;
  const { roles, leads, commands, changeable, grows, operates } = declared;
  return {
    name: declared.name ?? name,
    title: declared.title ?? declared.name ?? name,
    summary: declared.summary ?? '',
    sources: declared.sources ?? [],
    answers: declared.answers ?? 'anything',
    claims: declared.claims ?? [],
    params: documented(declared.params ?? {}),
    bugs: declared.bugs ?? {},
    invariants: declared.invariants ?? [],
    ...(measures === undefined ? {} : { measures }),
    ...(notes === undefined ? {} : { notes }),
    ...(quorum === undefined ? {} : { quorum: (...asked) => quorum.apply(declared, asked) }),
    ...(detectionMs === undefined
      ? {}
      : { detectionMs: (...asked) => detectionMs.apply(declared, asked) }),
    ...(roles === undefined ? {} : { roles }),
    ...(leads === undefined ? {} : { leads }),
    ...(commands === undefined ? {} : { commands }),
    ...(changeable === undefined ? {} : { changeable }),
    ...(grows === undefined ? {} : { grows }),
    ...(operates === undefined ? {} : { operates }),
    ...(refuse === undefined ? {} : { refuse: (...asked) => refuse.apply(declared, asked) }),
    create: (...asked) => declared.create(...asked),
  };
}

/** The manual wants a sentence for each; an own file may go without. */
function documented(params: ParamTable): ParamTable {
  return Object.fromEntries(
    Object.entries(params).map(([name, spec]) => [name, { ...spec, doc: spec.doc ?? '' }]),
  );
}

// --- A class -----------------------------------------------------------------------------------

type NodeClass = (new (
  place: Place,
  params: unknown,
  bug: string | null,
) => Node) & { readonly [field: string]: unknown };

function isNodeClass(value: unknown): value is NodeClass {
  if (typeof value !== 'function') return false;
  const { prototype } = value as { readonly prototype?: { readonly receive?: unknown } };
  return typeof prototype?.receive === 'function';
}

const STATIC_FIELDS = [
  'title',
  'summary',
  'sources',
  'answers',
  'serves',
  'claims',
  'params',
  'bugs',
  'invariants',
  'measures',
  'notes',
  'quorum',
  'refuse',
  'detectionMs',
  'roles',
  'leads',
  'commands',
  'changeable',
  'grows',
  'operates',
] as const;

function declaredBy(Class: NodeClass): { readonly [field: string]: unknown } {
  const declared: { [field: string]: unknown } = {
    // A bare class is a first sketch: it may note anything until it says what.
    notes: 'any',
    create: (params: unknown, place: Place, bug: string | null) => new Class(place, params, bug),
  };
  for (const field of STATIC_FIELDS) {
    if (Class[field] !== undefined) declared[field] = Class[field];
  }
  return declared;
}

// --- What is wrong -----------------------------------------------------------------------------

type Declared = { readonly [field: string]: unknown };

function whatIsWrong(declared: Declared): string | null {
  for (const field of ['name', 'title', 'summary']) {
    const value = declared[field];
    if (value !== undefined && typeof value !== 'string') return expected(field, value, 'a text');
  }
  for (const field of ['sources', 'leads', 'changeable']) {
    const value = declared[field];
    if (value !== undefined && !isListOf(value, (item) => typeof item === 'string')) {
      return expected(field, value, 'a list of names');
    }
  }
  const misspelt = misspeltField(declared);
  if (misspelt !== null) return misspelt;
  const wrongly = wrongAnswers(declared);
  if (wrongly !== null) return wrongly;
  for (const field of ['quorum', 'refuse', 'detectionMs']) {
    const value = declared[field];
    if (value !== undefined && typeof value !== 'function') {
      return expected(field, value, 'a function');
    }
  }
  const { claims, invariants, bugs, params } = declared;
  if (claims !== undefined && !isListOf(claims, isObject)) {
    return expected('claims', claims, 'a list of claims');
  }
  const isInvariant = (item: unknown) => isObject(item) && typeof item['check'] === 'function';
  if (invariants !== undefined && !isListOf(invariants, isInvariant)) {
    return expected('invariants', invariants, 'a list of { name, source, check(views) }');
  }
  if (bugs !== undefined && !isMapOf(bugs, isObject)) {
    return expected('bugs', bugs, 'a map of { doc, caughtBy } by name');
  }
  const wrongOf = wrongNotes(declared['notes']) ?? wrongMeasures(declared['measures']);
  if (wrongOf !== null) return wrongOf;
  if (params !== undefined && !isMapOf(params, isObject)) {
    return expected('params', params, 'a map of { type, default }');
  }
  const table = (params ?? {}) as { readonly [name: string]: Declared };
  return wrongParams(table) ?? wrongMembers(declared, table);
}

/** Fields of its own are nobody else's business, unless one looks like a slip. */
function misspeltField(declared: Declared): string | null {
  const known: readonly string[] = ['name', 'create', ...STATIC_FIELDS];
  for (const field of Object.keys(declared)) {
    if (known.includes(field)) continue;
    const near = nearestName(field, known);
    if (near !== null) return `\`${field}\`; did you mean \`${near}\`?`;
  }
  return null;
}

/** What is wrong with roles and commands. */
function wrongMembers(declared: Declared, params: { readonly [name: string]: Declared }) {
  for (const [field, form] of [
    ['roles', '{ doc, count }'],
    ['commands', '{ doc, params }'],
  ] as const) {
    const value = declared[field];
    if (value === undefined) continue;
    if (!isMapOf(value, isObject)) return expected(field, value, `a map of ${form} by name`);
    for (const [name, member] of Object.entries(value as { [name: string]: Declared })) {
      const { params: own = {} } = member;
      const stranger = Object.keys(member).find((key) => !MEMBER_FIELDS[field].includes(key));
      if (stranger !== undefined) return strangerIn(field, name, stranger);
      const what = `params of ${name}`;
      if (!isMapOf(own, isObject)) return expected(what, own, 'a map of { type, default }');
      const wrong = wrongParams(own as { readonly [name: string]: Declared }, `${name}.`);
      if (wrong !== null) return wrong;
    }
  }
  return declarationProblem({ ...declared, params } as never);
}

/** What roles and commands may say of themselves. */
const MEMBER_FIELDS: { readonly [field in 'roles' | 'commands']: readonly string[] } = {
  roles: ['doc', 'count', 'default', 'answers', 'params'],
  commands: ['doc', 'params', 'shorthand'],
};

/**
 * A field that nobody reads is a slip, and its author would wait for an effect that never comes.
 */
function strangerIn(field: 'roles' | 'commands', name: string, stranger: string): string {
  const known = MEMBER_FIELDS[field];
  const near = stranger === 'serves' ? 'answers' : nearestName(stranger, known);
  const hint =
    near === null
      ? `expected ${known.map((key) => `\`${key}\``).join(', ')}`
      : `did you mean \`${near}\`?`;
  return `a ${field.slice(0, -1)} \`${name}\` with \`${stranger}\`; ${hint}`;
}

function wrongNotes(notes: unknown): string | null {
  if (notes === undefined || notes === 'any' || isMapOf(notes, isObject)) return null;
  return expected('notes', notes, 'a map of { doc } by label');
}

function wrongMeasures(measures: unknown): string | null {
  if (measures === undefined) return null;
  if (!isMapOf(measures, isObject)) {
    return expected('measures', measures, 'a map of { sort, unit, doc } by name');
  }
  return measuresProblem(measures as unknown as MeasureTable);
}

const isInterfaces = (value: unknown) =>
  isListOf(value, (item) => isObject(item) && isObject(item['requests']));

/** Each option of the parameter has its list. */
function wrongChoice(
  { by, each }: { readonly [field: string]: unknown },
  params: Declared['params'],
): string | null {
  const param = isObject(params) ? params[String(by)] : undefined;
  const options = isObject(param) && param['type'] === 'choice' ? param['options'] : undefined;
  if (!Array.isArray(options)) {
    return `\`answers: { by: '${String(by)}' }\`; expected the name of a parameter of type \`choice\``;
  }
  const missing = options.find((option) => !isObject(each) || !isInterfaces(each[String(option)]));
  return missing === undefined
    ? null
    : `\`answers.each\` without \`${String(missing)}\`; expected a list of interfaces for each option of \`${String(by)}\``;
}

/** Interfaces are objects of the library: a name would be found only when a request comes. */
function wrongAnswers({ serves, answers, params }: Declared): string | null {
  if (serves !== undefined) {
    return "`serves`, which is now `answers`; expected `answers: [interfaces.register]`, with `import { interfaces } from 'dsim'`";
  }
  if (answers === undefined || answers === 'anything') return null;
  if (isInterfaces(answers)) return null;
  if (isObject(answers) && 'by' in answers) return wrongChoice(answers, params);
  if (!isObject(answers) || typeof answers['of'] !== 'string') {
    return expected(
      'answers',
      answers,
      "a list of interfaces, as `[interfaces.register]`, or `{ of: 'target' }`",
    );
  }
  const param = isObject(params) ? params[answers['of']] : undefined;
  return isObject(param) && param['type'] === 'nodes'
    ? null
    : `\`answers: { of: '${answers['of']}' }\`; expected the name of a parameter of type \`nodes\``;
}

function expected(field: string, value: unknown, what: string): string {
  return `\`${field}\` that is ${describe(value)}; expected ${what}`;
}

/** What a default must be, by the type of the parameter. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['integer', 'number'],
  ['number', 'number'],
  ['ratio', 'number'],
  ['duration', 'number'],
  ['rate', 'number'],
  ['bytes', 'number'],
  ['duration-range', 'object'],
  ['keys', 'number'],
  ['boolean', 'boolean'],
  ['choice', 'string'],
  ['text', 'string'],
  ['nodes', 'object'],
  ['selector', 'any'],
  ['distribution', 'object'],
  ['list', 'object'],
  ['map', 'object'],
  ['object', 'object'],
]);

function wrongParams(params: { readonly [name: string]: Declared }, within = ''): string | null {
  for (const [key, spec] of Object.entries(params)) {
    const name = `${within}${key}`;
    if (!/^[a-z][a-z0-9-]*$/.test(key)) {
      return `a parameter \`${name}\`; expected a name in kebab-case, as \`election-timeout\``;
    }
    if (within === '' && [...NODE_KEYS, DRAW_KEY].some((taken) => taken === key)) {
      return `a parameter \`${name}\`, which every node of a scenario has already`;
    }
    const wrong = wrongParam(name, spec);
    if (wrong !== null) return wrong;
  }
  return null;
}

function wrongParam(name: string, spec: Declared): string | null {
  const { type, of, fields, options } = spec;
  const wanted = typeof type === 'string' ? DEFAULTS.get(type) : undefined;
  if (wanted === undefined) {
    const types = [...DEFAULTS.keys()].join(', ');
    return `a parameter \`${name}\` of the type ${describe(type)}; expected one of ${types}`;
  }
  const value = spec['default'];
  if (value !== undefined && wanted !== 'any' && typeof value !== wanted) {
    return `a parameter \`${name}\` with a default that is ${describe(value)}; expected a ${wanted}`;
  }
  if (type === 'choice' && !isListOf(options, (item) => typeof item === 'string')) {
    return `a parameter \`${name}\` whose \`options\` is ${describe(options)}; expected a list of words`;
  }
  if (type === 'list' || type === 'map') {
    return isObject(of)
      ? wrongParam(`${name}.of`, of)
      : `a parameter \`${name}\` without \`of\`; expected the type of its items`;
  }
  if (type !== 'object') return null;
  return isMapOf(fields, isObject)
    ? wrongParams(fields as { readonly [name: string]: Declared }, `${name}.`)
    : `a parameter \`${name}\` without \`fields\`; expected a map of parameters`;
}

function isObject(value: unknown): value is Declared {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isMapOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return isObject(value) && Object.values(value).every(is);
}

function noDefault(exported: { readonly [name: string]: unknown }): string {
  const names = Object.keys(exported).filter((name) => name !== '__esModule');
  if (names.length === 0) return 'it exports nothing';
  return `it has no default export, only ${names.map((name) => `\`${name}\``).join(', ')}`;
}

/** A value in a few words: `the class Store`, `a list`, `the text 'x'`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the text '${value.slice(0, 40)}'`;
  if (typeof value === 'function') {
    const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
    return value.name === '' ? `a ${kind}` : `the ${kind} ${value.name}`;
  }
  if (typeof value !== 'object') return `the ${typeof value} ${String(value)}`;
  const keys = Object.keys(value);
  const maker: unknown = value.constructor;
  const made = typeof maker === 'function' && maker !== Object ? `a ${maker.name}` : 'an object';
  return keys.length === 0 ? made : `${made} with ${keys.slice(0, 8).join(', ')}`;
}
