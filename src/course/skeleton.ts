/** An exercise to begin with: `dsim grade --check` says what it lacks to be proved. */
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
title: What it is about
teaches: The one sentence to remember.
minutes: 15
submission: { code: node.ts }
tests:
  - id: plain
    points: 60
    gate: true
    scenario: plain.yaml
    floor: [throughput >= 15/s]
    mistake: an answer that names no request
    rule: An answer names its request.
  - id: crash
    points: 40
    scenario: crash.yaml
    floor: [throughput >= 12/s]
    mistake: what is acknowledged is in memory only
    rule: What is acknowledged is on the disk.
wrong:
  memory-only: { loses: [crash], says: It keeps values in memory only., hint: 2 }
`,
    'README.md': `# What it is about

One node keeps registers: a write is acknowledged, a read gives the last value.

Each test says in \`exercise.yaml\` which mistake it looks for.
`,
    'hints.md': `1. Where to look: what is left of a node after a crash?
2. What idea: \`ctx.storage\` is the disk, a field of the class is memory.
3. Which step: write to the disk before you answer.
`,
    'plain.yaml': `summary: One node, no faults.
duration: 5s
nodes:
  kv: { kind: ./node.ts }
clients:
  load: { workload: register, target: kv, rate: 20/s, keys: 2, cas: 0%, timeout: 500ms }
expect:
  - linearizable
  - availability >= 99%
`,
    'crash.yaml': `summary: The node crashes and comes back.
duration: 5s
nodes:
  kv: { kind: ./node.ts }
clients:
  load: { workload: register, target: kv, rate: 20/s, keys: 2, cas: 0%, timeout: 500ms }
faults:
  - { at: 2s, for: 300ms, crash: kv }
expect:
  - linearizable
  - felt crash
`,
    'node.ts': `// Not done yet, as intended.
import { type Context, isRequest, type Message, type Node } from 'dsim';

export default class Register implements Node {
  start(_ctx: Context): void {}

  receive(_ctx: Context, _from: string, message: Message): void {
    if (!isRequest(message)) return;
  }
}
`,
    '.solution/node.ts': solution(
      'ctx.storage.get(key) ?? null',
      'ctx.storage.set(key, value)',
      '',
    ),
    '.wrong/memory-only.ts': solution(
      'this.values.get(key) ?? null',
      'this.values.set(key, value)',
      '  private values = new Map<string, number>();\n\n',
    ),
  };
}

function solution(get: string, set: string, fields: string): string {
  return `import { type Context, isRequest, type Message, type Node } from 'dsim';

type Asked = Message & { id: number; key: string; value: number };

export default class Register implements Node {
${fields}  start(_ctx: Context): void {}

  receive(ctx: Context, from: string, message: Message): void {
    if (!isRequest(message)) return;
    const { id: inReplyTo, key, value } = message as Asked;
    if (message.type === 'read') {
      const found = ${get};
      ctx.send(from, { type: 'read_ok', inReplyTo, value: found } as Message);
    } else if (message.type === 'write') {
      ${set};
      ctx.send(from, { type: 'write_ok', inReplyTo } as Message);
    }
  }
}
`;
}
