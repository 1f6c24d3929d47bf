/**
 * The template of a system as text: its names, the lines that belong to one interface only, and
 * what is written from the data of an interface.
 */
import { bracesText, type FieldSpec, type Fields, type Interface } from '../src/sim/interface.ts';
import { camelCase } from './lists.ts';

/** The interface that the template answers as it stands. */
export const RICH = 'register';

/**
 * Keeps what is right for the interface: lines between `only register` and `else` or `end`, or,
 * for another interface, those between `else` and `end`, which are comments in the template.
 */
export function variant(text: string, isRich: boolean): string {
  let part: 'both' | 'rich' | 'other' = 'both';
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    const mark = MARKS.get(line.trim());
    if (mark !== undefined) part = mark;
    else if (part === 'both' || (part === 'rich' && isRich)) kept.push(line);
    else if (part === 'other' && !isRich) kept.push(line.replace(/^(\s*)(?:\/\/|#) /, '$1'));
  }
  return kept.join('\n');
}

const MARKS: ReadonlyMap<string, 'both' | 'rich' | 'other'> = new Map(
  [
    ['only register', 'rich'],
    ['else', 'other'],
    ['end', 'both'],
  ].flatMap(([word, part]) => [
    [`// ${word}`, part],
    [`# ${word}`, part],
    [`<!-- ${word} -->`, part],
  ]),
) as never;

/** The names of a system in the spellings that the template has. */
export function named(text: string, name: string, title: string): string {
  const variable = camelCase(name);
  return text
    .replaceAll('Template name', title)
    .replaceAll('TemplateName', capital(variable))
    .replaceAll('templateName', variable)
    .replaceAll('template-name', name);
}

/** `Lru cache`: what a system is called if nobody says better. */
export function titleOf(name: string): string {
  return capital(name.split('-').join(' '));
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The README's table of messages. */
export function messageTable({ requests, messages = {} }: Interface): string {
  const asked = Object.entries(requests).map(([type, { fields, reply, errors = [] }]) => {
    const answer = code(`${type}_ok ${bracesText(reply)}`.trim());
    const refusals = errors.map(code).join(', ');
    const refused = refusals === '' ? '' : `, or the error ${refusals}`;
    return [code(type), 'client', fieldNames(fields), answer + refused];
  });
  const pushed = Object.entries(messages).map(([type, { fields }]) => [
    code(type),
    'node',
    fieldNames(fields),
    'nobody',
  ]);
  return table([['message', 'from', 'fields', 'answered by'], ...asked, ...pushed]);
}

function fieldNames(fields: Fields): string {
  const names = Object.entries(fields).map(([name, spec]) =>
    code(isOptional(spec) ? `${name}?` : name),
  );
  return names.join(', ') || 'none';
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

/** The cases of a `switch` that answer each request with what its reply must have. */
export function answerCases({ requests }: Interface): string {
  return Object.entries(requests)
    .map(([type, { reply }]) => {
      const body = { type: `${type}_ok`, ...sampleOf({ fields: reply }) };
      return `    case '${type}':\n      return ${source(body)};`;
    })
    .join('\n');
}

/** A request of each type, as the items of a list. */
export function sampleRequests({ requests }: Interface, types = Object.keys(requests)): string {
  return types
    .map((type) => `  ${source({ type, ...sampleOf({ fields: requests[type]?.fields ?? {} }) })},`)
    .join('\n');
}

/** A value that fits a field; optional fields are left out. */
function sampleOf(spec: FieldSpec): object {
  const value = sample(spec);
  return typeof value === 'object' && value !== null ? value : {};
}

function sample(spec: FieldSpec): unknown {
  if (typeof spec === 'string') return SAMPLES[spec];
  if ('optional' in spec) return sample(spec.optional);
  if ('list' in spec) return [];
  if ('map' in spec) return {};
  if ('tuple' in spec) return spec.tuple.map(sample);
  if ('words' in spec) return spec.words[0];
  if ('either' in spec) return sample(spec.either[0] ?? 'null');
  const given = Object.entries(spec.fields).filter(([, field]) => !isOptional(field));
  return Object.fromEntries(given.map(([name, field]) => [name, sample(field)]));
}

const SAMPLES = { text: 'x', plain: null, integer: 1, number: 1, boolean: false, null: null };

function isOptional(spec: FieldSpec): boolean {
  return typeof spec === 'object' && 'optional' in spec;
}

/** Data as TypeScript; the formatter breaks lines. */
function source(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(source).join(', ')}]`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${source(field)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** A workload to begin with, for an interface that none asks: its operations in equal shares. */
export function workloadText(asked: Interface): string {
  const { name, requests } = asked;
  const operations = Object.keys(requests).filter((type) => requests[type]?.recorded !== undefined);
  const variable = camelCase(name);
  const type = capital(variable);
  return `/** The ${name} workload: its operations in equal shares, always with the same values. */
import ${variable} from '../interfaces/${name}.ts';
import type { Random } from '../sim/node.ts';
import { defineParams } from '../sim/params.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

export default defineWorkload({
  name: '${name}',
  summary: 'Each operation of the interface ${name} in equal shares, always with the same values.',
  params: defineParams({}),
  asks: ${variable},
  generator: () => new ${type}Generator(),
  outputOf: () => null,
});

const REQUESTS: readonly [Invocation['request'], ...Invocation['request'][]] = [
${sampleRequests(asked, operations)}
];

class ${type}Generator implements Generator {
  next(_process: number, random: Random): Invocation {
    const request = random.pick(REQUESTS);
    return { f: request.type, key: null, input: null, request };
  }

  /** There is nothing that a final read would show. */
  last(): null {
    return null;
  }
}
`;
}
