/**
 * What clients ask: writes at the head, reads at the tail; with CRAQ reads at every member (Terrace
 * & Freedman 2009, "Object Storage on CRAQ").
 */
import type { NodeId, Plain } from '../../../sim/node.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { answerDone, refuse } from './answers.ts';
import type { Ctx, Member } from './member.ts';
import type { ClientRequest, Passed, Update, Version } from './messages.ts';
import { enter } from './updates.ts';

/** A dirty read that waits for the version of the tail. */
export interface Question {
  readonly origin: NodeId;
  readonly requestId: number;
  readonly key: string;
}

/** More questions than this wait for nobody any more. */
const QUESTIONS_MAX = 1000;

export function onRequest(member: Member, ctx: Ctx, from: NodeId, request: ClientRequest): void {
  serve(member, ctx, from, request, true);
}

export function onPassed(member: Member, ctx: Ctx, { origin, request }: Passed): void {
  serve(member, ctx, origin, request, false);
}

function serve(
  member: Member,
  ctx: Ctx,
  origin: NodeId,
  request: ClientRequest,
  mayPass: boolean,
): void {
  const { chain } = member.configuration;
  switch (request.type) {
    case 'read':
      if (serveRead(member, ctx, origin, request.id, request.key)) return;
      return pass(member, ctx, origin, request, mayPass, chain.at(-1));
    case 'write':
    case 'cas':
      if (member.isHead && member.isActive) return serveWrite(member, ctx, origin, request);
      return pass(member, ctx, origin, request, mayPass, chain[0]);
    default:
      refuse(ctx, origin, (request as ClientRequest).id, 'not served', 'not-supported');
  }
}

/** Once: what was passed on and is wrong there too is refused. */
function pass(
  member: Member,
  ctx: Ctx,
  origin: NodeId,
  request: ClientRequest,
  mayPass: boolean,
  to: NodeId | undefined,
): void {
  const isElsewhere = to !== undefined && to !== member.self;
  if (!isElsewhere || !mayPass || !member.settings.forward) {
    return refuse(
      ctx,
      origin,
      request.id,
      `this member is ${member.position}, and may not serve it`,
    );
  }
  ctx.sendNow(to, { type: 'passed', origin, request });
}

// --- Reads -------------------------------------------------------------------------------------

/** False if another member must. */
function serveRead(
  member: Member,
  ctx: Ctx,
  origin: NodeId,
  requestId: number,
  key: string,
): boolean {
  const { store, settings } = member;
  if (member.answersForAll(ctx)) {
    answerRead(ctx, origin, requestId, store.clean(key));
    return true;
  }
  const isMember = member.position === 'head' || member.position === 'middle';
  if (settings.mode !== 'craq' || !isMember || !member.hasLease(ctx)) return false;
  // The bug: what is on its way may never get there.
  if (member.bug === 'answer-newest-dirty') {
    answerRead(ctx, origin, requestId, store.valueAt(key, Infinity));
  } else if (!store.isDirty(key)) {
    ctx.measure('clean-reads');
    answerRead(ctx, origin, requestId, store.clean(key));
  } else ask(member, ctx, { origin, requestId, key });
  return true;
}

function answerRead(ctx: Ctx, to: NodeId, inReplyTo: number, value: Plain): void {
  ctx.sendNow(to, { type: 'read_ok', inReplyTo, value });
}

/** The key is dirty: the tail says how far it is, and this member has the value. */
function ask(member: Member, ctx: Ctx, question: Question): void {
  const { configuration, questions } = member;
  const tail = configuration.chain.at(-1) as NodeId;
  member.lastQuestion++;
  questions.set(member.lastQuestion, question);
  for (const oldest of questions.keys()) {
    if (questions.size <= QUESTIONS_MAX) break;
    questions.delete(oldest);
  }
  ctx.measure('dirty-reads');
  const { epoch } = configuration;
  ctx.sendNow(tail, { type: 'askVersion', epoch, question: member.lastQuestion });
}

export function onVersion(member: Member, ctx: Ctx, m: Version): void {
  const question = member.questions.get(m.question);
  if (question === undefined) return;
  member.questions.delete(m.question);
  const { origin, requestId, key } = question;
  answerRead(ctx, origin, requestId, member.store.valueAt(key, m.n));
}

// --- Writes ------------------------------------------------------------------------------------

function serveWrite(member: Member, ctx: Ctx, origin: NodeId, request: ClientRequest): void {
  if (request.type === 'read') return;
  const { store } = member;
  const { session, serial, id } = request;
  const value = request.type === 'cas' ? request.to : request.value;
  const n = store.last + 1;
  const update: Update = {
    ...{ n, key: request.key, value, origin, session, serial, requestId: id },
    kind: request.type,
  };
  if (request.attempt > 1 && store.knows(session, serial)) {
    // A retry: it is answered when the first one is, or was.
    const pending = store.pending.some((one) => one.session === session && one.serial === serial);
    if (!pending) answerDone(ctx, update);
    return;
  }
  const isRefused =
    request.type === 'cas' && !samePlain(store.valueAt(request.key, Infinity), request.from);
  // It goes down the chain too: what it was compared with may not be at the tail yet.
  enter(member, ctx, isRefused ? { ...update, kind: 'refused' } : update);
}
