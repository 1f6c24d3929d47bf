/**
 * The picture of what led to a failure: the run again, with a recorder that keeps the causal
 * cone.
 */
import { renderMermaid } from '../report/mermaid.ts';
import { checksOf } from '../report/result-parts.ts';
import type { Result } from '../scenarios/result.ts';
import type { ConeTarget } from '../scenarios/verdict/causal-cone.ts';
import { ConeRecorder } from '../scenarios/verdict/cone-recorder.ts';
import { subjectOf } from '../scenarios/verdict/witness-marks.ts';
import { nodesOf, type OneRun } from './one-run.ts';

/**
 * Mermaid text; null when the run has no failure that names operations or a node, or was stopped
 * this time.
 */
export function drawCone(run: OneRun, result: Result): string | null {
  const about = targetOf(result);
  if (about === null) return null;
  const recorder = new ConeRecorder(about.target, about.untilUs);
  const ending = run.simulate(recorder);
  if (ending.kind !== 'done') return null;
  return renderMermaid(recorder.cone(), about.title, [...clientsFirst(run)]);
}

interface About {
  readonly title: string;
  readonly target: ConeTarget;
  readonly untilUs: number;
}

function targetOf(result: Result): About | null {
  const { error, history, facts } = result;
  const check = checksOf(result, 'fail').find(({ evidence }) => evidence.length > 0);
  if (check !== undefined) {
    const witnesses = check.evidence.flatMap((index) => history[index] ?? []);
    const ends = witnesses.map(({ endedAtUs }) => endedAtUs);
    return {
      title: `${result.scenario.name}, seed ${result.seed}: not ${check.checker}`,
      target: {
        operations: check.evidence,
        subject: subjectOf(witnesses, check.key),
        stoppedAt: null,
      },
      // What comes after the violation led to nothing in it.
      untilUs: Math.min(facts.endedAtUs, check.atUs ?? Infinity, Math.max(...ends)),
    };
  }
  if (error === null || error.node === null) return null;
  return {
    title: `${result.scenario.name}, seed ${result.seed}: ${error.message}`,
    target: { operations: [], stoppedAt: { node: error.node, n: error.event } },
    untilUs: error.atUs,
  };
}

/** Clients stand at the left, as they ask first. */
function clientsFirst({ scenario }: OneRun): readonly string[] {
  const clients = scenario.loads.flatMap((load) => load.clients);
  return [...clients, ...nodesOf(scenario).filter((node) => !clients.includes(node))];
}
