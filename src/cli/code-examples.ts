/**
 * For each code of a diagnostic a mistake that has it, and the same without the mistake: sections
 * of a scenario, lines of a history, or a command. A test reads every one of them.
 */
import type { DiagnosticCode } from '../scenarios/text/diagnostic-codes.ts';

/** Lines with the mistake, and lines without it; empty where nothing takes their place. */
export type CodeExample = readonly [wrong: string, right: string];

const store = (fields: string) => `nodes: { kv: { kind: raft, count: 3${fields} } }`;
const load = (fields: string) => `clients: { load: { workload: register, target: kv, ${fields} } }`;
const fault = (fields: string) => `faults: [{ ${fields} }]`;
const expects = (text: string) => `expect: [${text}]`;
const event = (fields: string) => `{"process": 0, "type": "invoke", "f": "read"${fields}}`;

export const codeExamples: { readonly [code in DiagnosticCode]: CodeExample } = {
  DS100: ['extends: no-such-file.yaml', ''],
  DS101: ['nodes: { kv: { kind: raft }', 'nodes: { kv: { kind: raft } }'],
  DS102: ['dration: 30s', 'duration: 30s'],
  DS103: [store(', heartbeat: [50ms]'), store(', heartbeat: 50ms')],
  DS104: ['duration: 30', 'duration: 30s'],
  DS105: [store(', election-timeout: 300ms..150ms'), store(', election-timeout: 150ms..300ms')],
  DS106: ['clients: { load: { target: kv, rate: 10/s } }', load('rate: 10/s')],
  DS107: ['seed: 1\nseed: 2', 'seed: 1'],
  DS108: ['seed: 12345678901234567890', "seed: '12345678901234567890'"],
  DS109: ['nodes: { 5: { kind: raft } }', 'nodes: { kv: { kind: raft } }'],
  DS110: ['x-a: &a [*a]', 'x-a: &a [1]'],
  DS111: ['seed: 1\n---\nseed: 2', 'seed: 1'],
  DS112: ['extends: scenario.yaml # which is this file', ''],
  DS113: ['seed: $(number)', 'vars: { number: 7 }\nseed: $(number)'],
  DS114: ['dsim run plain.yaml --set vars.count=3', 'dsim run plain.yaml --set nodes.kv.count=5'],
  DS115: ['dsim run plain.yaml --without', 'without: { nodes: { kv: { check-quorum: false } } }'],
  DS120: ['nodes: { kv: { kind: rafd } }', 'nodes: { kv: { kind: raft } }'],
  DS121: ['clients: { load: { workload: registr, target: kv, rate: 10/s } }', load('rate: 10/s')],
  DS122: [fault('at: 1s, crsh: one'), fault('at: 1s, crash: one')],
  DS123: [
    load('rate: 10/s, calls: { kv: { retri: 2 } }'),
    load('rate: 10/s, calls: { kv: { retry: 2 } }'),
  ],
  DS124: [store(', bug: forgets'), store('')],
  DS125: [fault('at: 1s, crash: kv-9'), fault('at: 1s, crash: kv-1')],
  DS126: ['nodes: { leader: { kind: raft } }', 'nodes: { kv: { kind: raft } }'],
  DS127: [
    'nodes: { kv: { kind: raft, count: 3 }, kv-1: { kind: raft } }',
    'nodes: { kv: { kind: raft, count: 3 }, other: { kind: raft } }',
  ],
  DS128: ['nodes: { kv: { kind: raft, count: 0 } }', 'nodes: { kv: { kind: raft, count: 3 } }'],
  DS129: ['clients: { load: { workload: queue, target: kv, rate: 10/s } }', load('rate: 10/s')],
  DS130: [
    store(', heartbeat: 1s, election-timeout: 150ms..300ms'),
    store(', heartbeat: 50ms, election-timeout: 150ms..300ms'),
  ],
  DS131: [fault('at: 60s, crash: one'), fault('at: 6s, crash: one')],
  DS132: [fault('at: 1s, crash: 4'), fault('at: 1s, crash: 2')],
  DS133: [load('rate: 10/s, think: 100ms'), load('rate: 10/s')],
  DS134: [
    fault('at: 1s, for: 3s, every: 2s, crash: one'),
    fault('at: 1s, for: 1s, every: 2s, crash: one'),
  ],
  DS135: [fault('when: leaders > > 1, crash: one'), fault('when: leaders(kv) > 1, crash: one')],
  DS136: [fault('when: up(kv) > 5, crash: one'), fault('when: up(kv) < 3, crash: one')],
  DS137: [fault('nemesis: [swizle]'), fault('nemesis: [crash, partition]')],
  DS138: [
    fault('at: 1s, for: 1s, command: { to: leader, transfer: kv-1 }'),
    fault('at: 1s, command: { to: leader, transfer: kv-1 }'),
  ],
  DS139: [
    'faults:\n  - { at: 1s, for: 1s, crash: one }\n  - { at: 3s, for: 1s, of: [kv-1, kv-2], crash: one }',
    'faults:\n  - { at: 1s, for: 1s, crash: one }\n  - { at: 3s, for: 1s, name: of-two, of: [kv-1, kv-2], crash: one }',
  ],
  DS140: [expects('availability >= 90% until crash'), expects('availability >= 90%')],
  DS141: [expects('linearisable'), expects('linearizable')],
  DS142: [expects('p99(writes) < 250ms'), expects('p99(write) < 250ms')],
  DS143: [expects('availability >= 250ms'), expects('availability >= 90%')],
  DS144: [
    expects('availability >= 90% during crash'),
    `${fault('at: 1s, for: 5s, crash: one')}\n${expects('availability >= 90% during crash')}`,
  ],
  DS145: [expects('bank(total: 100)'), expects('linearizable')],
  DS146: [
    `${fault('at: 0s, for: 5s, crash: one')}\n${expects('availability >= 90% before crash')}`,
    `${fault('at: 9s, for: 5s, crash: one')}\n${expects('availability >= 90% before crash')}`,
  ],
  DS147: ['expect: []', expects('linearizable')],
  DS148: [expects("sometimes 'stepsdown'"), expects("sometimes 'steps down'")],
  DS149: [expects('mean elections <= 5'), expects('elections <= 5')],
  DS150: [store(', group: x'), store('')],
  DS151: [expects('{ tradeoff: CP }'), expects('{ tradeoff: PC/EC }')],
  DS152: [
    'nodes: { a: { kind: load-balancer, targets: b }, b: { kind: load-balancer, targets: a } }',
    'nodes: { a: { kind: load-balancer, targets: kv }, kv: { kind: raft } }',
  ],
  DS153: ['show: [p99(read) < 5ms]', 'show: [p99(read)]'],
  DS154: [
    'slo: { good: { target: 90%, alerts: [{ burn: 14.4, long: 1s }] } }',
    'slo: { good: { target: 90%, alerts: [{ burn: 5, long: 1s }] } }',
  ],
  DS155: [
    'nodes: { kv: { kind: raft }, app: { kind: retry, target: kv, calls: { kv: { deadline: 50ms, retry: 3, timeout: 50ms } } } }',
    'nodes: { kv: { kind: raft }, app: { kind: retry, target: kv, calls: { kv: { deadline: 500ms, retry: 3, timeout: 50ms } } } }',
  ],
  DS156: [
    expects('p99(write) < 5ms, p99(write) > 10ms'),
    expects('p99(write) < 10ms, p99(write) > 5ms'),
  ],
  DS160: ['nodes: { kv: { kind: ./no-such-file.ts } }', 'nodes: { kv: { kind: raft } }'],
  DS170: [
    'dsim check no-such-file.jsonl',
    `${event('')}\n{"process": 0, "type": "ok", "f": "read", "value": 1}`,
  ],
  DS171: ['{"process": 0, "type": "invoke"}', event('')],
  DS172: [
    `${event('')}\n${event('')}`,
    `${event('')}\n{"process": 0, "type": "ok", "f": "read", "value": 1}`,
  ],
  DS173: ['dsim check history.jsonl --keyed', 'dsim check history.jsonl --model queue'],
  DS174: ['dsim check history.jsonl', 'dsim check history.jsonl --model queue'],
};
