import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpectation, type SettingSyntax } from './expectation-grammar.ts';

/** The expectation with its parts in brackets, or the problem with what it points at. */
function brief(text: string): string {
  const parsed = parseExpectation(text);
  if (!parsed.ok) {
    const { at, message, help } = parsed.problem;
    return `! ${message} @${at.from}-${at.to}${help === null ? '' : ` (${help})`}`;
  }
  const it = parsed.value;
  const window =
    it.kind === 'felt' || it.kind === 'live' || it.window === null
      ? ''
      : ` ${it.window.when} [${it.window.of.text}]`;
  switch (it.kind) {
    case 'check':
      return `check [${it.name.text}]${settingsText(it.settings)}${window}`;
    case 'metric':
      return `metric [${it.name.text}](${it.args.map((arg) => arg.text).join('|')}) ${it.comparison} [${it.value.text}]${window}`;
    case 'sometimes':
      return `sometimes [${it.label.text}]${window}`;
    case 'felt':
      return `felt [${it.fault?.text ?? ''}]`;
    case 'live':
      return `live [${it.group?.text ?? ''}]`;
    case 'recovers':
      return `recovers (${it.args.map((arg) => arg.text).join('|')}) [${it.within.text}]${window}`;
  }
}

function settingsText(settings: readonly SettingSyntax[]): string {
  if (settings.length === 0) return '';
  const each = settings.map(({ name, value }) =>
    name === null ? `[${value.text}]` : `[${name.text}]: [${value.text}]`,
  );
  return ` (${each.join(', ')})`;
}

describe('expectations', () => {
  test.each([
    ['recovers within 60s after pause', 'recovers () [60s] after [pause]'],
    ['recovers(a, read) within 1m after faults', 'recovers (a|read) [1m] after [faults]'],
    [
      'recovers after pause',
      '! expected `within` and a duration @9-14 (for example `recovers within 60s after pause`)',
    ],
    [
      'recovers within 60s during pause',
      '! expected `after` and a fault @27-32 (for example `recovers within 60s after pause`)',
    ],
    [
      'recovers within 60s',
      '! expected `after` and a fault @19-20 (for example `recovers within 60s after pause`)',
    ],
    ['linearizable', 'check [linearizable]'],
    ['  linearizable  ', 'check [linearizable]'],
    [
      'availability(majority) >= 90% during partition',
      'metric [availability](majority) >= [90%] during [partition]',
    ],
    ['availability(majority)>=90%', 'metric [availability](majority) >= [90%]'],
    ['p99(write) < 250ms after faults', 'metric [p99](write) < [250ms] after [faults]'],
    ['p99( write , read )<250ms', 'metric [p99](write|read) < [250ms]'],
    // Values as dsim prints them, and as people write them.
    ['availability >= 98.82 % during x', 'metric [availability]() >= [98.82 %] during [x]'],
    ['messages <= 2,942', 'metric [messages]() <= [2,942]'],
    ['messages <= 1,234,567.5/s after x', 'metric [messages]() <= [1,234,567.5/s] after [x]'],
    ['p99 <= 100 ms', 'metric [p99]() <= [100 ms]'],
    ['recovers within 60 s after pause', 'recovers () [60 s] after [pause]'],
    ['messages <= 2,94', '! the expectation should end here @13-14'],
    ['messages <= 2, 942', '! the expectation should end here @13-14'],
    ['p99 <= 100 b', '! the expectation should end here @11-12'],
    ['leaders per term <= 1', 'metric [leaders per term]() <= [1]'],
    ['leaders(kv) >= 1', 'metric [leaders](kv) >= [1]'],
    ['leaders != 2 outside big-one', 'metric [leaders]() != [2] outside [big-one]'],
    ["sometimes 'became leader'", 'sometimes [became leader]'],
    ['sometimes "steps down" during partition', 'sometimes [steps down] during [partition]'],
    ["sometimes 'it''s over' before crash", "sometimes [it's over] before [crash]"],
    ['felt', 'felt []'],
    ['felt partition', 'felt [partition]'],
    ['live', 'live []'],
    ['live kv', 'live [kv]'],
    ['', '! an expectation is empty @0-1'],
    ['>= 90%', '! expected the name of a checker or metric @0-2'],
    ['p99 => 5ms', '! `=>` is no comparison @4-6 (did you mean `>=`?)'],
    ['p99 ≤ 5ms', '! `≤` is no comparison @4-5 (did you mean `<=`?)'],
    ['p99 == 5ms', '! `==` is no comparison @4-6 (did you mean `=`?)'],
    ['p99 <', '! expected a value to compare with, such as `90%` or `250ms` @5-6'],
    ['p99() < 5ms', '! expected an argument @4-5'],
    ['p99(a b) < 5ms', '! expected `)` @6-7'],
    ['bank(total: 100)', 'check [bank] ([total]: [100])'],
    ["bank( total:100 , accounts: 'a,b' )", 'check [bank] ([total]: [100], [accounts]: [a,b])'],
    ['exactly-once(at-most-once)', 'check [exactly-once] ([at-most-once])'],
    ['bank(total:)', '! expected the value of `total` @11-12'],
    ['p99(of: a) < 5ms', '! a metric takes no arguments with names @4-6'],
    ['p99(a) during x', 'check [p99] ([a]) during [x]'],
    [
      'p99 < 5ms during',
      '! expected the name or kind of a fault after `during`, or `faults` @16-17',
    ],
    ['p99 < 5ms p98', '! the expectation should end here @10-13'],
    ['felt a b', '! the expectation should end here @7-8'],
    [
      "sometimes 'open",
      "! the label of a note is missing, in quotes @10-11 (for example `sometimes 'steps down'`)",
    ],
    ["sometimes ''", '! the label is empty @10-12'],
  ])('%j', (text, expected) => {
    expect(brief(text)).toBe(expected);
  });

  test('any text is an expectation or one problem inside it', () => {
    const word = fc.constantFrom(
      'p99',
      '(',
      ')',
      ',',
      '<',
      '>=',
      '5ms',
      'during',
      'faults',
      'felt',
      'sometimes',
      "'x'",
      '"',
      "'",
      ' ',
      '\n',
      '🙂',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (written) => {
        const parsed = parseExpectation(written);
        if (parsed.ok) return;
        const { from, to } = parsed.problem.at;
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeGreaterThan(from);
        expect(to).toBeLessThanOrEqual(written.length + 1);
      }),
      { seed: 22, numRuns: 3000 },
    );
  });
});
