/** What clients ask of a member: it answers from what it has, at once. */
import { errorBody, type ReplyBody } from '../../../sim/call.ts';
import type { Context, Plain } from '../../../sim/node.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { needsIn, seenOf, withSeen } from '../../parts/session-context.ts';
import { unionOf, valuesOf } from '../../parts/sibling-set.ts';
import type { CausalContext } from '../../parts/version-vector.ts';
import type { Member } from './member.ts';
import type { ClientRequest, MemberMessage } from './messages.ts';

type Ctx = Context<MemberMessage>;

/** The key under which the set is kept. No workload has it. */
const SET_KEY = '/set';

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
      return add(member, ctx, request.element);
    case 'contains': {
      const elements = unionOf(member.held(SET_KEY));
      const found = elements.some((each) => samePlain(each, request.element));
      return { type: 'contains_ok', found };
    }
    default:
      return errorBody('not-supported', `members that write apart cannot agree on ${request.type}`);
  }
}

function read(member: Member, ctx: Ctx, request: ClientRequest): ReplyBody {
  const key = keyOf(request);
  const set = member.held(key);
  const values = valuesOf(set);
  ctx.measure('siblings', values.length);
  const context = withSeen(request.context, key, set.context);
  if (request.type === 'get') return { type: 'get_ok', values, context };
  return { type: 'read_ok', value: values[0] ?? null, context };
}

function write(member: Member, ctx: Ctx, request: ClientRequest, value: Plain): ReplyBody {
  const key = keyOf(request);
  const deleted = request.type === 'delete';
  const seen = member.write(ctx, { key, value, deleted }, seenBy(member, request));
  return { type: `${request.type}_ok`, context: withSeen(request.context, key, seen) };
}

function readAll(member: Member, ctx: Ctx): ReplyBody {
  const set = member.held(SET_KEY);
  ctx.measure('siblings', set.siblings.length);
  return { type: 'read_ok', elements: unionOf(set) };
}

/** The union of what this member has and the element, in place of all that it has. */
function add(member: Member, ctx: Ctx, element: Plain): ReplyBody {
  const set = member.held(SET_KEY);
  const value = [...unionOf(set), element];
  member.write(ctx, { key: SET_KEY, value, deleted: false }, set.context);
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
