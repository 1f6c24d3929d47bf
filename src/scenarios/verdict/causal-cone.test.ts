import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '../../sim/trace.ts';
import { type Cone, type ConeTarget, causalCone } from './causal-cone.ts';
import { ConeRecorder, keep } from './cone-recorder.ts';
import { subjectOf } from './witness-marks.ts';

/** A run drawn in words: `a>b:m` sends, `a>b:m!` is lost at once, `m.` arrives, `a+1` and `a-1` begin and end an operation. */
function draw(script: string): TraceEvent[] {
  const ids = new Map<string, { id: number; from: string; to: string }>();
  return script
    .trim()
    .split(/\s+/)
    .map((step, n): TraceEvent => {
      const at = { n, atUs: n * 1000 };
      const send = /^(\w+)>(\w+):(\w+)$/.exec(step);
      if (send !== null) {
        const [, from = '', to = '', kind = ''] = send;
        ids.set(kind, { id: ids.size + 1, from, to });
        return { ...at, type: 'send', from, to, id: ids.size, kind, message: { type: kind } };
      }
      const operation = /^(\w+)([+-])(\d+)$/.exec(step);
      if (operation !== null) {
        const [, node = '', sign, index] = operation;
        const type = sign === '+' ? 'invoke' : 'ok';
        return { ...at, type, node, operation: Number(index), text: 'read' };
      }
      const note = /^(\w+)=(\w+)$/.exec(step);
      if (note !== null) {
        return { ...at, type: 'note', node: note[1] ?? '', label: note[2] ?? '', detail: {} };
      }
      const kind = step.slice(0, -1);
      const message = ids.get(kind);
      if (message === undefined) throw new Error(`nothing was sent as ${step}`);
      const head = { ...at, ...message, kind, message: { type: kind } };
      return step.endsWith('!')
        ? { ...head, type: 'drop', why: 'partition' }
        : { ...head, type: 'deliver' };
    });
}

function coneOf(script: string, operations: readonly number[], max?: number): Cone {
  const target: ConeTarget = { operations, stoppedAt: null };
  return causalCone(draw(script).map(keep), target, max);
}

/** Messages as `from>to:kind`, lost ones with `!`. */
function messages(cone: Cone): string[] {
  return cone.events.flatMap((event) =>
    event.type === 'message'
      ? [`${event.from}>${event.to}:${event.kind}${event.lost === null ? '' : '!'}`]
      : [],
  );
}

describe('what happened before', () => {
  test('a request, its answer, and what the server had heard; nothing from beside or after', () => {
    const cone = coneOf(
      `b>a:old old. c>d:aside aside.
       x+1 x>a:ask ask. a>x:tell tell. x-1
       b>a:late late.`,
      [1],
    );
    expect(messages(cone)).toEqual(['b>a:old', 'x>a:ask', 'a>x:tell']);
  });

  test('through several nodes, and only what came before the message left', () => {
    const cone = coneOf(
      `c>b:early early. x+1 x>a:ask ask. a>b:fetch fetch. b>a:got c>b:late late. got. a>x:tell tell. x-1`,
      [1],
    );
    expect(messages(cone)).toEqual(['c>b:early', 'x>a:ask', 'a>b:fetch', 'b>a:got', 'a>x:tell']);
  });

  test('what a node of the cone tried to send and lost is part of the story', () => {
    const cone = coneOf(`x+1 x>a:ask ask. a>b:lost lost! d>e:other other! a>x:tell tell. x-1`, [1]);
    expect(messages(cone)).toEqual(['x>a:ask', 'a>b:lost!', 'a>x:tell']);
  });

  test('what was lost belongs to it if its sending does, however late it was lost', () => {
    // a sends and answers; the message is lost only after all that the answer has seen.
    const cone = coneOf(`x+1 x>a:ask ask. a>b:late a>x:tell a>b:after late! after! tell. x-1`, [1]);
    expect(messages(cone).sort()).toEqual(['a>b:late!', 'a>x:tell', 'x>a:ask']);
  });

  test('a message still under way has caused nothing', () => {
    const cone = coneOf(`x+1 x>a:ask ask. a>b:slow a>x:tell tell. x-1 slow.`, [1]);
    expect(messages(cone)).toEqual(['x>a:ask', 'a>x:tell']);
  });

  test('several operations have one cone; others have none in it', () => {
    const cone = coneOf(
      `x+1 x>a:p p. a>x:q q. x-1 y+2 y>b:r r. b>y:s s. y-2 z+3 z>c:t t. c>z:u u. z-3`,
      [1, 3],
    );
    expect(messages(cone)).toEqual(['x>a:p', 'a>x:q', 'z>c:t', 'c>z:u']);
    expect(
      cone.events.flatMap((event) => (event.type === 'operation' ? [event.text] : [])),
    ).toEqual(['#1 invoke read', '#1 ok read', '#3 invoke read', '#3 ok read']);
  });

  test('notes of nodes in the cone stay, those of others go', () => {
    const cone = coneOf(`x+1 x>a:ask ask. a=leader b=leader a>x:tell tell. x-1`, [1]);
    expect(cone.events.flatMap((event) => (event.type === 'note' ? [event.node] : []))).toEqual([
      'a',
    ]);
  });
});

