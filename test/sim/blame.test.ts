// What a trace says of why: the step that asked for a message, and the fault that lost it.
import { expect, test } from 'vitest';
import crash from '../../src/faults/crash.ts';
import partition from '../../src/faults/partition.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { TraceEvent } from '../../src/sim/trace.ts';
import { raftUnder } from '../support/raft-scenario.ts';

function traced() {
  const events: TraceEvent[] = [];
  const scenario = {
    ...raftUnder([
      { fault: partition, params: { halves: true }, atUs: 1_000_000, forUs: 1_000_000 },
      { fault: crash, params: {}, atUs: 2_500_000, forUs: 500_000 },
    ]),
  };
  const network = { ...scenario.network, loss: 0.01 };
  simulate({ ...scenario, network }, { sink: { event: (event) => void events.push(event) } });
  return events;
}

const of = <T extends TraceEvent['type']>(events: readonly TraceEvent[], type: T) =>
  events.filter((event): event is Extract<TraceEvent, { type: T }> => event.type === type);

const events = traced();

test('a message that waits for the disk bears the step that asked for it', () => {
  const steps = new Map<number, TraceEvent>();
  for (const event of events) {
    if (event.type === 'deliver' || event.type === 'timer' || event.type === 'flush') {
      steps.set(event.n, event);
    }
  }
  const sends = of(events, 'send').filter(({ from }) => from.startsWith('kv-'));
  const late = sends.filter(({ cause, n }) => cause !== n);
  expect(late.length).toBeGreaterThan(sends.length / 10);
  for (const { cause, n, from } of late) {
    // It left when its own disk had finished, and was asked for by a handler of the same node.
    expect(steps.get(n)).toMatchObject({ type: 'flush', node: from });
    const asked = steps.get(cause ?? 0);
    expect(cause).toBeLessThan(n);
    if (asked?.type === 'deliver') expect(asked.to).toBe(from);
    else expect(asked).toMatchObject({ type: 'timer', node: from });
  }
});

test('a message that does not wait is caused by the step that sent it', () => {
  const sends = of(events, 'send').filter(({ from }) => from.startsWith('load-'));
  expect(sends.length).toBeGreaterThan(100);
  for (const { cause, n } of sends) expect(cause).toBe(n);
});

test('a drop names the fault that is to blame, and none for what a link loses of itself', () => {
  const faults = new Map<string, Set<string | null | undefined>>();
  for (const { why, fault } of of(events, 'drop')) {
    faults.set(why, (faults.get(why) ?? new Set()).add(fault));
  }
  expect(faults.get('partition')).toEqual(new Set(['partition-1']));
  expect(faults.get('down')).toEqual(new Set(['crash-2']));
  expect(faults.get('loss')).toEqual(new Set([null]));
});
