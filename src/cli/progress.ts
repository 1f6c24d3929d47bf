/**
 * How far a long command is, on standard error: one line that is overwritten on a terminal, a plain
 * line every tenth elsewhere, and nothing for a handful of runs.
 */
import type { Ink } from '../report/ink.ts';
import { formatCount } from '../sim/units.ts';
import type { Output } from './host.ts';

/** Fewer runs than this are over before anybody wonders. */
const TOTAL_MIN = 50;
/** A terminal is redrawn at most this many times in all. */
const REDRAWS_MAX = 200;
const CLEAR_LINE = '\r\u001b[2K';

export class Progress {
  private readonly output: Output;
  private readonly ink: Ink;
  private readonly total: number;
  private readonly silent: boolean;
  private done = 0;
  private failed = 0;
  private drawn = false;
  private readonly nowMs: () => number;
  private readonly startedMs: number;

  constructor(
    output: Output,
    ink: Ink,
    total: number,
    silent: boolean,
    nowMs: () => number = () => performance.now(),
  ) {
    this.nowMs = nowMs;
    this.startedMs = nowMs();
    this.output = output;
    this.ink = ink;
    this.total = total;
    this.silent = silent || total < TOTAL_MIN;
  }

  /** One more is done. */
  step(failed: boolean): void {
    this.done++;
    if (failed) this.failed++;
    if (this.silent) return;
    const parts = this.output.isTTY ? REDRAWS_MAX : 10;
    const crossed =
      Math.floor((this.done * parts) / this.total) >
      Math.floor(((this.done - 1) * parts) / this.total);
    if (!crossed || (!this.output.isTTY && this.done === this.total)) return;
    this.output.write(this.output.isTTY ? `${CLEAR_LINE}${this.text()}` : `${this.text()}\n`);
    this.drawn = this.output.isTTY;
  }

  /** Takes the line away, so that others can be printed. */
  clear(): void {
    if (this.drawn) this.output.write(CLEAR_LINE);
    this.drawn = false;
  }

  private text(): string {
    const { ink } = this;
    const failed =
      this.failed === 0 ? '' : `  ${ink.bad(`${ink.glyph.violated} ${formatCount(this.failed)}`)}`;
    return `${formatCount(this.done)} of ${formatCount(this.total)}${failed}${this.rest()}`;
  }

  /** How fast it goes, and how long the rest takes at that pace, by the host's clock. */
  private rest(): string {
    const seconds = (this.nowMs() - this.startedMs) / 1000;
    if (seconds <= 0) return '';
    const perSecond = this.done / seconds;
    const left = Math.ceil((this.total - this.done) / perSecond);
    const rate = perSecond >= 10 ? Math.round(perSecond) : Math.round(perSecond * 10) / 10;
    const minutes = Math.floor(left / 60);
    const rest = minutes === 0 ? `${left}s` : `${minutes}m${left % 60}s`;
    return this.ink.dim(`  ${rate}/s, ${rest} left`);
  }
}
