/**
 * A disk and the process that writes to it, from the pages of `Storage` and `DiskChange` alone. It
 * keeps two pictures of the disk, what the process sees and what the power of the machine would
 * leave, and the list of writes between them; nothing is ever taken back: a crash looks at the
 * other picture.
 */
import { Agenda } from './agenda.ts';

export type Op =
  | { readonly op: 'set'; readonly key: string; readonly value: number }
  | { readonly op: 'delete'; readonly key: string }
  | { readonly op: 'append'; readonly value: number }
  | { readonly op: 'truncate'; readonly by: number }
  | { readonly op: 'drop'; readonly by: number }
  | { readonly op: 'torn' }
  | { readonly op: 'send' }
  | { readonly op: 'send now' }
  | { readonly op: 'sync' };

export type Trouble =
  | { readonly change: 'full' }
  | { readonly change: 'lies'; readonly cacheUs: number }
  | { readonly change: 'slow'; readonly factor: number; readonly extraUs: number }
  | { readonly change: 'fails'; readonly outcome: 'die' | 'lose' }
  | { readonly change: 'tears'; readonly what: 'logs' | 'all' }
  | { readonly change: 'damage'; readonly what: 'logs' | 'records' | 'all' };

export type Happening = { readonly gapUs: number } & (
  | { readonly does: 'work'; readonly ops: readonly Op[]; readonly catches: boolean }
  | {
      readonly does: 'crash';
      readonly forUs: number;
      readonly power: boolean;
      readonly wipe: boolean;
    }
  | { readonly does: 'pause'; readonly forUs: number }
  | { readonly does: 'trouble'; readonly forUs: number; readonly trouble: Trouble }
);

export interface DiskCase {
  readonly syncUs: number;
  /** null: no page cache. */
  readonly writeBackUs: number | null;
  readonly happenings: readonly Happening[];
}

/** One record; damage sticks to it wherever it is seen. */
interface Content {
  readonly value: number;
  readonly damage: Set<object>;
  /** A crash cut it, for good. */
  readonly isTorn: boolean;
  /** Of a keyed record: when its key was first written, as a number of writes. */
  readonly born: number;
}

const content = (value: number, born = 0): Content => ({
  value,
  damage: new Set(),
  isTorn: false,
  born,
});
const torn = (born = 0): Content => ({ ...content(0, born), isTorn: true });

interface Picture {
  keys: [string, Content][];
  log: Map<number, Content>;
  start: number;
}

interface Write {
  readonly what: 'append' | 'record' | 'other';
  readonly apply: (picture: Picture) => void;
  /** What is left when it is cut. */
  readonly tear: (picture: Picture) => void;
  /** A flush has covered it: then from when on it is really safe. */
  safeAtUs: number | null;
  /** A failed flush threw it away. */
  gone: boolean;
}

const blank = (): Picture => ({ keys: [], log: new Map(), start: 0 });
const copyOf = ({ keys, log, start }: Picture): Picture => ({
  keys: [...keys],
  log: new Map(log),
  start,
});
const endOf = ({ log, start }: Picture) => Math.max(start, ...[...log.keys()].map((i) => i + 1));

const show = (one: Content | undefined) =>
  one === undefined || one.isTorn || one.damage.size > 0 ? '!' : String(one.value);

export function describePicture(picture: Picture): string {
  const inOrder = picture.keys.toSorted(([, one], [, two]) => one.born - two.born);
  const keys = inOrder.map(([key, one]) => `${key}=${show(one)}`);
  const records: string[] = [];
  for (let i = picture.start; i < endOf(picture); i++) records.push(show(picture.log.get(i)));
  return `${keys.join(' ')} | ${picture.start}: ${records.join(' ')}`;
}

/** Records that were never written though later ones were: they read as torn. */
function fillHoles(picture: Picture): void {
  for (let i = picture.start; i < endOf(picture); i++) {
    if (!picture.log.has(i)) picture.log.set(i, torn());
  }
}

export const MESSAGE_US = 1000;

