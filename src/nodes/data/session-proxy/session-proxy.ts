/**
 * Session guarantees in front of a store whose replicas are behind (Terry et al. 1994, "Session
 * Guarantees for Weakly Consistent Replicated Data").
 *
 * The store says with each answer which version it rests on. What a session has read and written is
 * a token that travels with it; a read whose answer rests on an older version is not passed on.
 */
import {
  bodyOf,
  errorBody,
  type Flow,
  type FlowContext,
  type Outcome,
  type ReplyBody,
} from '../../../sim/call.ts';
import { type Interface, isWrite } from '../../../sim/interface.ts';
import type { Detail, NodeId, Plain } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Reply, Request } from '../../../sim/rpc.ts';
import type { Service } from '../../../sim/service.ts';

export const sessionProxyParams = defineParams({
  target: {
    type: 'nodes',
    doc: 'The store: its answers must say on which version they rest, as those of `primary-replica` do.',
  },
  guarantees: {
    type: 'list',
    of: {
      type: 'choice',
      options: ['ryw', 'mr'],
      doc: '`ryw`: a session reads what it has written. `mr`: its reads never go back.',
    },
    doc: 'What each session is promised: `ryw`, read your writes; `mr`, monotonic reads.',
    default: ['ryw', 'mr'],
  },
  'on-behind': {
    type: 'choice',
    options: ['wait', 'redirect', 'refuse'],
    doc: 'What becomes of a read whose replica is behind: it is asked again a little later, or another one is, or the read is refused.',
    default: 'wait',
  },
  'ask-again': {
    type: 'duration',
    doc: 'With `on-behind: wait`, how long to wait before the replica is asked again.',
    default: 5,
    min: 1,
  },
  'wait-max': {
    type: 'duration',
    doc: 'How long a read waits for a replica, or is redirected, before it is refused: the version may be lost.',
    default: 500,
    min: 1,
  },
});

type SessionProxyParams = Params<typeof sessionProxyParams>;
export type SessionProxyBug = 'forget-writes' | 'forget-reads';

/** A version: the epoch first. */
type Version = readonly [epoch: number, lsn: number];
type Token = { readonly read: Version; readonly written: Version };

const NOTHING: Version = [0, 0];

export class SessionProxy implements Service {
  readonly #params: SessionProxyParams;
  readonly #interfaces: readonly Interface[];
  readonly #bug: SessionProxyBug | null;
  #turn = 0;
  #behind = 0;

  constructor(
    params: SessionProxyParams,
    interfaces: readonly Interface[],
    bug: SessionProxyBug | null,
  ) {
    this.#params = params;
    this.#interfaces = interfaces;
    this.#bug = bug;
  }

  *handle(ctx: FlowContext, request: Request): Flow<ReplyBody> {
    const token = tokenOf(request.context);
    const writes = this.#interfaces.some((each) => isWrite(each, request.type));
    const { context, ...body } = bodyOf(request);
    const outcome = writes
      ? yield* ctx.attempt(this.#next(), body, { attempt: request.attempt })
      : yield* this.#read(ctx, body, token);
    if (!outcome.ok) return errorBody(outcome.code, outcome.text, outcome.retryAfterMs);
    const version = versionIn(outcome.reply);
    const seen: Token = writes
      ? {
          ...token,
          written: this.#bug === 'forget-writes' ? token.written : later(token.written, version),
        }
      : { ...token, read: this.#bug === 'forget-reads' ? token.read : later(token.read, version) };
    return { ...outcome.reply, context: seen as unknown as Plain };
  }

  /** Asks until a replica has what the session has seen, or the time is over. */
  *#read(ctx: FlowContext, body: ReturnType<typeof bodyOf>, token: Token): Flow<Outcome> {
    const needed = this.#needed(token);
    const untilMs = ctx.now() + this.#params['wait-max'];
    const how = this.#params['on-behind'];
    let to = this.#next();
    for (let asked = 1; ; asked++) {
      const outcome = yield* ctx.attempt(to, body);
      if (!outcome.ok || !isBefore(versionIn(outcome.reply), needed)) return outcome;
      this.#behind++;
      ctx.measure('behind');
      if (how === 'refuse' || ctx.now() >= untilMs) return behind(to);
      if (how === 'redirect') to = this.#next();
      // All were asked once: redirecting further is waiting.
      const isRound = how === 'redirect' && asked % this.#params.target.length !== 0;
      if (!isRound) yield* ctx.sleep(this.#params['ask-again']);
    }
  }

  #needed({ read, written }: Token): Version {
    const { guarantees } = this.#params;
    const own = guarantees.includes('ryw') ? written : NOTHING;
    return guarantees.includes('mr') ? later(own, read) : own;
  }

  #next(): NodeId {
    const { target } = this.#params;
    this.#turn++;
    return target[this.#turn % target.length] as NodeId;
  }

  inspect(): Detail {
    return { behind: this.#behind };
  }
}

function behind(from: NodeId): Outcome {
  const text = `${from} does not have what this session has seen`;
  return { ok: false, code: 'temporarily-unavailable', text, from };
}

function isBefore([epochA, a]: Version, [epochB, b]: Version): boolean {
  return epochA === epochB ? a < b : epochA < epochB;
}

function later(a: Version, b: Version): Version {
  return isBefore(a, b) ? b : a;
}

function versionIn({ context }: Reply): Version {
  const { version } = (context ?? {}) as { readonly version?: Version };
  return version ?? NOTHING;
}

function tokenOf(context: Plain | undefined): Token {
  const { read, written } = (context ?? {}) as Partial<Token>;
  return { read: read ?? NOTHING, written: written ?? NOTHING };
}
