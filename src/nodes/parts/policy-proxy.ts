/**
 * A policy as a kind of node: a proxy in front of a target that puts the policy's layer around each
 * request that it passes on. What the policy declares holds for the kind too.
 */
import type { CallLayer } from '../../sim/call.ts';
import type { Interface } from '../../sim/interface.ts';
import type { LoopTable } from '../../sim/loop.ts';
import type { Message } from '../../sim/node.ts';
import type { ParamSpec, Params, ParamTable } from '../../sim/params.ts';
import type { Policy } from '../../sim/policy.ts';
import { serve } from '../../sim/service.ts';
import { defineSystem, type Invariant, type KnownBug, type System } from '../../sim/system.ts';
import { ProxyService } from './proxy.ts';

type Target = { readonly target: ParamSpec & { readonly type: 'nodes' } };

/** What the kind has beside its policy. */
export interface ProxyKind<T extends ParamTable, B extends string> {
  readonly title: string;
  readonly summary: string;
  /** The doc of the parameter `target`. */
  readonly target?: string;
  readonly bugs?: { readonly [bug in B]: KnownBug };
  readonly invariants?: readonly Invariant[];
  /** The layer, with a mistake in it or null. Absent: the policy's, which has none. */
  layer?(params: Params<T>, answers: readonly Interface[], bug: B | null): CallLayer;
}

/** Declares the kind that has the policy's name, and its parameters after `target`. */
export function proxyOf<T extends ParamTable, B extends string = never>(
  policy: Policy<T>,
  kind: ProxyKind<T, B>,
): System<Target & T, Message> {
  const { title, summary, invariants = [], target: doc = TURNS } = kind;
  const { name, sources, measures, notes, loops, refuse, longestMs } = policy;
  return defineSystem<Target & T, Message>({
    name,
    title,
    summary,
    sources,
    answers: { of: 'target' },
    claims: [],
    params: { target: { type: 'nodes', doc }, ...policy.params },
    bugs: kind.bugs ?? {},
    invariants,
    ...(measures === undefined ? {} : { measures }),
    ...(notes === undefined ? {} : { notes }),
    ...(loops === undefined ? {} : { loops: loops as LoopTable<Target & T> }),
    ...(longestMs === undefined
      ? {}
      : { longestMs: (given, insideMs) => longestMs(given as Params<T>, insideMs) }),
    ...(refuse === undefined ? {} : { refuse: (given) => refuse(given as Params<T>) }),
    create: (given, place, bug) => {
      const params = given as Params<Target> & Params<T>;
      const layer =
        kind.layer?.(params, place.answers, bug as B | null) ??
        policy.create(params, place.answers);
      return serve(new ProxyService(params.target, [layer]), place);
    },
  });
}

const TURNS = 'Where requests go; the nodes of a group take turns.';