export class DiskModel extends Agenda {
  readonly told: string[] = [];
  /** What it cannot say: the case is worthless. */
  unclear = false;
  readonly #case: DiskCase;
  readonly #boots: readonly string[];
  #leaves: Picture[] = [];
  /** The last flush failed without a word: the next one does not. */
  #triesAgain = false;
  #seen = blank();
  #safe = blank();
  /** Not yet in `#safe`, the oldest first. */
  #writes: Write[] = [];
  #issued = 0;
  #durable = 0;
  #flushing = false;
  #writeBackDue = false;
  /** Up to which write somebody has asked for a flush, on a disk with a page cache. */
  #asked = 0;
  /** Waits for the disk, or for the process to go on. */
  #waiting: { readonly after: number; readonly then: () => void }[] = [];
  #life = 0;
  #up = false;
  #bootDue = false;
  readonly #downBy = new Set<object>();
  readonly #pausedBy = new Set<object>();
  #late: (() => void)[] = [];
  readonly #damaged = new Map<object, readonly Content[]>();
  readonly #troubles = new Map<object, Trouble>();
  /** What each failing disk has killed. */
  readonly #killers = new Set<object>();

  /** `boots`: what the node saw as it booted each time, of which a torn write allows several. */
  constructor(given: DiskCase, boots: readonly string[]) {
    super();
    this.#boots = boots;
    this.#case = given;
    this.soon(() => this.#boot());
    let atUs = 0;
    given.happenings.forEach((happening, i) => {
      atUs += happening.gapUs;
      this.at(atUs, () => this.#happen(happening, i));
    });
  }

  #tell(text: string): void {
    this.told.push(`${this.now} ${text}`);
  }

  // ---- lives --------------------

  /** A machine that is frozen boots its node when it goes on. */
  #boot(): void {
    this.#bootDue = this.#pausedBy.size > 0;
    if (this.#bootDue) return;
    this.#up = true;
    this.#life++;
    this.#reveal();
    this.#tell(`boots ${describePicture(this.#seen)}`);
  }

  #die(power: boolean): void {
    this.#bootDue = false;
    if (!this.#up) {
      if (power) this.#losePower();
      return;
    }
    this.#up = false;
    this.#late = [];
    this.#waiting = [];
    this.#asked = this.#durable;
    if (this.#case.writeBackUs === null || power) this.#losePower();
  }

  /** What is safe is left; a flush under way comes to nothing. */
  #losePower(): void {
    this.#settle();
    const writes = this.#writes.filter(({ gone }) => !gone);
    const [tears] = this.#holding('tears');
    const leaves: Picture[] = [];
    for (const [at, { what, tear }] of writes.entries()) {
      if (tears === undefined || what === 'other') continue;
      if (what === 'record' && tears[1].what === 'logs') continue;
      const picture = copyOf(this.#safe);
      for (const { apply } of writes.slice(0, at)) apply(picture);
      tear(picture);
      leaves.push(picture);
    }
    // Of several ways to tear the run has drawn one: its next boot shows which.
    if (writes.length > 0 || this.#leaves.length === 0) {
      this.#leaves = leaves.length > 0 ? leaves : [copyOf(this.#safe)];
    }
    for (const picture of this.#leaves) fillHoles(picture);
    this.#writes = [];
    this.#durable = this.#issued;
    this.#asked = this.#issued;
    this.#flushing = false;
    this.#triesAgain = false;
    this.#show(this.#leaves[0] as Picture);
  }

  #show(picture: Picture): void {
    this.#safe = picture;
    this.#seen = copyOf(picture);
  }

  /** Which of the pictures that a torn write may leave the run shows. */
  #reveal(): void {
    if (this.#leaves.length > 1) {
      const shown = this.#boots[this.#life - 1];
      const found = this.#leaves.find((leave) => describePicture(leave) === shown);
      if (found !== undefined) this.#show(found);
    }
    this.#leaves = [];
  }

  #letBoot(): void {
    if (!this.#up && this.#downBy.size === 0 && this.#killers.size === 0) this.#boot();
  }

