/**
 * Layer 7: which targets a request goes to, by what it asks for. The first route that matches wins.
 */
import type { RequestBody } from '../../../sim/call.ts';
import type { NodeId } from '../../../sim/node.ts';

export interface RouteSpec {
  /** The beginning of the path; `exact` compares all of it. */
  readonly path?: string | undefined;
  readonly exact: boolean;
  readonly host?: string | undefined;
  /** `name: value`; the value `*` is any. */
  readonly header?: string | undefined;
  readonly cookie?: string | undefined;
  /** The type of the request. */
  readonly method?: string | undefined;
  readonly tenant?: string | undefined;
  readonly to: readonly NodeId[];
}

export function matches(route: RouteSpec, body: RequestBody): boolean {
  const { path, exact, host, header, cookie, method, tenant } = route;
  return (
    (method === undefined || body.type === method) &&
    (host === undefined || body['host'] === host) &&
    (tenant === undefined || body['tenant'] === tenant) &&
    (cookie === undefined || body['cookie'] === cookie) &&
    (path === undefined || hasPath(body['path'], path, exact)) &&
    (header === undefined || hasHeader(body['headers'], header))
  );
}

/** A prefix ends at a slash: `/api` is that of `/api/users`, not of `/apish`. */
function hasPath(path: unknown, wanted: string, exact: boolean): boolean {
  if (typeof path !== 'string') return false;
  if (exact || path === wanted) return path === wanted;
  const prefix = wanted.endsWith('/') ? wanted : `${wanted}/`;
  return path.startsWith(prefix);
}

function hasHeader(headers: unknown, wanted: string): boolean {
  const cut = wanted.indexOf(':');
  const name = (cut === -1 ? wanted : wanted.slice(0, cut)).trim();
  const value = cut === -1 ? '*' : wanted.slice(cut + 1).trim();
  const held = (headers as { readonly [name: string]: unknown } | undefined)?.[name];
  return held !== undefined && (value === '*' || held === value);
}