describe('too much to draw', () => {
  test('the newest stay, but first of all what the witnesses exchanged', () => {
    const chatter = Array.from({ length: 50 }, (_, i) => `b>a:c${i} c${i}.`).join(' ');
    const script = `x+1 x>a:ask ask. a>x:tell tell. x-1 ${chatter} y+2 y>a:last last. a>y:end end. y-2`;
    const cone = coneOf(script, [1, 2], 8);
    expect(messages(cone)).toEqual([
      'x>a:ask',
      'a>x:tell',
      'b>a:c46',
      'b>a:c47',
      'b>a:c48',
      'b>a:c49',
      'y>a:last',
      'a>y:end',
    ]);
    expect([cone.messages, cone.omitted]).toEqual([8, 46]);
  });

  test('what led to an answer directly comes before what is newer', () => {
    const chatter = Array.from({ length: 30 }, (_, i) => `c>a:c${i} c${i}.`).join(' ');
    // b's answer to a starts the handler that answers x.
    const events = draw(
      `z>b:seed seed. x+1 x>a:ask ask. a>b:fetch fetch. ${chatter} b>a:got got. a>x:tell tell. x-1`,
    );
    // A handler's messages bear the number of what started it.
    const within = new Map([
      ['fetch', 'ask'],
      ['got', 'fetch'],
      ['tell', 'got'],
    ]);
    const arrivals = new Map(
      events.flatMap((e) => (e.type === 'deliver' ? [[e.kind, e.n] as const] : [])),
    );
    const renumbered = events.map((event) => {
      const cause = event.type === 'send' ? arrivals.get(within.get(event.kind) ?? '') : undefined;
      return cause === undefined ? event : { ...event, n: cause };
    });
    const cone = causalCone(renumbered.map(keep), { operations: [1], stoppedAt: null }, 6);
    expect(messages(cone)).toEqual([
      'x>a:ask',
      'a>b:fetch',
      'c>a:c28',
      'c>a:c29',
      'b>a:got',
      'a>x:tell',
    ]);
  });

  test('at most twelve have nothing to do with the witnesses', () => {
    const chatter = Array.from({ length: 50 }, (_, i) => `b>a:c${i} c${i}.`).join(' ');
    const cone = coneOf(`${chatter} x+1 x>a:ask ask. a>x:tell tell. x-1`, [1]);
    expect([cone.messages, cone.omitted]).toEqual([14, 38]);
  });

  test('texts are cut, so that a cone is small whatever the messages', () => {
    const [event] = draw('a>b:m');
    const big = { ...event, type: 'deliver', message: { type: 'm', text: 'x'.repeat(10_000) } };
    expect(keep(big as TraceEvent).text?.length).toBeLessThanOrEqual(120);
  });
});

test('the cone of a node that met an error is what that node had heard', () => {
  const events = draw('c>a:m m. c>b:other other. b>a:n n. a>b:o o.');
  const target: ConeTarget = { operations: [], stoppedAt: { node: 'a', n: 5 } };
  expect(messages(causalCone(events.map(keep), target))).toEqual(['c>a:m', 'c>b:other', 'b>a:n']);
});

test('a recorder stops where the target ends, and copies what it is handed', () => {
  const recorder = new ConeRecorder({ operations: [1], stoppedAt: null }, 8000);
  const events = draw('x+1 x>a:ask ask. a>x:tell tell. x-1 x+2 b>a:more more. x-2');
  for (const event of events) {
    const handed = { ...event };
    recorder.event(handed);
    // The kernel may use the object again.
    Object.assign(handed, { type: 'flush', from: '?', to: '?', kind: '?' });
  }
  expect(messages(recorder.cone())).toEqual(['x>a:ask', 'a>x:tell']);
});