  /** Does it in the process: later, while that is frozen; never, if it dies before. */
  #inProcess(action: () => void): void {
    if (!this.#up) return;
    if (this.#pausedBy.size > 0) this.#late.push(action);
    else action();
  }

  #happen(happening: Happening, i: number): void {
    const cause = {};
    switch (happening.does) {
      case 'work':
        this.after(MESSAGE_US, () =>
          this.#inProcess(() => this.#work(happening.ops, i, happening.catches)),
        );
        return;
      case 'crash':
        this.#downBy.add(cause);
        this.#die(happening.power);
        if (happening.wipe) this.#wipe();
        this.after(happening.forUs, () => {
          this.#downBy.delete(cause);
          this.#letBoot();
        });
        return;
      case 'pause':
        this.#pausedBy.add(cause);
        this.after(happening.forUs, () => {
          this.#pausedBy.delete(cause);
          if (this.#pausedBy.size > 0) return;
          if (this.#bootDue) this.#boot();
          for (const action of this.#late.splice(0)) this.#inProcess(action);
        });
        return;
      case 'trouble':
        this.#start(cause, happening.trouble);
        this.after(happening.forUs, () => this.#stop(cause));
    }
  }

  #wipe(): void {
    this.#leaves = [];
    this.#seen = blank();
    this.#safe = blank();
    this.#writes = [];
    this.#durable = this.#issued;
    this.#asked = this.#issued;
    this.#flushing = false;
  }

  // ---- faults --------------------

  #start(cause: object, trouble: Trouble): void {
    this.#troubles.set(cause, trouble);
    if (trouble.change !== 'damage') return;
    // What it hits depends on what a crash has torn, which only the next boot shows.
    if (this.#leaves.length > 1) this.unclear = true;
    const { keys, log } = this.#seen;
    const hit: Content[] = [];
    if (trouble.what !== 'logs') hit.push(...keys.map(([, one]) => one));
    if (trouble.what !== 'records') hit.push(...log.values());
    for (const one of hit) one.damage.add(cause);
    this.#damaged.set(cause, hit);
  }

  #stop(cause: object): void {
    this.#troubles.delete(cause);
    for (const one of this.#damaged.get(cause) ?? []) one.damage.delete(cause);
    if (this.#killers.delete(cause)) this.#letBoot();
  }

  #holding<C extends Trouble['change']>(change: C): [object, Extract<Trouble, { change: C }>][] {
    return [...this.#troubles].filter(([, one]) => one.change === change) as never;
  }

  // ---- what the process does --------------------

  #work(ops: readonly Op[], i: number, catches: boolean): void {
    for (const [k, op] of ops.entries()) {
      if (this.#do(op, 100 * i + k)) continue;
      if (catches) {
        this.#tell('refused');
        continue;
      }
      // Of several the latest is to blame, and the node boots when that one heals.
      const blamed = this.#holding('full').at(-1);
      if (blamed !== undefined) this.#killers.add(blamed[0]);
      this.#die(false);
      return;
    }
    this.#tell(`sees ${describePicture(this.#seen)}`);
    this.#flush();
  }

  /** False: the disk is full. */
  #do(op: Op, i: number): boolean {
    const { log, start } = this.#seen;
    const end = endOf(this.#seen);
    const full = this.#holding('full').length > 0;
    switch (op.op) {
      case 'set': {
        if (full) return false;
        const put = (one: Content) => (picture: Picture) => {
          const known = picture.keys.findIndex(([key]) => key === op.key);
          if (known < 0) picture.keys.push([op.key, one]);
          else picture.keys[known] = [op.key, one];
        };
        const known = this.#seen.keys.find(([key]) => key === op.key);
        const born = known?.[1].born ?? this.#issued;
        this.#write('record', put(content(op.value, born)), put(torn(born)));
        return true;
      }
      case 'delete':
        if (!this.#seen.keys.some(([key]) => key === op.key)) return true;
        this.#write('record', (picture) => {
          picture.keys = picture.keys.filter(([key]) => key !== op.key);
        });
        return true;
      case 'append': {
        if (full) return false;
        const put = (one: Content) => (picture: Picture) => void picture.log.set(end, one);
        this.#write('append', put(content(op.value)), put(torn()));
        return true;
      }
      case 'truncate': {
        const to = Math.max(start, end - op.by);
        if (to !== end) this.#truncate(to);
        return true;
      }
      case 'drop': {
        const to = Math.min(end, start + op.by);
        if (to === start) return true;
        this.#write('other', (picture) => {
          for (const index of [...picture.log.keys()]) if (index < to) picture.log.delete(index);
          picture.start = Math.max(picture.start, to);
        });
        return true;
      }
      case 'torn': {
        const drops = end > start && log.get(end - 1)?.isTorn === true;
        if (drops) this.#truncate(end - 1);
        this.#tell(`drops ${drops ? 1 : 0}`);
        return true;
      }
      case 'send':
        this.#whenDurable(this.#case.writeBackUs === null, () => this.#send(i));
        return true;
      case 'send now':
        this.#send(i);
        return true;
      case 'sync': {
        this.#asked = this.#issued;
        const heard = () => this.#tell(`synced ${i}`);
        if (this.#durable === this.#issued) {
          const life = this.#life;
          this.soon(() => {
            if (life === this.#life) this.#inProcess(heard);
          });
        } else this.#whenDurable(true, heard);
        return true;
      }
    }
  }

  #whenDurable(waits: boolean, then: () => void): void {
    if (!waits || this.#durable === this.#issued) then();
    else this.#waiting.push({ after: this.#issued, then });
  }

  #send(i: number): void {
    this.after(MESSAGE_US, () => this.#tell(`b hears ${i}`));
  }

  // ---- what the disk does --------------------

  #truncate(to: number): void {
    this.#write('other', (picture) => {
      for (const index of [...picture.log.keys()]) if (index >= to) picture.log.delete(index);
    });
  }

  #write(what: Write['what'], apply: Write['apply'], tear: Write['tear'] = apply): void {
    apply(this.#seen);
    this.#issued++;
    this.#writes.push({ what, apply, tear, safeAtUs: null, gone: false });
    const { writeBackUs } = this.#case;
    if (writeBackUs !== null && !this.#flushing) this.#writeBackLater(writeBackUs);
  }

  /** Written back together, so long after the first of them, or after the flush they missed. */
  #writeBackLater(afterUs: number): void {
    if (this.#writeBackDue) return;
    this.#writeBackDue = true;
    this.after(afterUs, () => {
      this.#writeBackDue = false;
      if (!this.#flushing && this.#durable < this.#issued) this.#beginFlush();
    });
  }

  #flush(): void {
    const wanted = this.#case.writeBackUs === null ? this.#issued : this.#asked;
    if (!this.#flushing && this.#durable < wanted) this.#beginFlush();
  }

  #beginFlush(): void {
    this.#flushing = true;
    let [factor, extraUs] = [1, 0];
    for (const [, slow] of this.#holding('slow')) {
      factor *= slow.factor;
      extraUs += slow.extraUs;
    }
    const covers = this.#writes.filter(({ safeAtUs, gone }) => safeAtUs === null && !gone);
    const upTo = this.#issued;
    const writes = this.#writes;
    this.after(this.#case.syncUs * factor + extraUs, () => {
      // The power has failed meanwhile.
      if (writes !== this.#writes) return;
      this.#flushing = false;
      this.#settle();
      this.#flushed(covers, upTo);
    });
  }

  #flushed(covers: readonly Write[], upTo: number): void {
    if (this.#hasFailed(covers)) {
      if (this.#triesAgain) this.#flushRest();
      return;
    }
    const lies = this.#holding('lies').map(([, { cacheUs }]) => cacheUs);
    const safeAtUs = lies.length === 0 ? this.now : this.now + Math.max(...lies);
    for (const write of covers) write.safeAtUs = safeAtUs;
    if (lies.length === 0) {
      for (const write of this.#writes) if (write.safeAtUs !== null) write.safeAtUs = this.now;
    }
    this.#settle();
    this.#durable = upTo;
    const due = this.#waiting.filter(({ after }) => after <= upTo);
    this.#waiting = this.#waiting.filter(({ after }) => after > upTo);
    for (const { then } of due) this.#inProcess(then);
    this.#flushRest();
  }

  #flushRest(): void {
    this.#flush();
    const { writeBackUs } = this.#case;
    if (writeBackUs !== null && !this.#flushing && this.#durable < this.#issued) {
      this.#writeBackLater(writeBackUs);
    }
  }

  /** True: nothing is durable that was not before. */
  #hasFailed(covers: readonly Write[]): boolean {
    const failing = this.#triesAgain ? [] : this.#holding('fails');
    const deadly = failing.filter(([, { outcome }]) => outcome === 'die').at(-1);
    this.#triesAgain = failing.length > 0 && deadly === undefined;
    if (failing.length === 0) return false;
    // The pages are clean, and stay in the cache as long as there is one. The book of a log, how
    // far it goes, is not lost with them.
    const { writeBackUs } = this.#case;
    if (deadly === undefined || writeBackUs !== null) {
      // What an earlier flush lied about, and is not safe yet, is in the same pages.
      const lied = this.#writes.filter(({ safeAtUs }) => safeAtUs !== null);
      for (const write of [...lied, ...covers]) {
        if (write.what === 'other') write.safeAtUs = this.now;
        else write.gone = true;
      }
    }
    if (deadly === undefined) return true;
    if (this.#up) {
      this.#killers.add(deadly[0]);
      this.#die(false);
    }
    if (writeBackUs !== null) this.#writeBackLater(writeBackUs);
    return true;
  }

  /** What is safe by now and has nothing before it that is not goes into the picture. */
  #settle(): void {
    while (true) {
      const [first] = this.#writes;
      if (first === undefined) return;
      if (!first.gone) {
        if (first.safeAtUs === null || first.safeAtUs > this.now) return;
        first.apply(this.#safe);
      }
      // In place: a flush under way holds on to the list.
      this.#writes.shift();
    }
  }
}
