/** A service before a store: it passes each request on, and waits for the answer. */
import {
  bodyOf,
  defineParams,
  defineSystem,
  type Flow,
  type FlowContext,
  type NodeId,
  type ReplyBody,
  type Request,
  type Service,
  serve,
} from 'dsim';

const params = defineParams({
  store: { type: 'nodes', doc: 'Where the requests go.' },
});

class Front implements Service {
  private readonly store: readonly NodeId[];

  constructor(store: readonly NodeId[]) {
    this.store = store;
  }

  *handle(ctx: FlowContext, request: Request): Flow<ReplyBody> {
    return yield* ctx.call(this.store, bodyOf(request));
  }
}

export default defineSystem({
  name: 'front',
  title: 'Front',
  summary: 'Passes requests on to a store.',
  sources: [],
  answers: { of: 'store' },
  claims: [],
  params,
  bugs: {},
  invariants: [],
  create: (given, place) => serve(new Front(given.store), place),
});
