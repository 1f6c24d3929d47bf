/** What becomes of a scenario's links. */
import { expect, test } from 'vitest';
import { raftUnderNemesis } from '../../../test/support/nemesis.ts';
import type { TraceEvent } from '../../sim/trace.ts';
import type { LinkSpec, Scenario } from '../scenario.ts';
import { simulate } from '../simulate.ts';

/** How often each message arrived, on links between servers and on links of clients. */
function arrivals(
  link: Partial<LinkSpec>,
  override: boolean,
): { servers: number[]; clients: number[] } {
  const plain: Scenario = { ...raftUnderNemesis({ seed: '1', seconds: 3 }), faults: [] };
  const nodes = [...(plain.groups[0]?.nodes ?? []), ...(plain.loads[0]?.clients ?? [])];
  const links = override ? [{ from: nodes, to: nodes, link }] : [];
  const network = { ...plain.network, loss: 0, duplicate: 0, links, ...(override ? {} : link) };
  const counts = new Map<number, { client: boolean; times: number }>();
  const event = (e: TraceEvent) => {
    if (e.type !== 'deliver') return;
    const client = e.from.startsWith('load') || e.to.startsWith('load');
    const count = counts.get(e.id) ?? { client, times: 0 };
    counts.set(e.id, { client, times: count.times + 1 });
  };
  simulate({ ...plain, network }, { sink: { event }, untilUs: 2_000_000 });
  const of = (wanted: boolean) =>
    [...counts.values()].filter(({ client }) => client === wanted).map(({ times }) => times);
  return { servers: of(false), clients: of(true) };
}

test.each([false, true])(
  'links of servers double messages, links of clients do not (override %s)',
  (override) => {
    const { servers, clients } = arrivals({ duplicate: 1 }, override);
    expect(clients.length).toBeGreaterThan(50);
    expect(new Set(clients)).toEqual(new Set([1]));
    expect(servers.filter((times) => times === 2).length).toBeGreaterThan(servers.length * 0.9);
  },
);
