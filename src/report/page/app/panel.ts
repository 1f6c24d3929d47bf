/**
 * Beside the picture: tabs, the card of what is selected, the story's steps, types, and the log.
 */
import { formatCount } from '../../../sim/units.ts';
import { ARRIVED, fates, isLost, UNDER_WAY } from '../run-events.ts';
import { button, make } from './dom.ts';
import type { LogRow } from './log-rows.ts';
import { logRows } from './log-rows.ts';
import { spansList } from './spans-list.ts';
import { element } from './unpack.ts';
import type { View } from './view.ts';

const TABS = ['why', 'facts', 'log', 'again'] as const;
export type Tab = (typeof TABS)[number];

const ROW_PX = 22;
const ROWS_SHOWN = 44;

/** What a page that runs its scenario again does with what is selected. */
export interface Actions {
  open(): void;
  /** Loses a message, and runs again. */
  drop(row: number): void;
  /** Runs again, with other random draws from this time on. */
  branchAt(us: number): void;
}

export class Panel {
  tab: Tab = 'why';
  private readonly view: View;
  private rows: readonly LogRow[] = [];
  private rowsOf: unknown = null;
  private readonly list = document.createElement('div');
  private readonly scroller = element<HTMLElement>('log');
  private carded: string | null = null;

  /** Those that this page has. */
  readonly tabs = TABS.filter((tab) => document.getElementById(tab) !== null);
  /** What can be done with a message, besides looking at it. */
  private readonly actions: Actions | null;

