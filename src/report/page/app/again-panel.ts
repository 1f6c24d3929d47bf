/**
 * The tab that runs the scenario again: what is asked for, the runs so far, and in what the one
 * that is shown differs from the one that the file holds.
 */
import { formatMomentUs } from '../../../sim/units.ts';
import { runArguments } from '../../run-context.ts';
import type { DroppedMessage } from '../again/changes.ts';
import { differencesOf, firstDifferenceUs } from '../again/differences.ts';
import type { AgainPack, Asked, Brief, WholeRun } from '../again/pack.ts';
import { marks } from '../page-html.ts';
import { RunData } from '../run-data.ts';
import { AgainForm } from './again-form.ts';
import { button, copyFrom, make } from './dom.ts';
import { Refusal, Runner, Stopped } from './runner.ts';

/** One run in the list. */
export interface Row {
  readonly asked: Asked;
  /** In what it differs from the recorded run, in words. */
  readonly words: string;
  readonly brief: Brief;
  /** What a page shows of it; null for a run that was only judged. */
  whole: (WholeRun & { readonly data: RunData }) | null;
  /** When it first differs from the recorded run; null: it does not. */
  firstUs: number | null;
}

/** What the page does with runs. */
export interface Stage {
  readonly recorded: RunData;
  /** null is the run that the file holds. */
  show(row: Row | null): void;
  beside(row: Row | null): void;
}

interface Wanted {
  readonly asked: Asked;
  readonly words: string;
}

const SHOWN_MAX = 40;

export class AgainPanel {
  readonly element: HTMLElement;
  private readonly stage: Stage;
  private runner: Runner | null = null;
  private form: AgainForm | null = null;
  private readonly rows: Row[] = [];
  /** Runs of several seeds or branches, which are only judged. */
  private batch: { readonly of: string; readonly count: number; readonly rows: Row[] } | null =
    null;
  private shown: Row | null = null;
  private isBeside = false;
  private isBusy = false;
  private opening: Promise<AgainForm | null> | null = null;
  private readonly state = make('p', { class: 'state' });
  private readonly line = make('code', {});
  private readonly buttons = make('div', { class: 'line' });
  private readonly list = make('div', {});

  constructor(stage: Stage) {
    this.stage = stage;
    this.element = make('div', { class: 'again' });
  }

  /** Unpacks the engine, once, and sees whether it gives what was recorded. */
  open(): Promise<AgainForm | null> {
    this.opening ??= this.begin();
    return this.opening;
  }

  private async begin(): Promise<AgainForm | null> {
    this.isBusy = true;
    this.state.textContent = 'Unpacking the simulator …';
    this.element.replaceChildren(this.state);
    try {
      this.runner = await Runner.start();
      const { pack } = this.runner;
      this.form = new AgainForm(pack.asked, () => this.preview());
      this.form.onWithout = () => void this.askKnobs();
      const copy = button('Copy', () => copyFrom(copy, this.line.textContent ?? ''));
      const command = make('div', { class: 'command' }, this.line, copy);
      this.element.replaceChildren(this.state, this.form.element, this.buttons, command, this.list);
      await this.askKnobs();
      await this.verify(pack);
    } catch (error) {
      this.complain(error);
    }
    this.isBusy = false;
    this.draw();
    return this.form;
  }

  private async askKnobs(): Promise<void> {
    if (this.runner === null || this.form === null) return;
    try {
      const said = await this.runner.ask({ what: 'knobs', without: this.form.without });
      if ('knobs' in said) this.form.show(said.knobs);
    } catch (error) {
      this.complain(error);
    }
  }

  private async verify(pack: AgainPack): Promise<void> {
    this.state.textContent = 'Running it again without a change …';
    const { digests } = (await this.runOne(pack.asked, '', false)).brief;
    const other = Object.entries(pack.digests).filter(
      ([tier, digest]) => digests[tier as keyof typeof digests] !== digest,
    );
    this.state.classList.toggle('wrong', other.length > 0);
    // Its messages are asked for only if they differ: to bring them takes as long as the run.
    const firstUs = other.length === 0 ? null : (await this.runOne(pack.asked, '', true)).firstUs;
    this.state.textContent =
      other.length === 0
        ? `✓ Here as on the command line: run again without a change, all four digests are the same (${digests.order}).`
        : `✕ This browser does not repeat the run: ${other.map(([tier]) => tier).join(', ')} differ, first at ${firstUs === null ? 'its end' : formatMomentUs(firstUs)}. Trust the command line.`;
  }

