/** A history that was made elsewhere as a page: operations only, for its messages are not known. */
import { formatCount } from '../../sim/units.ts';
import { visible } from '../../sim/visible-text.ts';
import { type JudgedHistory, searchLonger } from '../check-screen.ts';
import { operationText } from '../operation-text.ts';
import { writeColumns } from './columns.ts';
import { failureOfCheck } from './failure.ts';
import { glossaryOfCheck } from './glossary.ts';
import { laneOrder } from './lane-order.ts';
import { operationColumnsOf } from './operation-columns.ts';
import type { PageModel, PageNode, PageState } from './page-model.ts';
import type { PageParts } from './page-of-run.ts';
import { checkSteps, endOf, type StoryParts } from './story.ts';

const states: { readonly [verdict: string]: PageState } = {
  pass: 'held',
  fail: 'violated',
  unknown: 'unknown',
};

/** `repro` is the command that judges it again. */
export function pageOfHistory(judged: JudgedHistory, repro: string): PageParts {
  const { check, history, file, model: judge, consistency } = judged;
  const nodes = nodesOf(judged);
  const places = new Map(nodes.map(({ name }, i) => [name, i]));
  const parts: StoryParts = {
    nodes,
    faults: [],
    roles: [],
    downs: [],
    notes: [],
    history,
    texts: history.map((operation) => visible(operationText(operation))),
  };
  const failure = failureOfCheck(check, parts);
  const state = states[check.verdict] ?? 'unknown';
  // The last end is seen, and not the edge of the picture.
  const endUs = Math.ceil(1.02 * Math.max(1, ...history.map(endOf)));
  const model: PageModel = {
    format: 'dsim-page',
    version: 1,
    state,
    name: file,
    sentence: visible(check.summary),
    subtitle: [file, judge, consistency, `${formatCount(history.length)} operations`].map(visible),
    expectations: [
      { text: `${judge}, ${consistency}`, state, measured: '', because: check.summary },
    ],
    durationUs: endUs,
    endUs,
    stoppedAtUs: null,
    hasTimes: judged.timed,
    hasMessages: false,
    nodes,
    order: laneOrder(nodes, [], null),
    kinds: [],
    blamed: [],
    faults: [],
    downs: [],
    roles: [],
    notes: [],
    series: [],
    operations: parts.texts,
    failure,
    story:
      failure === null || failure.culprit === null
        ? []
        : checkSteps(parts, check, failure.culprit, failure.fromUs),
    reasons: [...check.reasons, ...givenUp(judged)].map(visible),
    leftOut: [
      'This history was made elsewhere: its messages and its faults are not known.',
      ...(judged.timed ? [] : ['Its times mean nothing but an order.']),
    ],
    facts: [{ title: check.checker, lines: [check.summary, ...check.reasons].map(visible) }],
    glossary: glossaryOfCheck(check),
    repro,
  };
  const list = operationColumnsOf(history, places, null);
  return { model, columns: writeColumns(list), list, bodies: new Uint8Array(0) };
}

/** Of a search that gave up. */
function givenUp(judged: JudgedHistory): readonly string[] {
  return searchLonger({ ...judged, dsim: 'dsim' }).flatMap(({ command }) => [
    'The search gave up before it found an order, or that there is none.',
    `With more steps it may decide: ${command}`,
  ]);
}

/** A lane for each client, in the order in which they come. */
function nodesOf({ history }: JudgedHistory): readonly PageNode[] {
  const clients = [...new Set(history.map(({ client }) => client))];
  return clients.map((name) => {
    return { name, isClient: true, group: 'clients', region: null, pinned: null };
  });
}
