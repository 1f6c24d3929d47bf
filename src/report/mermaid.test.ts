import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText, renderMermaid, type SequenceEvent } from './mermaid.ts';

function message(
  atUs: number,
  from: string,
  to: string,
  kind: string,
  lost: string | null = null,
  text = kind,
): SequenceEvent {
  return { type: 'message', atUs, from, to, kind, text, lost };
}

const order = ['load-2', 'kv-1', 'kv-2'];

test('messages, replies, losses, notes, and a fault around them', () => {
  const events: readonly SequenceEvent[] = [
    { type: 'fault', phase: 'inject', atUs: 1_000_000, text: 'loss strikes' },
    { type: 'fault', phase: 'heal', atUs: 2_000_000, text: 'loss heals' },
    { type: 'operation', atUs: 9_000_000, node: 'load-2', text: '#2 invoke read x' },
    message(9_500_000, 'load-2', 'kv-2', 'read', null, 'read key=x'),
    { type: 'fault', phase: 'inject', atUs: 10_000_000, text: 'partition strikes kv-2 | kv-1' },
    message(10_500_000, 'kv-2', 'kv-1', 'append', 'partition'),
    { type: 'note', atUs: 10_600_000, node: 'kv-1', text: 'leader, term 2' },
    { type: 'fault', phase: 'heal', atUs: 11_000_000, text: 'partition heals' },
    message(11_500_000, 'kv-2', 'load-2', 'read_ok'),
  ];
  expect(renderMermaid({ events, omitted: 12 }, 'not linearizable', order)).toMatchInlineSnapshot(`
    "sequenceDiagram
      %% not linearizable
      participant p1 as load-2
      participant p2 as kv-1
      participant p3 as kv-2
      Note over p1,p3: 12 other messages before it are not shown
      Note over p1: #35;2 invoke read x (9.000s)
      p1->>p3: read key=x (9.500s)
      rect rgb(255, 236, 236)
        Note over p1,p3: partition strikes kv-2 | kv-1 (10.000s)
        p3-xp2: append (10.500s, lost: partition)
        Note over p2: leader, term 2 (10.600s)
        Note over p1,p3: partition heals (11.000s)
      end
      p3-->>p1: read_ok (11.500s)
    "
  `);
});

test('a fault that holds when the picture begins, and when it ends', () => {
  const events: readonly SequenceEvent[] = [
    { type: 'fault', phase: 'inject', atUs: 1_000_000, text: 'partition strikes' },
    { type: 'fault', phase: 'inject', atUs: 1_500_000, text: 'crash strikes kv-1' },
    message(9_500_000, 'load-2', 'kv-2', 'read'),
  ];
  const text = renderMermaid({ events, omitted: 0 }, 'x', order);
  expect(text.match(/^ *(rect|end)\b/gm)).toEqual(['  rect', '  end']);
  expect(text.indexOf('crash strikes')).toBeLessThan(text.indexOf('read'));
});

test('nothing to draw is still a diagram', () => {
  expect(renderMermaid({ events: [], omitted: 0 }, 'x', [])).toBe('sequenceDiagram\n  %% x\n');
});

describe('what Mermaid would misread is escaped', () => {
  test.each([
    ['a; b', 'a#59; b'],
    ['#17', '#35;17'],
    ['one\ntwo', 'one<br/>two'],
    ['the end of it', 'the #101;nd of it'],
    ['END', '#69;ND'],
    ['append', 'append'],
    ['<b>&', '#60;b#62;#38;'],
    ['80% %%{init: {}}%%', '80% #37;%{init: {}}#37;%'],
    ['$5 $$x$$', '$5 #36;$x#36;$'],
    ['wrap: x', 'wrap#58; x'],
    ['nowrap:x wrap: y', 'nowrap#58;x wrap: y'],
  ])('%j', (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  test('whatever the text, a statement stays one line without ; or a bare end', () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'end;#\n x') }));
    fc.assert(
      fc.property(texts, (text) => {
        const escaped = escapeText(text).replace(/#\d+;/g, '');
        expect(escaped).not.toMatch(/[;#\r\n]|\bend\b/i);
      }),
      { seed: 3 },
    );
  });
});

test('a diagram is never longer than Mermaid takes: the oldest give way', () => {
  const events = Array.from({ length: 2000 }, (_, i) =>
    message(i, 'kv-1', 'kv-2', 'append', null, `${i} ${'x'.repeat(200)}`),
  );
  const text = renderMermaid({ events, omitted: 5 }, 'x', order);
  expect(text.length).toBeLessThanOrEqual(50_000);
  expect(text).toContain(': 1999 xxx');
  const drawn = text.match(/->>/g)?.length ?? 0;
  expect(text).toContain(`${2005 - drawn} other messages before it are not shown`);
});
