/** A verdict on a history as Markdown, for an issue: the sentence, the operations, the pictures. */

import { type JudgedHistory, renderVerdict } from './check-screen.ts';
import { createInk } from './ink.ts';
import { code, fence, inline } from './markdown-text.ts';
import { renderCheckDiagram, renderCycle } from './mermaid-graph.ts';
import { operationText } from './operation-text.ts';
import type { Operation } from './result-parts.ts';

const WIDTH = 90;
const DIAGRAMS_MAX = 4;

/** The page, with a line break at its end. */
export function renderVerdictPage(judged: JudgedHistory): string {
  const { check, file, model, consistency } = judged;
  const blocks = [
    `# ${inline(file)}: ${check.verdict}`,
    inline(check.summary),
    `Judged as \`${code(model)}\`, \`${code(consistency)}\`.`,
    ...diagrams(judged).map((diagram) => fence(diagram.trimEnd(), 'mermaid')),
    fence(renderVerdict(judged, plain).trimEnd()),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const plain = createInk({ color: false, ascii: false, width: WIDTH });

/** The one diagram of a Mermaid file; null where nothing is named. */
export function renderVerdictDiagram(judged: JudgedHistory): string | null {
  const { check, history } = judged;
  return renderCheckDiagram(check, history, titleOf(judged), teller(judged));
}

/** A diagram for each cycle, or the one over time. */
function diagrams(judged: JudgedHistory): readonly string[] {
  const { check, history } = judged;
  const cycles = (check.anomalies ?? []).filter(({ edges }) => edges.length > 0);
  if (cycles.length === 0) return [renderVerdictDiagram(judged)].flatMap((text) => text ?? []);
  return cycles
    .slice(0, DIAGRAMS_MAX)
    .map((cycle) => renderCycle(cycle, history, titleOf(judged), teller(judged)));
}

function titleOf({ file, check, model }: JudgedHistory): string {
  return `${file}: ${check.verdict} as ${model}`;
}

function teller({ check }: JudgedHistory): (operation: Operation) => string {
  return (operation) => operationText(operation, check.key);
}
