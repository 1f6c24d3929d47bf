/** What servers and proxies read of a request, whatever its interface. */

/** The text in a field; empty if there is none. */
export function textOf(request: object, field: string): string {
  const value = (request as { readonly [field: string]: unknown })[field];
  return typeof value === 'string' ? value : '';
}

/** How much work a request says it is, in usual requests; 1 if it does not say. */
export function costOf(request: { readonly [field: string]: unknown }): number {
  const cost = request['cost'];
  return typeof cost === 'number' && cost >= 0 && cost < Infinity ? cost : 1;
}

/**
 * The node that a session belongs to: a client, or a node that calls for itself. Its sessions bear
 * its name, the number of its life after `#`, and their own number after `/`.
 */
export function ownerOf(session: string): string {
  return session.split(/[/#]/, 1)[0] ?? session;
}
