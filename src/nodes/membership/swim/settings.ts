/** The knobs of SWIM, and the presets of hashicorp/memberlist (`config.go`). */
import { defineParams, type Params } from '../../../sim/params.ts';

export const swimParams = defineParams({
  preset: {
    type: 'choice',
    options: ['lan', 'wan', 'local'],
    default: 'lan',
    doc: 'The values of memberlist for machines in one room, in several regions, or on one machine; each knob below takes the place of its value.',
  },
  interval: {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'How often a member probes another one: 1 s, 5 s and 1 s in the presets. Shorter detects sooner and costs more messages.',
  },
  timeout: {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'How long it waits for an acknowledgement before it asks others to probe: 500 ms, 3 s, 200 ms.',
  },
  indirect: {
    type: 'integer',
    min: 0,
    optional: true,
    doc: 'How many others it asks to probe in its place: 3, 3, 1. More survive more loss.',
  },
  'gossip-nodes': {
    type: 'integer',
    min: 0,
    optional: true,
    doc: 'How many members it sends news to in each round of gossip: 3, 4, 3. With 0 news travel on probes only.',
  },
  'gossip-interval': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'The time between rounds of gossip, as long as there is news: 200 ms, 500 ms, 100 ms.',
  },
  'suspicion-mult': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'A suspicion lasts at least this many intervals times log10 of the group: 4, 6, 3. More forgives longer silence.',
  },
  'suspicion-max': {
    type: 'integer',
    min: 1,
    default: 6,
    doc: 'With Lifeguard, how many times longer a suspicion lasts that nobody confirms.',
  },
  'retransmit-mult': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'News are sent this many times the digits of the size of the group: 4, 4, 2. Fewer may leave members uninformed.',
  },
  exchange: {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'How often a member exchanges its whole view with another one: 30 s, 60 s, 15 s; longer in larger groups.',
  },
  suspicion: {
    type: 'boolean',
    default: true,
    doc: 'Whether a member that fails a probe is suspected first; without, it is declared dead at once.',
  },
  'round-robin': {
    type: 'boolean',
    default: true,
    doc: 'Whether a member probes all others in turn; without, one at random each time.',
  },
  'tcp-fallback': {
    type: 'boolean',
    default: true,
    doc: 'Whether a probe that is late is also tried over a connection of its own.',
  },
  lifeguard: {
    type: 'object',
    fields: {
      probe: {
        type: 'boolean',
        default: true,
        doc: 'Whether a member that is unwell itself gives others more time.',
      },
      suspicion: {
        type: 'boolean',
        default: true,
        doc: 'Whether suspicions begin long and shrink as others confirm them.',
      },
      buddy: {
        type: 'boolean',
        default: true,
        doc: 'Whether the probe of a suspect says that it is suspected, so that it can refute soon.',
      },
    },
    default: { probe: true, suspicion: true, buddy: true },
    doc: 'The three parts of Lifeguard.',
  },
  'gossip-to-dead': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'How long gossip still goes to a dead member, so that it hears of its death: 30 s, 60 s, 15 s.',
  },
  reconnect: {
    type: 'duration',
    min: 1,
    default: 30_000,
    doc: 'How often a member tries to exchange views with one that it holds for dead: heals partitions, as serf does.',
  },
  reap: {
    type: 'duration',
    min: 1,
    default: 86_400_000,
    doc: 'After how long a dead member is forgotten. Shorter than the slowest news, old ones bring it back.',
  },
  mtu: {
    type: 'bytes',
    min: 200,
    default: 1400,
    doc: 'The size of a message: news that do not fit wait for the next one.',
  },
  start: {
    type: 'choice',
    options: ['joined', 'apart'],
    default: 'joined',
    doc: 'Whether all members know each other as the run begins, or only themselves and three to ask.',
  },
});

const presets = {
  lan: {
    intervalMs: 1000,
    timeoutMs: 500,
    indirect: 3,
    gossipNodes: 3,
    gossipIntervalMs: 200,
    suspicionMult: 4,
    retransmitMult: 4,
    exchangeMs: 30_000,
    gossipToDeadMs: 30_000,
  },
  wan: {
    intervalMs: 5000,
    timeoutMs: 3000,
    indirect: 3,
    gossipNodes: 4,
    gossipIntervalMs: 500,
    suspicionMult: 6,
    retransmitMult: 4,
    exchangeMs: 60_000,
    gossipToDeadMs: 60_000,
  },
  local: {
    intervalMs: 1000,
    timeoutMs: 200,
    indirect: 1,
    gossipNodes: 3,
    gossipIntervalMs: 100,
    suspicionMult: 3,
    retransmitMult: 2,
    exchangeMs: 15_000,
    gossipToDeadMs: 15_000,
  },
} as const;

export type SwimParams = Params<typeof swimParams>;

/** The knobs with the preset's values filled in. */
export type SwimSettings = ReturnType<typeof settingsOf>;

export function settingsOf(params: SwimParams) {
  const preset = presets[params.preset];
  return {
    intervalMs: params.interval ?? preset.intervalMs,
    timeoutMs: params.timeout ?? preset.timeoutMs,
    indirect: params.indirect ?? preset.indirect,
    gossipNodes: params['gossip-nodes'] ?? preset.gossipNodes,
    gossipIntervalMs: params['gossip-interval'] ?? preset.gossipIntervalMs,
    suspicionMult: params['suspicion-mult'] ?? preset.suspicionMult,
    suspicionMax: params['suspicion-max'],
    retransmitMult: params['retransmit-mult'] ?? preset.retransmitMult,
    exchangeMs: params.exchange ?? preset.exchangeMs,
    gossipToDeadMs: params['gossip-to-dead'] ?? preset.gossipToDeadMs,
    reconnectMs: params.reconnect,
    reapMs: params.reap,
    mtu: params.mtu,
    suspicion: params.suspicion,
    roundRobin: params['round-robin'],
    tcpFallback: params['tcp-fallback'],
    lifeguard: params.lifeguard,
    startsJoined: params.start === 'joined',
  };
}
