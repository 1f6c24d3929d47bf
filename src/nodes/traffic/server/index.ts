/** A server with a queue, as a kind of node. */
import request from '../../../interfaces/request.ts';
import { serve, serviceMeasures } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { Server, serveOptions, serverParams } from './server.ts';

export default defineSystem({
  name: 'server',
  title: 'Server',
  summary: 'Answers any request after a service time, some at a time, the rest in a queue: M/M/c.',
  sources: [
    'Erlang 1917, the waiting-time formula for c servers (Erlang C), in any textbook of queues',
  ],
  answers: [request],
  claims: [],
  params: serverParams,
  bugs: {},
  invariants: [],
  measures: serviceMeasures,
  create: (params, place) => serve(new Server(params), place, serveOptions(params)),
});
