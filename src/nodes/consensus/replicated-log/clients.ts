/**
 * What producers and consumers ask. The leader serves it, and the others pass it on.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';
import { isDiskFull } from '../../parts/disk-full.ts';
import type { Asker } from '../../parts/machines/askers.ts';
import { SUPERSEDED } from '../../parts/machines/sessions.ts';
import { answer, answerWaiting, refuse } from './answers.ts';
import { append } from './leader.ts';
import type { Entry, Forward, LogContext, LogRequest } from './messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

export function onRequest(
  member: ReplicatedLog,
  ctx: LogContext,
  from: NodeId,
  request: LogRequest,
): void {
  const asker: Asker = { origin: from, via: null, requestId: request.id };
  if (member.duplicates.seen(from, request)) return;
  const isPoll = request.type === 'poll' && member.settings.reads === 'any';
  if (member.role === 'leader' || isPoll) return serve(member, ctx, asker, request);
  const { leader, generation } = member;
  if (leader === null) {
    return refuse(ctx, asker, 'temporarily-unavailable', 'no leader is known');
  }
  ctx.sendNow(leader, { type: 'forward', generation, origin: from, request });
}

/**
 * A second copy of a request that an earlier life of this leader has appended must not be refused
 * for good: its record may be there.
 */
export function onForward(member: ReplicatedLog, ctx: LogContext, from: NodeId, m: Forward): void {
  if (member.duplicates.seen(m.origin, m.request)) return;
  const asker: Asker = { origin: m.origin, via: from, requestId: m.request.id };
  if (m.generation <= member.bootGeneration) {
    return refuse(ctx, asker, 'crash', 'the leader has restarted; it may have been appended');
  }
  if (member.role === 'leader') return serve(member, ctx, asker, m.request);
  refuse(ctx, asker, 'temporarily-unavailable', 'not the leader any more');
}

function serve(member: ReplicatedLog, ctx: LogContext, asker: Asker, request: LogRequest): void {
  switch (request.type) {
    case 'send':
    case 'txn':
    case 'commit':
      return change(member, ctx, asker, request);
    case 'poll':
      return answer(ctx, asker, poll(member, request.offsets));
    case 'committed':
      return tellCommitted(member, ctx, asker, request);
    case 'assign':
      return answer(ctx, asker, { type: 'assign_ok' });
    default:
      refuse(ctx, asker, 'not-supported', `a replicated log has no ${request.type}`);
  }
}

// --- What changes the log ------------------------------------------------------------------------

type Change = Extract<LogRequest, { readonly type: 'send' | 'txn' | 'commit' }>;

function change(member: ReplicatedLog, ctx: LogContext, asker: Asker, request: Change): void {
  const before = member.settings.idempotence ? member.contents.producedBy(request.session) : null;
  if (before !== null && before.serial > request.serial) return answer(ctx, asker, SUPERSEDED);
  if (before?.serial === request.serial) {
    return answerOnce(member, ctx, asker, request, before.record, before.body);
  }
  const record = member.log.end;
  let body: ReplyBody;
  try {
    body = append(member, ctx, entryOf(request, member.generation));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    ctx.note('no room');
    return refuse(ctx, asker, 'temporarily-unavailable', 'the disk is full');
  }
  answerOnce(member, ctx, asker, request, record, body);
}

function entryOf(request: Change, generation: number): Entry {
  const { type, session, serial } = request;
  const head = { generation, type, session, serial, group: '', commits: {} };
  if (request.type === 'send') return { ...head, sends: [[request.key, request.value]] };
  if (request.type === 'txn') {
    return { ...head, sends: request.sends, commits: request.offsets ?? {} };
  }
  return { ...head, sends: [], group: request.group ?? '', commits: request.offsets };
}

/** Answers once the record is as safe as the request wants it. */
function answerOnce(
  member: ReplicatedLog,
  ctx: LogContext,
  asker: Asker,
  request: Change,
  record: number,
  body: ReplyBody,
): void {
  const acks = (request.type === 'send' ? request.acks : undefined) ?? member.settings.acks;
  if (acks === 'none') return answer(ctx, asker, body);
  member.waiting.push({
    record,
    acks,
    answer: (c) => answer(c, asker, body),
    refuse: (c, code, text) => refuse(c, asker, code, text),
  });
  answerWaiting(member, ctx);
}

// --- What only reads -----------------------------------------------------------------------------

function poll(
  { contents, highWater, log, settings, bug }: ReplicatedLog,
  offsets: { readonly [key: string]: number },
): ReplyBody {
  const end = bug === 'read-uncommitted' ? log.end : highWater;
  const most = settings['poll-records'];
  const records = Object.fromEntries(
    Object.entries(offsets).map(([key, from]) => [key, contents.valuesOf(key, from, end, most)]),
  );
  return { type: 'poll_ok', records };
}

/** A leader knows what was committed before its time once its own first record is. */
function tellCommitted(
  member: ReplicatedLog,
  ctx: LogContext,
  asker: Asker,
  request: Extract<LogRequest, { readonly type: 'committed' }>,
): void {
  if (member.highWater <= member.firstOwn) {
    return refuse(ctx, asker, 'temporarily-unavailable', 'the leader is not ready');
  }
  const offsets: { [key: string]: number } = {};
  for (const key of request.keys) {
    const offset = member.contents.committed(request.group ?? '', key);
    if (offset !== undefined) offsets[key] = offset;
  }
  answer(ctx, asker, { type: 'committed_ok', offsets });
}
