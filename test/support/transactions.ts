/**
 * Histories of transactions, drawn: one line each, `w x 1` and `a x 1` for writes and appends, `r x
 * [1 2]` for reads, `_` for null. All run at once unless a line says otherwise: `p2` gives the
 * process, `@3-5` the times, `!` aborted, `?` unknown.
 *
 *     p0 @0-1  a x 1, a y 1
 *     p1 @2-3  r x [1], r y _
 */
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from './histories.ts';

const LINE = /^\s*(?:p(\d+))?\s*(?:@(\d+)-(\d+))?\s*([!?])?\s*(.*?)\s*$/;
const names: { readonly [word: string]: string } = { a: 'append', w: 'w', r: 'r' };

export function drawTransactions(picture: string): History {
  const lines = picture.split('\n').filter((line) => line.trim() !== '');
  return historyOf(
    lines.map((line, number): OperationSketch => {
      const [, process, from, to, mark, body = ''] = LINE.exec(line) ?? [];
      const steps = body.split(',').map((step): Plain[] => {
        const [, f = '', key = '', value = '_'] = /^\s*(\w+) (\S+)(?: (.*?))?\s*$/.exec(step) ?? [];
        const name = names[f];
        if (name === undefined) throw new Error(`cannot read '${step}' in the drawing`);
        return [name, key, valueOf(value)];
      });
      return {
        process: process === undefined ? number : Number(process),
        f: 'txn',
        key: null,
        input: steps.map(([f = null, key = null, value = null]) => [
          f,
          key,
          f === 'r' ? null : value,
        ]),
        output: steps,
        from: Number(from ?? 0) * 1000,
        to: Number(to ?? 100) * 1000,
        outcome: mark === '!' ? 'fail' : mark === '?' ? 'info' : 'ok',
      };
    }),
  );
}

function valueOf(word: string): Plain {
  if (word === '_') return null;
  if (!word.startsWith('[')) return Number(word);
  const inner = word.slice(1, -1).trim();
  return inner === '' ? [] : inner.split(/\s+/).map(Number);
}
