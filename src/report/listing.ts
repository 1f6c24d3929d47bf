/** `dsim list`: everything that has a name, by sort and family, one line each. */
import type { Ink } from './ink.ts';
import { renderTable } from './table.ts';

export interface ListedItem {
  readonly name: string;
  readonly summary: string;
  /** Empty when its sort has no families. */
  readonly family: string;
}

export interface Listing {
  /** `SYSTEMS`. */
  readonly title: string;
  readonly items: readonly ListedItem[];
}

/** All listings, with a line break at the end. A sort without items is said to be empty. */
export function renderListings(listings: readonly Listing[], ink: Ink): string {
  return listings.map((listing) => `${renderListing(listing, ink).join('\n')}\n`).join('\n');
}

function renderListing({ title, items }: Listing, ink: Ink): string[] {
  if (items.length === 0) return [`${ink.strong(title)}  ${ink.dim('none')}`];
  const families = items.some(({ family }) => family !== '');
  const rows = items.map(({ name, family, summary }) =>
    families ? [name, family, summary] : [name, summary],
  );
  const paints = families ? [ink.name, ink.dim] : [ink.name];
  return [ink.strong(title), ...renderTable(rows, ink, paints)];
}
