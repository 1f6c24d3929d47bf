/** What clients ask: registers, siblings, and a set that is kept as siblings of one key. */
import type { ReplyBody } from '../../../sim/call.ts';
import type { NodeId, Plain } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { seenOf, withSeen } from '../../parts/session-context.ts';
import { type SiblingSet, unionOf, valuesOf } from '../../parts/sibling-set.ts';
import { prunedTo } from '../../parts/vector-pruning.ts';
import type { CausalContext } from '../../parts/version-vector.ts';
import { type End, read, write } from './coordinator.ts';
import { type Around, type Need, needOf, needOfLevel } from './levels.ts';
import type { ClientReply, ClientRequest, Forward, ForwardReply } from './messages.ts';
import type { Ctx, QuorumStore } from './quorum-store.ts';
import { asked, targetsOf } from './targets.ts';

/** The key under which the set is kept. No workload has it. */
const SET_KEY = '/set';

/** Sends the answer, without an address. */
type Answer = (body: ReplyBody) => void;

export function onRequest(
  store: QuorumStore,
  ctx: Ctx,
  from: NodeId,
  request: ClientRequest,
): void {
  const elsewhere = forwardTarget(store, ctx, request);
  if (elsewhere !== null) {
    return ctx.sendNow(elsewhere, { type: 'forward', origin: from, request });
  }
  serve(store, ctx, request, (body) => ctx.sendNow(from, addressed(body, request)));
}

export function onForward(store: QuorumStore, ctx: Ctx, from: NodeId, m: Forward): void {
  const { origin, request } = m;
  serve(store, ctx, request, (body) =>
    ctx.sendNow(from, { type: 'forwardReply', origin, reply: addressed(body, request) }),
  );
}

export function onForwardReply(ctx: Ctx, { origin, reply }: ForwardReply): void {
  ctx.sendNow(origin, reply);
}

function addressed(body: ReplyBody, { id }: Request): ClientReply {
  return { ...body, inReplyTo: id } as ClientReply;
}

/**
 * With version vectors a write is counted by the replica that coordinates it, so it goes to one of
 * the nodes that should have the key (Dynamo, section 4.5). With stamps any node may coordinate.
 */
function forwardTarget(store: QuorumStore, ctx: Ctx, request: ClientRequest): NodeId | null {
  if (store.settings.versions === 'lww' || !isWrite(request)) return null;
  const nodes = asked(targetsOf(store, keyOf(request)));
  return nodes.includes(ctx.self) ? null : (nodes[0] ?? null);
}

const WRITES: readonly string[] = ['write', 'put', 'delete', 'add'];

function isWrite({ type }: ClientRequest): boolean {
  return WRITES.includes(type);
}

function keyOf(request: ClientRequest): string {
  return 'key' in request ? request.key : SET_KEY;
}

function serve(store: QuorumStore, ctx: Ctx, request: ClientRequest, answer: Answer): void {
  switch (request.type) {
    case 'read':
      return 'key' in request
        ? serveRead(store, ctx, request, answer)
        : serveElements(store, ctx, request, answer);
    case 'get':
      return serveRead(store, ctx, request, answer);
    case 'write':
    case 'put':
      return serveWrite(store, ctx, request, request.value, answer);
    case 'delete':
      return serveWrite(store, ctx, request, null, answer);
    case 'add':
      return serveAdd(store, ctx, request, answer);
    case 'contains':
      return serveElements(store, ctx, request, answer);
    default:
      answer({
        type: 'error',
        code: 'not-supported',
        text: `copies that are written apart cannot agree on a ${request.type}`,
      });
  }
}

// --- Needs -------------------------------------------------------------------------------------

/** What the request's level asks for, else r or w. null: there is no such level. */
function needFor(
  store: QuorumStore,
  request: ClientRequest,
  side: 'read' | 'write',
): ((around: Around) => Need) | null {
  const { r, w, pr, pw, 'read-level': reads, 'write-level': writes } = store.settings;
  const named = 'level' in request ? request.level : undefined;
  const level = named ?? (side === 'read' ? reads : writes);
  if (level === undefined) {
    if (side === 'write') return () => needOf(w, pw);
    // The bug: one answer too few.
    const total = store.bug === 'r-plus-w' ? Math.max(1, r - 1) : r;
    return () => needOf(total, Math.min(pr, total));
  }
  const probe: Around = { replicas: [], here: null, regionOf: () => null };
  if (needOfLevel(level, probe) === null) return null;
  return (around) => needOfLevel(level, around) as Need;
}

function failure(store: QuorumStore, ctx: Ctx, end: 'refused' | 'timeout'): ReplyBody {
  if (end === 'timeout') {
    const text = 'not enough copies answered in time; it may show later';
    return { type: 'error', code: 'timeout', text };
  }
  ctx.measure('refusals');
  const silent = store.liveness.silentCount;
  const text = `too few copies are up: ${silent} nodes are silent`;
  return { type: 'error', code: 'temporarily-unavailable', text };
}

