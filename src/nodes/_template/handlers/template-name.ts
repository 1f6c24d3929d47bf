/**
 * The node: what it is asked, it does on its disk, and it answers once what it promises is durable.
 */

import type { Context, Detail, Message, Node, NodeId, Plain } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import { isRequest } from '../../../sim/rpc.ts';
import { answerTo, type TemplateNameRequest } from '../parts/answers.ts';

export const templateNameParams = defineParams({
  'report-every': {
    type: 'duration',
    default: 1000,
    min: 1,
    doc: 'How often it notes how many requests it has answered.',
  },
});

export class TemplateName implements Node {
  readonly #reportEveryMs: number;
  /** Where the values are when `bug: forgetful` keeps them off the disk, else null. */
  readonly #memory: Map<string, Plain> | null;
  #answered = 0;

  constructor(params: Params<typeof templateNameParams>, bug: string | null) {
    this.#reportEveryMs = params['report-every'];
    this.#memory = bug === 'forgetful' ? new Map() : null;
  }

  start(ctx: Context): void {
    ctx.setTimer('report', this.#reportEveryMs);
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    // Stray answers and messages of other protocols are dropped.
    if (!isRequest(message)) return;
    const body = answerTo(message as TemplateNameRequest, this.#memory ?? ctx.storage);
    // `send` waits until the writes that the answer promises are durable.
    const reply: Message & { readonly inReplyTo: number } = { ...body, inReplyTo: message.id };
    ctx.send(from, reply);
    this.#answered++;
    ctx.measure('answered');
  }

  timeout(ctx: Context): void {
    ctx.note('still here', { requests: this.#answered });
    ctx.setTimer('report', this.#reportEveryMs);
  }

  inspect(): Detail {
    return { answered: this.#answered };
  }
}
