/** A server of actors under a supervisor, as a kind of node. */
import request from '../../../interfaces/request.ts';
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { Actors } from './actors.ts';
import { actorsParams, type Bug, bugs, measures, notes, oneAtATime } from './declared.ts';

export default defineSystem({
  name: 'actors',
  title: 'Actors',
  summary: 'A server of actors with mailboxes, and a supervisor that starts them again.',
  sources: [
    'Hewitt, Bishop and Steiger 1973, A Universal Modular ACTOR Formalism for Artificial Intelligence (IJCAI)',
    'Armstrong 2003, Making reliable distributed systems in the presence of software errors (thesis, chapter 5)',
    'The documentation of Erlang/OTP (supervisor) and Akka (mailboxes)',
  ],
  answers: [request],
  claims: [],
  params: actorsParams,
  bugs,
  invariants: [oneAtATime],
  measures,
  notes,
  create: (params, place, bug) => serve(new Actors(params, bug as Bug | null), place),
});
