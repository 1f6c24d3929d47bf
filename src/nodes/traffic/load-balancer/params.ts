/** The knobs of a load balancer. */
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Place } from '../../../sim/system.ts';
import { isPrime, TABLE_SIZE } from '../../parts/maglev.ts';
import { algorithms, type BalancerBug, type BalancerSpec } from './balancers.ts';
import type { CheckSpec } from './checks.ts';
import { ZONES, type ZoneSpec } from './zones.ts';

export const loadBalancerParams = defineParams({
  targets: {
    type: 'nodes',
    doc: 'The nodes among which requests are spread; with `routes`, all of theirs.',
  },
  algorithm: {
    type: 'choice',
    options: algorithms,
    default: 'round-robin',
    doc: 'How a target is chosen; those by connections and ewma look at what this balancer has in flight at each.',
  },
  weights: {
    type: 'map',
    of: { type: 'number', min: 0.001, doc: 'The weight of a target.' },
    optional: true,
    doc: 'Weights by target, for the algorithms with weights; absent, 1 each.',
  },
  choices: {
    type: 'integer',
    min: 2,
    default: 2,
    doc: 'How many targets `two-choices` draws; the least busy of them is chosen.',
  },
  'hash-by': {
    type: 'choice',
    options: ['session', 'key', 'tenant', 'cookie', 'path'],
    default: 'session',
    doc: 'What the algorithms with a hash look at: the client’s session, or a field of the request.',
  },
  bound: {
    type: 'number',
    min: 1,
    default: 1.25,
    doc: 'How many times the mean `consistent-hash` and `maglev` let one target have in flight; larger keeps more keys at their target.',
  },
  'table-size': {
    type: 'integer',
    min: 2,
    max: 655373,
    default: TABLE_SIZE,
    doc: 'Places of the table of `maglev`, a prime: a hundred times the targets share keys within a hundredth.',
  },
  connections: {
    type: 'integer',
    min: 1,
    default: 10,
    doc: 'Connections that `most-recent` keeps to each target; of the idle ones it takes the one that came back last.',
  },
  tau: {
    type: 'duration',
    min: 1,
    default: 10_000,
    doc: 'How long `ewma` remembers a slow answer.',
  },
  subset: {
    type: 'integer',
    min: 0,
    default: 0,
    doc: 'Each balancer uses only this many of the targets; 0: all.',
  },
  routes: {
    type: 'list',
    optional: true,
    of: {
      type: 'object',
      doc: 'One route: what it asks for, and where it goes.',
      fields: {
        path: { type: 'text', optional: true, doc: 'The beginning of the path.' },
        exact: { type: 'boolean', default: false, doc: 'Whether `path` is all of it.' },
        host: { type: 'text', optional: true, doc: 'The host.' },
        header: { type: 'text', optional: true, doc: 'A header, `name` or `name: value`.' },
        cookie: { type: 'text', optional: true, doc: 'The cookie.' },
        method: { type: 'text', optional: true, doc: 'The type of the request.' },
        tenant: { type: 'text', optional: true, doc: 'The tenant.' },
        to: { type: 'nodes', doc: 'The targets.' },
      },
    },
    doc: 'Layer 7: where requests go by path, host, header, cookie, type or tenant; the first match wins, none is `not-supported`.',
  },
  layer: {
    type: 'choice',
    options: ['7', '4'],
    default: '7',
    doc: 'Layer 4 chooses once for each client’s connection, sees no errors and tries nothing again.',
  },
  'max-connection-age': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'Layer 4: an older connection is opened again; absent, never.',
  },
  sticky: {
    type: 'choice',
    options: ['none', 'session', 'cookie', 'tenant', 'key'],
    default: 'none',
    doc: 'What stays with the target that it came to first.',
  },
  'sticky-ttl': {
    type: 'duration',
    min: 1,
    default: 1_800_000,
    doc: 'A sticky session that has no request for longer is forgotten.',
  },
  'give-back': {
    type: 'boolean',
    default: false,
    doc: 'Whether a sticky session that went elsewhere goes back when its first target is well again.',
  },
  'when-out': {
    type: 'choice',
    options: ['rehash', 'refuse'],
    default: 'rehash',
    doc: 'What becomes of a sticky session whose target is out: another target, or a refusal.',
  },
  attempts: {
    type: 'integer',
    min: 1,
    max: 10,
    default: 2,
    doc: 'Targets tried for one request, the first included; each further one adds load when many fail.',
  },
  timeout: {
    type: 'duration',
    min: 0.001,
    optional: true,
    doc: 'How long one target may take; absent, as long as the caller waits, and then no time is left for another.',
  },
  idempotent: {
    type: 'list',
    of: { type: 'text', doc: 'A type of request, or `*` for all.' },
    optional: true,
    doc: 'Types of requests that go to another target even when the first may have done them. Absent: those that the interface of the targets says are harmless to repeat.',
  },
  'eject-after': {
    type: 'integer',
    min: 0,
    default: 0,
    doc: 'Failures after which a target is left alone for a while, in a row or by `eject-within`; 0: never.',
  },
  'eject-within': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'Failures count for this time, whatever comes between them (nginx: `max_fails` within `fail_timeout`); 0: only in a row.',
  },
  'eject-for': {
    type: 'duration',
    min: 1,
    default: 10_000,
    doc: 'How long it is left alone; larger spares more requests, and finds out later that it is back.',
  },
  'eject-max': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'The n-th time it is left alone n times as long, up to this; 0: always as long.',
  },
  'max-ejected': {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 1,
    doc: 'The share of targets that may be left alone at once.',
  },
  'always-eject-one': {
    type: 'boolean',
    default: false,
    doc: 'Whether one may be ejected though `max-ejected` allows none of so few.',
  },
  'sweep-every': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How often success rates are compared, and a target far below the mean is ejected; 0: never.',
  },
  'sweep-hosts': {
    type: 'integer',
    min: 1,
    default: 5,
    doc: 'Rates are compared only of this many targets or more.',
  },
  'sweep-requests': {
    type: 'integer',
    min: 1,
    default: 100,
    doc: 'Only targets with this many requests since the last sweep are compared.',
  },
  deviations: {
    type: 'number',
    min: 0,
    default: 1.9,
    doc: 'How many standard deviations below the mean a rate is too low.',
  },
  'sweep-failures': {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 0,
    doc: 'At a sweep, a target with this share of failures is ejected, whatever the others do; 0: never.',
  },
  'panic-below': {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 0,
    doc: 'With a smaller share of usable targets health is ignored, and all are used; 0: only with none.',
  },
  'slow-start': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long a target that is back gets fewer requests than the others, from a tenth on.',
  },
  aggression: {
    type: 'number',
    min: 0.01,
    max: 100,
    default: 1,
    doc: 'How `slow-start` grows: 1 evenly, above that faster at first, below it slower; the share of the time to the power of 1 / aggression.',
  },
  drain: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long a target that says it is leaving gets nothing.',
  },
  zones: {
    type: 'choice',
    options: ZONES,
    default: 'ignored',
    doc: 'Which regions get requests: its own one first (`priority`), by weight (`weighted`), or its own one as long as each target gets the same share (`aware`).',
  },
  'zone-weights': {
    type: 'map',
    of: { type: 'number', min: 0, doc: 'The weight of a region.' },
    optional: true,
    doc: 'With `zones: weighted`, weights by region; absent, 1 each.',
  },
  'zone-order': {
    type: 'list',
    of: { type: 'text', doc: 'A region.' },
    optional: true,
    doc: 'With `zones: priority`, the regions that come after its own; those not listed share the last place.',
  },
  'over-provisioning': {
    type: 'number',
    min: 1,
    default: 1.4,
    doc: 'A region gives requests away when its share of usable targets times this is below 1.',
  },
  'check-every': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'How often targets are asked how they are; absent, never.',
  },
  'check-fast': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'The same while checks disagree with what was believed; absent, no faster.',
  },
  'check-timeout': {
    type: 'duration',
    min: 0.001,
    default: 1000,
    doc: 'How long the answer to a check may take.',
  },
  'own-queue': {
    type: 'boolean',
    default: false,
    doc: 'Checks wait in no queue behind requests (`check`), so that a target with too much to do is not taken for dead, and say how much it has to do.',
  },
  fall: {
    type: 'integer',
    min: 1,
    default: 3,
    doc: 'Failed checks in a row that take a target down.',
  },
  rise: { type: 'integer', min: 1, default: 2, doc: 'Good checks in a row that bring it back.' },
  'check-type': {
    type: 'text',
    default: 'request',
    doc: 'The type of request that a check sends; any answer that is no failure is good.',
  },
  'check-path': {
    type: 'text',
    default: '/health',
    doc: 'The path of a check: a server may ask the tier behind for it, a deep check.',
  },
});

