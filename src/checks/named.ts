/** Where one file describes several items: the one of a name. */

/** Throws if there is none. */
export function named<T extends { readonly name: string }>(items: readonly T[], name: string): T {
  const item = items.find((one) => one.name === name);
  if (item === undefined) throw new Error(`nothing here is named ${name}`);
  return item;
}
