/**
 * The learner (Lamport 2001, section 2.3): a value is chosen when a quorum of acceptors has
 * accepted it in one ballot. What it has learned is in memory only: a learner that was down learns
 * when somebody proposes again.
 */
import type { Context, NodeId, Plain } from '../../../sim/node.ts';
import { Distinct } from '../../parts/distinct.ts';
import { Recent } from '../../parts/recent.ts';
import { showStamp } from '../../parts/stamp.ts';
import type { Bug } from './bugs.ts';
import type { Accepted, AcceptedReply, Chosen, PaxosMessage } from './messages.ts';
import { type Settings, SHOWN } from './settings.ts';

type Ctx = Context<PaxosMessage>;

export class Learner {
  readonly #settings: Settings;
  readonly #bug: Bug | null;
  readonly #self: NodeId;
  readonly #onChosen: (ctx: Ctx, key: string, value: Plain) => void;
  readonly #chosen = new Map<string, Accepted>();
  /** By key, by ballot: who has accepted in it. */
  readonly #tallies = new Map<string, Map<string, Distinct>>();
  readonly #shown = new Recent<Accepted>(SHOWN);

  /** `onChosen` is called once a life for each key. */
  constructor(
    settings: Settings,
    bug: Bug | null,
    self: NodeId,
    onChosen: (ctx: Ctx, key: string, value: Plain) => void,
  ) {
    this.#settings = settings;
    this.#bug = bug;
    this.#self = self;
    this.#onChosen = onChosen;
  }

  /** The value chosen for a key, as far as it knows. */
  chosen(key: string): Accepted | undefined {
    return this.#chosen.get(key);
  }

  onAccepted(ctx: Ctx, from: NodeId, { key, ballot, value }: AcceptedReply): void {
    if (this.#chosen.has(key)) return;
    let tallies = this.#tallies.get(key);
    if (tallies === undefined) {
      tallies = new Map();
      this.#tallies.set(key, tallies);
    }
    // The bug counts who has accepted the value, in whatever ballot.
    const isByValue = this.#bug === 'count-value-across-ballots';
    const name = isByValue ? JSON.stringify(value) : showStamp(ballot);
    let tally = tallies.get(name);
    if (tally === undefined) {
      tally = new Distinct();
      tallies.set(name, tally);
    }
    tally.add(from);
    if (tally.size < this.#needed) return;
    this.#learn(ctx, key, { ballot, value });
    this.#tell(ctx, key, { ballot, value });
  }

  onChosen(ctx: Ctx, { key, ballot, value }: Chosen): void {
    if (!this.#chosen.has(key)) this.#learn(ctx, key, { ballot, value });
  }

  shown(): { readonly [key: string]: Plain } {
    return this.#shown.show(({ ballot, value }) => [ballot.number, ballot.by, value]);
  }

  get #needed(): number {
    const { phase2Quorum } = this.#settings;
    // The bug: off by one.
    return this.#bug === 'quorums-apart' && phase2Quorum > 1 ? phase2Quorum - 1 : phase2Quorum;
  }

  #learn(ctx: Ctx, key: string, accepted: Accepted): void {
    const { ballot, value } = accepted;
    this.#chosen.set(key, accepted);
    this.#shown.set(key, accepted);
    this.#tallies.delete(key);
    ctx.note('learns', { item: key, value, ballot: showStamp(ballot) });
    this.#onChosen(ctx, key, value);
  }

  /** As distinguished learner: to all others. */
  #tell(ctx: Ctx, key: string, { ballot, value }: Accepted): void {
    if (!this.#settings.distinguished) return;
    for (const learner of this.#settings.learners) {
      if (learner !== this.#self) ctx.sendNow(learner, { type: 'chosen', key, ballot, value });
    }
  }
}
