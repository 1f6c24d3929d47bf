/** What is seen of a run: the window, folded or to scale, what is selected and what is sought. */
import { ROLE_NOTE } from '../../../sim/trace.ts';
import type { Cone } from '../causality.ts';
import { matches, needsBodies, parseQuery } from '../find.ts';
import { roleTitle } from '../roles.ts';
import { countWithin, type Rows, type RunData } from '../run-data.ts';
import { ARRIVED, fates, isLost } from '../run-events.ts';
import { TimeAxis } from '../time-axis.ts';

/** The least that can be seen, in µs. */
const LEAST_US = 50;
/** How long a jump takes, so that the eye follows it. */
const MOTION_MS = 260;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

interface Event {
  readonly node: number;
  readonly us: number;
  readonly step: number;
}

export class View {
  readonly data: RunData;
  private readonly foldedAxis: TimeAxis | null;
  private readonly scaleAxis: TimeAxis;
  /** When this run first differs from another; null where there is none to compare with. */
  differsUs: number | null = null;
  axis: TimeAxis;
  /** In units of the axis. */
  from = 0;
  to = 1;
  /** `m55`, `o1007`, `f0`, `r3`, `n2`; null for nothing. */
  selected: string | null = null;
  cone: Cone | null = null;
  /** Where and when the selected event is, if it has a cone. */
  coneNode = -1;
  coneUs = 0;
  query = '';
  rows: Rows;
  /** Types of messages that are not shown. */
  readonly hiddenKinds = new Set<number>();
  bodies: readonly string[] | null = null;
  /** Unpacks the bodies of messages. */
  loadBodies: () => Promise<void> = async () => undefined;
  private readonly hearers: (() => void)[] = [];
  /** Where a jump that is under way ends. */
  private goal: readonly [from: number, to: number] | null = null;

  /** `like`: seen as that view is, so that two runs can be compared. */
  constructor(data: RunData, like: View | null = null) {
    this.data = data;
    const { failure, endUs } = data.model;
    const moments = failure?.moments ?? [];
    const isAlike = like !== null && like.data.model.endUs === endUs;
    this.scaleAxis = isAlike ? like.scaleAxis : TimeAxis.toScale(endUs);
    this.foldedAxis = isAlike
      ? like.foldedAxis
      : moments.length > 0
        ? TimeAxis.folded(moments, endUs)
        : null;
    this.axis = this.scaleAxis;
    this.rows = data.all;
    if (like === null) this.showFailure();
    else this.look(like);
  }

  /** Sees what another view sees; nobody hears of it. */
  look({ axis, from, to, fromUs, untilUs }: View): void {
    this.goal = null;
    if (axis === this.foldedAxis || axis === this.scaleAxis) {
      this.axis = axis;
      [this.from, this.to] = [from, to];
    } else {
      this.axis = this.scaleAxis;
      this.from = Math.min(fromUs, this.axis.length - 1);
      this.to = Math.min(untilUs, this.axis.length);
    }
  }

  onChange(hear: () => void): void {
    this.hearers.push(hear);
  }

  changed(): void {
    for (const hear of this.hearers) hear();
  }

  get isFolded(): boolean {
    return this.axis === this.foldedAxis;
  }

  get fromUs(): number {
    return this.axis.us(this.from);
  }

  get untilUs(): number {
    return this.axis.us(this.to);
  }

  /** Folded where there is something to fold, else to scale. */
  showFailure(): void {
    const { failure } = this.data.model;
    if (this.foldedAxis === null) return failure === null ? this.showWhole() : this.showScale();
    const [from, to] = this.foldedAxis.unfolded;
    this.jump(this.foldedAxis, from, to);
  }

  showScale(): void {
    const { failure } = this.data.model;
    if (failure === null) return this.showWhole();
    const aroundUs = (failure.untilUs - failure.fromUs) * 0.03;
    const { from, to } = this.windowOf(
      this.scaleAxis,
      failure.fromUs - aroundUs,
      failure.untilUs + aroundUs,
    );
    this.jump(this.scaleAxis, from, to);
  }

  showWhole(): void {
    this.jump(this.scaleAxis, 0, this.scaleAxis.length);
  }

  /** To scale, these times. */
  showUs(fromUs: number, untilUs: number): void {
    this.axis = this.scaleAxis;
    this.set(fromUs, untilUs);
  }

  setFolded(fromUs: number, untilUs: number): void {
    if (this.foldedAxis === null) return this.showUs(fromUs, untilUs);
    this.axis = this.foldedAxis;
    this.set(this.axis.at(fromUs), this.axis.at(untilUs));
  }

  private set(from: number, to: number): void {
    this.goal = null;
    Object.assign(this, this.windowOf(this.axis, from, to));
    this.changed();
  }

  /** Within the run, and not narrower than can be seen. */
  private windowOf(axis: TimeAxis, from: number, to: number) {
    const { length } = axis;
    const least = axis === this.foldedAxis ? 0.002 : LEAST_US;
    const span = Math.min(length, Math.max(least, to - from));
    const start = Math.min(length - span, Math.max(0, (from + to - span) / 2));
    return { from: start, to: start + span };
  }

