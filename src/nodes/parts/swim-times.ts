/**
 * How SWIM's times and limits grow with the group and shrink with certainty: the formulas of
 * hashicorp/memberlist (`util.go`, `suspicion.go`, `awareness.go`), after Das, Gupta, Motivala 2002
 * (SWIM) and Dadgar, Phillips, Currey 2018 (Lifeguard).
 */
import { log, log10 } from '../../sim/portable-math.ts';

/** How long a suspicion lasts at least, in ms: `mult * max(1, log10 n) * interval`. */
export function suspicionMs(mult: number, members: number, intervalMs: number): number {
  const scale = Math.max(1, log10(Math.max(1, members)));
  // memberlist keeps three digits of the scale.
  return (mult * Math.floor(scale * 1000) * intervalMs) / 1000;
}

/** How many others must confirm a suspicion until it is as short as it gets. */
export function confirmationsWanted(mult: number, members: number): number {
  const wanted = mult - 2;
  return wanted < 1 || members - 2 < wanted ? 0 : wanted;
}

/**
 * How much of a suspicion is left, in ms, when `confirmed` others have confirmed it and `elapsedMs`
 * have passed; 0 or less: it is over (Lifeguard, section 3.2: local health aware suspicion).
 */
export function suspicionLeftMs(
  confirmed: number,
  wanted: number,
  elapsedMs: number,
  minMs: number,
  maxMs: number,
): number {
  if (wanted < 1) return minMs - elapsedMs;
  const share = log(confirmed + 1) / log(wanted + 1);
  const whole = Math.floor(maxMs - share * (maxMs - minMs));
  return Math.max(minMs, whole) - elapsedMs;
}

/** How often each piece of news is sent: `mult * ceil(log10(n + 1))`. */
export function transmitLimit(mult: number, members: number): number {
  let digits = 0;
  for (let reached = 1; reached < members + 1; reached *= 10) digits++;
  return mult * digits;
}

/** The time between two exchanges of whole states grows with each doubling of the group over 32. */
export function exchangeMs(intervalMs: number, members: number): number {
  let factor = 1;
  for (let reached = 32; reached < members; reached *= 2) factor++;
  return intervalMs * factor;
}

/**
 * How well a member does itself: 0 is healthy, and each sign that messages to it come late adds one
 * (Lifeguard, section 3.1: local health multiplier).
 */
export class HealthScore {
  readonly #max: number;
  #score = 0;

  /** Scores go from 0 to `max` - 1. */
  constructor(max: number) {
    this.#max = max;
  }

  get score(): number {
    return this.#score;
  }

  add(delta: number): void {
    this.#score = Math.min(this.#max - 1, Math.max(0, this.#score + delta));
  }

  /** A time, as much longer as the member is unwell. */
  scale(ms: number): number {
    return ms * (this.#score + 1);
  }
}
