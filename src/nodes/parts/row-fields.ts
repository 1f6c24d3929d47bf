/**
 * Rows whose fields are kept one by one, as the cells of Cassandra: the later write of a field
 * wins, whatever became of the other fields. A row that is read may be one that was never written
 * as a whole (Jepsen 2013, Cassandra 2.0.0: rows mixed of two writes with equal stamps).
 *
 * A set has a sibling for each field, in the order of their names, and one for the latest deletion
 * of the whole row. A value that is no object is a row of one field without a name.
 */
import type { Plain } from '../../sim/node.ts';
import type { Sibling, SiblingSet, VersionScheme, Wins } from './sibling-set.ts';
import { NOTHING_SEEN } from './version-vector.ts';

type Row = { readonly [field: string]: Plain };

function isRow(value: Plain): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldOf({ value }: Sibling): string {
  return isRow(value) ? (Object.keys(value)[0] ?? '') : '';
}

/** Each field for itself, by this order. A deletion takes away the fields that it wins over. */
export function byField(wins: Wins): VersionScheme {
  const later = (a: Sibling | undefined, b: Sibling) => (a === undefined || wins(b, a) ? b : a);
  const merge = (a: SiblingSet, b: SiblingSet): SiblingSet => {
    const fields = new Map<string, Sibling>();
    let deletion: Sibling | undefined;
    for (const each of [...a.siblings, ...b.siblings]) {
      if (each.deleted) deletion = later(deletion, each);
      else fields.set(fieldOf(each), later(fields.get(fieldOf(each)), each));
    }
    const last = deletion;
    const kept = [...fields.values()].filter((each) => last === undefined || wins(each, last));
    kept.sort((x, y) => (fieldOf(x) < fieldOf(y) ? -1 : 1));
    return { context: NOTHING_SEEN, siblings: last === undefined ? kept : [last, ...kept] };
  };
  return {
    merge,
    put(held, { value, deleted, stampMs, actor, seen }) {
      const cells = isRow(value)
        ? Object.entries(value).map(([field, cell]): Plain => ({ [field]: cell }))
        : [value];
      const siblings = cells.map(
        (cell): Sibling => ({ dot: [actor, 0], value: cell, deleted, stampMs }),
      );
      return { set: merge(held, { context: NOTHING_SEEN, siblings }), seen };
    },
  };
}

/** The row that the fields make, as a list of one; empty if all are deleted. */
export function rowsOf({ siblings }: SiblingSet): readonly Plain[] {
  const cells = siblings.flatMap(({ deleted, value }) => (deleted ? [] : [value]));
  if (cells.length < 2) return cells;
  return [Object.assign({}, ...cells.filter(isRow))];
}
