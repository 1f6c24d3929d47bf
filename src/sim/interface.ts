/**
 * Interfaces: what nodes and clients say to each other, as data. One file under `src/interfaces/`
 * describes one conversation: its requests with their fields, the fields of the answers, which
 * requests are harmless to repeat, which read and which write.
 *
 * Systems answer interfaces, workloads ask one, checkers judge the operations of some. From the
 * same data come the TypeScript types of requests and replies, the check of requests that arrive,
 * what a retry may repeat, and the manual.
 *
 * The idea is Maelstrom's `defrpc` (jepsen-io/maelstrom, src/maelstrom/client.clj): a request is
 * declared once, with the types of its fields, and documented from that.
 */
import type { Message, Plain } from './node.ts';
import { type ErrorCode, type Reply, type Request, TRANSPORT_FIELDS } from './rpc.ts';

/** A field of one value. `plain` is anything that survives JSON, null included. */
export type Scalar = 'text' | 'plain' | 'integer' | 'number' | 'boolean' | 'null';

/** What a field holds. A field that is `optional` may be left out. */
export type FieldSpec =
  | Scalar
  | { readonly optional: FieldSpec }
  | { readonly list: FieldSpec }
  /** An object with any keys. */
  | { readonly map: FieldSpec }
  /** An object with these keys. */
  | { readonly fields: Fields }
  /** A list with a fixed number of items. */
  | { readonly tuple: readonly FieldSpec[] }
  /** One of these texts. */
  | { readonly words: readonly string[] }
  | { readonly either: readonly FieldSpec[] };

export type Fields = { readonly [name: string]: FieldSpec };

/** One request of an interface, and its answer. */
export interface RequestSpec {
  /** One sentence. */
  readonly doc: string;
  /** Fields of the request beside those that every request has (see `Request` in `rpc.ts`). */
  readonly fields: Fields;
  /** Fields of the answer, whose type is the request's with `_ok`. */
  readonly reply: Fields;
  /**
   * To send it again has the effect and the answer of once, whatever others do meanwhile: a retry
   * may repeat it when nobody knows whether it arrived. Default false.
   */
  readonly harmless?: boolean;
  /** It tells the state that writes change. Default false. */
  readonly reads?: boolean;
  /** It changes the state that reads tell. Default false. */
  readonly writes?: boolean;
  /**
   * Errors that belong to this request. Those that any node may answer, such as `overloaded`, are
   * not listed.
   */
  readonly errors?: readonly ErrorCode[];
  /**
   * It is an operation of a history: what stands there as `input` and `output`, in words. Absent:
   * it is a step of another operation, such as the receipt of a message.
   */
  readonly recorded?: { readonly input: string; readonly output: string };
}

export type Requests = { readonly [type: string]: RequestSpec };

/** A message that has no answer: what a node tells its clients without being asked. */
export interface MessageSpec {
  readonly doc: string;
  readonly fields: Fields;
}