type Given = Params<typeof loadBalancerParams>;

export function balancerSpecOf(
  given: Given,
  place: Pick<Place, 'index' | 'members' | 'region' | 'regionOf'>,
  bug: BalancerBug | null,
): BalancerSpec {
  return {
    algorithm: given.algorithm,
    weights: given.weights ?? {},
    choices: given.choices,
    bound: given.bound,
    connections: given.connections,
    tauMs: given.tau,
    subset: given.subset,
    tableSize: given['table-size'],
    turn: place.index,
    bug,
    zones: given.zones === 'ignored' ? null : zonesOf(given, place, bug === 'no-spill'),
    health: {
      ejectAfter: given['eject-after'],
      ejectWithinMs: given['eject-within'],
      ejectForMs: given['eject-for'],
      ejectMaxMs: given['eject-max'],
      maxEjected: given['max-ejected'],
      alwaysEjectOne: given['always-eject-one'],
      sweepEveryMs: given['sweep-every'],
      sweepHosts: given['sweep-hosts'],
      sweepRequests: given['sweep-requests'],
      deviations: given.deviations,
      sweepFailures: given['sweep-failures'],
      panicBelow: given['panic-below'],
      slowStartMs: given['slow-start'],
      aggression: given.aggression,
      drainMs: given.drain,
    },
  };
}

