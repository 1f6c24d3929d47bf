/** Services and nodes of a few lines, for tests of flows, calls and policies. */

import type { ReplyBody } from '../../src/sim/call.ts';
import type { Interface } from '../../src/sim/interface.ts';
import type { Message, Node, NodeId } from '../../src/sim/node.ts';
import { defaultsOf, type ParamTable } from '../../src/sim/params.ts';
import type { AnyPolicy, BoundPolicy } from '../../src/sim/policy.ts';
import type { Request } from '../../src/sim/rpc.ts';
import { type ServeOptions, type Service, serve } from '../../src/sim/service.ts';
import { placeOf, Stage, type StageOptions } from './stage.ts';

export type Handle = Service['handle'];

export const ok = (request: Request): ReplyBody => ({ type: `${request.type}_ok`, by: 'db' });

export const echo: Handle = (_ctx, request) => ok(request);

/** A service out of one function. It knows the groups `db` of three and `none` of nobody. */
export function serving(
  handle: Handle,
  options: ServeOptions = {},
  more: Partial<Service> = {},
  policies: { readonly [target: string]: readonly BoundPolicy[] } = {},
): Node {
  const groups = { db: ['db-1', 'db-2', 'db-3'], none: [] };
  return serve({ handle, ...more }, placeOf('api', { groups, policies }), options);
}

/** A node that answers each request after so long, as the function says; null: never. */
export function answering(
  afterMs: number,
  answer: (request: Request, self: NodeId) => ReplyBody | null,
): Node {
  const held = new Map<number, { from: NodeId; request: Request }>();
  let key = 0;
  return {
    start() {},
    receive(ctx, from, message) {
      key++;
      held.set(key, { from, request: message as Request });
      ctx.setTimer('answer', afterMs, key);
    },
    timeout(ctx, _tag, at) {
      const asked = held.get(at);
      if (asked === undefined) return;
      const body = answer(asked.request, ctx.self);
      const reply: Message & { inReplyTo: number } = {
        type: '',
        ...body,
        inReplyTo: asked.request.id,
      };
      if (body !== null) ctx.send(asked.from, reply);
    },
  };
}

/** `api` in front of three databases that answer after 5 ms, each 1 ms away. */
export function tiers(handle: Handle, options: ServeOptions = {}, stage: StageOptions = {}): Stage {
  const world = new Stage(stage).add('api', () => serving(handle, options));
  for (const id of ['db-1', 'db-2', 'db-3']) world.add(id, () => answering(5, ok));
  return world;
}

/** A policy with its values, as the scenario's `calls:` binds it. */
export function bind(
  policy: AnyPolicy,
  params: { readonly [name: string]: unknown },
  answers: readonly Interface[] = [],
): BoundPolicy {
  const values = defaultsOf(policy.params as ParamTable, params as never);
  return { name: policy.name, layer: policy.layer, create: () => policy.create(values, answers) };
}
