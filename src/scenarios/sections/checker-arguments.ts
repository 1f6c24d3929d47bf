/**
 * The arguments of a checker in `expect:`, as `bank(total: 100)`: read as parameters are, with
 * units, bounds and suggestions.
 */
import type { AnyChecker } from '../../checks/checker.ts';
import { listNames, quote } from '../text/diagnostic.ts';
import {
  type SourceEntry,
  type SourceMap,
  type SourceScalar,
  type Spot,
  spotOf,
  typePlainScalar,
} from '../text/source.ts';
import { Fields } from '../values/fields.ts';
import type { Piece } from '../values/token-cursor.ts';
import type { ParseContext } from './context.ts';
import type { SettingSyntax } from './expectation-grammar.ts';

/** The values by name; those left out have their defaults. */
export function readCheckerArguments(
  checker: AnyChecker,
  settings: readonly SettingSyntax[],
  item: SourceScalar,
  context: ParseContext,
): { readonly [name: string]: unknown } {
  const called = quote(checker.name);
  const { spot } = item;
  const map: SourceMap = {
    kind: 'map',
    entries: entriesOf(checker, settings, item, context),
    spot,
  };
  const place = { path: `expect.${checker.name}`, called, spot };
  const fields = new Fields(context.reader, map, place);
  const args = fields.params(checker.params);
  fields.finish();
  return args;
}

/** The settings as entries of a map; a bare value belongs to the argument that is understood. */
function entriesOf(
  checker: AnyChecker,
  settings: readonly SettingSyntax[],
  item: SourceScalar,
  { diagnostics }: ParseContext,
): readonly SourceEntry[] {
  const called = quote(checker.name);
  const entries: SourceEntry[] = [];
  for (const { name, value } of settings) {
    const key = name?.text ?? checker.shorthand;
    const spot = spotIn(item, name ?? value);
    if (key === null) {
      diagnostics.error('DS142', spot, `${called} takes no argument without a name`, {
        notes: [...item.notes, argumentsNote(checker)],
      });
    } else if (entries.some((entry) => entry.key === key)) {
      diagnostics.error('DS142', spot, `${called} is given ${quote(key)} twice`, {
        notes: item.notes,
      });
    } else entries.push({ key, keySpot: spot, value: scalarOf(value, item), shownAs: key });
  }
  return entries;
}

/** A value within an expectation, as if it stood alone. */
function scalarOf(piece: Piece, item: SourceScalar): SourceScalar {
  const { text } = piece;
  const spot = spotIn(item, piece);
  const plain = piece.to - piece.from === text.length;
  const value = plain ? typePlainScalar(text) : text;
  const textFrom = plain && item.textFrom !== null ? spot.from : null;
  return { kind: 'scalar', text, plain, value, spot, textFrom, notes: item.notes, failed: false };
}

function argumentsNote({ params }: AnyChecker): string {
  const names = Object.keys(params);
  return names.length === 0 ? 'it takes no argument' : `its arguments are ${listNames(names)}`;
}

/**
 * A piece of an expectation in its file; the whole scalar if its text does not stand there as it
 * is.
 */
export function spotIn(item: SourceScalar, piece: Piece): Spot {
  if (item.textFrom === null) return item.spot;
  return spotOf(item.spot.file, item.textFrom + piece.from, item.textFrom + piece.to);
}