function zonesOf(
  given: Given,
  { members, region, regionOf }: Pick<Place, 'members' | 'region' | 'regionOf'>,
  isStubborn: boolean,
): ZoneSpec {
  return {
    mode: given.zones,
    weights: given['zone-weights'] ?? {},
    // One target that is well is then worth a whole zone.
    overProvisioning: isStubborn ? 1e9 : given['over-provisioning'],
    order: given['zone-order'] ?? [],
    own: region,
    zoneOf: regionOf,
    balancers: members,
  };
}

/** null: no checks. */
export function checkSpecOf(given: Given): CheckSpec | null {
  const everyMs = given['check-every'];
  if (everyMs === undefined) return null;
  return {
    everyMs,
    fastEveryMs: given['check-fast'] ?? everyMs,
    timeoutMs: given['check-timeout'],
    fall: given.fall,
    rise: given.rise,
    type: given['own-queue'] ? 'check' : given['check-type'],
    path: given['check-path'],
  };
}

/** Why these values make no sense together; null if they do. */
export function refuseBalancer(given: Given): string | null {
  const { weights, targets, layer, routes } = given;
  const stranger = Object.keys(weights ?? {}).find((id) => !targets.includes(id));
  if (stranger !== undefined) return `\`weights\` has ${stranger}, which is no target`;
  if (given.algorithm === 'maglev' && !isPrime(given['table-size'])) {
    return `\`table-size\` must be a prime, and ${given['table-size']} is none`;
  }
  if (given.algorithm === 'least-load' && (!given['own-queue'] || !given['check-every'])) {
    return '`least-load` needs `check-every` and `own-queue: true`: checks say how much targets have to do';
  }
  if (layer === '4' && routes !== undefined) return 'a balancer of layer 4 has no `routes`';
  if (given.algorithm === 'most-recent' && given.timeout === undefined) {
    return '`most-recent` needs a `timeout`: a connection without an answer would be in use for ever';
  }
  const outside = (routes ?? []).flatMap(({ to }) => to).find((id) => !targets.includes(id));
  return outside === undefined ? null : `a route goes to ${outside}, which is no target`;
}

/** How long one request may take, in ms, if a target takes `insideMs` at most. */
export function longestRequestMs({ attempts, layer, timeout }: Given, insideMs: number): number {
  const attemptMs = Math.min(timeout ?? Infinity, insideMs);
  // A connection goes to one target.
  return layer === '4' ? attemptMs : attempts * attemptMs;
}
