/**
 * How long a holder may trust a lease of this length, in ms, by its own clock: who granted it
 * counts by another one, and the pace of each may be wrong by the share `drift` (Gray, Cheriton
 * 1989, Leases). Their clocks may be that fast and that slow.
 */
export function trustedLeaseMs(leaseMs: number, drift: number): number {
  return (leaseMs * (1 - drift)) / (1 + drift);
}
