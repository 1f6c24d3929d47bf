/** The files that `dsim init` and `dsim new` write. */

/** Where a scenario finds what its editor checks it by. */
function modeline(schema: string): string {
  return `# yaml-language-server: $schema=${schema}\n`;
}

/** The scenario with which everybody begins: a leader cut off together with one follower. */
export function partitionScenario(name: string, schema: string): string {
  return `${modeline(schema)}name: ${JSON.stringify(name)}
summary: A leader cut off with a minority must stop acknowledging writes.
seed: 42
duration: 30s

nodes:
  kv: { kind: raft, count: 5 } # dsim explain raft

network:
  latency: { lognormal: { median: 2ms, p99: 12ms } }
  loss: 0.1%

clients:
  load: { workload: register, target: kv, per-node: 1, rate: 100/s, keys: 5, timeout: 300ms }

faults: # dsim list faults
  - { at: 10s, for: 10s, partition: { of: kv, isolate: leader, with: 1 } }

expect: # dsim list checks, dsim list metrics
  - linearizable
  - availability(majority) >= 80% during partition
  - availability(minority) <= 10% during partition
  - felt partition
`;
}

export interface ScenarioPlan {
  readonly name: string;
  readonly schema: string;
  readonly group: string;
  /** As YAML has it: `raft`, `./store.ts`. */
  readonly kind: string;
  /** null: one node without a number. */
  readonly count: number | null;
  readonly workload: string;
  /** null: no check judges what the workload asks. */
  readonly check: string | null;
}

/** A scenario of any kind: some load, one crash, and what may be expected of it. */
export function scenarioText(plan: ScenarioPlan): string {
  const { name, schema, group, kind, count, workload, check } = plan;
  const many = count === null ? '' : `, count: ${count}`;
  return `${modeline(schema)}name: ${JSON.stringify(name)}
summary: What clients see of a crash.
seeds: 1..10
duration: 20s

nodes:
  ${group}: { kind: ${kind}${many} }

clients:
  load: { workload: ${workload}, target: ${group}, count: 3, rate: 50/s, timeout: 500ms }

faults: # dsim list faults
  - { at: 5s, for: 2s, crash: one }

expect: # dsim list checks, dsim list metrics
${check === null ? '' : `  - ${check}\n`}  - availability >= 95% outside crash
  - felt crash
`;
}

export function configFile(schema: string): string {
  return `${modeline(schema)}seeds: 1..5 # of scenarios that do not say
timeout: 1m # wall-clock time of each run
`;
}

export const workflowFile = `name: dsim
on: [push, pull_request]
jobs:
  scenarios:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm ci
      # Annotations and the step summary come by themselves.
      - run: npx --no-install dsim test --reporter dot --reporter junit=dsim.xml
      - if: failure()
        uses: actions/upload-artifact@v4
        with:
          name: dsim
          path: |
            dsim.xml
            .dsim/runs
          include-hidden-files: true
`;

/** A node of one's own that answers `register`, and keeps what it acknowledges. */
export const nodeFile = `/** Keys on a disk. Change it: dsim explain register says what clients ask. */
import {
  type Context,
  defineSystem,
  interfaces,
  isRequest,
  type Message,
  type Node,
  type RegisterRequest,
  refuse,
} from 'dsim';

class Store implements Node {
  start(): void {
    // Nothing to do: ctx.storage has what was durable.
  }

  receive(ctx: Context, from: string, message: Message): void {
    if (!isRequest(message)) return;
    const request = message as RegisterRequest;
    const inReplyTo = request.id;
    switch (request.type) {
      case 'read':
        return ctx.send(from, { type: 'read_ok', inReplyTo, value: value(ctx, request.key) });
      case 'write':
        ctx.storage.set(request.key, request.value);
        return ctx.send(from, { type: 'write_ok', inReplyTo });
      case 'cas':
        if (value(ctx, request.key) !== request.from) {
          return ctx.send(from, refuse(request, 'precondition-failed'));
        }
        ctx.storage.set(request.key, request.to);
        return ctx.send(from, { type: 'cas_ok', inReplyTo });
    }
  }
}

function value(ctx: Context, key: string) {
  return ctx.storage.get(key) ?? null;
}

export default defineSystem({
  summary: 'Keeps keys on a disk.',
  answers: [interfaces.register],
  create: () => new Store(),
});
`;
