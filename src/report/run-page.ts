/**
 * A run as Markdown, for an issue or a pull request: the verdict, a table, the reasons, and the
 * diagram.
 */
import type { Result } from '../scenarios/result.ts';
import { renderAnomalies } from './anomalies.ts';
import { createInk } from './ink.ts';
import { code, fence, inline } from './markdown-text.ts';
import { renderCycle } from './mermaid-graph.ts';
import { type CheckResult, checksOf } from './result-parts.ts';
import { type RunContext, reproLine } from './run-context.ts';
import { renderTimeline } from './timeline.ts';
import { describeOperation, renderWitness } from './witness.ts';

const WIDTH = 90;

/**
 * The page, with a line break at its end. `diagram` is Mermaid text, or null when there is nothing
 * to draw.
 */
export function renderMarkdown(
  result: Result,
  context: RunContext,
  diagram: string | null,
): string {
  const blocks = [
    `# ${inline(result.scenario.name)}: ${result.error === null ? result.state : 'stopped'}`,
    inline(result.scenario.summary),
    `Scenario \`${code(context.file)}\`, seed \`${code(result.seed)}\`, dsim ${context.version}.`,
    expectationTable(result),
    ...checksOf(result, 'fail').map((check) => {
      const picture = [...anomalyLines(result, check), ...renderWitness(result, check, plain)]
        .join('\n')
        .trimEnd();
      return [
        `## Not ${inline(check.checker)}`,
        inline(check.summary),
        check.reasons.map((reason) => `- ${inline(reason)}`).join('\n'),
        picture === '' ? '' : fence(picture),
        ...cycleFences(result, check),
      ]
        .filter((part) => part !== '')
        .join('\n\n');
    }),
    errorSection(result),
    `## Over time\n\n${fence(renderTimeline(result, plain).join('\n'))}`,
    diagram === null ? '' : `## What led to it\n\n${fence(diagram.trimEnd(), 'mermaid')}`,
    `## Again\n\n${fence(reproLine(result.seed, result.digests.order, context), 'sh')}`,
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const CYCLES_MAX = 3;

/** A graph for each of the worst cycles. */
function cycleFences(result: Result, check: CheckResult): string[] {
  const title = `${result.scenario.name}, seed ${result.seed}`;
  return (check.anomalies ?? [])
    .filter(({ edges }) => edges.length > 0)
    .slice(0, CYCLES_MAX)
    .map((cycle) => {
      const graph = renderCycle(cycle, result.history, title, (operation) =>
        describeOperation(result, operation, check.key, plain),
      );
      return fence(graph.trimEnd(), 'mermaid');
    });
}

/** Anomalies with their cycles, and an empty line after them. */
function anomalyLines(result: Result, check: CheckResult): string[] {
  const describe = (index: number) => {
    const operation = result.history[index];
    return operation === undefined ? '' : describeOperation(result, operation, check.key, plain);
  };
  const lines = renderAnomalies(check, describe, plain);
  return lines.length === 0 ? [] : [...lines, ''];
}

const plain = createInk({ color: false, ascii: false, width: WIDTH });

function expectationTable(result: Result): string {
  if (result.judged.length === 0) return 'Nothing was expected.';
  const rows = result.judged.map(({ text, state, measured, because }) => {
    const reasons = because === measured ? [measured] : [measured, because];
    const told = reasons
      .map((reason) => reason.replace(/\.$/, ''))
      .filter((reason) => reason !== '');
    return `| ${inline(text)} | ${state} | ${inline(told.join('; '))} |`;
  });
  return ['| expectation | state | measured |', '| --- | --- | --- |', ...rows].join('\n');
}

function errorSection({ error }: Result): string {
  if (error === null) return '';
  const lines = [
    error.message,
    ...(error.stack === null ? [] : ['', error.stack]),
    '',
    ...error.tail,
  ];
  return `## The run stopped\n\n${fence(lines.join('\n'))}`;
}
