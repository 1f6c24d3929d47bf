/**
 * Backs up a store: full copies now and then, the log in between, and a restore on demand. It asks
 * all members, and the primary answers.
 */
import type { Context, Detail, Node } from '../../../sim/node.ts';
import type {
  BackupMessage,
  CopyPart,
  Entries,
  LogPart,
  Restore,
} from '../../parts/backup-messages.ts';
import { Archive } from './archive.ts';
import type { Bug } from './declared.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<BackupMessage>;

/** What has no answer is asked again after this, in ms. */
const ASK_AGAIN_MS = 500;

/** A full copy that is being taken. */
interface Copy {
  readonly id: number;
  /** How often it was begun before: it failed its test, or another primary took over. */
  readonly tries: number;
  readonly first: CopyPart | null;
  readonly entries: Entries;
  /** Entries that have come. */
  readonly from: number;
}

interface Order {
  readonly to: string;
  readonly sinceMs: number;
  readonly restore: Restore;
}

export class Backup implements Node<BackupMessage> {
  readonly #settings: Settings;
  readonly #bug: Bug | null;
  #archive!: Archive;
  #copy: Copy | null = null;
  #order: Order | null = null;
  #copies = 0;

  constructor(settings: Settings, bug: Bug | null) {
    this.#settings = settings;
    this.#bug = bug;
  }

