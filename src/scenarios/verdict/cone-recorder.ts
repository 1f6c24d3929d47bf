/** Keeps of a run what the picture of a violation may need, in little memory. */
import { describeMessage, ROLE_NOTE, type TraceEvent, type TraceSink } from '../../sim/trace.ts';
import {
  CONE_MESSAGES_MAX,
  type Cone,
  type ConeTarget,
  causalCone,
  type KeptEvent,
} from './causal-cone.ts';
import { WitnessMarks } from './witness-marks.ts';

/** Events kept by a recorder: enough for some seconds of a busy run. */
const EVENTS_KEPT = 1 << 17;
const TEXT_CHARS_MAX = 120;

/**
 * Listens to a run and keeps what the cone may need: the newest events, up to the end of the last
 * witness.
 */
export class ConeRecorder implements TraceSink {
  private readonly kept: KeptEvent[] = [];
  private readonly target: ConeTarget;
  private readonly untilUs: number;
  private readonly numbers = new MessageNumbers();
  private readonly marks: WitnessMarks | null;
  private next = 0;

  /**
   * `untilUs`: when the last of the target's events happened, of the run as it is known already.
   */
  constructor(target: ConeTarget, untilUs: number) {
    this.target = target;
    this.untilUs = untilUs;
    const { operations, subject } = target;
    this.marks = subject === undefined ? null : new WitnessMarks(operations, subject);
  }

  event(event: TraceEvent): void {
    if (event.atUs > this.untilUs || event.type === 'flush') return;
    const mark = this.marks?.of(event) ?? 0;
    const kept = numbered(keep(event), this.numbers.of(event));
    this.kept[this.next] = mark === 0 ? kept : { ...kept, mark };
    this.next = (this.next + 1) % EVENTS_KEPT;
  }

  cone(messagesMax = CONE_MESSAGES_MAX): Cone {
    const full = this.kept.length === EVENTS_KEPT;
    const ordered = full
      ? [...this.kept.slice(this.next), ...this.kept.slice(0, this.next)]
      : this.kept;
    return causalCone(ordered, this.target, messagesMax);
  }
}

/**
 * Counts messages by link and type from the start of the run: the third `appendEntries` from kv-1
 * to kv-2 is the same message in every replay, and what a `message` fault names.
 */
class MessageNumbers {
  private readonly sent = new Map<string, number>();
  /** By id, of messages under way. */
  private readonly numbers = new Map<number, number>();

  /** The number of the message that arrives or is lost; null for other events and second copies. */
  of(event: TraceEvent): number | null {
    if (event.type === 'send') {
      const name = `${event.from}→${event.to} ${event.kind}`;
      const number = (this.sent.get(name) ?? 0) + 1;
      this.sent.set(name, number);
      this.numbers.set(event.id, number);
    }
    if (event.type !== 'deliver' && event.type !== 'drop') return null;
    const number = this.numbers.get(event.id) ?? null;
    this.numbers.delete(event.id);
    return number;
  }
}

/** `leader, term 2`, or the label with its detail. */
function noteText({ label, detail }: Extract<TraceEvent, { type: 'note' }>): string {
  if (label === ROLE_NOTE) return `${detail['role']}, term ${detail['term']}`;
  const parts = Object.entries(detail).map(
    ([field, value]) => ` ${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return label + parts.join('');
}

/** With the number of its message in its text: `appendEntries #3 term=1`. */
function numbered(event: KeptEvent, number: number | null): KeptEvent {
  if (number === null || !('kind' in event) || event.text === undefined) return event;
  return { ...event, text: `${event.kind} #${number}${event.text.slice(event.kind.length)}` };
}

/** A copy that may outlive the call, with text instead of the message. */
export function keep(event: TraceEvent): KeptEvent {
  switch (event.type) {
    case 'send':
      return { ...event, message: { type: event.kind } };
    case 'deliver':
    case 'drop': {
      const text = event.message === undefined ? event.kind : describeMessage(event.message);
      return { ...event, message: { type: event.kind }, text: text.slice(0, TEXT_CHARS_MAX) };
    }
    case 'note': {
      return { ...event, text: noteText(event).slice(0, TEXT_CHARS_MAX) };
    }
    default:
      return { ...event };
  }
}
