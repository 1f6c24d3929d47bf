/** The manual of an interface: what is asked, what is answered, and what a history holds of it. */
import { type ManualPage, page } from '../report/manual.ts';
import { bracesText, type Interface, operationsOf, type RequestSpec } from '../sim/interface.ts';

/** Each request with its answer, then what a history holds of it. */
export function interfacePage(of: Interface): ManualPage {
  const { name, summary, requests, messages = {} } = of;
  return page(name, 'interface: what is asked and answered', summary, {
    sections: [
      {
        title: 'REQUESTS',
        rows: Object.entries(requests).map(([type, spec]) => [
          requestText(type, spec),
          `${spec.doc} Answer: ${answerText(type, spec)}.${traitsText(spec)}`,
        ]),
      },
      {
        title: 'MESSAGES WITHOUT AN ANSWER',
        rows: Object.entries(messages).map(([type, { fields, doc }]) => [
          `${type} ${bracesText(fields)}`.trim(),
          doc,
        ]),
      },
      {
        title: 'IN A HISTORY',
        rows: operationsOf(of).map((operation) => [operation, recordedText(requests[operation])]),
      },
    ],
  });
}

function requestText(type: string, { fields }: RequestSpec): string {
  return `${type} ${bracesText(fields)}`.trim();
}

function answerText(type: string, { reply }: RequestSpec): string {
  return `${type}_ok ${bracesText(reply)}`.trim();
}

/** What is worth knowing besides: whether it may be repeated, what it does to the state. */
function traitsText({ harmless, reads, writes, errors = [] }: RequestSpec): string {
  const does = [...(reads === true ? ['Reads'] : []), ...(writes === true ? ['Writes'] : [])];
  return [
    ...(does.length === 0 ? [] : [` ${does.join(' and ').replace('and W', 'and w')}.`]),
    harmless === true ? ' Harmless to repeat.' : '',
    ...(errors.length === 0 ? [] : [` Errors: ${errors.join(', ')}.`]),
  ].join('');
}

/** What a workload asks: each request, and what a history holds of it. */
export function operationRows({ requests }: Interface, operations: readonly string[]): string[][] {
  return operations.map((operation) => {
    const spec = requests[operation];
    if (spec === undefined) return [operation, ''];
    return [operation, `${spec.doc} ${recordedText(spec)}`];
  });
}

function recordedText(spec: RequestSpec | undefined): string {
  const { input = 'null', output = 'ignored' } = spec?.recorded ?? {};
  return `Input: ${input}; output: ${output}.`;
}