  start(ctx: Ctx): void {
    this.#archive = new Archive(ctx.storage, this.#settings.keep);
    this.#beginCopy(ctx, 0);
    ctx.setTimer('full', this.#settings['full-every']);
    ctx.setTimer('log', this.#settings['log-ship-every']);
  }

  timeout(ctx: Ctx, tag: string): void {
    switch (tag) {
      case 'full':
        if (this.#copy === null) this.#beginCopy(ctx, 0);
        return ctx.setTimer('full', this.#settings['full-every']);
      case 'log':
        this.#askLog(ctx);
        return ctx.setTimer('log', this.#settings['log-ship-every']);
      case 'part':
        return this.#askPart(ctx);
      case 'restore':
        return this.#sendRestore(ctx);
    }
  }

  receive(ctx: Ctx, _from: string, m: BackupMessage): void {
    if (m.type === 'copyPart') this.#onPart(ctx, m);
    else if (m.type === 'logPart') this.#onLog(ctx, m);
    else if (m.type === 'restored') this.#onRestored(ctx, m.id);
  }

  // --- Full copies -----------------------------------------------------------------------------

  #beginCopy(ctx: Ctx, tries: number): void {
    this.#copies++;
    // No copy of an earlier life has this number.
    const id = ctx.life * 1_000_000 + this.#copies;
    this.#copy = { id, tries, first: null, entries: [], from: 0 };
    this.#askPart(ctx);
  }

  #askPart(ctx: Ctx): void {
    if (this.#copy === null) return;
    const { id, from } = this.#copy;
    for (const node of this.#settings.of) ctx.send(node, { type: 'copyRequest', copy: id, from });
    ctx.setTimer('part', ASK_AGAIN_MS);
  }

  #onPart(ctx: Ctx, m: CopyPart): void {
    const copy = this.#copy;
    if (copy === null || m.copy !== copy.id || m.from !== copy.from) return;
    // Another primary may have the keys in another order, and another history.
    if (copy.first !== null && copy.first.term !== m.term) return this.#beginCopy(ctx, copy.tries);
    if (copy.first === null && this.#archive.end === null) this.#archive.begin(m.lsn, m.epoch);
    const isDropped = this.#bug === 'untested-backup' && copy.tries === 0 && copy.first === null;
    const entries = isDropped ? copy.entries : [...copy.entries, ...m.entries];
    const from = copy.from + m.entries.length;
    this.#copy = { ...copy, first: copy.first ?? m, entries, from };
    if (from >= m.total) return this.#endCopy(ctx, m);
    const { size, 'copy-rate': rate } = this.#settings;
    ctx.setTimer('part', ((1000 * size) / rate) * (m.entries.length / m.total));
  }

  #endCopy(ctx: Ctx, { lsn: endLsn }: CopyPart): void {
    const { first, entries, from: count, tries } = this.#copy as Copy & { first: CopyPart };
    this.#copy = null;
    ctx.cancelTimer('part');
    if (this.#settings.verify && entries.length !== count) {
      ctx.measure('failed-tests');
      ctx.note('fails its test');
      return this.#beginCopy(ctx, tries + 1);
    }
    ctx.measure('fulls');
    ctx.note('has a full copy');
    const { lsn: startLsn, epoch: startEpoch } = first;
    this.#archive.addFull({ startLsn, startEpoch, endLsn, entries, count });
    this.#askLog(ctx);
  }

  // --- The log ---------------------------------------------------------------------------------

  #askLog(ctx: Ctx): void {
    const { end } = this.#archive;
    if (end === null || this.#order !== null) return;
    const { lsn: after, epoch } = end;
    for (const node of this.#settings.of) ctx.send(node, { type: 'logRequest', after, epoch });
  }

  #onLog(ctx: Ctx, m: LogPart): void {
    if (m.after !== this.#archive.end?.lsn || this.#order !== null) return;
    if (m.isGap && this.#bug !== 'log-gap-ignored') return this.#onGap(ctx);
    const [first] = m.records;
    if (first === undefined) return;
    for (const record of m.records) this.#archive.add(record);
    ctx.measure('archive-lag', Math.max(0, ctx.now() - first.atMs));
    ctx.measure('archived', this.#archive.records);
    if (m.isMore) this.#askLog(ctx);
  }

  /** From here on only another full copy helps, and the log from its beginning. */
  #onGap(ctx: Ctx): void {
    ctx.note('gap in the log');
    this.#beginStretch(ctx);
  }

  #beginStretch(ctx: Ctx): void {
    this.#archive.abandon();
    this.#beginCopy(ctx, 0);
  }

  // --- Restore ---------------------------------------------------------------------------------

  command(ctx: Ctx, name: string, params: { readonly [name: string]: unknown }): void {
    if (name !== 'restore') return;
    const [to] = params['to'] as readonly string[];
    const atMs = (params['at'] as number | undefined) ?? Infinity;
    const plan = this.#archive.planAt(atMs, this.#bug === 'torn-snapshot');
    if (plan === null || to === undefined) return ctx.note('cannot restore');
    const { replayed: records, lsn, epoch, entries } = plan;
    ctx.note('restores', { records });
    const { size, 'restore-rate': rate, 'replay-rate': replayRate } = this.#settings;
    const id = ctx.life * 1_000_000 + ++this.#copies;
    const restore: Restore = { type: 'restore', id, lsn, epoch, entries };
    this.#copy = null;
    ctx.cancelTimer('part');
    this.#order = { to, sinceMs: ctx.elapsed(), restore };
    ctx.setTimer('restore', (1000 * size) / rate + (1000 * records) / replayRate);
  }

  #sendRestore(ctx: Ctx): void {
    if (this.#order === null) return;
    ctx.send(this.#order.to, this.#order.restore);
    ctx.setTimer('restore', ASK_AGAIN_MS);
  }

  #onRestored(ctx: Ctx, id: number): void {
    if (this.#order?.restore.id !== id) return;
    ctx.measure('restore-time', ctx.elapsed() - this.#order.sinceMs);
    ctx.note('restored');
    ctx.cancelTimer('restore');
    this.#order = null;
    // Another history begins.
    this.#beginStretch(ctx);
  }

  inspect(): Detail {
    return {
      lsn: this.#archive.end?.lsn ?? null,
      records: this.#archive.records,
      isCopying: this.#copy !== null,
      isRestoring: this.#order !== null,
    };
  }
}