/** Requests that clients make and systems answer, with their fields and replies. */
export interface Interface<R extends Requests = Requests> {
  /** `register`: the name of its file, and of its page in the manual. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly requests: R;
  readonly messages?: { readonly [type: string]: MessageSpec };
}

/** The same for replies. */
const REPLY_TRANSPORT: readonly string[] = ['type', 'inReplyTo'];

/**
 * Declares an interface: returns its argument, typed narrowly. Throws RangeError if a field has a
 * name that the transport uses.
 */
export function defineInterface<const R extends Requests>(declared: Interface<R>): Interface<R> {
  for (const [type, { fields, reply }] of Object.entries(declared.requests)) {
    const taken =
      Object.keys(fields).find((field) => TRANSPORT_FIELDS.includes(field)) ??
      Object.keys(reply).find((field) => REPLY_TRANSPORT.includes(field));
    if (taken !== undefined) {
      throw new RangeError(
        `${declared.name}: ${type} has a field ${taken}, which the transport has`,
      );
    }
  }
  return declared;
}

// --- Types -------------------------------------------------------------------------------------

/** The TypeScript type of a field. */
export type FieldOf<S extends FieldSpec> = S extends 'text'
  ? string
  : S extends 'integer' | 'number'
    ? number
    : S extends 'boolean'
      ? boolean
      : S extends 'null'
        ? null
        : S extends 'plain'
          ? Plain
          : S extends { readonly optional: infer T extends FieldSpec }
            ? FieldOf<T> | undefined
            : S extends { readonly list: infer T extends FieldSpec }
              ? readonly FieldOf<T>[]
              : S extends { readonly map: infer T extends FieldSpec }
                ? { readonly [key: string]: FieldOf<T> }
                : S extends { readonly fields: infer F extends Fields }
                  ? FieldsOf<F>
                  : S extends { readonly tuple: infer T extends readonly FieldSpec[] }
                    ? { readonly [I in keyof T]: FieldOf<T[I]> }
                    : S extends { readonly words: readonly (infer W)[] }
                      ? W
                      : S extends { readonly either: readonly (infer T extends FieldSpec)[] }
                        ? FieldOf<T>
                        : never;

type OptionalOf<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly optional: FieldSpec } ? K : never;
}[keyof F];

/** The TypeScript type of a table of fields. */
export type FieldsOf<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalOf<F>>]: FieldOf<F[K]>;
} & {
  readonly [K in OptionalOf<F>]?: FieldOf<F[K]>;
};

/** The types of requests of an interface: `'read' | 'write' | 'cas'`. */
export type TypeOf<I extends Interface> = keyof I['requests'] & string;

/** A request as it arrives: `RequestOf<typeof register>`, or of one type by a second parameter. */
export type RequestOf<I extends Interface, T extends TypeOf<I> = TypeOf<I>> = {
  [K in T]: Request & { readonly type: K } & FieldsOf<I['requests'][K]['fields']>;
}[T];

/** A request before the transport numbers it. */
export type BodyOf<I extends Interface, T extends TypeOf<I> = TypeOf<I>> = {
  [K in T]: { readonly type: K } & FieldsOf<I['requests'][K]['fields']>;
}[T];

/** An answer other than an error. */
export type ReplyOf<I extends Interface, T extends TypeOf<I> = TypeOf<I>> = {
  [K in T]: Reply & { readonly type: `${K}_ok` } & FieldsOf<I['requests'][K]['reply']>;
}[T];

// --- What systems answer -----------------------------------------------------------------------

/**
 * What a system answers: these interfaces; or, for a system that passes requests on, whatever the
 * nodes answer that its parameter of this name holds; or anything, for a node from a user's own
 * file that does not say.
 */
export type Answers<Param extends string = string> =
  | AnswersByItself<Param>
  | AnswersByChoice<Param>;

export type AnswersByItself<Param extends string = string> =
  | readonly Interface[]
  | { readonly of: Param }
  | 'anything';

/** What it answers depends on a parameter of type `choice`: a list for each of its options. */
export interface AnswersByChoice<Param extends string = string> {
  readonly by: Param;
  readonly each: { readonly [option: string]: readonly Interface[] };
}

/** All that a system may answer, whatever its parameters. */
export function possibleAnswers(
  answers: readonly Interface[] | AnswersByChoice,
): readonly Interface[] {
  return 'by' in answers ? [...new Set(Object.values(answers.each).flat())] : answers;
}

/** Whether an interface of these has a request of this type that is harmless to repeat. */
export function isHarmless(type: string, answers: readonly Interface[]): boolean {
  const meant = answers.flatMap(({ requests }) => requestOf(requests, type) ?? []);
  return meant.length > 0 && meant.every(({ harmless }) => harmless === true);
}

