/** The section `network`: how messages travel, between regions, and over single links. */
import type { DistributionSpec } from '../../sim/distribution.ts';
import { burstsOf, refuseBursts } from '../../sim/link.ts';
import type { NodeId, Plain } from '../../sim/node.ts';
import type { Params } from '../../sim/params.ts';
import type { LinkSpec, NetworkSpec } from '../scenario.ts';
import { listNames, quote } from '../text/diagnostic.ts';
import { entryOf, type SourceEntry, type SourceMap, type SourceNode } from '../text/source.ts';
import { Fields } from '../values/fields.ts';
import type { ParamPlace } from '../values/param-reader.ts';
import { belongsElsewhere, listItems, namedEntries, type ParseContext } from './context.ts';
import { oneOrMore } from './nodes.ts';
import { LINK_TABLE, NETWORK_TABLE } from './section-tables.ts';

type Link = NetworkSpec['links'][number];

const LINK_EXAMPLE = 'links: [{ between: [kv-1, kv-2], latency: 80ms }]';

export interface ReadNetwork {
  readonly network: NetworkSpec;
  readonly canonical: Plain;
}

export function readNetwork(section: SourceEntry | null, context: ParseContext): ReadNetwork {
  const { diagnostics, reader } = context;
  const value = section?.value ?? null;
  const isMap = value?.kind === 'map';
  if (
    value !== null &&
    !isMap &&
    !(value.kind === 'scalar' && (value.value === null || value.failed))
  ) {
    diagnostics.error('DS103', value.spot, '`network` is a map', {
      help: ['for example `network: { latency: 2ms, loss: 0.1% }`'],
    });
  }
  const map: SourceMap = isMap
    ? value
    : { kind: 'map', entries: [], spot: section?.keySpot ?? NOWHERE };
  const fields = new Fields(reader, map, { path: 'network', called: '`network`', spot: map.spot });
  const own = fields.params(NETWORK_TABLE);
  const base = readSpec(own, map, fields, context);
  // Few networks have either, and a page of one that has not lacks what reads them.
  const regions = fields.take('regions');
  const named = fields.take('links');
  // Links that are named outright win over regions.
  const links = [
    ...(regions === null ? [] : readRegionLinks(regions, fields, context)),
    ...(named === null ? [] : readLinks(named, fields, context)),
  ];
  fields.finish(belongsElsewhere);
  return { network: { ...(base as LinkSpec), links }, canonical: fields.canonical };
}

const NOWHERE = { file: { name: '', text: '', lineStarts: [0] }, from: 0, to: 0 };

/** The values of a map as properties of a link; what it does not give is left out. */
function readSpec(
  given: Params<typeof LINK_TABLE>,
  map: SourceMap,
  fields: Fields,
  { diagnostics }: ParseContext,
): Partial<LinkSpec> {
  const { 'loss-bursts': bursts, ...others } = given;
  const transport = given.transport ?? (given.connection === undefined ? undefined : 'connection');
  const refuse = (key: string, why: string) =>
    diagnostics.error(
      'DS130',
      entryOf(map, key)?.keySpot ?? map.spot,
      `\`${key}\` makes no sense: ${why}`,
    );
  if (given.connection !== undefined && transport === 'datagram') {
    refuse('connection', 'datagrams need none; leave out `transport: datagram`');
  }
  if (transport === 'connection') {
    if ((given.duplicate ?? 0) > 0) refuse('duplicate', 'a connection doubles nothing');
    if ((given.reorder ?? 0) > 0) refuse('reorder', 'a connection keeps order');
  }
  const refusal = bursts === undefined ? null : refuseBursts(bursts);
  // What could not be read has been complained of.
  if (refusal !== null && !fields.failed.has('loss-bursts')) refuse('loss-bursts', refusal);
  const lossBursts = bursts === undefined || refusal !== null ? undefined : burstsOf(bursts);
  return Object.fromEntries(
    Object.entries({ ...others, transport, lossBursts }).filter(([, value]) => value !== undefined),
  );
}

// --- links ---------------------------------------------------------------------------------------