  // --- What others ask for ---------------------------------------------------------------------

  async drop(message: DroppedMessage): Promise<void> {
    const form = await this.open();
    form?.drop(message);
    await this.run();
  }

  async branchAt(us: number): Promise<void> {
    const form = await this.open();
    form?.branchAt(`${us / 1000}ms`);
  }

  // --- Runs ------------------------------------------------------------------------------------

  private async runOne(asked: Asked, words: string, isWhole: boolean): Promise<Row> {
    if (this.runner === null) throw new Stopped('stopped');
    const said = await this.runner.ask({ what: 'run', asked, whole: isWhole });
    if (!('brief' in said)) throw new Refusal('the engine answered something else');
    const { brief, whole } = said;
    const row: Row = { asked, words, brief, whole: null, firstUs: null };
    if (whole !== null) this.fill(row, whole);
    return row;
  }

  private fill(row: Row, whole: WholeRun): void {
    const { recorded } = this.stage;
    const data = new RunData(whole.model, whole.columns);
    row.whole = { ...whole, data };
    row.firstUs = firstDifferenceUs(recorded, data);
  }

  private async run(): Promise<void> {
    const { form } = this;
    if (form === null || this.isBusy) return;
    await this.work(async () => {
      const words = form.words.join(', ') || 'without a change';
      const row = await this.runOne(form.asked, words, true);
      this.rows.unshift(row);
      this.rows.splice(SHOWN_MAX);
      this.choose(row);
    });
  }

  /** Several runs, as they come. */
  private async runBatch(of: string, all: readonly Wanted[]): Promise<void> {
    const batch = { of, count: all.length, rows: [] as Row[] };
    this.batch = batch;
    await this.work(async () => {
      for (const { asked, words } of all) {
        batch.rows.push(await this.runOne(asked, words, false));
        this.drawList();
      }
    });
  }

  private async work(act: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    this.draw();
    try {
      await act();
    } catch (error) {
      this.complain(error);
    }
    this.isBusy = false;
    this.draw();
  }

  private complain(error: unknown): void {
    if (error instanceof Stopped) return;
    this.state.classList.add('wrong');
    this.state.textContent = error instanceof Error ? error.message : String(error);
  }

  private seeds(count: number): void {
    const { form } = this;
    if (form === null) return;
    if (form.branch !== null) {
      const all = Array.from({ length: count }, (_, i): Wanted => {
        return { asked: form.branched(i + 1), words: [...form.words, `draws ${i + 1}`].join(', ') };
      });
      void this.runBatch(`${count} other sequences of random draws from ${form.branch.at}`, all);
    } else {
      const others = form.words.filter((word) => !word.startsWith('seed '));
      const all = Array.from({ length: count }, (_, i): Wanted => {
        const seed = String(i + 1);
        return { asked: { ...form.asked, seed }, words: [`seed ${seed}`, ...others].join(', ') };
      });
      void this.runBatch(`seeds 1 to ${count}`, all);
    }
  }

  /**
   * Shows a run in place of the one that is seen; one that was only judged is run with its messages
   * first.
   */
  private choose(row: Row | null): void {
    if (row === null || row.whole !== null) {
      this.isBeside = false;
      this.shown = row;
      this.stage.show(row);
      this.draw();
      return;
    }
    void this.work(async () => {
      const found = await this.runOne(row.asked, row.words, true);
      row.whole = found.whole;
      row.firstUs = found.firstUs;
      this.rows.unshift(row);
      this.choose(row);
    });
  }

  private setBeside(row: Row): void {
    this.isBeside = !this.isBeside || this.shown !== row;
    this.shown = this.isBeside ? row : null;
    this.stage.show(null);
    this.stage.beside(this.isBeside ? row : null);
    this.draw();
  }

  // --- What is seen ----------------------------------------------------------------------------

  private commandOf({ seed, sets, without }: Asked): string {
    const pack = this.runner?.pack;
    if (pack === undefined) return '';
    const { file, version, maxEvents, strict, allowOutside, scenarioHash } = pack;
    const of = { file, version, maxEvents, strict, allowOutside, scenarioHash, sets, without };
    return `dsim run ${runArguments(seed, { ...of, dsim: 'dsim', kept: null, runId: null })}`;
  }