test('the message that carries what a witness wrote is drawn, however old', () => {
  const at = (n: number) => ({ n, atUs: n * 1000 });
  const events: TraceEvent[] = [];
  let id = 0;
  const send = (from: string, to: string, message: { type: string; [field: string]: unknown }) => {
    const head = { from, to, id: ++id, kind: message.type, message };
    events.push({ ...at(events.length), type: 'send', ...head });
    events.push({ ...at(events.length), type: 'deliver', ...head });
  };
  const operation = (type: 'invoke' | 'ok', node: string, index: number) =>
    events.push({ ...at(events.length), type, node, operation: index, text: '' });
  operation('invoke', 'x', 1);
  send('x', 's1', { type: 'write', key: 'k1', value: 83, session: 'x/1', serial: 7 });
  send('s1', 'x', { type: 'write_ok' });
  operation('ok', 'x', 1);
  send('s1', 's2', { type: 'copy', entries: [{ key: 'k1', value: 83 }] });
  send('s1', 's2', { type: 'forward', request: { session: 'x/1', serial: 7 } });
  send('s1', 's2', { type: 'copy', entries: [{ key: 'k2', value: 83 }] });
  for (let i = 0; i < 40; i++) send('s1', 's2', { type: 'heartbeat', count: i });
  operation('invoke', 'y', 2);
  send('y', 's2', { type: 'read', key: 'k1' });
  send('s2', 'y', { type: 'read_ok', value: 83 });
  operation('ok', 'y', 2);
  const history = [
    { key: 'k1', input: 83, output: null },
    { key: 'k1', input: null, output: 83 },
  ];
  const subject = subjectOf(history, 'k1');
  const recorder = new ConeRecorder({ operations: [1, 2], stoppedAt: null, subject }, 1e9);
  for (const event of events) recorder.event(event);
  const told = messages(recorder.cone());
  expect(told.slice(0, 4)).toEqual(['x>s1:write', 's1>x:write_ok', 's1>s2:copy', 's1>s2:forward']);
  expect(told.filter((text) => text === 's1>s2:copy')).toHaveLength(1);
  expect(told.filter((text) => text === 's1>s2:heartbeat')).toHaveLength(12);
});

test('a recorder numbers messages by link and type, from the start of the run', () => {
  const recorder = new ConeRecorder({ operations: [1], stoppedAt: null }, 1e9);
  const script = 'a>x:m m. b>x:m m. x+1 a>x:n n. a>x:m m. x>a:m m. x-1';
  let id = 0;
  for (const event of draw(script)) {
    // Each arrives before the next is sent.
    if (event.type === 'send') id++;
    recorder.event('id' in event ? { ...event, id } : event);
  }
  const { events } = recorder.cone();
  const told = events.flatMap((event) =>
    event.type === 'message' ? [`${event.from}>${event.to} ${event.text}`] : [],
  );
  expect(told.map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual([
    'a>x m #1',
    'b>x m #1',
    'a>x n #1',
    'a>x m #2',
  ]);
});

test('agrees with happened-before as it is defined, on random runs', () => {
  const nodes = ['a', 'b', 'c'];
  const steps = fc.array(
    fc.record({ from: fc.nat(2), to: fc.nat(2), arrives: fc.boolean(), wait: fc.nat(3) }),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(steps, (plan) => {
      const due: { readonly at: number; readonly word: string }[] = [];
      plan.forEach(({ from, to, arrives, wait }, i) => {
        if (from === to) return;
        due.push({ at: i, word: `${nodes[from]}>${nodes[to]}:m${i}` });
        if (arrives) due.push({ at: i + wait + 0.5, word: `m${i}.` });
      });
      due.sort((x, y) => x.at - y.at);
      const script = [...due.map(({ word }) => word), 'a+1', 'a-1'].join(' ');
      const cone = coneOf(script, [1], 1000);
      expect(messages(cone)).toEqual(naive(draw(script)));
    }),
    { seed: 5, numRuns: 200 },
  );
});

/** Arrivals that happened before the last event, by closing the relation step by step. */
function naive(events: readonly TraceEvent[]): string[] {
  const nodeOf = (event: TraceEvent) =>
    event.type === 'send'
      ? event.from
      : event.type === 'deliver'
        ? event.to
        : 'node' in event
          ? event.node
          : '';
  const before = new Set([events.length - 1]);
  for (let size = 0; size !== before.size; ) {
    size = before.size;
    events.forEach((event, i) => {
      for (const j of before) {
        const later = events[j];
        if (later === undefined || i >= j) continue;
        const sameNode = nodeOf(event) === nodeOf(later);
        const arrives = event.type === 'send' && later.type === 'deliver' && event.id === later.id;
        if (sameNode || arrives) before.add(i);
      }
    });
  }
  return events.flatMap((event, i) =>
    event.type === 'deliver' && before.has(i) ? [`${event.from}>${event.to}:${event.kind}`] : [],
  );
}
