/** The key `calls` of a group or a load: policies around the calls to each node or group. */
import type { Plain } from '../../sim/node.ts';
import type { AnyPolicy } from '../../sim/policy.ts';
import type { PolicySpec } from '../scenario.ts';
import { didYouMean, quote } from '../text/diagnostic.ts';
import type { SourceEntry } from '../text/source.ts';
import { availableNote, Fields } from '../values/fields.ts';
import { belongsElsewhere, namedEntries, type ParseContext, paramsMap } from './context.ts';

/** By the node or group that is called, what is put around calls to it. */
export function callsOf(
  fields: Fields,
  context: ParseContext,
): ReadonlyMap<string, readonly PolicySpec[]> {
  const entry = fields.take('calls');
  // A page of a scenario without calls lacks what reads them.
  return entry === null ? new Map() : readCalls(entry, fields, context);
}

export function readCalls(
  entry: SourceEntry,
  fields: Fields,
  context: ParseContext,
): ReadonlyMap<string, readonly PolicySpec[]> {
  const calls = new Map<string, readonly PolicySpec[]>();
  const canonical: { [target: string]: Plain } = {};
  for (const target of namedEntries(
    entry,
    context,
    'db: { timeout: 50ms, retry: { attempts: 2 } }',
  )) {
    if (context.names.serversOf(target.key) === null) {
      context.names.reportUnknown(
        target.key,
        target.keySpot,
        context.names.serverNames,
        'node or group',
      );
    }
    const policies: PolicySpec[] = [];
    const forms: { [policy: string]: Plain } = {};
    for (const policy of namedEntries(target, context, 'timeout: 50ms')) {
      const read = readPolicy(policy, fieldsPath(fields, target), context);
      if (read === null) continue;
      policies.push(read.spec);
      forms[policy.key] = read.canonical;
    }
    // Outermost first; the name breaks a tie, so that the order written never matters.
    policies.sort(
      (a, b) => a.policy.layer - b.policy.layer || (a.policy.name < b.policy.name ? -1 : 1),
    );
    calls.set(target.key, policies);
    canonical[target.key] = forms;
  }
  if (calls.size > 0) fields.canonical['calls'] = canonical;
  return calls;
}

function fieldsPath(fields: Fields, target: SourceEntry): string {
  return `${fields.path}.calls.${target.key}`;
}

function readPolicy(
  entry: SourceEntry,
  path: string,
  context: ParseContext,
): { spec: PolicySpec; canonical: Plain } | null {
  const { policies } = context.catalogue;
  const policy: AnyPolicy | undefined = policies.items.get(entry.key);
  if (policy === undefined) {
    context.diagnostics.error('DS123', entry.keySpot, `there is no policy ${quote(entry.key)}`, {
      notes: availableNote('policies', policies.summaries.keys()),
      help: [didYouMean(entry.key, policies.summaries.keys())],
    });
    return null;
  }
  const map = paramsMap(entry, policy.shorthand, context);
  if (map === null) return null;
  const fields = new Fields(context.reader, map, {
    path: `${path}.${entry.key}`,
    called: quote(entry.key),
    spot: entry.keySpot,
  });
  const params = fields.params(policy.params);
  fields.finish(belongsElsewhere);
  const refusal = fields.failed.size === 0 ? (policy.refuse?.(params) ?? null) : null;
  if (refusal !== null) {
    const name = quote(entry.key);
    context.diagnostics.error('DS130', entry.keySpot, `${name} makes no sense: ${refusal}`);
  }
  return { spec: { policy, params }, canonical: fields.canonical };
}
