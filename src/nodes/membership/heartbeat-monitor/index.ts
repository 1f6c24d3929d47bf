/** Heartbeats with a failure detector, as a kind of node. */
import members from '../../../interfaces/members.ts';
import { defineSystem } from '../../../sim/system.ts';
import { detectionMsOf, detectorProblem } from '../../parts/detector-params.ts';
import { HeartbeatMonitor, heartbeatParams } from './heartbeat-monitor.ts';

export default defineSystem({
  name: 'heartbeat-monitor',
  title: 'Heartbeat monitor',
  summary:
    'Members send heartbeats and suspect who is silent, after a fixed time or by phi accrual.',
  sources: [
    'Hayashibara, Défago, Yared, Katayama 2004, The phi Accrual Failure Detector (SRDS)',
    'Chen, Toueg, Aguilera 2002, On the Quality of Service of Failure Detectors (IEEE ToC 51)',
    'akka/akka, PhiAccrualFailureDetector.scala (logistic model, seed, what is not learned); reference.conf of akka-cluster and akka-remote',
    'apache/cassandra, FailureDetector.java; apache/hadoop, hdfs-default.xml',
  ],
  answers: [members],
  claims: [],
  params: heartbeatParams,
  bugs: {
    'learns-every-gap': {
      doc: 'The gap that ended a suspicion is learned like any other: after one long pause phi is blind.',
      caughtBy: 'max detection',
    },
  },
  notes: {
    suspects: { doc: 'A member was silent for too long.', detail: { of: 'The member.' } },
    trusts: { doc: 'A suspected member was heard again.', detail: { of: 'The member.' } },
  },
  invariants: [],
  detectionMs: (params) => detectionMsOf(params),
  refuse: (params, count) =>
    count < 2
      ? 'a member needs another one to watch: count must be 2 or more'
      : detectorProblem(params),
  create: (params, place, bug) => new HeartbeatMonitor(params, place, bug),
});
