/** Wrong use, in words: the command prints the sentence and ends with exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    // The command line knows it by its name.
    this.name = 'UsageError';
  }
}
