/** A server with a queue, as a kind of node. */
import check from '../../../interfaces/check.ts';
import request from '../../../interfaces/request.ts';
import { serve, serviceMeasures } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { answeringChecks } from '../../parts/own-queue.ts';
import { doorMeasures, type ServerBug, serverBugs } from './doors.ts';
import {
  doorsOf,
  hasDoors,
  placesOf,
  refuseServer,
  Server,
  serveOptions,
  serverParams,
} from './server.ts';

export default defineSystem({
  name: 'server',
  title: 'Server',
  summary: 'Answers any request after a service time, some at a time, the rest in a queue: M/M/c.',
  sources: [
    'Nichols and Jacobson 2012, Controlling Queue Delay (ACM Queue): CoDel',
    'Beyer et al. 2016, Site Reliability Engineering, chapter 21: classes of requests',
    'Gunther 2007, Guerrilla Capacity Planning: the Universal Scalability Law',
    'Erlang 1917, the waiting-time formula for c servers (Erlang C), in any textbook of queues',
  ],
  answers: [request, check],
  claims: [],
  params: serverParams,
  bugs: serverBugs,
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
  notes: {
    oom: {
      doc: 'It had more workers than memory for them, and was killed with all of them.',
      detail: { active: 'Requests that it was serving.', queued: 'Requests that waited.' },
    },
  },
  refuse: refuseServer,
  create: (params, place, bug) => {
    const node = hasDoors(params)
      ? serve(doorsOf(params, place.cores, bug as ServerBug | null), place)
      : serve(new Server(params), place, serveOptions(params));
    return answeringChecks(node, placesOf(params));
  },
});
