/** The fields of a run that is asked for: seed, faults, values, and the moment of a branch. */
import {
  type Changes,
  type DroppedMessage,
  type FaultChange,
  NO_CHANGES,
  setsOf,
} from '../again/changes.ts';
import type { Asked, Knob, Knobs } from '../again/pack.ts';
import { button, make } from './dom.ts';

/** Keys of a fault that have a field of their own. */
const TIMES = ['at', 'for'];

export class AgainForm {
  readonly element = make('div', { class: 'form' });
  private readonly recorded: Asked;
  private readonly changed: () => void;
  private knobs: Knobs = { knobs: [], faults: [], hasWithout: false };
  private changes: Changes = NO_CHANGES;
  seed: string;
  without: boolean;
  /** Asks for the knobs as they are with or without the protection. */
  onWithout: () => void = () => undefined;

  constructor(recorded: Asked, changed: () => void) {
    this.recorded = recorded;
    this.changed = changed;
    this.seed = recorded.seed;
    this.without = recorded.without;
  }

  get asked(): Asked {
    const { recorded, seed, without } = this;
    const sets = [...recorded.sets, ...setsOf(this.changes, this.knobs.faults)];
    return { seed, sets, without };
  }

  get branch(): Changes['branch'] {
    return this.changes.branch;
  }

  /** The same, with another way to go on from the moment of the branch. */
  branched(salt: number): Asked {
    const { branch } = this.changes;
    const changes =
      branch === null ? this.changes : { ...this.changes, branch: { ...branch, salt } };
    return { ...this.asked, sets: [...this.recorded.sets, ...setsOf(changes, this.knobs.faults)] };
  }

  /** In what it differs from the recorded run, in words. */
  get words(): readonly string[] {
    const { recorded, seed, without, changes, knobs } = this;
    const faults = [...changes.faults].flatMap(([place, { isOn, values }]) => {
      const label = knobs.faults[place]?.label ?? '';
      if (!isOn) return [`no ${label}`];
      return [...values].map(([key, value]) => `${label} ${key} ${value}`);
    });
    const values = [...changes.values].map(([path, value]) => {
      const knob = knobs.knobs.find((each) => each.path === path);
      return `${knob?.name ?? path} ${value}`;
    });
    const drops = changes.drops.map(({ from, to, type, number }) => {
      return `${type} ${number} from ${from} to ${to} lost`;
    });
    const { branch } = changes;
    return [
      ...(seed === recorded.seed ? [] : [`seed ${seed}`]),
      ...(without === recorded.without ? [] : [without ? 'without the protection' : 'protected']),
      ...faults,
      ...drops,
      ...values,
      ...(branch === null ? [] : [`other random draws from ${branch.at}`]),
    ];
  }

  show(knobs: Knobs): void {
    this.knobs = knobs;
    this.draw();
  }

  /** The run as it was recorded. */
  reset(): void {
    this.seed = this.recorded.seed;
    this.changes = NO_CHANGES;
    this.draw();
    if (this.without !== this.recorded.without) {
      this.without = this.recorded.without;
      this.onWithout();
    }
  }

  drop(message: DroppedMessage): void {
    this.change({ drops: [...this.changes.drops, message] });
  }

  branchAt(at: string): void {
    this.change({ branch: { at, salt: this.changes.branch?.salt ?? 1 } });
  }

  private change(some: Partial<Changes>, redraws = true): void {
    this.changes = { ...this.changes, ...some };
    if (redraws) this.draw();
    else this.changed();
  }

  private draw(): void {
    this.element.replaceChildren(
      this.seedRow(),
      ...(this.knobs.hasWithout ? [this.withoutRow()] : []),
      ...this.knobs.faults.map((_, place) => this.faultRow(place)),
      ...this.changes.drops.map((message, place) => this.dropRow(message, place)),
      ...[...this.changes.values.keys()].map((path) => this.valueRow(path)),
      this.branchRow(),
      this.chooser(),
    );
    this.changed();
  }

  private seedRow(): HTMLElement {
    const seed = field(this.seed, 'Seed', (value) => {
      this.seed = value;
      this.changed();
    });
    return row(make('label', {}, 'Seed', seed));
  }

  private withoutRow(): HTMLElement {
    const box = check(this.without, () => {
      this.without = box.checked;
      this.changed();
      this.onWithout();
    });
    return row(
      make(
        'label',
        { title: 'The patch `without:` of the scenario' },
        box,
        'Without the protection',
      ),
    );
  }

