/** What clients ask of a member: it answers from what it has, at once. */
import { errorBody, type ReplyBody } from '../../../sim/call.ts';
import type { Context, Plain } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import { valuesOf } from '../../parts/sibling-set.ts';
import { type CausalContext, NOTHING_SEEN } from '../../parts/version-vector.ts';
import type { Member } from './member.ts';
import type { ClientRequest, MemberMessage } from './messages.ts';

type Ctx = Context<MemberMessage>;
type SessionContext = { readonly [key: string]: CausalContext };

/** The key under which the set is kept. No workload has it. */
const SET_KEY = '/set';
/** A session's context has so many keys, those used last. */
const CONTEXT_KEYS_MAX = 64;

export function answerTo(member: Member, ctx: Ctx, request: ClientRequest): ReplyBody {
  switch (request.type) {
    case 'read':
      return 'key' in request ? read(member, ctx, request) : elements(member, ctx);
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
      const found = unionOf(member).some((each) => same(each, request.element));
      return { type: 'contains_ok', found };
    }
    default:
      return errorBody('not-supported', `members that write apart cannot agree on ${request.type}`);
  }
}

function read(member: Member, ctx: Ctx, request: ClientRequest): ReplyBody {
  const set = member.held(keyOf(request));
  const values = valuesOf(set);
  ctx.measure('siblings', values.length);
  const context = sessionContext(request, set.context);
  if (request.type === 'get') return { type: 'get_ok', values, context };
  return { type: 'read_ok', value: values[0] ?? null, context };
}

function write(member: Member, ctx: Ctx, request: ClientRequest, value: Plain): ReplyBody {
  const key = keyOf(request);
  const deleted = request.type === 'delete';
  const seen = member.write(ctx, { key, value, deleted }, seenBy(member, request));
  return { type: `${request.type}_ok`, context: sessionContext(request, seen) };
}

function elements(member: Member, ctx: Ctx): ReplyBody {
  ctx.measure('siblings', member.held(SET_KEY).siblings.length);
  return { type: 'read_ok', elements: unionOf(member) };
}

/** The union of what this member has and the element, in place of all that it has. */
function add(member: Member, ctx: Ctx, element: Plain): ReplyBody {
  const { context } = member.held(SET_KEY);
  member.write(
    ctx,
    { key: SET_KEY, value: [...unionOf(member), element], deleted: false },
    context,
  );
  return { type: 'add_ok' };
}

/** The elements of all siblings, each once. */
function unionOf(member: Member): readonly Plain[] {
  const found = new Map<string, Plain>();
  for (const value of valuesOf(member.held(SET_KEY))) {
    for (const element of Array.isArray(value) ? value : []) {
      found.set(JSON.stringify(element), element);
    }
  }
  return [...found.values()];
}

function same(a: Plain, b: Plain): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function keyOf(request: ClientRequest): string {
  return 'key' in request ? request.key : SET_KEY;
}

function contextsOf({ context }: Request): SessionContext {
  const isMap = typeof context === 'object' && context !== null && !Array.isArray(context);
  return isMap ? (context as SessionContext) : {};
}

/**
 * What the session has seen of the key. A plain write, which is no `put`, replaces what this member
 * has: the caller of a register knows nothing of siblings.
 */
function seenBy(member: Member, request: ClientRequest): CausalContext {
  const key = keyOf(request);
  if (request.type === 'write') return member.held(key).context;
  const contexts = contextsOf(request);
  return Object.hasOwn(contexts, key) ? (contexts[key] ?? NOTHING_SEEN) : NOTHING_SEEN;
}

function sessionContext(request: ClientRequest, seen: CausalContext): SessionContext {
  const key = keyOf(request);
  const others = Object.entries(contextsOf(request)).filter(([other]) => other !== key);
  return Object.fromEntries([...others.slice(1 - CONTEXT_KEYS_MAX), [key, seen]]);
}
