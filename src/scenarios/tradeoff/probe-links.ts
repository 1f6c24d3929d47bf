/**
 * The links of the probes. They stand where the clients of the measured load stood, and what the
 * scenario says of the links of those holds for them; larger latencies between nodes leave it
 * alone.
 */
import type { NodeId } from '../../sim/node.ts';
import type { LinkSpec, LoadSpec, NetworkSpec } from '../scenario.ts';
import { scaledDistribution } from './time-scale.ts';

/** The network with probes where the clients of the load were: the links of those are theirs. */
export function networkWith(
  probes: readonly LoadSpec[],
  load: LoadSpec,
  network: NetworkSpec,
): NetworkSpec {
  const like = probes.flatMap((probe) =>
    probe.clients.map((name, i) => ({ name, at: clientsLike(load, probe, i) })),
  );
  const withProbes = (end: readonly NodeId[]): readonly NodeId[] => [
    ...end,
    ...like.flatMap(({ name, at }) =>
      at.length > 0 && at.every((client) => end.includes(client)) ? [name] : [],
    ),
  ];
  const links = network.links.map(({ from, to, link }) => {
    return { from: withProbes(from), to: withProbes(to), link };
  });
  return { ...network, links };
}

/** Clients of the load in the region of one probe, if there are some those of the same node. */
function clientsLike(load: LoadSpec, probe: LoadSpec, index: number): readonly NodeId[] {
  const region = probe.regions?.[index] ?? null;
  const near = load.clients.filter((_, i) => {
    const own = load.regions?.[i] ?? null;
    return own === null || own === region;
  });
  const node = probe.pinned[index];
  const same = near.filter((name) => load.pinned[load.clients.indexOf(name)] === node);
  return same.length > 0 ? same : near;
}

/** The latency of one server to and from the others multiplied. */
export function farNetwork(
  network: NetworkSpec,
  far: NodeId,
  others: readonly NodeId[],
  by: number,
): NetworkSpec {
  const { links, ...base } = network;
  const only = (ends: readonly NodeId[]) => ends.filter((node) => node === far);
  const known = (ends: readonly NodeId[]) => ends.filter((node) => others.includes(node));
  return {
    ...base,
    links: [
      { from: [far], to: others, link: slower(base, by) },
      { from: others, to: [far], link: slower(base, by) },
      ...links.flatMap(({ from, to, link }) => [
        { from, to, link },
        { from: only(from), to: known(to), link: slower(link, by) },
        { from: known(from), to: only(to), link: slower(link, by) },
      ]),
    ],
  };
}

/** Latency between servers multiplied; between clients and servers as it was. */
export function slowedNetwork(
  { links, ...base }: NetworkSpec,
  clients: readonly NodeId[],
  servers: readonly NodeId[],
  by: number,
): NetworkSpec {
  const only = (ends: readonly NodeId[], isClient: boolean) =>
    ends.filter((node) => clients.includes(node) === isClient);
  return {
    ...slower(base, by),
    links: [
      { from: clients, to: servers, link: base },
      { from: servers, to: clients, link: base },
      ...links.flatMap(({ from, to, link }) => [
        { from: only(from, false), to: only(to, false), link: slower(link, by) },
        { from: only(from, true), to, link },
        { from, to: only(to, true), link },
      ]),
    ],
  };
}

function slower<L extends Partial<LinkSpec>>(link: L, by: number): L {
  return {
    ...link,
    ...(link.latency === undefined ? {} : { latency: scaledDistribution(link.latency, by) }),
    ...(link.jitter === undefined ? {} : { jitter: scaledDistribution(link.jitter, by) }),
  };
}
