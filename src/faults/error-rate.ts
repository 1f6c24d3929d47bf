/**
 * Error rate: a share of the requests to nodes ends in an error. Before the node has seen them,
 * nothing has happened; after it has done its work, the answer is lost, and the caller cannot know.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';
import { CODES, codeOf, isDefinite } from './parts/request-faults.ts';

const params = defineParams({
  ratio: { type: 'ratio', doc: 'Share of the requests that fail.', min: 0, max: 1 },
  ...NODE_PARAMS,
  stage: {
    type: 'choice',
    doc: 'before: the node never sees the request. after: it does its work, and the answer is lost.',
    options: ['before', 'after'],
    default: 'before',
  },
  code: {
    type: 'choice',
    doc: 'What the caller gets, or none: no answer. temporarily-unavailable before, crash after.',
    options: CODES,
    optional: true,
  },
});

/** No error may say that nothing happened when something did. */
function refuse({ stage, code }: Params<typeof params>): string | null {
  if (stage === 'before' || code === undefined || !isDefinite(code)) return null;
  return `error-rate: ${code} says that nothing happened, and after the work something has; timeout, crash or none do not`;
}

export default defineFault({
  name: 'error-rate',
  summary: 'Makes a share of the requests to nodes fail.',
  family: 'dependency',
  params,
  shorthand: 'ratio',
  refuse,
  /** Throws RangeError if `refuse` would. */
  inject(levers, given) {
    const refusal = refuse(given);
    if (refusal !== null) throw new RangeError(refusal);
    const { ratio, nodes, stage } = given;
    const code = codeOf(given.code ?? (stage === 'before' ? 'temporarily-unavailable' : 'crash'));
    const trouble = { errors: ratio, when: stage, code };
    return strikeNodes(levers, nodes, (node) => levers.troubleRequests(node, trouble));
  },
});
