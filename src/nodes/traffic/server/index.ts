/** A server with a queue, as a kind of node. */
import request from '../../../interfaces/request.ts';
import { serve, serviceMeasures } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { doorMeasures } from './doors.ts';
import { doorsOf, hasDoors, Server, serveOptions, serverParams } from './server.ts';

export default defineSystem({
  name: 'server',
  title: 'Server',
  summary: 'Answers any request after a service time, some at a time, the rest in a queue: M/M/c.',
  sources: [
    'Nichols and Jacobson 2012, Controlling Queue Delay (ACM Queue): CoDel',
    'Beyer et al. 2016, Site Reliability Engineering, chapter 21: classes of requests',
    'Erlang 1917, the waiting-time formula for c servers (Erlang C), in any textbook of queues',
  ],
  answers: [request],
  claims: [],
  params: serverParams,
  bugs: {},
  invariants: [],
  measures: { ...serviceMeasures, ...doorMeasures },
  loops: {
    'old work': {
      doc: 'First come, first served, it works on requests whose callers have given up or soon will.',
      open: { order: 'lifo', expired: 'drop' },
    },
    crowding: {
      doc: 'Those that wait make all work slower, so that more come to wait.',
      open: { 'half-speed-at': undefined },
    },
    handshakes: {
      doc: 'Callers that give up open new connections, which cost time that their requests lack.',
      measure: 'handshakes',
      open: { handshake: 0 },
    },
  },
  create: (params, place) =>
    hasDoors(params)
      ? serve(doorsOf(params), place)
      : serve(new Server(params), place, serveOptions(params)),
});
