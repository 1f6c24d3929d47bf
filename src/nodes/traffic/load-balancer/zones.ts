/**
 * Zones: which part of the targets a request goes to, by where they and the balancers are (Envoy,
 * "Priority levels", "Locality weighted load balancing", "Zone aware routing").
 *
 * A zone is worth min(1, over-provisioning * the share of its targets that are well): with 1.4 it
 * bears the loss of two targets in seven, and gives away more only then. `priority` sends a
 * balancer's own zone as much as it is worth, and the rest to the other zones. `weighted` shares by
 * weight times worth. `aware` keeps requests in the balancer's own zone as long as each target gets
 * the same share: the more balancers of this group are in that zone, the fewer stay.
 */
import type { NodeId, Random } from '../../../sim/node.ts';

export const ZONES = ['ignored', 'priority', 'weighted', 'aware'] as const;

export interface ZoneSpec {
  readonly mode: (typeof ZONES)[number];
  /** Of `weighted`, by zone; absent: 1. */
  readonly weights: { readonly [zone: string]: number };
  readonly overProvisioning: number;
  /** Of `priority`: the zones that come after its own; those not listed share the last place. */
  readonly order: readonly string[];
  /** The zone of this balancer. */
  readonly own: string | null;
  readonly zoneOf: (node: NodeId) => string | null;
  /** The balancers that share the load. */
  readonly balancers: readonly NodeId[];
}

interface Zone {
  readonly name: string | null;
  readonly members: NodeId[];
  /** How many are well now. */
  well: number;
}

/** The members to choose from, and whether health may be ignored among them. */
export interface Choosable {
  readonly members: readonly NodeId[];
  readonly mayPanic: boolean;
}

export class Zones {
  private readonly spec: ZoneSpec;
  private members: readonly NodeId[] = [];
  private zones: Zone[] = [];

  constructor(spec: ZoneSpec) {
    this.spec = spec;
  }

  /** Of `members`, those that the next request goes to. */
  pick(members: readonly NodeId[], isWell: (id: NodeId) => boolean, random: Random): Choosable {
    this.look(members, isWell);
    const { mode, weights } = this.spec;
    if (mode === 'weighted') {
      const worths = this.zones.map((zone) => (weights[zone.name ?? ''] ?? 1) * this.worth(zone));
      return this.drawn(this.zones, worths, random, members);
    }
    return mode === 'aware' ? this.aware(random, members) : this.byPriority(random, members);
  }

  private look(members: readonly NodeId[], isWell: (id: NodeId) => boolean): void {
    if (members !== this.members) {
      this.members = members;
      this.zones = this.grouped(members);
    }
    for (const zone of this.zones) {
      zone.well = 0;
      for (const id of zone.members) if (isWell(id)) zone.well++;
    }
  }

  private grouped(members: readonly NodeId[]): Zone[] {
    const zones: Zone[] = [];
    for (const id of members) {
      const name = this.spec.mode === 'priority' ? this.levelOf(id) : this.spec.zoneOf(id);
      const zone = zones.find((one) => one.name === name);
      if (zone === undefined) zones.push({ name, members: [id], well: 0 });
      else zone.members.push(id);
    }
    const { mode, own, order } = this.spec;
    if (mode !== 'priority') return zones;
    const last = order.length + 1;
    const rank = ({ name }: Zone) => (name === own ? 0 : order.indexOf(name ?? '') + 1 || last);
    return zones.sort((a, b) => rank(a) - rank(b));
  }

  /** Zones without a place in the order are one. */
  private levelOf(id: NodeId): string | null {
    const { own, order, zoneOf } = this.spec;
    const zone = zoneOf(id);
    return zone === own || order.includes(zone ?? '') ? zone : null;
  }

  /** What a zone can take, as a share of what it takes with all of its targets. */
  private worth({ well, members }: Zone): number {
    return Math.min(1, (this.spec.overProvisioning * well) / members.length);
  }

  /** Each level takes what it is worth of what is left; with too little worth in all, its share. */
  private byPriority(random: Random, members: readonly NodeId[]): Choosable {
    const worths = this.zones.map((zone) => this.worth(zone));
    const total = worths.reduce((sum, worth) => sum + worth, 0);
    let left = 1;
    const loads = worths.map((worth) => {
      const load = Math.min(left, total < 1 ? worth / total : worth);
      left -= load;
      return load;
    });
    return this.drawn(this.zones, loads, random, members, total < 1);
  }

  private aware(random: Random, members: readonly NodeId[]): Choosable {
    const { own, balancers, zoneOf } = this.spec;
    const well = this.zones.reduce((sum, zone) => sum + zone.well, 0);
    // What its targets may have of all requests, less what comes to its balancers.
    const spares = this.zones.map((zone) => {
      const coming = balancers.filter((id) => zoneOf(id) === zone.name).length;
      return zone.well / well - coming / balancers.length;
    });
    const home = this.zones.findIndex(({ name }) => name === own);
    if (well === 0 || home === -1) return { members, mayPanic: true };
    const lack = -(spares[home] as number);
    const mine = balancers.filter((id) => zoneOf(id) === own).length / balancers.length;
    const kept = lack <= 0 ? 1 : 1 - lack / mine;
    if (kept >= 1 || random.chance(kept)) {
      return { members: (this.zones[home] as Zone).members, mayPanic: false };
    }
    return this.drawn(this.zones, spares, random, members);
  }

  /** One of the zones, by their shares; without any, all members. */
  private drawn(
    zones: readonly Zone[],
    shares: readonly number[],
    random: Random,
    members: readonly NodeId[],
    mayPanic = false,
  ): Choosable {
    const sum = shares.reduce((all, share) => all + Math.max(0, share), 0);
    if (!(sum > 0)) return { members, mayPanic: true };
    const only = shares.findIndex((share) => share >= sum);
    if (only !== -1) return { members: (zones[only] as Zone).members, mayPanic };
    let left = random.between(0, sum);
    let chosen = zones[0] as Zone;
    for (let i = 0; i < zones.length && left >= 0; i++) {
      const share = Math.max(0, shares[i] as number);
      if (share === 0) continue;
      chosen = zones[i] as Zone;
      left -= share;
    }
    return { members: chosen.members, mayPanic };
  }
}
