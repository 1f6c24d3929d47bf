/**
 * What an interface says to a cache: which requests read and may be held, which write and make
 * entries old, which answer of a read follows from a write.
 *
 * All of it is in the interface's data, so that a cache works in front of whatever has an
 * interface. Two conventions are read from it. The field `key` says what a request is about: a
 * write with one makes old what is about that key, and what is about no key in particular, such as
 * the elements of a set; a write without one makes everything old. And a write which, with its
 * answer, has all fields of a read and of the read's answer, implies what that read would say now:
 * `write { key, value }` and `read { key }`, `read_ok { value }`.
 */
import type { Outcome, ReplyBody, RequestBody } from '../../sim/call.ts';
import type { FieldSpec, Fields, Interface, RequestSpec } from '../../sim/interface.ts';
import type { Plain } from '../../sim/node.ts';
import { errors, type Reply } from '../../sim/rpc.ts';
import { samePlain } from './same-plain.ts';

/** A read that may be held. */
export interface CacheableRead {
  /** The same for requests with the same answer: made of its type and all its fields. */
  readonly name: string;
  /** The key that it is about; null: everything. */
  readonly object: string | null;
}

/** What a read would be answered after a write. */
export interface Written extends CacheableRead {
  readonly reply: Reply;
}

interface TypeRule {
  readonly effect: 'reads' | 'writes' | 'none';
  /** All fields, in the order declared. */
  readonly fields: readonly string[];
  /** Fields of the answer, in the order declared. */
  readonly replyFields: readonly string[];
  /** A write whose answer has no fields, and to which no errors belong. */
  readonly isPlain: boolean;
  /** Of a write: the reads whose answer it implies. */
  readonly implies: readonly Implied[];
}

interface Implied {
  readonly type: string;
  readonly fields: readonly string[];
  readonly replyFields: readonly string[];
}

export class CacheRules {
  private readonly rules = new Map<string, TypeRule>();

  constructor(answers: readonly Interface[]) {
    const types = new Set(answers.flatMap(({ requests }) => Object.keys(requests)));
    for (const type of types) this.rules.set(type, ruleOf(type, answers));
  }

  /** What the cache may hold the answer to this request by; null: nothing. */
  read(body: RequestBody): CacheableRead | null {
    const rule = this.rules.get(body.type);
    if (rule?.effect !== 'reads') return null;
    const name = nameOf(body, rule.fields);
    return name === null ? null : { name, object: objectOf(body) };
  }

  /** Whether a request may change what reads are answered. One that no interface declares may. */
  writes(type: string): boolean {
    return (this.rules.get(type)?.effect ?? 'writes') === 'writes';
  }

  /** What reads would be answered now that this write was; none if its fields do not imply it. */
  written(body: RequestBody, reply: ReplyBody): readonly Written[] {
    const implied = this.rules.get(body.type)?.implies ?? [];
    return implied.flatMap((read) => {
      const asked: { type: string; [field: string]: unknown } = { type: read.type };
      for (const field of read.fields) asked[field] = body[field];
      const answered: { type: string; inReplyTo: number; [field: string]: unknown } = {
        type: `${read.type}_ok`,
        inReplyTo: 0,
      };
      for (const field of read.replyFields) answered[field] = valueOf(field, body, reply);
      const name = nameOf(asked, read.fields);
      return name === null ? [] : [{ name, object: objectOf(asked), reply: answered }];
    });
  }

  /**
   * The answer that the target will give to a write, if it is known beforehand: one without fields,
   * to a write that cannot be refused for what it finds. null: it is not.
   */
  answerBeforehand({ type }: RequestBody): Reply | null {
    const rule = this.rules.get(type);
    return rule?.isPlain === true ? { type: `${type}_ok`, inReplyTo: 0 } : null;
  }

  /** Whether an outcome says that there is nothing: an error that answers, or only nulls. */
  isNegative(type: string, outcome: Outcome): boolean {
    if (!outcome.ok) return errors.get(outcome.code)?.answers === true;
    const fields = this.rules.get(type)?.replyFields ?? [];
    const reply = outcome.reply as unknown as { readonly [field: string]: unknown };
    return fields.length > 0 && fields.every((field) => reply[field] === null);
  }
}

/** The key that a request is about; null: everything. */
export function objectOf(body: RequestBody): string | null {
  const key = body['key'];
  return typeof key === 'string' ? key : null;
}

/** Whether two reads were answered alike. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  if (!a.ok || !b.ok)
    return a.ok === b.ok && (a as { code: string }).code === (b as { code: string }).code;
  const { inReplyTo: _a, ...left } = a.reply;
  const { inReplyTo: _b, ...right } = b.reply;
  return samePlain(left as Plain, right as Plain);
}

function ruleOf(type: string, answers: readonly Interface[]): TypeRule {
  const specs = answers.flatMap(({ requests }) => specOf(requests, type));
  const names = (of: (spec: RequestSpec) => Fields) => [
    ...new Set(specs.flatMap((spec) => Object.keys(of(spec)))),
  ];
  const writes = specs.some((spec) => spec.writes === true);
  const reads = specs.every((spec) => spec.reads === true);
  return {
    effect: writes ? 'writes' : reads ? 'reads' : 'none',
    fields: names(({ fields }) => fields),
    replyFields: names(({ reply }) => reply),
    isPlain: writes && specs.every((spec) => !spec.reads && isPlainAnswer(spec)),
    // Where two interfaces share a type, a request does not say which of them is meant.
    implies:
      writes && specs.length === 1 ? answers.flatMap((answer) => impliedBy(type, answer)) : [],
  };
}

function isPlainAnswer({ reply, errors: own }: RequestSpec): boolean {
  return Object.keys(reply).length === 0 && (own ?? []).length === 0;
}

function specOf(requests: Interface['requests'], type: string): readonly RequestSpec[] {
  const spec = Object.hasOwn(requests, type) ? requests[type] : undefined;
  return spec === undefined ? [] : [spec];
}

/** The reads of an interface whose answers follow from a write and its answer. */
function impliedBy(type: string, { requests }: Interface): readonly Implied[] {
  const [write] = specOf(requests, type);
  if (write === undefined || write.reads === true) return [];
  return Object.entries(requests).flatMap(([readType, read]) => {
    if (read.reads !== true || read.writes === true) return [];
    const fields = Object.keys(read.fields).filter((field) => !isOptional(read.fields[field]));
    const replyFields = Object.keys(read.reply);
    const isImplied =
      replyFields.length > 0 &&
      fields.every((field) => isRequired(write.fields[field])) &&
      replyFields.every((field) => isRequired(write.reply[field] ?? write.fields[field]));
    return isImplied ? [{ type: readType, fields, replyFields }] : [];
  });
}

function isOptional(spec: FieldSpec | undefined): boolean {
  return typeof spec === 'object' && 'optional' in spec;
}

function isRequired(spec: FieldSpec | undefined): boolean {
  return spec !== undefined && !isOptional(spec);
}

function valueOf(field: string, body: RequestBody, reply: ReplyBody): unknown {
  const answered = (reply as { readonly [field: string]: unknown })[field];
  return answered === undefined ? body[field] : answered;
}

/**
 * Type and fields in one text. null if the request has a field beside those declared, such as the
 * context of its session: what it means nobody knows here, so the answer is for this request alone.
 */
function nameOf(body: RequestBody, fields: readonly string[]): string | null {
  let name = body.type;
  let found = 1;
  for (const field of fields) {
    const value = body[field];
    if (value === undefined) continue;
    found++;
    name += ` ${field}=${JSON.stringify(value)}`;
  }
  return Object.keys(body).length === found ? name : null;
}
