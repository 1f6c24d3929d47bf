/**
 * One machine in two places: as a policy on the calls of a service, and as a node on the way. Both
 * are driven by one trace of requests; what each decides must be the same.
 */
import { bodyOf, type ReplyBody } from '../../src/sim/call.ts';
import type { AnyPolicy } from '../../src/sim/policy.ts';
import type { Request } from '../../src/sim/rpc.ts';
import type { AnySystem } from '../../src/sim/system.ts';
import { answering, bind, type Handle, serving } from './services.ts';
import { Stage } from './stage.ts';

/** A request of the trace: when it comes, and its fields. */
export interface Asked {
  readonly atMs: number;
  readonly body: { readonly type: string; readonly [field: string]: unknown };
  readonly timeoutMs?: number;
}

export interface Decisions {
  /** Of each request: `request_ok`, or the code of the error, and when its answer left. */
  readonly answers: readonly string[];
  /** What reached the target: `12 db-1 #1`. */
  readonly calls: readonly string[];
  readonly notes: readonly string[];
}

export interface BothOptions {
  readonly policy: AnyPolicy;
  readonly system: AnySystem;
  readonly params: { readonly [name: string]: unknown };
  readonly trace: readonly Asked[];
  /** How the target answers after `afterMs`; null: never. */
  readonly answer: (request: Request, self: string) => ReplyBody | null;
  readonly afterMs?: number;
}

const targets = ['db-1', 'db-2', 'db-3'];

const relay: Handle = function* (ctx, request) {
  const outcome = yield* ctx.attempt('db', bodyOf(request));
  return outcome.ok ? outcome.reply : { type: 'error', code: outcome.code };
};

/** The decisions of the policy, and those of the node. */
export function bothPlaces(options: BothOptions): readonly [Decisions, Decisions] {
  const { policy, system, params } = options;
  const asPolicy = new Stage().add('api', () =>
    serving(relay, {}, {}, { db: [bind(policy, params)] }),
  );
  const asNode = new Stage().addSystem('api', system, {
    params: { target: targets, ...params },
    place: { groups: { db: targets } },
  });
  return [decisionsOf(asPolicy, options), decisionsOf(asNode, options)];
}

function decisionsOf(stage: Stage, { trace, answer, afterMs = 5 }: BothOptions): Decisions {
  for (const id of targets) stage.add(id, () => answering(afterMs, answer));
  for (const { atMs, body, timeoutMs } of trace) {
    stage.at(atMs, () => void stage.ask('api', body, timeoutMs ?? null));
  }
  stage.untilQuiet();
  const answers: string[] = [];
  const calls: string[] = [];
  for (const { atMs, from, to, message } of stage.sent) {
    if (to === 'client') {
      const reply = message as unknown as { type: string; code?: string; inReplyTo: number };
      answers.push(`${reply.inReplyTo} ${reply.code ?? reply.type} at ${atMs}`);
    } else if (from === 'api') {
      calls.push(`${atMs} ${to} ${message.type} #${(message as Request).attempt ?? '-'}`);
    }
  }
  // The target has another name in the two places.
  const notes = stage.notes.map((note) => note.replace(/"target":"[^"]*"/, '"target"'));
  return { answers, calls, notes };
}
