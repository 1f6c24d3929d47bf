/** What tests use of `build.mjs`. */

/** Writes what the launcher runs into a folder. Gives the sources it was made of. */
export declare function buildProgram(folder: string): Promise<ReadonlySet<string>>;