/** The operations of a history that an interface has, in the order declared. */
export function operationsOf({ requests }: Interface): readonly string[] {
  return Object.keys(requests).filter((type) => requests[type]?.recorded !== undefined);
}

/** Whether the operation of this name tells the state; false for a name that is none. */
export function isRead({ requests }: Interface, operation: string): boolean {
  return requestOf(requests, operation)?.reads === true;
}

/** Whether the operation of this name changes the state; false for a name that is none. */
export function isWrite({ requests }: Interface, operation: string): boolean {
  return requestOf(requests, operation)?.writes === true;
}

function requestOf(requests: Requests, type: string): RequestSpec | undefined {
  return Object.hasOwn(requests, type) ? requests[type] : undefined;
}

/**
 * The fields that requests of an interface may carry or leave out, by name: what a load may set for
 * all of its requests. Of a name that several requests have, the first counts.
 */
export function optionalFields({ requests }: Interface): ReadonlyMap<string, FieldSpec> {
  const found = new Map<string, FieldSpec>();
  for (const { fields } of Object.values(requests)) {
    for (const [name, spec] of Object.entries(fields)) {
      if (typeof spec === 'string' || !('optional' in spec)) continue;
      if (!found.has(name)) found.set(name, spec.optional);
    }
  }
  return found;
}

/** Whether a value may stand in a field. */
export function fits(value: Plain, spec: FieldSpec): boolean {
  return fieldCheck(spec)(value, '') === null;
}

// --- Checking requests -------------------------------------------------------------------------

/** What is wrong with a request, in words; null if nothing is, or if its type is not known. */
export type RequestCheck = (request: Message) => string | null;

/**
 * A check of requests to a node that answers these interfaces. A request whose type several of them
 * have is good if it is good for one of them. A request of another type is the node's own affair.
 */
export function requestCheck(answers: readonly Interface[]): RequestCheck {
  const checks = new Map<string, FieldCheck[]>();
  for (const { requests } of answers) {
    for (const [type, { fields }] of Object.entries(requests)) {
      const check = fieldsCheck(fields);
      checks.set(type, [...(checks.get(type) ?? []), check]);
    }
  }
  return (request) => {
    const meant = checks.get(request.type);
    if (meant === undefined) return null;
    let wrong: string | null = null;
    for (const check of meant) {
      const found = check(request, request.type);
      if (found === null) return null;
      wrong ??= found;
    }
    return wrong;
  };
}

/** What is wrong with a reply that is no error, in words; null if nothing is. */
export function replyCheck({ requests }: Interface): (reply: Message) => string | null {
  const checks = new Map(
    Object.entries(requests).map(([type, { reply }]) => [`${type}_ok`, fieldsCheck(reply)]),
  );
  return (reply) => checks.get(reply.type)?.(reply, reply.type) ?? null;
}

/** What is wrong with a value that stands at this place, or null. */
type FieldCheck = (value: unknown, place: string) => string | null;

function fieldsCheck(fields: Fields): FieldCheck {
  const checks = Object.entries(fields).map(([name, spec]) => ({
    name,
    optional: typeof spec === 'object' && 'optional' in spec,
    check: fieldCheck(spec),
    expected: fieldText(spec),
  }));
  const checkOf = new Map(checks.map(({ name, check }) => [name, check]));
  const required = checks.filter(({ optional }) => !optional).map(({ name }) => name);
  /** The first thing wrong, in the order of the declaration. */
  const wrongWith = (value: { readonly [name: string]: unknown }, place: string) => {
    for (const { name, optional, check, expected } of checks) {
      const field = value[name];
      if (field !== undefined) {
        const wrong = check(field, `${place}.${name}`);
        if (wrong !== null) return wrong;
      } else if (!optional) return `${place} lacks \`${name}\`: ${expected}`;
    }
    return null;
  };
  return (value, place) => {
    if (!isObject(value)) return `${place} is no object`;
    for (const name of required) if (value[name] === undefined) return wrongWith(value, place);
    // Most fields of an interface are optional, and a value has few of them: to look for each that
    // may be there takes longer than to look at those that are.
    for (const name in value) {
      const field = value[name];
      const check = field === undefined ? undefined : checkOf.get(name);
      if (check !== undefined && check(field, name) !== null) return wrongWith(value, place);
    }
    return null;
  };
}

