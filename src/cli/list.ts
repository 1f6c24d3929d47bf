/** `dsim list`: everything that a scenario can name, and the scenarios that ship with dsim. */
import { type Listing, renderListings } from '../report/listing.ts';
import { formatDocument } from '../report/run-document.ts';
import { nearestName } from '../sim/nearest-name.ts';
import { Console, UsageError } from './console.ts';
import type { Engine, Sort } from './engine.ts';
import { HELD } from './exit-codes.ts';
import type { Host } from './host.ts';
import type { LookOptions } from './terminal.ts';

/** By the word a user types: what it lists. */
const sorts: ReadonlyMap<string, Sort> = new Map([
  ['systems', 'system'],
  ['presets', 'preset'],
  ['interfaces', 'interface'],
  ['policies', 'policy'],
  ['workloads', 'workload'],
  ['faults', 'fault'],
  ['checks', 'check'],
  ['metrics', 'metric'],
  ['judges', 'judge'],
]);
const SCENARIOS = 'scenarios';

/** Every word that `dsim list` takes. */
export const listWords: readonly string[] = [...sorts.keys(), SCENARIOS];

/** Lists one sort, or all. Throws UsageError for a word that is none. */
export async function listCommand(
  word: string | undefined,
  json: boolean,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const wanted = word === undefined ? listWords : [wordOf(word)];
  const engine = await host.engine();
  const console = new Console(host, looks);
  const listings = wanted.map((each) => listing(each, engine));
  if (json) {
    const entries = listings.map(({ word: key, items }) => [key, items]);
    console.print(formatDocument(Object.fromEntries(entries)));
  } else {
    console.print(renderListings(listings, console.ink));
  }
  return HELD;
}

/** The word as typed, or its singular. */
function wordOf(typed: string): string {
  const known = listWords.find(
    (word) => word === typed || sorts.get(word) === typed || word === `${typed}s`,
  );
  if (known !== undefined) return known;
  const near = nearestName(typed, listWords);
  const hint = near === null ? `: one of ${listWords.join(', ')}` : `; did you mean ${near}?`;
  throw new UsageError(`there is no list of ${JSON.stringify(typed)}${hint}`);
}

function listing(word: string, engine: Engine): Listing & { readonly word: string } {
  const title = word.toUpperCase();
  const sort = sorts.get(word);
  if (sort === undefined) {
    const items = engine.gallery().map(({ name, summary }) => ({ name, summary, family: '' }));
    return { word, title, items };
  }
  const items = engine
    .kinds()
    .filter((kind) => kind.sort === sort || (sort === 'fault' && kind.sort === 'nemesis'))
    .map(({ name, family, summary }) => ({ name, family, summary }))
    .sort((a, b) => compare(a.family, b.family) || compare(a.name, b.name));
  return { word, title, items };
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
