/** Words explained beside the picture: from the check that failed, and from what is drawn. */
import type { Result } from '../../scenarios/result.ts';
import type { CheckResult } from '../result-parts.ts';

interface Entry {
  readonly question: string;
  readonly answer: string;
}

/** Two sentences a word; the levels are those of Jepsen's map of consistency models. */
const checks: { readonly [name: string]: Entry } = {
  linearizable: {
    question: 'What does linearizable mean?',
    answer:
      'Every operation seems to happen at one instant between its call and its answer. So once a write is acknowledged, every later read must return it, or something newer, whichever node is asked.',
  },
  sequential: {
    question: 'What does sequential mean?',
    answer:
      'There is one order of all operations that explains what everybody saw, and each client finds its own operations in it in the order in which it made them. Real time between clients does not count.',
  },
  causal: {
    question: 'What does causal mean?',
    answer:
      'Whoever has seen an effect has seen its causes. Operations that know nothing of each other may be seen in different orders.',
  },
  eventual: {
    question: 'What does eventual mean?',
    answer:
      'When nobody writes any more and all faults are healed, all nodes come to agree. It says nothing of what is read before.',
  },
};

const stale: Entry = {
  question: 'What is a stale read?',
  answer:
    'A read that returns a value that was replaced before the read began. Linearizability forbids it: a read may not go back behind a write that was acknowledged.',
};

const split: Entry = {
  question: 'How can there be two leaders?',
  answer:
    'A leader that is cut off does not hear that the others have elected a new one in a later term, and goes on. It is harmless as long as it cannot get a majority for what it acknowledges; the hatched bar shows this time.',
};

const unknown: Entry = {
  question: 'What is an operation of unknown outcome?',
  answer:
    'A request that was not answered in time. It may have happened, may still happen, or may never happen: its client cannot know, and a check must allow for all three.',
};

export function glossaryOfCheck({ checker, verdict }: CheckResult): readonly Entry[] {
  const named = checks[checker];
  return [
    ...(checker === 'linearizable' && verdict === 'fail' ? [stale] : []),
    ...(named === undefined ? [] : [named]),
  ];
}

export function glossaryOf(result: Result, check: CheckResult | null): readonly Entry[] {
  const entries: Entry[] = check === null ? [] : [...glossaryOfCheck(check)];
  if (result.timeline.leaders.length > 1) entries.push(split);
  if (result.history.some(({ outcome }) => outcome === 'info')) entries.push(unknown);
  return entries;
}
