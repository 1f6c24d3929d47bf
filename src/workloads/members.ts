/** The members workload: clients ask nodes who is a member, and at the end each asks again. */
import members from '../interfaces/members.ts';
import type { ReplyOf } from '../sim/interface.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const ASK: Invocation = { f: 'members', key: null, input: null, request: { type: 'members' } };

export default defineWorkload({
  name: 'members',
  summary: 'Asks nodes who is a member, and each at the end again.',
  params: {},
  asks: members,
  tell: (f) => f,
  generator: () => new MembersGenerator(),
  outputOf: (_f, reply) => (reply as ReplyOf<typeof members, 'members'>).members,
});

class MembersGenerator implements Generator {
  readonly #finals = new FinalPositions(1);

  next(): Invocation {
    return ASK;
  }

  /** Each process reads once. */
  last(process: number): Invocation | null {
    return this.#finals.next(process) === null ? null : ASK;
  }
}