  private preview(): void {
    if (this.form !== null) this.line.textContent = this.commandOf(this.form.asked);
  }

  private draw(): void {
    this.preview();
    const { form, isBusy } = this;
    const some = (count: number) => `${count} ${form?.branch === null ? 'seeds' : 'branches'}`;
    this.buttons.replaceChildren(
      ...(isBusy
        ? [button('Stop', () => this.runner?.stop())]
        : [
            button('Run', () => void this.run(), { class: 'main' }),
            button(some(12), () => this.seeds(12)),
            button(some(100), () => this.seeds(100)),
            button('Reset', () => form?.reset()),
          ]),
    );
    this.drawList();
  }

  private drawList(): void {
    const { rows, batch, shown } = this;
    this.list.replaceChildren(
      ...(batch === null ? [] : [this.batchOf(batch)]),
      ...(rows.length === 0 ? [] : [make('h2', {}, 'Runs'), this.recordedRow()]),
      ...rows.map((row) => this.rowOf(row)),
      ...(shown?.whole == null ? [] : [this.table(shown, shown.whole.data)]),
    );
  }

  private batchOf({ of, count, rows }: NonNullable<AgainPanel['batch']>): HTMLElement {
    const held = rows.filter(({ brief }) => brief.state === 'held').length;
    const said = `${held} of ${rows.length} held`;
    const title = rows.length < count ? `${said}, ${count - rows.length} to come` : said;
    const chips = rows.map((row) => {
      const name = row.words;
      const { state, sentence } = row.brief;
      const act = () => this.choose(row);
      const wanted = { class: `chip ${classOf(row)}`, title: `${name}: ${state}. ${sentence}` };
      return button(marks[state], act, { ...wanted, said: `${name}: ${state}` });
    });
    return make(
      'div',
      {},
      make('h2', {}, `${of}: ${title}`),
      make('div', { class: 'chips' }, ...chips),
    );
  }

  private recordedRow(): HTMLElement {
    const isShown = this.shown === null || this.isBeside;
    const show = button('Show', () => this.choose(null), { disabled: isShown && !this.isBeside });
    const { state } = this.stage.recorded.model;
    return make(
      'div',
      { class: `run ${isShown ? 'shown' : ''}` },
      make('span', { class: `mark is-${state.replaceAll(' ', '-')}` }, marks[state]),
      make('div', {}, make('b', {}, 'as recorded'), make('p', {}, state)),
      make('span', {}, show),
    );
  }

  private rowOf(row: Row): HTMLElement {
    const { brief, firstUs, asked } = row;
    const line = this.commandOf(asked);
    const isShown = this.shown === row;
    const differs =
      firstUs === null ? 'the same run' : `first difference at ${formatMomentUs(firstUs)}`;
    const copy = button('Copy', () => copyFrom(copy, line), { title: line });
    return make(
      'div',
      { class: `run ${isShown ? 'shown' : ''}` },
      make('span', { class: `mark ${classOf(row)}` }, marks[brief.state]),
      make('div', {}, make('b', {}, row.words), make('p', {}, `${brief.state} · ${differs}`)),
      make(
        'span',
        {},
        button('Show', () => this.choose(row), { disabled: isShown && !this.isBeside }),
        pressed(
          button('Beside', () => this.setBeside(row)),
          isShown && this.isBeside,
        ),
        copy,
      ),
    );
  }

  private table(row: Row, data: RunData): HTMLElement {
    const differences = differencesOf(this.stage.recorded, data);
    if (differences.length === 0) return make('p', { class: 'quiet' }, 'It differs in no number.');
    const cells = differences.map(([what, one, other]) =>
      make('tr', {}, make('th', {}, what), make('td', {}, one), make('td', {}, other)),
    );
    const head = make(
      'tr',
      {},
      make('th', {}),
      make('th', {}, 'recorded'),
      make('th', {}, 'this run'),
    );
    const title = `What differs: ${row.words}`;
    return make('div', {}, make('h2', {}, title), make('table', {}, head, ...cells));
  }
}

function pressed(of: HTMLButtonElement, isOn: boolean): HTMLButtonElement {
  of.setAttribute('aria-pressed', String(isOn));
  return of;
}

function classOf({ brief }: Row): string {
  return `is-${brief.state.replaceAll(' ', '-')}`;
}
