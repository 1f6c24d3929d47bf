/** What clients ask of a member: it answers from what it has, at once. */
import { errorBody, type ReplyBody } from '../../../sim/call.ts';
import type { Context, Plain } from '../../../sim/node.ts';
import { rowsOf } from '../../parts/row-fields.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { needsIn, seenOf, withSeen } from '../../parts/session-context.ts';
import { NOTHING_WRITTEN, type SiblingSet, unionOf, valuesOf } from '../../parts/sibling-set.ts';
import type { CausalContext } from '../../parts/version-vector.ts';
import type { Member } from './member.ts';
import { type ClientRequest, ID_KEY, type MemberMessage } from './messages.ts';

type Ctx = Context<MemberMessage>;

/** The keys under which the set and the counter are kept. No workload has them. */
const SET_KEY = '/set';
const COUNTER_KEY = '/counter';

/**
 * A session that comes from another member may need changes that this one lacks: then it is
 * refused, also a write, which others would take for one that knew nothing of them. Else it gets
 * the version that the answer rests on (Terry et al. 1994, section 4).
 */
export function answerTo(member: Member, ctx: Ctx, request: ClientRequest): ReplyBody {
  const needs = needsIn(request.context);
  if (needs === null) return served(member, ctx, request);
  if (!member.hasAll(needs)) {
    return errorBody('temporarily-unavailable', 'this member lacks what the session has seen');
  }
  const body = served(member, ctx, request);
  const writes = !['read', 'get', 'contains'].includes(request.type);
  return { ...body, context: { version: writes ? member.lastWrite : member.have } };
}

function served(member: Member, ctx: Ctx, request: ClientRequest): ReplyBody {
  switch (request.type) {
    case 'read':
      return 'key' in request ? read(member, ctx, request) : readAll(member, ctx);
    case 'get':
      return read(member, ctx, request);
    case 'write':
    case 'put':
      return write(member, ctx, request, request.value);
    case 'delete':
      return write(member, ctx, request, null);
    case 'add':
      return 'delta' in request
        ? addTo(member, ctx, request.delta)
        : add(member, ctx, request.element);
    case 'remove':
      return remove(member, ctx, request.element);
    case 'contains': {
      const found = elementsOf(member).some((each) => samePlain(each, request.element));
      return { type: 'contains_ok', found };
    }
    case 'generate': {
      const id = member.nextId();
      replace(member, ctx, `${ID_KEY}${id}`, id);
      return { type: 'generate_ok', value: id };
    }
    default:
      return unserved(request.type);
  }
}

function unserved(type: string): ReplyBody {
  return errorBody('not-supported', `members that write apart cannot agree on ${type}`);
}

/** A write that replaces what this member has of the key. */
function replace(member: Member, ctx: Ctx, key: string, value: Plain, deleted = false): void {
  member.write(ctx, { key, value, deleted }, member.held(key).context);
}

function read(member: Member, ctx: Ctx, request: ClientRequest): ReplyBody {
  const key = keyOf(request);
  const set = member.held(key);
  const values = member.settings.conflict === 'field' ? rowsOf(set) : valuesOf(set);
  ctx.measure('siblings', values.length);
  const context = withSeen(request.context, key, set.context);
  if (request.type === 'get') return { type: 'get_ok', values, context };
  return { type: 'read_ok', value: values[0] ?? null, context };
}

function write(member: Member, ctx: Ctx, request: ClientRequest, value: Plain): ReplyBody {
  const key = keyOf(request);
  const deleted = request.type === 'delete';
  const stampMs = member.settings.timestamp === 'client' ? stampOf(request) : undefined;
  if (stampMs === null) {
    const text = 'timestamp: client needs the stamp of the client: stamps: true of its load';
    return errorBody('malformed-request', text);
  }
  const seen = member.write(ctx, { key, value, deleted, stampMs }, seenBy(member, request));
  return { type: `${request.type}_ok`, context: withSeen(request.context, key, seen) };
}

function stampOf(request: ClientRequest): number | null {
  return ('stampMs' in request ? request.stampMs : null) ?? null;
}

// --- A set, and a counter ----------------------------------------------------------------------

/**
 * With `crdt` each element has a key of its own, and a removal replaces the additions that it has
 * seen, so a concurrent one stays: an OR-set. Each member counts under a key of its own, and the
 * sum is the value: a PN-counter (Shapiro et al. 2011). Else the set is one list, and
 * the counter one number, each replaced as a whole.
 */
function isCrdt({ settings }: Member): boolean {
  return settings.resolve === 'crdt';
}

/** Requests of sets and of counters look the same: the answer has both. */
function readAll(member: Member, ctx: Ctx): ReplyBody {
  ctx.measure('siblings', member.held(SET_KEY).siblings.length);
  const counts = member.heldUnder(COUNTER_KEY).map(numberIn);
  const value = counts.reduce((sum, count) => sum + count, 0);
  return { type: 'read_ok', elements: elementsOf(member), value };
}

function elementsOf(member: Member): readonly Plain[] {
  if (isCrdt(member)) return member.heldUnder(SET_KEY).flatMap((set) => valuesOf(set).slice(0, 1));
  return unionOf(member.held(SET_KEY));
}

function numberIn(set: SiblingSet): number {
  return Number(valuesOf(set)[0] ?? 0);
}

function elementKey(element: Plain): string {
  return `${SET_KEY}/${JSON.stringify(element)}`;
}

/** Else the union of what this member has and the element, in place of all that it has. */
function add(member: Member, ctx: Ctx, element: Plain): ReplyBody {
  if (isCrdt(member)) replace(member, ctx, elementKey(element), element);
  else replace(member, ctx, SET_KEY, [...elementsOf(member), element]);
  return { type: 'add_ok' };
}

function remove(member: Member, ctx: Ctx, element: Plain): ReplyBody {
  if (!isCrdt(member)) {
    return errorBody('not-supported', 'an element is removed only with `resolve: crdt`');
  }
  const key = elementKey(element);
  if (member.held(key) !== NOTHING_WRITTEN) replace(member, ctx, key, null, true);
  return { type: 'remove_ok' };
}

function addTo(member: Member, ctx: Ctx, delta: number): ReplyBody {
  const key = isCrdt(member) ? `${COUNTER_KEY}/${member.origin}` : COUNTER_KEY;
  replace(member, ctx, key, numberIn(member.held(key)) + delta);
  return { type: 'add_ok' };
}

function keyOf(request: ClientRequest): string {
  return 'key' in request ? request.key : SET_KEY;
}

/**
 * What the session has seen of the key. A plain write, which is no `put`, replaces what this member
 * has: the caller of a register knows nothing of siblings.
 */
function seenBy(member: Member, request: ClientRequest): CausalContext {
  const key = keyOf(request);
  if (request.type === 'write') return member.held(key).context;
  return seenOf(request.context, key);
}