function fieldCheck(spec: FieldSpec): FieldCheck {
  if (typeof spec === 'string') return scalarCheck(spec);
  if ('optional' in spec) return fieldCheck(spec.optional);
  if ('fields' in spec) return fieldsCheck(spec.fields);
  if ('list' in spec) return listCheck(spec, fieldCheck(spec.list));
  if ('map' in spec) return mapCheck(spec, fieldCheck(spec.map));
  if ('tuple' in spec) return tupleCheck(spec, spec.tuple.map(fieldCheck));
  if ('words' in spec) {
    const { words } = spec;
    return (value, place) => (words.includes(value as string) ? null : wrongField(place, spec));
  }
  const checks = spec.either.map(fieldCheck);
  return (value, place) =>
    checks.some((check) => check(value, place) === null) ? null : wrongField(place, spec);
}

const scalars: { readonly [S in Scalar]: (value: unknown) => boolean } = {
  text: (value) => typeof value === 'string',
  // What is no plain data cannot have come over a wire; to look into it would cost more than it
  // finds.
  plain: (value) => typeof value !== 'function',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

function scalarCheck(spec: Scalar): FieldCheck {
  const isGood = scalars[spec];
  return (value, place) => (isGood(value) ? null : wrongField(place, spec));
}

function listCheck(spec: FieldSpec, item: FieldCheck): FieldCheck {
  return (value, place) => {
    if (!Array.isArray(value)) return wrongField(place, spec);
    for (let i = 0; i < value.length; i++) {
      const wrong = item(value[i], `${place}[${i}]`);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

function mapCheck(spec: FieldSpec, item: FieldCheck): FieldCheck {
  return (value, place) => {
    if (!isObject(value)) return wrongField(place, spec);
    for (const key of Object.keys(value)) {
      const wrong = item(value[key], `${place}.${key}`);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

function tupleCheck(spec: FieldSpec, items: readonly FieldCheck[]): FieldCheck {
  return (value, place) => {
    if (!Array.isArray(value) || value.length !== items.length) return wrongField(place, spec);
    for (const [i, item] of items.entries()) {
      const wrong = item(value[i], `${place}[${i}]`);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongField(place: string, spec: FieldSpec): string {
  return `\`${place}\` is not ${fieldText(spec)}`;
}

// --- In words ----------------------------------------------------------------------------------

const scalarTexts: { readonly [S in Scalar]: string } = {
  text: 'a text',
  plain: 'plain data',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
};

/** A field in words: `a text`, `a list of integers`. */
export function fieldText(spec: FieldSpec): string {
  if (typeof spec === 'string') return scalarTexts[spec];
  if ('optional' in spec) return fieldText(spec.optional);
  if ('list' in spec) return `a list of [${fieldText(spec.list)}]`;
  if ('map' in spec) return `a map of [${fieldText(spec.map)}]`;
  if ('fields' in spec) return bracesText(spec.fields);
  if ('tuple' in spec) return `[${spec.tuple.map(fieldText).join(', ')}]`;
  if ('words' in spec) return spec.words.map((word) => JSON.stringify(word)).join(' or ');
  return spec.either.map(fieldText).join(' or ');
}

/** `{ key, value? }`; empty without fields. A field that may be left out has a question mark. */
export function bracesText(fields: Fields): string {
  const names = Object.entries(fields).map(([name, spec]) =>
    typeof spec === 'object' && 'optional' in spec ? `${name}?` : name,
  );
  return names.length === 0 ? '' : `{ ${names.join(', ')} }`;
}