export function readLinks(
  entry: SourceEntry,
  fields: Fields,
  context: ParseContext,
): readonly Link[] {
  const canonical: Plain[] = [];
  const named = new Map<string, number>();
  const links = listItems(entry, context, LINK_EXAMPLE).flatMap((item) => {
    const ends = endsOf(item);
    const count = (named.get(ends) ?? 0) + 1;
    named.set(ends, count);
    const read = readLink(item, count === 1 ? ends : `${ends} ${count}`, context);
    if (read === null) return [];
    canonical.push(read.canonical);
    return read.links;
  });
  if (canonical.length > 0) fields.canonical['links'] = canonical;
  return links;
}

/** Draws for a link are named by its ends, so that another line before it moves none. */
function endsOf(item: SourceNode): string {
  if (item.kind !== 'map') return '';
  const written = (key: string) => {
    const value = entryOf(item, key)?.value;
    const ends = value === undefined ? [] : oneOrMore(value);
    return ends.flatMap((end) => (end.kind === 'scalar' ? [end.text] : [])).join(' ');
  };
  const between = written('between');
  return between === '' ? `${written('from')} to ${written('to')}` : `between ${between}`;
}

function readLink(
  item: SourceNode,
  name: string,
  context: ParseContext,
): { links: readonly Link[]; canonical: Plain } | null {
  const { diagnostics, reader } = context;
  if (item.kind !== 'map') {
    diagnostics.error('DS103', item.spot, 'an entry of `links` is a map', {
      help: [`for example \`${LINK_EXAMPLE}\``],
    });
    return null;
  }
  const fields = new Fields(reader, item, {
    path: `network.links.${name}`,
    called: 'this link',
    spot: item.spot,
  });
  const between = fields.take('between');
  const from = fields.take('from');
  const to = fields.take('to');
  const link = fields.params(LINK_TABLE);
  fields.finish();
  const ends = readEnds(item, { between, from, to }, context);
  if (ends === null || fields.failed.size > 0) return null;
  const changes = readSpec(link, item, fields, context);
  if (Object.values(link).every((value) => value === undefined)) {
    diagnostics.error('DS106', item.spot, 'this link changes nothing', {
      label: `expected ${listNames(Object.keys(LINK_TABLE), 'or')}`,
    });
    return null;
  }
  const [near, far] = ends;
  const there: Link = { from: near.nodes, to: far.nodes, link: changes };
  const back: Link = { from: far.nodes, to: near.nodes, link: changes };
  const canonical = {
    ...fields.canonical,
    from: near.written,
    to: far.written,
    both: between !== null,
  };
  return { links: between === null ? [there] : [there, back], canonical };
}

/** One end of a link: its nodes, and the names that stand for them. */
interface End {
  readonly nodes: readonly NodeId[];
  readonly written: readonly string[];
}

interface Ends {
  readonly between: SourceEntry | null;
  readonly from: SourceEntry | null;
  readonly to: SourceEntry | null;
}

function readEnds(
  item: SourceNode,
  { between, from, to }: Ends,
  context: ParseContext,
): readonly [End, End] | null {
  const { diagnostics } = context;
  if (between !== null && (from !== null || to !== null)) {
    diagnostics.error(
      'DS133',
      (from ?? to)?.keySpot ?? item.spot,
      '`between` means both directions, `from` and `to` one',
      {
        help: ['use one or the other'],
      },
    );
    return null;
  }
  if (between !== null) {
    const [a, b, extra] = between.value.kind === 'list' ? between.value.items : [];
    if (a === undefined || b === undefined || extra !== undefined) {
      diagnostics.error('DS103', between.value.spot, '`between` names two ends', {
        label: 'expected a pair such as `[kv-1, kv-2]`',
      });
      return null;
    }
    return readPair(a, b, context);
  }
  if (from === null || to === null) {
    diagnostics.error('DS106', item.spot, 'this link lacks its ends', {
      label: 'expected `between: [a, b]`, or `from: a` and `to: b`',
    });
    return null;
  }
  return readPair(from.value, to.value, context);
}

