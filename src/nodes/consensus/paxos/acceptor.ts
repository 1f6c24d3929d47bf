/**
 * The acceptor (Lamport 2001, "Paxos Made Simple", section 2.2): it promises, and accepts what is
 * not below its promise. Both are on its disk before it says so (section 2.5): `ctx.send` waits.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId, Plain } from '../../../sim/node.ts';
import { Recent } from '../../parts/recent.ts';
import { compareStamps, NO_STAMP } from '../../parts/stamp.ts';
import type { Bug } from './bugs.ts';
import type { Accept, Accepted, Ballot, PaxosMessage, Prepare } from './messages.ts';
import { type Settings, SHOWN } from './settings.ts';

type Ctx = Context<PaxosMessage>;

/** What an acceptor has on disk of a key. */
type Standing = {
  readonly promised: Ballot;
  readonly accepted: Accepted | null;
};

const FRESH: Standing = { promised: NO_STAMP, accepted: null };

export class Acceptor {
  readonly #settings: Settings;
  readonly #bug: Bug | null;
  /** Of keys with a promise that is in memory only: what the bug keeps. */
  readonly #forgetful = new Map<string, Ballot>();
  readonly #shown = new Recent<Accepted | null>(SHOWN);

  constructor(settings: Settings, bug: Bug | null) {
    this.#settings = settings;
    this.#bug = bug;
  }

  /** Phase 1b: a promise, if the ballot is not below the highest that was promised. */
  onPrepare(ctx: Ctx, from: NodeId, { key, ballot }: Prepare): void {
    const standing = this.#read(ctx, key);
    if (compareStamps(ballot, standing.promised) < 0) {
      return this.#refuse(ctx, from, key, ballot, standing.promised);
    }
    this.#promise(ctx, key, { ...standing, promised: ballot });
    this.#shown.set(key, standing.accepted);
    ctx.send(from, { type: 'promise', key, ballot, accepted: standing.accepted });
  }

  /**
   * Phase 2b: accepts, if the ballot is not below the highest that was promised; that raises the
   * promise. An acceptor that was not asked to promise in this ballot accepts too.
   */
  onAccept(ctx: Ctx, from: NodeId, { key, ballot, value }: Accept): void {
    const { promised } = this.#read(ctx, key);
    // The bug: only phase 1 looks at the promise.
    if (compareStamps(ballot, promised) < 0 && this.#bug !== 'accept-below-promise') {
      return this.#refuse(ctx, from, key, ballot, promised);
    }
    const highest = compareStamps(ballot, promised) < 0 ? promised : ballot;
    this.#write(ctx, key, { promised: highest, accepted: { ballot, value } });
    this.#shown.set(key, { ballot, value });
    const message = { type: 'accepted', key, ballot, value } as const;
    if (this.#settings.distinguished) return ctx.send(from, message);
    for (const learner of this.#settings.learners) ctx.send(learner, message);
  }

  /** Of the keys in which it took part last: ballot and value; null if it has accepted nothing. */
  shown(): { readonly [key: string]: Plain } {
    return this.#shown.show((accepted) => {
      if (accepted === null) return null;
      const { ballot, value } = accepted;
      return [ballot.number, ballot.by, value];
    });
  }

  #refuse(ctx: Ctx, from: NodeId, key: string, ballot: Ballot, promised: Ballot): void {
    if (this.#settings.nacks) ctx.send(from, { type: 'nack', key, ballot, promised });
  }

  #read(ctx: Ctx, key: string): Standing {
    const standing = (ctx.storage.get(recordOf(key)) as Standing | undefined) ?? FRESH;
    const remembered = this.#forgetful.get(key);
    if (remembered === undefined || compareStamps(remembered, standing.promised) <= 0)
      return standing;
    return { ...standing, promised: remembered };
  }

  #promise(ctx: Ctx, key: string, standing: Standing): void {
    // The bug: the promise is not on the disk.
    if (this.#bug === 'promise-not-durable') this.#forgetful.set(key, standing.promised);
    else this.#write(ctx, key, standing);
  }

  #write(ctx: Ctx, key: string, standing: Standing): void {
    const { promised, accepted } = standing;
    assert(
      accepted === null || compareStamps(accepted.ballot, promised) <= 0,
      'nothing is accepted above the promise',
    );
    ctx.storage.set(recordOf(key), standing);
  }
}

function recordOf(key: string): string {
  return `acceptor ${key}`;
}