  constructor(view: View, actions: Actions | null) {
    this.view = view;
    this.actions = actions;
    const { tabs } = this;
    for (const tab of tabs) {
      element(`tab-${tab}`).addEventListener('click', () => this.show(tab));
      element(`tab-${tab}`).addEventListener('keydown', (event) => {
        const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
        if (by === 0) return;
        event.stopPropagation();
        const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length] ?? 'why';
        this.show(next);
        element(`tab-${next}`).focus();
      });
    }
    for (const button of document.querySelectorAll<HTMLElement>('.story button')) {
      button.addEventListener('click', () => this.step(Number(button.dataset['step'])));
    }
    this.scroller.append(this.list);
    this.scroller.tabIndex = 0;
    this.scroller.addEventListener('scroll', () => this.drawLog());
    this.scroller.addEventListener('keydown', (event) => this.logKey(event));
    this.list.addEventListener('click', (event) => {
      const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
      const entry = this.rows[Number(row?.dataset['row'] ?? -1)];
      if (entry !== undefined) this.choose(entry);
    });
    this.showKinds();
  }

  show(tab: Tab): void {
    this.tab = tab;
    for (const each of this.tabs) {
      element(each).hidden = each !== tab;
      const button = element(`tab-${each}`);
      button.setAttribute('aria-selected', String(each === tab));
      button.tabIndex = each === tab ? 0 : -1;
    }
    if (tab === 'log') this.openLog();
    if (tab === 'again') this.actions?.open();
    this.view.changed();
  }

  /** Selects what a step of the story is about, and brings it into view. */
  step(place: number): void {
    const step = this.view.data.model.story[place];
    if (step === undefined) return;
    if (!this.view.isFolded && this.view.data.model.failure !== null) this.view.showFailure();
    this.view.selected = null;
    this.view.select(step.select);
    this.view.reveal(step.atUs);
    this.mark(place);
    // The card that comes takes room from the list.
    requestAnimationFrame(() => {
      document.querySelector('.story [aria-current]')?.scrollIntoView({ block: 'nearest' });
    });
  }

  private mark(place: number): void {
    document.querySelectorAll('.story button').forEach((button, i) => {
      if (i === place) button.setAttribute('aria-current', 'step');
      else button.removeAttribute('aria-current');
    });
  }

  /** The step that is marked; -1 for none. */
  get place(): number {
    const all = [...document.querySelectorAll('.story button')];
    return all.findIndex((button) => button.hasAttribute('aria-current'));
  }

  update(): void {
    this.drawCard();
    if (this.tab === 'log') this.drawLog();
  }

  // --- The card ----------------------------------------------------------------------------------

  private drawCard(): void {
    const { selected } = this.view;
    if (selected === this.carded) return;
    this.carded = selected;
    const card = element('card');
    card.hidden = selected === null;
    if (selected === null) return;
    const close = document.createElement('button');
    close.type = 'button';
    close.className = 'close';
    close.textContent = '✕';
    close.setAttribute('aria-label', 'Close');
    close.addEventListener('click', () => this.view.select(null));
    const title = document.createElement('h2');
    const name = this.view.nameOf(selected);
    title.textContent = name;
    const lines = this.linesOf(selected);
    card.replaceChildren(close, title, ...lines.map(paragraph));
    const place = Number(selected.slice(1));
    if (selected.startsWith('m')) this.addBody(card, place);
    if (selected.startsWith('o') && this.view.data.model.hasMessages) {
      card.append(spansList(this.view, place) ?? '');
    }
    this.addActions(card, selected);
    element('live').textContent = `${name}. ${lines.join(' ')}`;
  }

  private linesOf(selected: string): readonly string[] {
    const { view } = this;
    const { model, messages, operations } = view.data;
    const place = Number(selected.slice(1));
    const lines: string[] = [];
    if (selected.startsWith('m')) {
      const fate = messages.fate[place] ?? 0;
      lines.push(`sent ${ms(messages.sentUs[place] ?? 0)}`);
      const fault = model.blamed[messages.fault[place] ?? -1];
      const why = `lost (${fates[fate]}${fault === undefined ? '' : `, by ${fault}`})`;
      const late = fault === undefined ? 'arrived' : `arrived late, by ${fault},`;
      const became = fate === ARRIVED ? late : fate === UNDER_WAY ? 'still under way' : why;
      lines.push(fate === UNDER_WAY ? became : `${became} ${ms(messages.endedUs[place] ?? 0)}`);
      const waited = (messages.sentStep[place] ?? 0) - (messages.cause[place] ?? 0);
      if (waited > 0) lines.push('It waited for its sender’s disk.');
    } else if (selected.startsWith('o')) {
      const node = model.nodes[operations.node[place] ?? -1]?.name;
      const client = model.nodes[operations.client[place] ?? 0]?.name ?? '';
      lines.push(node === undefined ? client : `${client} at ${node}`);
      const end = operations.end[place] ?? Infinity;
      const outcome = ['ok', 'failed', 'outcome unknown'][operations.outcome[place] ?? 0] ?? '';
      lines.push(`began ${ms(operations.start[place] ?? 0)}`);
      lines.push(end === Infinity ? 'never ended' : `ended ${ms(end)} · ${outcome}`);
    } else if (selected.startsWith('f')) {
      const fault = model.faults[place];
      if (fault !== undefined) {
        const until = fault.isHealed ? ms(fault.untilUs) : 'the end';
        lines.push(fault.label, `strikes ${ms(fault.fromUs)}`, `until ${until}`);
      }
    } else if (selected.startsWith('r')) {
      const role = model.roles[place];
      if (role !== undefined) {
        lines.push(`from ${ms(role.fromUs)}`, `until ${ms(role.untilUs)}`);
        if (role.staleFromUs !== null) {
          lines.push(`Since ${ms(role.staleFromUs)} another node leads a later term.`);
        }
      }
    } else {
      const note = model.notes[place];
      if (note !== undefined) lines.push(ms(note.atUs), note.text);
    }
    if (view.cone === null) return lines;
    const [past, future] = [view.cone.pastRows, view.cone.futureRows].map(({ length }) =>
      formatCount(length),
    );
    return [
      ...lines,
      `${past} messages could have led to it (blue), ${future} it could have led to (amber). Bold: who brought the newest news of each node, and who first carried it on.`,
    ];
  }

  /** Loses the selected message, if there is one that arrived. */
  drop(): void {
    const { selected, data } = this.view;
    const row = Number(selected?.slice(1));
    if (selected?.startsWith('m') && !isLost(data.messages.fate[row])) this.actions?.drop(row);
  }

  private addActions(card: HTMLElement, selected: string): void {
    const { actions, view } = this;
    if (actions === null) return;
    const row = Number(selected.slice(1));
    const line = make('div', { class: 'line' });
    if (selected.startsWith('m') && !isLost(view.data.messages.fate[row])) {
      line.append(button('Lose it and run again', () => actions.drop(row)));
    }
    const us = view.cone === null ? null : view.coneUs;
    if (us !== null) {
      const said = 'Runs again: the same until here, then with other random draws';
      line.append(button('Branch here', () => actions.branchAt(us), { title: said }));
    }
    card.append(line);
  }

  private addBody(card: HTMLElement, row: number): void {
    const body = document.createElement('pre');
    const fill = () => {
      body.textContent = (this.view.bodies?.[row] ?? '').replaceAll(' ', '\n') || '(not kept)';
    };
    if (this.view.bodies !== null) fill();
    else void this.view.loadBodies().then(fill);
    card.append(body);
  }

  // --- Types of messages -------------------------------------------------------------------------

  private showKinds(): void {
    const { data } = this.view;
    const { model } = data;
    const counts = data.kindCounts;
    const order = model.kinds
      .map((_, kind) => kind)
      .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
    element('kinds').replaceChildren(
      ...order.map((kind) => {
        const label = document.createElement('label');
        const box = document.createElement('input');
        box.type = 'checkbox';
        box.checked = true;
        box.addEventListener('change', () => {
          if (box.checked) this.view.hiddenKinds.delete(kind);
          else this.view.hiddenKinds.add(kind);
          this.view.find(this.view.query);
        });
        const count = document.createElement('span');
        count.textContent = formatCount(counts[kind] ?? 0);
        label.append(box, model.kinds[kind] ?? '', count);
        return label;
      }),
    );
  }

  // --- The log -----------------------------------------------------------------------------------

  private drawLog(): void {
    const { view, list, scroller } = this;
    if (this.rowsOf !== view.rows) {
      this.rowsOf = view.rows;
      this.rows = logRows(view.data, view.rows.rows);
    }
    list.style.height = `${this.rows.length * ROW_PX}px`;
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW_PX) - 6);
    const shown = this.rows.slice(first, first + ROWS_SHOWN);
    list.replaceChildren(
      ...shown.map((row, i) => {
        const line = document.createElement('div');
        line.dataset['row'] = String(first + i);
        line.style.top = `${(first + i) * ROW_PX}px`;
        line.className = row.isLost ? 'row lost' : 'row';
        if (row.select === view.selected) line.classList.add('chosen');
        const time = document.createElement('time');
        time.textContent = (row.atUs / 1e6).toFixed(6);
        line.append(time, view.nameOf(row.select));
        return line;
      }),
    );
  }

  /** At what is selected, else at the first row that is in view. */
  private openLog(): void {
    this.drawLog();
    const { rows, view, scroller } = this;
    const { selected, fromUs } = view;
    const at = rows.findIndex(({ select, atUs }) =>
      selected === null ? atUs >= fromUs : select === selected,
    );
    scroller.scrollTop = Math.max(0, at) * ROW_PX;
  }

  private choose(row: LogRow): void {
    this.view.select(row.select);
    this.view.reveal(row.atUs);
  }

  private logKey(event: KeyboardEvent): void {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.walk(by);
  }

  /** Selects the next row of the log, or the one before. */
  walk(by: number): void {
    if (this.rowsOf !== this.view.rows) this.drawLog();
    const { rows, view } = this;
    const at = rows.findIndex(({ select }) => select === view.selected);
    const near = rows.findIndex(({ atUs }) => atUs >= view.fromUs);
    const next = rows[at === -1 ? Math.max(0, near) : at + by];
    if (next === undefined) return;
    const place = rows.indexOf(next) * ROW_PX;
    const { scroller } = this;
    if (place < scroller.scrollTop || place > scroller.scrollTop + scroller.clientHeight - ROW_PX) {
      scroller.scrollTop = place - scroller.clientHeight / 2;
    }
    this.choose(next);
  }
}

function paragraph(text: string): HTMLElement {
  const made = document.createElement('p');
  made.textContent = text;
  return made;
}

/** `10446.420 ms`. */
function ms(us: number): string {
  return `${(us / 1000).toFixed(3)} ms`;
}
