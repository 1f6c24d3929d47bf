/**
 * Session guarantees in front of a store whose replicas are behind (Terry et al. 1994, "Session
 * Guarantees for Weakly Consistent Replicated Data").
 *
 * The store says with each answer which version it rests on. What a session has read and written is
 * a token that travels with it; a read whose answer rests on an older version is not passed on, and
 * a write is taken only by a member that has what it must follow.
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
import { withNeeds } from '../../parts/session-context.ts';
import { descends, mergeVectors, type VersionVector } from '../../parts/version-vector.ts';

export const sessionProxyParams = defineParams({
  target: {
    type: 'nodes',
    doc: 'The store: its answers must say on which version they rest, as those of `primary-replica` and `multi-primary` do.',
  },
  guarantees: {
    type: 'list',
    of: {
      type: 'choice',
      options: ['ryw', 'mr', 'mw', 'wfr'],
      doc: '`ryw`: a session reads what it has written. `mr`: its reads never go back. `mw`, `wfr`: its writes come after those that it has written, or read.',
    },
    doc: 'What each session is promised: `ryw`, read your writes; `mr`, monotonic reads; `mw`, monotonic writes; `wfr`, writes follow reads.',
    default: ['ryw', 'mr'],
  },
  'on-behind': {
    type: 'choice',
    options: ['wait', 'redirect', 'refuse'],
    doc: 'What becomes of a request whose replica is behind: it is asked again a little later, or another one is, or the request is refused.',
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
    doc: 'How long a request waits for a replica, or is redirected, before it is refused: the version may be lost.',
    default: 500,
    min: 1,
  },
});

type SessionProxyParams = Params<typeof sessionProxyParams>;
export type SessionProxyBug = 'forget-writes' | 'forget-reads';

/** Of a store with one primary, the epoch first; of one with several, a vector. */
type Version = readonly [epoch: number, lsn: number] | VersionVector;
type Token = { readonly read: Version; readonly written: Version };

const NOTHING: Version = {};

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
    const outcome = yield* this.#ask(ctx, body, this.#needed(token, writes), writes, request);
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

  /**
   * Asks until a replica has what the session has seen, or the time is over. A read shows by its
   * version that it came from one that is behind; a write has to be refused by it, and a store with
   * one primary has its own order.
   */
  *#ask(
    ctx: FlowContext,
    body: ReturnType<typeof bodyOf>,
    needed: Version,
    writes: boolean,
    { attempt }: Request,
  ): Flow<Outcome> {
    const untilMs = ctx.now() + this.#params['wait-max'];
    const how = this.#params['on-behind'];
    const request = { ...body, context: withNeeds(isVector(needed) ? needed : {}) };
    let to = this.#next();
    for (let asked = 1; ; asked++) {
      const outcome = yield* ctx.attempt(to, request, writes ? { attempt } : {});
      const isBehind = outcome.ok
        ? !writes && !hasAll(versionIn(outcome.reply), needed)
        : isVector(needed) && outcome.code === 'temporarily-unavailable';
      if (!isBehind) return outcome;
      this.#behind++;
      ctx.measure('behind');
      if (how === 'refuse' || ctx.now() >= untilMs) return behind(to);
      if (how === 'redirect') to = this.#next();
      // All were asked once: redirecting further is waiting.
      const isRound = how === 'redirect' && asked % this.#params.target.length !== 0;
      if (!isRound) yield* ctx.sleep(this.#params['ask-again']);
    }
  }

  /** What a replica must have, so that no guarantee is broken (Terry et al. 1994, table 1). */
  #needed({ read, written }: Token, writes: boolean): Version {
    const [afterWrites, afterReads] = writes ? (['mw', 'wfr'] as const) : (['ryw', 'mr'] as const);
    const { guarantees } = this.#params;
    const own = guarantees.includes(afterWrites) ? written : NOTHING;
    return guarantees.includes(afterReads) ? later(own, read) : own;
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

function isVector(version: Version): version is VersionVector {
  return !Array.isArray(version);
}

function hasAll(version: Version, needed: Version): boolean {
  if (isVector(needed)) return descends(isVector(version) ? version : {}, needed);
  return !isVector(version) && !isBefore(version, needed);
}

function isBefore(
  [epochA, a]: readonly [number, number],
  [epochB, b]: readonly [number, number],
): boolean {
  return epochA === epochB ? a < b : epochA < epochB;
}

/** The least that has seen both. One store has versions of one sort; at first there is none. */
function later(a: Version, b: Version): Version {
  if (isVector(a)) return isVector(b) ? mergeVectors(a, b) : b;
  return isVector(b) || isBefore(b, a) ? a : b;
}

function versionIn({ context }: Reply): Version {
  const { version } = (context ?? {}) as { readonly version?: Version };
  return version ?? NOTHING;
}

function tokenOf(context: Plain | undefined): Token {
  const { read, written } = (context ?? {}) as Partial<Token>;
  return { read: read ?? NOTHING, written: written ?? NOTHING };
}
