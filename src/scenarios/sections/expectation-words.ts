/** The words of `expect:` that are neither a check nor a metric, for the manual. */

export interface ExpectationWord {
  readonly doc: string;
  /** As it stands after the dash. */
  readonly example: string;
}

export const expectationWords: ReadonlyMap<string, ExpectationWord> = new Map([
  [
    'sometimes',
    {
      doc: 'Held when a node made the note of this label at least once; `during` and the like narrow when.',
      example: "sometimes 'role'",
    },
  ],
  [
    'never',
    {
      doc: 'Held when the condition came true at no moment of the run. It is looked at after every event.',
      example: 'never leaders(kv) > 1',
    },
  ],
  [
    'felt',
    {
      doc: 'Held when the fault of this name or kind touched something; alone, when every fault did.',
      example: 'felt crash',
    },
  ],
  [
    'live',
    {
      doc: 'Held when the group answered again once what heals had healed; alone, every group with a quorum.',
      example: 'live kv',
    },
  ],
  [
    'recovers',
    {
      doc: 'Held when as much was answered as before the faults, for good, from this time after them on.',
      example: 'recovers within 5s after crash',
    },
  ],
  [
    'tradeoff',
    {
      doc: 'Held when a battery of runs, as `dsim tradeoff` makes it, shows this label of CAP and PACELC.',
      example: 'tradeoff: PC/EC',
    },
  ],
  [
    'during',
    {
      doc: 'Narrows a metric to the time in which faults of this name or kind held; so do `before`, `after` and `outside`.',
      example: 'availability >= 50% during crash',
    },
  ],
  [
    'seeds',
    {
      doc: 'At the end of an expectation: what it demands of many seeds, which `dsim test` runs. `in 1000 seeds`: it holds in each of at least that many seeds; `in 95% of seeds`: in this share of them.',
      example: 'p99(write) < 250ms in 95% of seeds',
    },
  ],
]);
