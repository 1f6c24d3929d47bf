/**
 * Who is up: the life of one node under strikes and an operator, from the pages of `Levers` and
 * `Machines` alone. A node runs if nothing keeps it down; all that reaches it while it is frozen
 * waits in one line, and is gone when it dies.
 */
import { Agenda } from './agenda.ts';

/** What a message has the node do: set, move or cancel a timer. */
export type Chore = { readonly key: number } & (
  | { readonly chore: 'set'; readonly afterUs: number }
  | { readonly chore: 'cancel' }
);

export type LifeEvent = { readonly gapUs: number } & (
  | { readonly does: 'ping'; readonly chores: readonly Chore[] }
  | { readonly does: 'crash' | 'pause'; readonly forUs: number }
  | { readonly does: 'leave'; readonly graceUs: number; readonly forUs: number }
  | { readonly does: 'order'; readonly order: 'start' | 'stop' | 'kill'; readonly graceUs: number }
);

export interface LivesCase {
  /** It listens to being told to leave. */
  readonly listens: boolean;
  /** It does not start with the run. */
  readonly absent: 'spare' | 'until struck' | 'no';
  /** When a strike lets it in, and how long that strike lasts. */
  readonly letInAtUs: number;
  readonly events: readonly LifeEvent[];
}

export const LATENCY_US = 1000;

export class LivesModel extends Agenda {
  readonly told: string[] = [];
  readonly down: { fromUs: number; untilUs: number }[] = [];
  readonly #listens: boolean;
  readonly #downBy = new Set<unknown>();
  readonly #pausedBy = new Set<unknown>();
  #life = 0;
  #up = false;
  #leaving: { again: boolean } | null = null;
  #waiting: (() => void)[] = [];
  readonly #timers = new Map<number, { dueUs: number }>();

  constructor({ listens, absent, letInAtUs, events }: LivesCase) {
    super();
    this.#listens = listens;
    if (absent === 'spare') this.#downBy.add('operator');
    if (absent === 'until struck') this.#downBy.add('joiner');
    if (absent !== 'no') this.#note();
    this.soon(() => this.#tryBoot());
    if (absent !== 'no') {
      this.at(letInAtUs, () => {
        this.#downBy.delete('joiner');
        this.#start();
      });
    }
    let atUs = 0;
    events.forEach((event, i) => {
      atUs += event.gapUs;
      this.at(atUs, () => this.#happen(event, i));
    });
  }

  #tell(text: string): void {
    this.told.push(`${this.now} ${text}`);
  }

  // ---- up and down --------------------

  get #runs(): boolean {
    return this.#up && this.#pausedBy.size === 0;
  }

  /** Keeps the list of when it was down or frozen. */
  #note(): void {
    const open = this.down.at(-1)?.untilUs === Infinity ? this.down.at(-1) : undefined;
    if (this.#runs && open !== undefined) open.untilUs = this.now;
    if (!this.#runs && open === undefined) this.down.push({ fromUs: this.now, untilUs: Infinity });
  }

  /** Boots if it is down and nothing keeps it so; a frozen machine boots it when it goes on. */
  #tryBoot(): void {
    if (this.#up || this.#downBy.size > 0) return;
    if (this.#pausedBy.size > 0) return;
    this.#up = true;
    this.#life++;
    this.#note();
    this.#tell(`boots ${this.#life}`);
  }

  #die(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#waiting = [];
    this.#timers.clear();
    this.#note();
  }

  #inTurn(action: () => void): void {
    if (!this.#up) return;
    if (this.#pausedBy.size > 0) this.#waiting.push(action);
    else action();
  }

  #thaw(): void {
    if (this.#pausedBy.size > 0) return;
    this.#note();
    this.#tryBoot();
    for (const action of this.#waiting.splice(0)) action();
  }

  // ---- strikes --------------------

  #happen(event: LifeEvent, i: number): void {
    const strike = {};
    switch (event.does) {
      case 'ping':
        this.after(LATENCY_US, () => this.#inTurn(() => this.#ping(event.chores, i)));
        return;
      case 'crash':
        this.#keepDown(strike);
        this.after(event.forUs, () => this.#letGo(strike));
        return;
      case 'pause':
        this.#pausedBy.add(strike);
        this.#note();
        this.after(event.forUs, () => {
          this.#pausedBy.delete(strike);
          this.#thaw();
        });
        return;
      case 'leave':
        this.#leave(event.graceUs, event.forUs);
        return;
      case 'order':
        this.after(LATENCY_US, () => {
          this.#tell(`order ${this.#state}`);
          this.soon(() => {
            if (event.order === 'start') this.#start();
            else if (event.order === 'kill') this.#stop();
            else this.#stopAfter(event.graceUs);
          });
        });
    }
  }

  #keepDown(by: unknown): void {
    this.#downBy.add(by);
    this.#die();
  }

  #letGo(by: unknown): void {
    if (!this.#downBy.delete(by)) return;
    this.#tryBoot();
  }

  /** Tells it; false if it does not run, or does not listen. */
  #farewell(): boolean {
    if (!this.#runs || !this.#listens) return false;
    const life = this.#life;
    this.soon(() => {
      if (this.#up && life === this.#life) this.#tell('farewell');
    });
    return true;
  }

  #leave(graceUs: number, forUs: number): void {
    const strike = {};
    const told = this.#farewell();
    const life = this.#life;
    if (graceUs < forUs) this.after(graceUs, () => this.#keepDown(strike));
    this.after(forUs, () => {
      // It said farewell and goes on: it has to start anew.
      if (told && this.#up && this.#life === life) {
        this.#die();
        this.#tryBoot();
      }
      this.#letGo(strike);
    });
  }

  // ---- the operator --------------------

  get #state(): string {
    const stopped = this.#downBy.has('operator');
    if (!this.#up) return stopped ? 'stopped' : 'down';
    return this.#leaving === null ? 'up' : 'leaving';
  }

  #start(): void {
    if (this.#leaving !== null) this.#leaving.again = true;
    else {
      this.#downBy.delete('operator');
      this.#tryBoot();
    }
  }

  #stop(): void {
    this.#leaving = null;
    this.#keepDown('operator');
  }

  #stopAfter(graceUs: number): void {
    if (this.#leaving !== null) {
      this.#leaving.again = false;
      return;
    }
    if (graceUs === 0 || this.#downBy.has('operator') || !this.#farewell()) return this.#stop();
    const leaving = { again: false };
    this.#leaving = leaving;
    this.after(graceUs, () => {
      if (this.#leaving !== leaving) return;
      this.#stop();
      if (leaving.again) this.#start();
    });
  }

  // ---- the node --------------------

  #ping(chores: readonly Chore[], i: number): void {
    this.#tell(`ping ${i}`);
    for (const chore of chores) {
      this.#timers.delete(chore.key);
      if (chore.chore === 'cancel') continue;
      const timer = { dueUs: this.now + chore.afterUs };
      this.#timers.set(chore.key, timer);
      this.at(timer.dueUs, () => {
        if (this.#timers.get(chore.key) === timer) this.#inTurn(() => this.#ring(chore.key, timer));
      });
    }
  }

  /** It may have been moved or cancelled while it waited. */
  #ring(key: number, timer: object): void {
    if (this.#timers.get(key) !== timer) return;
    this.#timers.delete(key);
    this.#tell(`timer ${key}`);
  }
}