function readPair(a: SourceNode, b: SourceNode, context: ParseContext): readonly [End, End] | null {
  const near = readEnd(a, context);
  const far = readEnd(b, context);
  return near === null || far === null ? null : [near, far];
}

/** A node, group, load, client or region, or a list of them. */
function readEnd(node: SourceNode, context: ParseContext): End | null {
  const { names, reader } = context;
  const place: ParamPlace = { path: 'network.links', key: 'the end of a link', pool: null };
  const items = oneOrMore(node);
  const found = items.map((item) => {
    const scalar = reader.scalar(item, place, 'the name of a node, group, load or region');
    if (scalar === null) return null;
    const nodes = names.anyOf(scalar.text);
    if (nodes === null) {
      names.reportUnknown(
        scalar.text,
        scalar.spot,
        names.allNames,
        'node, group, load or region',
        scalar.notes,
      );
    }
    return nodes;
  });
  if (items.length === 0) {
    context.diagnostics.error('DS103', node.spot, 'the end of a link is an empty list');
    return null;
  }
  if (found.includes(null)) return null;
  const written = items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
  return { nodes: [...new Set(found.flatMap((nodes) => nodes ?? []))], written };
}

// --- regions -------------------------------------------------------------------------------------

/**
 * `regions: { eu: { us: 40ms, ap: 90ms }, us: { ap: 70ms } }`: each pair once serves both
 * directions.
 */
export function readRegionLinks(
  entry: SourceEntry,
  fields: Fields,
  context: ParseContext,
): readonly Link[] {
  if (entry === null) return [];
  const { names, reader } = context;
  const latencies = new Map<string, Map<string, DistributionSpec>>();
  const canonical: { [from: string]: Plain } = {};
  for (const row of namedEntries(entry, context, 'regions: { eu: { us: 40ms } }')) {
    if (!names.checkName(row.key, row.keySpot, 'region')) continue;
    const cells = new Map<string, DistributionSpec>();
    const forms: { [to: string]: Plain } = {};
    for (const cell of namedEntries(row, context, `${row.key}: { us: 40ms }`)) {
      if (!names.checkName(cell.key, cell.keySpot, 'region')) continue;
      const place = {
        path: `network.regions.${row.key}.${cell.key}`,
        key: `${row.key} to ${cell.key}`,
        pool: null,
      };
      const reading = reader.read(LINK_TABLE.latency, cell.value, place);
      if (reading === null) continue;
      cells.set(cell.key, reading.value as DistributionSpec);
      forms[cell.key] = reading.canonical;
    }
    latencies.set(row.key, cells);
    canonical[row.key] = forms;
  }
  fields.canonical['regions'] = canonical;
  return linksBetweenRegions(latencies, entry, context);
}

/** Every two regions that have nodes need a latency, or a misspelt one would silently be near. */
function linksBetweenRegions(
  latencies: ReadonlyMap<string, ReadonlyMap<string, DistributionSpec>>,
  entry: SourceEntry,
  context: ParseContext,
): readonly Link[] {
  const { names } = context;
  const regions = [...names.regions.keys()].map(
    (name) => [name, names.everyoneIn(name) ?? []] as const,
  );
  const links: Link[] = [];
  if (regions.length === 0) {
    context.diagnostics.error('DS125', entry.keySpot, 'no node is in a region', {
      help: ['give groups a `region`, or a list of them'],
    });
  }
  for (const [near, from] of regions) {
    for (const [far, to] of regions) {
      const latency = latencies.get(near)?.get(far) ?? latencies.get(far)?.get(near);
      if (latency !== undefined) links.push({ from, to, link: { latency } });
      else if (near < far) {
        context.diagnostics.error(
          'DS106',
          entry.keySpot,
          `there is no latency between ${quote(near)} and ${quote(far)}`,
          {
            notes: [`regions with nodes are ${listNames(regions.map(([name]) => name))}`],
            help: [`add \`${near}: { ${far}: 80ms }\``],
          },
        );
      }
    }
  }
  return links;
}
