/** What a kind of data lets one infer from a history of transactions. */
import type { Edge } from './cycles.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import type { Findings } from './findings.ts';
import type { ChosenEdge } from './rule-paths.ts';
import type { OpenKey } from './version-choices.ts';

export interface Inference {
  /** Dependencies by the data: ww, wr and rw. */
  readonly graph: DependencyGraph;
  readonly findings: Findings;
  /** Why the edge is there: `#4 appended 2 to x after #1 appended 1`. */
  because(edge: Edge): string;
  /** Transactions besides those of the edge that show it: who saw the order of versions. */
  shownBy(edge: Edge): readonly number[];
  /** Keys of whose versions nobody read the whole order. */
  readonly open: readonly OpenKey[];
  /** Orders of open versions that hold if no update is lost. */
  readonly withoutLostUpdates: readonly ChosenEdge[];
  /** `wrote` or `appended to`. */
  readonly wrote: string;
  /** Whether a read shows in which order the versions before it were written. */
  readonly readsShowOrder: boolean;
  /** What was strange without being an anomaly, a sentence each. */
  readonly remarks: readonly string[];
}
