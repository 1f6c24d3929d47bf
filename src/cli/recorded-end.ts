/**
 * What a recording says of how its run ended, and what of it is not so now. The events alone prove
 * little: a verdict, a history or a digest may have been changed, by a hand or by another dsim.
 */
import type { KeptDocument } from '../report/run-document.ts';
import type { Digests, ExpectationState, Result } from '../scenarios/result.ts';
import { differingTiers } from './determinism.ts';

export interface RecordedEnd {
  readonly state: ExpectationState | null;
  /** All of them, or of an older recording some. */
  readonly digests: Partial<Digests>;
  /** The run's document as it was kept; null where there is none, or one of another version. */
  readonly document: KeptDocument['run'] | null;
}

/** What the run gives now. */
export interface EndNow {
  readonly result: Result;
  /** As it would be kept; asked for only if it is compared. */
  readonly document: () => KeptDocument['run'];
  /**
   * A strict run has the texts of messages in their digest, and may stop where a plain one goes on.
   */
  readonly sameStrictness: boolean;
}

/** What differs, a sentence each; empty if nothing does. */
export function differencesFrom(recorded: RecordedEnd, now: EndNow): readonly string[] {
  const { result, sameStrictness } = now;
  const digests = { ...result.digests, ...recorded.digests };
  const tiers = differingTiers(digests, result.digests).filter(
    (tier) => sameStrictness || tier !== 'messages',
  );
  const found = tiers.map((tier) =>
    tier === 'order'
      ? `its digest was ${digests.order}, now it is ${result.digests.order}`
      : `its digest of ${NAMES[tier]} was ${digests[tier]}, now it is ${result.digests[tier]}`,
  );
  if (recorded.state !== null && recorded.state !== result.state) {
    found.push(`it was ${recorded.state}, now it is ${result.state}`);
  }
  // The fields follow from the run: they are worth a word of their own where nothing else differs.
  if (found.length > 0 || recorded.document === null || !sameStrictness) return found;
  return differingFields(recorded.document, now.document()).map(
    (field) => `what was kept as \`${field}\` is not what the run gives now`,
  );
}

const NAMES = { outcome: 'the outcome', history: 'the history', messages: 'messages' } as const;

interface Fields {
  readonly [field: string]: unknown;
}

function differingFields(recorded: Fields, now: Fields): readonly string[] {
  const fields = [...new Set([...Object.keys(now), ...Object.keys(recorded)])];
  return fields.filter((field) => textOf(recorded, field) !== textOf(now, field));
}

/** How dsim was started, with which the repro line begins, is no part of the run. */
function textOf(fields: Fields, field: string): string | undefined {
  const value = fields[field];
  if (field === 'repro') return String(value).replace(/^.*? replay /, '');
  return JSON.stringify(value);
}
