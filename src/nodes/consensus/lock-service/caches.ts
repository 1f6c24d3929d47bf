/**
 * The leader's half of consistent client caches (Burrows 2006, Chubby, section 2.7): it knows who
 * may have what, and changes nothing before all of them have dropped it, or their leases are over.
 * It never sends the new value: who wants it reads again. That a node is not there is cached too.
 *
 * A new leader does not know who has what. It changes nothing until every lease of before has said
 * that it has heard of the new epoch, and has emptied its cache, or is over (section 2.9).
 */

/** A change that waits. */
interface Waiting {
  readonly number: number;
  readonly what: readonly string[];
  /** Leases that have it, and have not said that they dropped it. */
  readonly missing: Set<string>;
  /** Leases that may have it from the time of an earlier leader. */
  readonly unsure: Set<string>;
  readonly go: () => void;
}

/** What a change is appended to. */
interface Appending {
  readonly log: { readonly lastIndex: number };
  readonly lastApplied: number;
}

export class Caches {
  /** By what was read: `data /a`, `children /a`. */
  readonly #holders = new Map<string, Set<string>>();
  /** What is about to change: nobody may keep it meanwhile. By the number of changes. */
  readonly #changing = new Map<string, number>();
  #waiting: Waiting[] = [];
  /** What entries of the log are about to change, by their index. */
  readonly #appended = new Map<number, readonly string[]>();
  /** Leases of before that may have anything. */
  readonly #unsure = new Set<string>();
  #numbers = 0;
  /** What waits until this leader knows all leases of before; null: it does. */
  #deferred: (() => void)[] | null = null;
  #knowsAllAt = 0;

  /** `knowsAllAt`: the end of the log of before, up to which other leases may come. */
  begin(leases: Iterable<string>, knowsAllAt: number): void {
    this.#deferred = [];
    this.#knowsAllAt = knowsAllAt;
    this.#holders.clear();
    this.#changing.clear();
    this.#waiting = [];
    this.#appended.clear();
    this.#unsure.clear();
    for (const lease of leases) this.#unsure.add(lease);
  }

  /** The log is applied up to `index`. */
  reached(index: number): void {
    const deferred = this.#deferred;
    if (deferred === null || index < this.#knowsAllAt) return;
    this.#deferred = null;
    for (const go of deferred) go();
  }

  /** Whether `go` has to wait until all leases of before are known. */
  defers(go: () => void): boolean {
    this.#deferred?.push(go);
    return this.#deferred !== null;
  }

  /** The lease was opened by an entry that is applied now: maybe one of before. */
  opened(lease: string): void {
    if (this.#deferred !== null) this.#unsure.add(lease);
  }

  /** Whether the lease may keep what it reads now; then it is known to have it. */
  take(what: string, lease: string): boolean {
    if (this.#changing.has(what)) return false;
    const holders = this.#holders.get(what) ?? new Set();
    this.#holders.set(what, holders);
    holders.add(lease);
    return true;
  }

  /**
   * `go` is called once nobody has any of this any more: at once if nobody does. Returns who is to
   * be asked, and the number of the change.
   */
  change(
    what: readonly string[],
    go: () => void,
  ): { readonly number: number; readonly holders: readonly string[] } {
    const missing = new Set<string>();
    for (const one of what) {
      for (const lease of this.#holders.get(one) ?? []) missing.add(lease);
      this.#holders.delete(one);
      this.#changing.set(one, (this.#changing.get(one) ?? 0) + 1);
    }
    const number = ++this.#numbers;
    const waiting: Waiting = { number, what, missing, unsure: new Set(this.#unsure), go };
    const holders = [...missing, ...this.#unsure];
    if (holders.length === 0) go();
    else this.#waiting.push(waiting);
    return { number, holders };
  }

  /** The lease has dropped what change `number` is about. */
  dropped(lease: string, number: number): void {
    this.#settle((waiting) => {
      if (waiting.number === number) waiting.missing.delete(lease);
    });
  }

  /** The lease has heard of this leader, and has nothing of before. */
  confirmed(lease: string): void {
    if (!this.#unsure.delete(lease)) return;
    this.#settle((waiting) => waiting.unsure.delete(lease));
  }

  /** The lease is over, and uses no cache. */
  ended(lease: string): void {
    this.#unsure.delete(lease);
    for (const holders of this.#holders.values()) holders.delete(lease);
    this.#settle((waiting) => {
      waiting.missing.delete(lease);
      waiting.unsure.delete(lease);
    });
  }

  /** What each change waits for: to be asked again, since messages are lost. */
  open(): readonly {
    readonly number: number;
    readonly what: readonly string[];
    readonly leases: readonly string[];
  }[] {
    return this.#waiting.map(({ number, what, missing, unsure }) => ({
      number,
      what,
      leases: [...missing, ...unsure],
    }));
  }

  #settle(heard: (waiting: Waiting) => void): void {
    const ready: Waiting[] = [];
    const left: Waiting[] = [];
    for (const waiting of this.#waiting) {
      heard(waiting);
      (waiting.missing.size + waiting.unsure.size === 0 ? ready : left).push(waiting);
    }
    this.#waiting = left;
    for (const { go } of ready) go();
  }

  /**
   * Does a change that nobody stands in the way of. Nobody may keep any of it before its entry is
   * applied; what makes no entry, such as a retry of what was done before, is over at once.
   */
  carryOut(what: readonly string[], go: () => void, raft: Appending): void {
    const before = raft.log.lastIndex;
    try {
      go();
    } finally {
      const { log, lastApplied } = raft;
      const waits = log.lastIndex > before && log.lastIndex > lastApplied;
      if (waits) this.#appended.set(log.lastIndex, what);
      else this.changed(what);
    }
  }

  /** The entry at `index` is applied. */
  applied(index: number): void {
    const what = this.#appended.get(index);
    if (what === undefined) return;
    this.#appended.delete(index);
    this.changed(what);
  }

  /** The change is done, or will not be: what it was about may be kept again. */
  changed(what: readonly string[]): void {
    for (const one of what) {
      const left = (this.#changing.get(one) ?? 1) - 1;
      if (left <= 0) this.#changing.delete(one);
      else this.#changing.set(one, left);
    }
  }
}