  /** Moves there before the reader's eyes; at once on another axis, or where motion is unwanted. */
  private jump(axis: TimeAxis, from: number, to: number): void {
    const { from: startFrom, to: startTo } = this;
    const isSeen = axis === this.axis && this.hearers.length > 0;
    this.axis = axis;
    this.goal = [from, to];
    if (!isSeen || calm.matches) return this.arrive();
    const { goal } = this;
    const began = performance.now();
    const move = (now: number) => {
      if (this.goal !== goal) return;
      const left = 1 - (now - began) / MOTION_MS;
      if (left <= 0) return this.arrive();
      const rest = Math.min(1, left) ** 3;
      this.from = from + (startFrom - from) * rest;
      this.to = to + (startTo - to) * rest;
      this.changed();
      requestAnimationFrame(move);
    };
    requestAnimationFrame(move);
  }

  /** Ends a jump that is under way. */
  private arrive(): void {
    if (this.goal === null) return;
    [this.from, this.to] = this.goal;
    this.goal = null;
    this.changed();
  }

  /** Around a place of the window, from 0 to 1. */
  zoom(factor: number, around = 0.5): void {
    this.arrive();
    const span = this.to - this.from;
    const { length } = this.axis;
    const next = Math.min(length, span * factor);
    const fixed = this.from + span * around;
    this.set(fixed - next * around, fixed + next * (1 - around));
  }

  /** By a share of the window. */
  pan(share: number): void {
    this.arrive();
    const by = (this.to - this.from) * share;
    this.set(this.from + by, this.to + by);
  }

  /** Brings a time into the window, if it is not there. */
  reveal(us: number): void {
    this.arrive();
    const place = this.axis.at(us);
    const span = this.to - this.from;
    if (place >= this.from + span * 0.02 && place <= this.to - span * 0.02) return this.changed();
    const { from, to } = this.windowOf(this.axis, place - span / 2, place + span / 2);
    this.jump(this.axis, from, to);
  }

  select(name: string | null): void {
    this.selected = name;
    this.cone = this.coneOf(name);
    this.changed();
  }

  private coneOf(name: string | null): Cone | null {
    const event = this.eventOf(name);
    if (event === null || !this.data.model.hasMessages) return null;
    this.coneNode = event.node;
    this.coneUs = event.us;
    return this.data.causality.cone(event.node, event.step);
  }

  /** Where, when and in which step a selected event is; null for what is no event of a node. */
  private eventOf(name: string | null): Event | null {
    const { messages, operations, model } = this.data;
    const place = Number(name?.slice(1));
    const at = (column: Float64Array) => column[place] ?? 0;
    if (name?.[0] === 'm' && place < messages.length) {
      return messages.fate[place] === ARRIVED
        ? { node: at(messages.to), us: at(messages.endedUs), step: at(messages.endedStep) }
        : { node: at(messages.from), us: at(messages.sentUs), step: at(messages.cause) };
    }
    if (name?.[0] === 'o' && place < operations.length) {
      const node = at(operations.client);
      const end = at(operations.endStep);
      if (end >= 0) return { node, us: at(operations.end), step: end };
      const step = at(operations.startStep);
      return step < 0 ? null : { node, us: at(operations.start), step };
    }
    const note = name?.[0] === 'n' ? model.notes[place] : undefined;
    return note === undefined ? null : { node: note.node, us: note.atUs, step: note.n };
  }

  /** Filters by what was typed; `bodies` must be there if it asks for them. */
  find(typed: string): void {
    this.query = typed;
    const query = parseQuery(typed);
    const { messages, model, all } = this.data;
    if (query === null && this.hiddenKinds.size === 0) this.rows = all;
    else {
      const found = all.rows.filter((row) => {
        const kind = messages.kind[row] ?? 0;
        if (this.hiddenKinds.has(kind)) return false;
        if (query === null) return true;
        const fate = messages.fate[row] ?? 0;
        const message = {
          from: model.nodes[messages.from[row] ?? 0]?.name ?? '',
          to: model.nodes[messages.to[row] ?? 0]?.name ?? '',
          kind: model.kinds[kind] ?? '',
          lost: isLost(fate) ? (fates[fate] ?? '') : null,
          atUs: messages.sentUs[row] ?? 0,
        };
        return matches(query, message, this.bodies?.[row] ?? '');
      });
      this.rows = this.data.rowsOf(found);
    }
    this.changed();
  }

  get needsBodies(): boolean {
    const query = parseQuery(this.query);
    return query !== null && needsBodies(query) && this.bodies === null;
  }

  /** `kv-1 → kv-2 appendEntries`, `#1007 read k2 → 511`: what a selection is, in words. */
  nameOf(selected: string): string {
    const { model, messages } = this.data;
    const place = Number(selected.slice(1));
    const node = (at: number | undefined) => model.nodes[at ?? -1]?.name ?? '';
    switch (selected[0]) {
      case 'm': {
        const arrow = isLost(messages.fate[place]) ? '✕' : '→';
        const ends = `${node(messages.from[place])} ${arrow} ${node(messages.to[place])}`;
        return `${ends} ${model.kinds[messages.kind[place] ?? 0] ?? ''}`;
      }
      case 'o':
        return `#${place} ${model.operations[place] ?? ''}`;
      case 'f':
        return `${model.faults[place]?.name ?? ''} strikes`;
      case 'r': {
        const role = model.roles[place];
        return `${node(role?.node)} ${role === undefined ? '' : roleTitle(role)}`;
      }
      default: {
        const note = model.notes[place];
        return `${node(note?.node)} ${note?.label === ROLE_NOTE ? note.text : (note?.label ?? '')}`;
      }
    }
  }

  get inView(): number {
    return countWithin(this.rows, this.fromUs, this.untilUs);
  }
}
