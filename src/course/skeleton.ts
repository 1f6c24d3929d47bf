/** An exercise to begin with: it passes its own `dsim grade --check`. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from './usage-error.ts';

/** Writes `./<name>/`; returns the folder. Throws UsageError rather than overwrite anything. */
export function writeSkeleton(name: string, parent: string): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new UsageError(`an exercise's name is in kebab-case, as my-exercise, and not ${name}`);
  }
  const folder = join(parent, name);
  if (existsSync(folder)) throw new UsageError(`${name} is there already, and was left as it is`);
  for (const [file, text] of Object.entries(filesOf(name.replace(/^\d+-/, '')))) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

function filesOf(name: string): { readonly [file: string]: string } {
  return {
    'exercise.yaml': `exercise: ${name}
version: 1
title: What one node knows, all should know
teaches: The one sentence to remember.
minutes: 15
submission: { code: node.ts }
tests:
  - id: plain
    points: 60
    gate: true
    scenario: plain.yaml
    floor: [operations(broadcast) >= 40, throughput >= 15/s]
    mistake: a value that stays where it came
    rule: What one node learns it tells the others.
  - id: loss
    points: 40
    scenario: loss.yaml
    hidden: [.hidden/loss.yaml]
    floor: [operations(broadcast) >= 40]
    mistake: a value that is sent once
    rule: Sent is not received.
wrong:
  keeps-it: { loses: [plain], says: It tells nobody., hint: 1 }
  once: { loses: [loss], says: It sends each value once., hint: 2 }
`,
    'README.md': `# What one node knows, all should know

Three nodes. A value that is handed to one of them must at last be known to all.

\`\`\`
{ type: 'broadcast', id: 7, message: 41 }   →  { type: 'broadcast_ok', inReplyTo: 7 }
{ type: 'read', id: 8 }                     →  { type: 'read_ok', inReplyTo: 8, messages: [41] }
\`\`\`

| test | points | what it does |
|---|---|---|
| \`plain\` | 60, a gate | no faults |
| \`loss\` | 40 | a third of the messages get lost |
`,
    'hints.md': `1. Where to look: who knows the value, and who can tell the others?
2. What idea: the sender cannot see that a message was lost. When is it safe to say it again?
3. Which step: a timer that says everything again, and nodes that remember what they know.
`,
    'plain.yaml': `summary: Three nodes, no faults.
duration: 5s
nodes:
  n: { kind: ./node.ts, count: 3 }
clients:
  load: { workload: broadcast, target: n, per-node: 1, rate: 30/s, timeout: 500ms }
expect:
  - delivered
  - availability >= 99%
`,
    'loss.yaml': `summary: A third of the messages between nodes get lost.
extends: plain.yaml
faults:
  - { at: 500ms, for: 4s, loss: 33% }
expect:
  - delivered
  - felt
`,
    '.hidden/loss.yaml': `summary: Four nodes, half of the messages get lost.
extends: ../loss.yaml
nodes: { n: { count: 4 } }
faults:
  - { at: { any: 200ms..800ms }, for: 4s, loss: 50% }
`,
    'node.ts': `// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

type Fields = Message & { readonly [field: string]: Plain };

export default class Gossip implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(_ctx: Context<Fields>, _from: string, _message: Fields): void {}
}
`,
    '.solution/node.ts': `import type { Context, Message, Node, Plain } from 'dsim';

type Fields = Message & { readonly [field: string]: Plain };

export default class Gossip implements Node<Fields> {
  private readonly known = new Set<Plain>();

  start(ctx: Context<Fields>): void {
    ctx.setTimer('tell', 200);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const inReplyTo = message['id'] ?? null;
    if (message.type === 'broadcast') {
      this.known.add(message['message'] ?? null);
      ctx.broadcast({ type: 'tell', values: [message['message'] ?? null] });
      ctx.send(from, { type: 'broadcast_ok', inReplyTo });
    } else if (message.type === 'read') {
      ctx.send(from, { type: 'read_ok', inReplyTo, messages: [...this.known] });
    } else if (message.type === 'tell') {
      for (const value of message['values'] as Plain[]) this.known.add(value);
    }
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    ctx.broadcast({ type: 'tell', values: [...this.known] });
    ctx.setTimer('tell', 200);
  }
}
`,
    '.wrong/keeps-it.diff': `-      ctx.broadcast({ type: 'tell', values: [message['message'] ?? null] });

-    ctx.broadcast({ type: 'tell', values: [...this.known] });
`,
    '.wrong/once.diff': `-    ctx.broadcast({ type: 'tell', values: [...this.known] });
`,
  };
}
