/** What clients ask: reads and writes, here or at whoever may answer them. */
import type { NodeId } from '../../../sim/node.ts';
import type { ErrorCode } from '../../../sim/rpc.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { type Asker, answer, type Body, writeDone } from './answers.ts';
import { holdsLease } from './lease.ts';
import type { Ctx, Member } from './member.ts';
import type { ClientRequest, Forward, ForwardReply, Ping } from './messages.ts';
import { appendRecord, goodReplicas } from './primary.ts';

/** The key of records that change nothing. No client writes it. */
const NO_KEY = '';

export function onRequest(member: Member, ctx: Ctx, from: NodeId, request: ClientRequest): void {
  serve(member, ctx, { origin: from, via: null, request });
}

export function onForward(member: Member, ctx: Ctx, from: NodeId, m: Forward): void {
  serve(member, ctx, { origin: m.origin, via: from, request: m.request });
}

export function onForwardReply(ctx: Ctx, { origin, reply }: ForwardReply): void {
  ctx.sendNow(origin, reply);
}

function refuse(ctx: Ctx, asker: Asker, text: string, code?: ErrorCode): void {
  answer(ctx, asker, { type: 'error', code: code ?? 'temporarily-unavailable', text });
}

function serve(member: Member, ctx: Ctx, asker: Asker): void {
  switch (asker.request.type) {
    case 'read':
      return serveRead(member, ctx, asker, asker.request.key);
    case 'write':
    case 'cas':
      if (member.role === 'primary') return serveWrite(member, ctx, asker);
      return passOn(member, ctx, asker, member.primary);
    default:
      return refuse(ctx, asker, 'only read, write and cas are served', 'not-supported');
  }
}

/** A request is passed on once: what came that way and is wrong here too is refused. */
function passOn(member: Member, ctx: Ctx, asker: Asker, to: NodeId | null): void {
  if (to === null || to === ctx.self) return refuse(ctx, asker, 'no primary is known');
  if (!member.settings.forward) return refuse(ctx, asker, `ask ${to}`);
  if (asker.via !== null) return refuse(ctx, asker, 'passed on once already');
  const { origin, request } = asker;
  ctx.sendNow(to, { type: 'forward', origin, request });
}

// --- Reads -------------------------------------------------------------------------------------

function serveRead(member: Member, ctx: Ctx, asker: Asker, key: string): void {
  const { settings, role } = member;
  if (settings.reads === 'primary' && role !== 'primary') {
    return passOn(member, ctx, asker, member.primary);
  }
  if (settings.reads === 'replica' && role === 'primary' && asker.via === null) {
    return passOn(member, ctx, asker, ctx.random.pick(member.others));
  }
  const refusal = refusalOfRead(member, ctx);
  if (settings.reads === 'nearest' && asker.via === null) {
    const to = member.distances.choose(member, ctx, refusal === null);
    if (to !== null && to !== ctx.self) return passOn(member, ctx, asker, to);
  }
  if (refusal !== null) return refuse(ctx, asker, refusal);
  const { log } = member;
  const body = { type: 'read_ok', value: log.read(key) } as const;
  if (role === 'primary' && settings['confirm-reads']) return confirm(member, ctx, asker, body);
  const version = [log.epochAt(log.applied), log.applied] as const;
  answer(ctx, asker, body, version);
}

/**
 * Answers a read when a record after it has been acknowledged: whoever acknowledges it has followed
 * no later primary (MongoDB, read concern "linearizable").
 */
function confirm(member: Member, ctx: Ctx, asker: Asker, body: Body): void {
  appendRecord(member, ctx, { epoch: member.epoch, key: NO_KEY, value: null, atMs: ctx.now() });
  wait(member, ctx, asker, body);
}

/** Why this member may not answer reads now; null if it may. */
function refusalOfRead(member: Member, ctx: Ctx): string | null {
  return member.role === 'primary' ? refusalOfPrimary(member, ctx) : refusalOfReplica(member, ctx);
}

export function onPing(member: Member, ctx: Ctx, from: NodeId, { atMs }: Ping): void {
  ctx.sendNow(from, { type: 'pong', atMs, canRead: refusalOfRead(member, ctx) === null });
}

function refusalOfPrimary(member: Member, ctx: Ctx): string | null {
  return holdsLease(member, ctx) ? null : 'nobody has confirmed this primary lately';
}

function refusalOfReplica(member: Member, ctx: Ctx): string | null {
  if (member.role !== 'replica') return `this member is ${member.role}`;
  const most = member.settings['max-staleness'];
  if (most === undefined || ctx.elapsed() - member.heardPrimaryAtMs <= most) return null;
  return 'nothing was heard of the primary for too long';
}

// --- Writes ------------------------------------------------------------------------------------

function serveWrite(member: Member, ctx: Ctx, asker: Asker): void {
  const refusal = refusalOfWrite(member, ctx);
  if (refusal !== null) {
    ctx.measure('refused-writes');
    return refuse(ctx, asker, refusal);
  }
  const { request } = asker;
  const { log, epoch } = member;
  if (request.type === 'cas' && !samePlain(log.latest(request.key), request.from)) {
    const text = 'the value is another';
    // What it was compared with may not be acknowledged yet, and may vanish.
    return wait(member, ctx, asker, { type: 'error', code: 'precondition-failed', text });
  }
  if (request.type === 'read') return;
  const value = request.type === 'cas' ? request.to : request.value;
  // The bug: records do not tell whose they are.
  const written = member.bug === 'no-epoch' ? 1 : epoch;
  appendRecord(member, ctx, { epoch: written, key: request.key, value, atMs: ctx.now() });
  wait(member, ctx, asker, writeDone(request));
}

function wait(member: Member, ctx: Ctx, asker: Asker, body: Body): void {
  const lsn = member.log.end;
  if (lsn <= member.committed) return answer(ctx, asker, body);
  member.waiting.push({ ...asker, lsn, body, isAnswered: false });
}

function refusalOfWrite(member: Member, ctx: Ctx): string | null {
  const { settings } = member;
  if (member.switchTo !== null && member.bug !== 'promote-without-drain') {
    return `handing over to ${member.switchTo}`;
  }
  const least = settings['min-replicas'];
  if (least > 0 && goodReplicas(member, ctx) < least) {
    return `fewer than ${least} replicas have acknowledged anything within max-lag`;
  }
  return refusalOfPrimary(member, ctx);
}
