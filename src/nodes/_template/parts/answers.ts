/**
 * What it answers: a case for each request of its interface.
 *
 * Source: name the paper or the manual here, and its section at the line that implements it.
 */

import type register from '../../../interfaces/register.ts';
import { errorBody, type ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';

export type TemplateNameRequest = RequestOf<typeof register>;

/** Where the values are: the node's disk, or its memory. */
export interface Store {
  get(key: string): Plain | undefined;
  set(key: string, value: Plain): void;
}

/** Carries out a request, and gives the answer without an address. */
export function answerTo(request: TemplateNameRequest, store: Store): ReplyBody {
  // else
  // // In place of a state of its own it counts requests, on the disk.
  // store.set(request.type, Number(store.get(request.type) ?? 0) + 1);
  // end
  switch (request.type) {
    // only register
    case 'read':
      return { type: 'read_ok', value: store.get(request.key) ?? null };
    case 'write':
      store.set(request.key, request.value);
      return { type: 'write_ok' };
    case 'cas':
      if ((store.get(request.key) ?? null) !== request.from) {
        return errorBody('precondition-failed');
      }
      store.set(request.key, request.to);
      return { type: 'cas_ok' };
    // else
    // the cases
    // end
    default:
      return errorBody('not-supported');
  }
}