const NO_SUCH_LEVEL: ReplyBody = {
  type: 'error',
  code: 'malformed-request',
  text: 'no such level; expected any, one, two, three, quorum, all, local-one, local-quorum or each-quorum',
};

// --- Reads -------------------------------------------------------------------------------------

/** Reads a key, and hands over what was found. */
function find(
  store: QuorumStore,
  ctx: Ctx,
  request: ClientRequest,
  answer: Answer,
  found: (set: SiblingSet) => void,
): void {
  const need = needFor(store, request, 'read');
  if (need === null) return answer(NO_SUCH_LEVEL);
  read(store, ctx, keyOf(request), need, (end, set) => {
    if (end !== 'met') return answer(failure(store, ctx, end));
    ctx.measure('siblings', valuesOf(set).length);
    found(set);
  });
}

/** One value, the latest, or all of them; and the context that has seen them all. */
function serveRead(store: QuorumStore, ctx: Ctx, request: ClientRequest, answer: Answer): void {
  find(store, ctx, request, answer, (set) => {
    const all = valuesOf(set);
    const isLists = store.settings.merge === 'union' && all.length > 1 && all.every(Array.isArray);
    const values = isLists ? [unionOf(set)] : all;
    const context = withSeen(request.context, keyOf(request), set.context);
    if (request.type === 'get') answer({ type: 'get_ok', values, context });
    else answer({ type: 'read_ok', value: values[0] ?? null, context });
  });
}

function serveElements(store: QuorumStore, ctx: Ctx, request: ClientRequest, answer: Answer): void {
  find(store, ctx, request, answer, (set) => {
    const elements = elementsIn(store, set);
    if (request.type !== 'contains') return answer({ type: 'read_ok', elements });
    const found = elements.some((each) => samePlain(each, request.element));
    answer({ type: 'contains_ok', found });
  });
}

/** Who does not merge siblings takes the latest, and its next write replaces the others too. */
function elementsIn({ settings }: QuorumStore, set: SiblingSet): readonly Plain[] {
  if (settings.merge === 'union') return unionOf(set);
  return (valuesOf(set)[0] ?? []) as readonly Plain[];
}

// --- Writes ------------------------------------------------------------------------------------

function serveWrite(
  store: QuorumStore,
  ctx: Ctx,
  request: ClientRequest,
  value: Plain,
  answer: Answer,
): void {
  const { type, context } = request;
  const key = keyOf(request);
  change(store, ctx, request, { value, seen: seenOf(context, key) }, answer, (now) =>
    answer({ type: `${type}_ok`, context: withSeen(context, key, now) }),
  );
}

/**
 * An element is added by the coordinator as a shopping cart is changed (Dynamo, section 4.4): read
 * all siblings, unite them, write the union with the context of the read.
 */
function serveAdd(
  store: QuorumStore,
  ctx: Ctx,
  request: ClientRequest & { readonly type: 'add' },
  answer: Answer,
): void {
  find(store, ctx, request, answer, (set) => {
    const value = [...elementsIn(store, set), request.element];
    change(store, ctx, request, { value, seen: set.context }, answer, () =>
      answer({ type: 'add_ok' }),
    );
  });
}

function change(
  store: QuorumStore,
  ctx: Ctx,
  request: ClientRequest,
  { value, seen }: { readonly value: Plain; readonly seen: CausalContext },
  answer: Answer,
  written: (seen: CausalContext) => void,
): void {
  const need = needFor(store, request, 'write');
  if (need === null) return answer(NO_SUCH_LEVEL);
  const key = keyOf(request);
  const deleted = request.type === 'delete';
  let now = seen;
  const make = () => {
    const { settings, replica, scheme, actor } = store;
    const stampMs = store.stampMs(ctx);
    const done = scheme.put(replica.held(key), { value, deleted, stampMs, seen, actor });
    now = done.seen;
    const set = prunedTo(settings.prune, done.set);
    // Whoever counts events of a key must not forget how far it has come.
    if (settings.versions !== 'lww') replica.put(key, set);
    return set;
  };
  write(store, ctx, { key, needFor: need, make }, (end) => {
    if (end === 'met') return written(now);
    if (end === 'timeout' && store.bug === 'undo-on-failure') undo(store, ctx, key, now);
    answer(failure(store, ctx, end));
  });
}

/** The bug: what failed is taken back, by a deletion of all that its writer has seen. */
function undo(store: QuorumStore, ctx: Ctx, key: string, seen: CausalContext): void {
  const { replica, scheme, actor } = store;
  const stampMs = store.stampMs(ctx);
  const make = () =>
    scheme.put(replica.held(key), { value: null, deleted: true, stampMs, seen, actor }).set;
  write(store, ctx, { key, needFor: () => needOf(0, 0), make }, (_end: End) => {});
}
