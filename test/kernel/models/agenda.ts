/**
 * What the models of the kernel run on: things to do at moments, in order. It shares no code with
 * the kernel, and does not decide ties: two things of one microsecond that have nothing to do with
 * each other make the case worthless, and it says so.
 */
interface Entry {
  readonly atUs: number;
  readonly number: number;
  readonly soon: boolean;
  readonly action: () => void;
}

export class Agenda {
  now = 0;
  /** Two things met in one microsecond: nothing says which of them comes first. */
  tied = false;
  readonly #entries: Entry[] = [];
  #number = 0;

  at(atUs: number, action: () => void): void {
    this.#entries.push({ atUs, number: this.#number++, soon: false, action });
  }

  after(spanUs: number, action: () => void): void {
    this.at(this.now + spanUs, action);
  }

  /** Right after what happens now. */
  soon(action: () => void): void {
    this.#entries.push({ atUs: this.now, number: this.#number++, soon: true, action });
  }

  run(untilUs: number): void {
    let before = -1;
    for (;;) {
      const next = this.#take();
      if (next === null || next.atUs > untilUs) break;
      if (next.atUs === before && !next.soon) this.tied = true;
      before = next.atUs;
      this.now = next.atUs;
      next.action();
    }
    this.now = untilUs;
  }

  #take(): Entry | null {
    let best: Entry | null = null;
    for (const entry of this.#entries) {
      if (
        best === null ||
        entry.atUs < best.atUs ||
        (entry.atUs === best.atUs && entry.number < best.number)
      ) {
        best = entry;
      }
    }
    if (best !== null) this.#entries.splice(this.#entries.indexOf(best), 1);
    return best;
  }
}
