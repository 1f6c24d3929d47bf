/**
 * The service: what it is asked, it does on its disk, and the answer goes out once what it promises
 * is durable.
 */

import type { Flow, FlowContext, ReplyBody } from '../../../sim/call.ts';
import type { Detail, Plain } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Service } from '../../../sim/service.ts';
import { answerTo, type TemplateNameRequest } from '../parts/answers.ts';

export const templateNameParams = defineParams({
  'report-every': {
    type: 'duration',
    default: 1000,
    min: 1,
    doc: 'How often it notes how many requests it has answered.',
  },
});

export class TemplateName implements Service {
  readonly #reportEveryMs: number;
  /** Where the values are when `bug: forgetful` keeps them off the disk, else null. */
  readonly #memory: Map<string, Plain> | null;
  #answered = 0;

  constructor(params: Params<typeof templateNameParams>, bug: string | null) {
    this.#reportEveryMs = params['report-every'];
    this.#memory = bug === 'forgetful' ? new Map() : null;
  }

  *start(ctx: FlowContext): Flow {
    for (;;) {
      yield* ctx.sleep(this.#reportEveryMs);
      ctx.note('still here', { requests: this.#answered });
    }
  }

  /**
   * One that has to wait is a flow: `*handle(…): Flow<ReplyBody>`, with `yield* ctx.call('db', …)`.
   */
  handle(ctx: FlowContext, request: Request): ReplyBody {
    const body = answerTo(request as TemplateNameRequest, this.#memory ?? ctx.storage);
    this.#answered++;
    ctx.measure('answered');
    return body;
  }

  inspect(): Detail {
    return { answered: this.#answered };
  }
}
