/**
 * Latencies by name, after "Latency Numbers Every Programmer Should Know" (Jeff Dean, Peter Norvig;
 * kept by Jonas Bonér). Where a network is meant, those numbers are round trips; a link's latency
 * is one way, so it is half. Times of the list that are below 1 µs have names too, so that whoever
 * writes one learns why it is refused.
 */

export interface NamedLatency {
  readonly minMs: number;
  /** More than `minMs` for a range: any value in it is as likely as another. */
  readonly maxMs: number;
  readonly doc: string;
}

const always = (ms: number, doc: string): NamedLatency => ({ minMs: ms, maxMs: ms, doc });

export const namedLatencies: ReadonlyMap<string, NamedLatency> = new Map([
  ['same-datacenter', always(0.25, 'one way within a data centre; the round trip is 0.5 ms')],
  ['intercontinental', always(75, 'one way California to the Netherlands; there and back 150 ms')],
  ['send-1kb', always(0.02, 'sending 1 kB over a network of 1 Gbit/s')],
  ['network-1mb', always(10, 'sending 1 MB over a network of 1 Gbit/s')],
  ['compress-1kb', always(0.01, 'compressing 1 kB with a fast compressor')],
  ['memory-1mb', always(0.25, 'reading 1 MB in a row from memory')],
  ['ssd-read', always(0.15, 'a random read of 4 kB from an SSD')],
  ['ssd-1mb', always(1, 'reading 1 MB in a row from an SSD')],
  ['disk-seek', always(10, 'a seek of a spinning disk')],
  ['disk-1mb', always(30, 'reading 1 MB in a row from a spinning disk')],
  ['dns-cold', { minMs: 20, maxMs: 120, doc: 'looking up a name that no cache has' }],
]);

/** By name, what it takes: less than the clock of a run can show. */
export const tooShort: ReadonlyMap<string, string> = new Map([
  ['l1-cache', '0.5 ns'],
  ['branch-mispredict', '5 ns'],
  ['l2-cache', '7 ns'],
  ['mutex', '100 ns'],
  ['main-memory', '100 ns'],
]);
