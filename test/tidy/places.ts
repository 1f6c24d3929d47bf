/** Where things stand in the tree: the patterns that several rules of the house share. */

/** The rooms of `src/scenarios/` that touch nothing of the machine: all but `host/`. */
const scenarioRoom = '(?:(?:history|nemesis|presets|run|sections|text|values|verdict)\\/)?';

/** What must give the same result everywhere: no host time, no chance, no engine's own order. */
export const deterministic = new RegExp(
  `^src\\/(?:sim|interfaces|nodes|faults|workloads|checks)\\/|^src\\/scenarios\\/${scenarioRoom}[\\w-]+\\.ts$`,
);

/** The page that a student reads: the world seen from inside. */
export const rim = /^src\/sim\/[\w-]+\.ts$/;

/** The lists that `npm run generate` writes. */
export const generatedList =
  /^src\/(?:nodes|interfaces|faults|workloads|checks|checks\/metrics)\/index\.ts$/;

/** What the lists find by its place. Everything else is imported by name. */
export const item =
  /^src\/(?:nodes\/[\w-]+\/[\w-]+\/index|checks\/[\w-]+\/index|(?:interfaces|faults|workloads|checks\/metrics|checks\/models\/judges)\/[\w-]+)\.ts$/;

/**
 * The room of a file of `src/scenarios/`: its folder, or itself where it stands on the top floor.
 * null for a file of another house.
 */
export function roomOf(path: string): string | null {
  return /^src\/scenarios\/([\w-]+)(?:\/|\.ts$)/.exec(path)?.[1] ?? null;
}
