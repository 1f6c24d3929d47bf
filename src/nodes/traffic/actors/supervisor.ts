/**
 * A supervisor, as a state machine: what becomes of the others when one of its children ends, and
 * when it gives up itself (Erlang/OTP, "supervisor"; Armstrong 2003, "Making reliable distributed
 * systems in the presence of software errors", chapter 5).
 */

export const STRATEGIES = ['one-for-one', 'one-for-all', 'rest-for-one'] as const;
export const RESTARTS = ['permanent', 'transient', 'temporary'] as const;

export interface SupervisorSpec {
  /** Which children are started again with the one that ended: none, all, or those after it. */
  readonly strategy: (typeof STRATEGIES)[number];
  /** Whether a child is started again: always, only after a crash, or never. */
  readonly restart: (typeof RESTARTS)[number];
  /** With more restarts than this within the time the supervisor ends too. */
  readonly maxRestarts: number;
  readonly withinMs: number;
  readonly children: number;
}

export type Exit = 'crash' | 'normal';

export type Decision =
  /**
   * These children are stopped, those that run, and all started again; in the order of starting.
   */
  | { readonly kind: 'restart'; readonly children: readonly number[] }
  /** The child is gone, and the others go on. */
  | { readonly kind: 'leave' }
  /** The supervisor ends, and all of its children. */
  | { readonly kind: 'escalate' };

export class Supervisor {
  private readonly spec: SupervisorSpec;
  /** When it restarted, those within the time only, in ms. */
  private restarts: number[] = [];

  constructor(spec: SupervisorSpec) {
    this.spec = spec;
  }

  /** A child has ended. Children are numbered from 0 in the order of starting. */
  exited(child: number, how: Exit, nowMs: number): Decision {
    const { restart, maxRestarts, withinMs } = this.spec;
    if (restart === 'temporary' || (restart === 'transient' && how === 'normal')) {
      return { kind: 'leave' };
    }
    this.restarts = [...this.restarts.filter((atMs) => nowMs - atMs <= withinMs), nowMs];
    if (this.restarts.length > maxRestarts) return { kind: 'escalate' };
    return { kind: 'restart', children: this.group(child) };
  }

  private group(child: number): readonly number[] {
    const { strategy, children } = this.spec;
    if (strategy === 'one-for-one') return [child];
    const first = strategy === 'one-for-all' ? 0 : child;
    return Array.from({ length: children - first }, (_, i) => first + i);
  }
}
