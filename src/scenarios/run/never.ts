/** `never leaders(kv) > 1`: a condition that must not come true at any moment of a run. */
import type { NeverFact } from '../../checks/checker.ts';
import type { Striker, Trigger } from '../../sim/kernel/injection.ts';
import type { World } from '../../sim/kernel/world.ts';
import type { Condition } from '../scenario.ts';
import { bindCondition } from './trigger.ts';

/** Looks at a condition until it comes true. */
export class NeverWatch {
  private readonly trigger: Trigger;
  private brokenAtUs: number | null = null;
  private looked = false;
  /** Of the moments at which it may come true by the clock alone, those that are over. */
  private passed = 0;

  constructor(condition: Condition, world: World, strikers: () => readonly Striker[]) {
    this.trigger = bindCondition(condition, world, strikers);
    world.watch.add((changed) => {
      // Nodes start one after the other, in no time: until then some seem down.
      if (this.brokenAtUs !== null || world.now === 0) return;
      this.looked = true;
      if (this.trigger.holds(this.passesMoment(world.now) ? null : changed)) {
        this.brokenAtUs = world.now;
      }
    });
  }

  /** Nothing is planned for a moment: a watcher changes no run. The next event sees it. */
  private passesMoment(nowUs: number): boolean {
    const { momentsUs } = this.trigger;
    const before = this.passed;
    while ((momentsUs[this.passed] ?? Infinity) <= nowUs) this.passed++;
    return this.passed > before;
  }

  fact(): NeverFact {
    const { trigger, brokenAtUs, looked } = this;
    return { condition: trigger.text, brokenAtUs, looked, seen: trigger.explain() };
  }
}