  private faultRow(place: number): HTMLElement {
    const entry = this.knobs.faults[place];
    const now: FaultChange = this.changes.faults.get(place) ?? { isOn: true, values: new Map() };
    const set = (change: FaultChange) =>
      this.change(
        { faults: new Map(this.changes.faults).set(place, change) },
        change.isOn !== now.isOn,
      );
    const box = check(now.isOn, () => set({ ...now, isOn: box.checked }));
    const label = entry?.label ?? '';
    const times = (entry?.keys ?? [])
      .filter(([key]) => TIMES.includes(key) && now.isOn)
      .map(([key, value]) => {
        const given = field(now.values.get(key) ?? value, `${label} ${key}`, (typed) => {
          const values = new Map(this.changes.faults.get(place)?.values).set(key, typed);
          if (typed === value) values.delete(key);
          set({ isOn: true, values });
        });
        return make('label', {}, key, given);
      });
    return row(make('label', {}, box, make('b', {}, label)), ...times);
  }

  private dropRow({ from, to, type, number }: DroppedMessage, place: number): HTMLElement {
    const drops = this.changes.drops.filter((_, i) => i !== place);
    const what = `Lose ${type} ${number} from ${from} to ${to}`;
    return row(
      make('span', {}, what),
      remover(what, () => this.change({ drops })),
    );
  }

  private valueRow(path: string): HTMLElement {
    const knob = this.knobs.knobs.find((each) => each.path === path);
    const value = this.changes.values.get(path) ?? '';
    const set = (typed: string) =>
      this.change({ values: new Map(this.changes.values).set(path, typed) }, false);
    const without = new Map(this.changes.values);
    without.delete(path);
    const given =
      knob !== undefined && knob.options.length > 0
        ? choice(knob.options, value, path, set)
        : field(value, path, set);
    const name = knob === undefined ? path : `${knob.group} ${knob.name}`;
    return make(
      'div',
      { class: 'value' },
      row(
        make('label', {}, name, given),
        remover(name, () => this.change({ values: without })),
      ),
      knob === undefined ? null : make('p', {}, `${knob.doc} Takes ${knob.takes}.`),
    );
  }

  private branchRow(): HTMLElement {
    const { branch } = this.changes;
    if (branch === null) return row();
    const at = field(branch.at, 'The moment of the branch', (typed) =>
      this.change({ branch: { ...branch, at: typed } }, false),
    );
    const what = 'Other random draws from';
    return row(
      make('label', {}, what, at),
      remover(what, () => this.change({ branch: null })),
    );
  }

  private chooser(): HTMLElement {
    const groups = new Map<string, Knob[]>();
    for (const knob of this.knobs.knobs) {
      if (this.changes.values.has(knob.path)) continue;
      groups.set(knob.group, [...(groups.get(knob.group) ?? []), knob]);
    }
    const select = make(
      'select',
      { said: 'Change a value' },
      make('option', { value: '' }, 'Change a value …'),
    );
    for (const [group, knobs] of groups) {
      const options = knobs.map(({ path, name, value }) =>
        make('option', { value: path }, value === '' ? name : `${name}: ${value}`),
      );
      select.append(make('optgroup', { label: group }, ...options));
    }
    select.addEventListener('change', () => {
      const knob = this.knobs.knobs.find(({ path }) => path === select.value);
      if (knob === undefined) return;
      this.change({ values: new Map(this.changes.values).set(knob.path, knob.value) });
      this.element
        .querySelector<HTMLElement>('.value:last-of-type input, .value:last-of-type select')
        ?.focus();
    });
    return row(select);
  }
}

function row(...children: readonly (Node | null)[]): HTMLElement {
  return make('div', { class: 'line' }, ...children);
}

function field(value: string, said: string, hear: (value: string) => void): HTMLInputElement {
  const made = make('input', { type: 'text', value, said });
  made.autocomplete = 'off';
  made.spellcheck = false;
  made.addEventListener('input', () => hear(made.value.trim()));
  return made;
}

function check(isOn: boolean, act: () => void): HTMLInputElement {
  return make('input', { type: 'checkbox', checked: isOn, on: { change: act } });
}

function choice(
  options: readonly string[],
  value: string,
  said: string,
  hear: (value: string) => void,
): HTMLSelectElement {
  const made = make(
    'select',
    { said },
    ...options.map((each) => make('option', { value: each }, each)),
  );
  made.value = value;
  made.addEventListener('change', () => hear(made.value));
  return made;
}

function remover(what: string, act: () => void): HTMLButtonElement {
  return button('✕', act, { class: 'remove', said: `Remove: ${what}` });
}
