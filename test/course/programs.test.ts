/** Submissions in other languages: graded by their messages, repeated, and isolated where that can be. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { composeJob } from '../../src/course/compose.ts';
import { readExercise } from '../../src/course/exercise.ts';
import { type Grade, grade } from '../../src/course/grade.ts';
import { canIsolate } from '../../src/course/isolation.ts';
import type { Job, RunOutcome } from '../../src/course/job.ts';
import { readSubmission } from '../../src/course/submission.ts';
import type { Runner } from '../../src/course/test-process.ts';
import { runJob } from '../../src/course/trial.ts';
import { isLong } from '../support/long.ts';
import { root } from './attempt.ts';

const library = join(root, 'src', 'index.ts');
const examples = join(root, 'examples', 'maelstrom');
let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'dsim-course-programs-'));
  // Launchers such as that of pyenv cost ten times what Python does.
  vi.stubEnv('PATH', `/usr/bin:${process.env['PATH']}`);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true, force: true });
});

let count = 0;
function folderOf(files: { readonly [name: string]: string }): string {
  const folder = join(base, `student-${count++}`);
  mkdirSync(folder);
  copyFileSync(join(examples, 'maelstrom.py'), join(folder, 'maelstrom.py'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** A node for echo in Python; `body` are lines of its handler before the answer. */
function echo(body = 'pass', answer = '{"type": "echo_ok", "echo": body["echo"]}'): string {
  return `import os, sys, time
from maelstrom import Node
node = Node()

@node.on("echo")
def echo(message, body):
    ${body.split('\n').join('\n    ')}
    return ${answer}

node.run()
`;
}

/**
 * A scenario of an exercise, with two crashes and two nodes: each start of a program, and each
 * message to it, costs much more than what is simulated.
 */
function cut(text: string): string {
  if (isLong) return text;
  return text
    .replace(/^duration: .*/m, 'duration: 1500ms')
    .replace(/until: \w+/, 'until: 1400ms')
    .replace('count: 3', 'count: 2');
}

/** One run, here: seed 1 stands for all. */
const runnerHere: Runner = async (job) => {
  const outcomes: RunOutcome[] = [];
  const runs = job.runs.slice(0, 1).map(({ entry }) => ({ entry, seed: '1' }));
  const files = Object.fromEntries(
    Object.entries(job.files).map(([name, text]) => [name, cut(text)]),
  );
  const short: Job = { ...job, files, runs, nonce: '' };
  await runJob(short, (frame) => {
    if (frame.type !== 'run') return;
    const { outcome } = frame;
    outcomes.push(...job.runs.map((_run, index) => ({ ...outcome, index })));
  });
  return { outcomes, ended: null };
};

function gradeIn(folder: string, name: string, only: string) {
  return grade({
    exercise: readExercise(join(root, 'course', name)),
    folder,
    library,
    runner: runnerHere,
    auditor: null,
    key: null,
    student: null,
    only,
    jobs: 1,
    reveals: false,
  });
}

const firstOf = ({ tests }: Grade) => tests[0];

test('a right one wins, beside a stub that was left as it was', async () => {
  const made = await gradeIn(folderOf({ 'node.py': echo() }), '01-echo', 'answered');
  expect([made.reason, firstOf(made)?.status]).toEqual([null, 'won']);
});

test.runIf(isLong)('a wrong one loses, and the next command runs the program', async () => {
  const wrong = echo('node.send(message["src"], {"type": "echo_ok"})', 'None');
  const made = await gradeIn(folderOf({ 'node.py': wrong }), '01-echo', 'answered');
  expect(firstOf(made)).toMatchObject({
    status: 'lost',
    what: expect.stringContaining('named no request'),
    next: 'dsim run answered.yaml --seed 1 --set "nodes.n.kind={ exec: [python3, node.py] }"',
  });
});

test('what differs from run to run has no points', async () => {
  const other = 'if time.monotonic_ns() % 2:\n    node.send("n2", {"type": "noise", "msg_id": 1})';
  const made = await gradeIn(folderOf({ 'node.py': echo(other) }), '01-echo', 'answered');
  expect(made.points).toBe(0);
  expect(firstOf(made)).toMatchObject({ status: 'error', what: expect.stringContaining('`now`') });
});

test('what is saved is there after a crash, and the rest is not', async () => {
  const ids = (boot: string) => `from maelstrom import Node
node = Node()
made = 0

def ready():
    ${boot}
node.ready = ready

@node.on("generate")
def generate(_message, _body):
    global made
    made += 1
    return {"type": "generate_ok", "id": f"{node.id} {node.disk.get('boot')} {made}"}

node.run()
`;
  const saved = folderOf({ 'node.py': ids('node.save("boot", node.disk.get("boot", 0) + 1)') });
  const kept = folderOf({ 'node.py': ids('node.disk["boot"] = 1') });
  expect((await gradeIn(saved, '02-ids', 'restart')).points).toBe(25);
  expect((await gradeIn(kept, '02-ids', 'restart')).points).toBe(0);
});

test.runIf(isLong)('the error of a program names it, and no folder of this machine', async () => {
  const folder = folderOf({ 'node.py': echo('raise ValueError("no idea")') });
  const what = firstOf(await gradeIn(folder, '01-echo', 'answered'))?.what ?? '';
  expect(what).toContain('node.py has ended');
  expect(what).toContain('ValueError: no idea');
  expect(what).not.toMatch(/\/tmp|student-/);
});

test.runIf(isLong)('a storm uses up the budget', async () => {
  const storm = 'for i in range(3000):\n    node.send("n2", {"type": "noise", "i": 1})';
  const exercise = readExercise(join(root, 'course', '01-echo'));
  const read = await readSubmission(exercise, folderOf({ 'node.py': echo(storm) }), library);
  if (!read.ok || exercise.tests[0] === undefined) throw new Error('it is not read');
  const { job } = await composeJob({
    exercise: { ...exercise, budget: { ...exercise.budget, messages: 1000 } },
    test: exercise.tests[0],
    variants: [{ scenario: 'answered.yaml', seeds: ['1'], isHidden: false }],
    ...read,
    library,
    lossesMax: 1,
  });
  const { outcomes } = await runnerHere(job);
  expect(outcomes[0]?.story?.what).toContain('the budget of messages was used up');
});

test.runIf(isLong).each([
  ['loops', 'while True: pass', 'did not come to rest within 10000 ms after `echo`'],
  ['ends', 'os._exit(0)', 'node.py has ended'],
  ['prints what is no message', 'print("hello", flush=True)', 'wrote what is no message: hello'],
  ['hoards memory', 'kept = bytearray(5000000000)', 'MemoryError'],
])(
  'one that %s is named',
  async (_what, body, words) => {
    const made = await gradeIn(folderOf({ 'node.py': echo(body) }), '01-echo', 'answered');
    expect([made.points, firstOf(made)?.what]).toEqual([0, expect.stringContaining(words)]);
  },
  60_000,
);

describe('refused', () => {
  const stub = 'export default class {}\n';
  test.each([
    ['two solutions', '01-echo', { 'node.py': '', 'node.ts': stub }, 'node.ts and node.py: delete'],
    ['two languages', '01-echo', { 'node.py': '', 'node.rb': '' }, 'node.py and node.rb: delete'],
    ['several groups', '07-retry', { 'node.py': '' }, 'the groups `front` and `ledger`'],
    // Without Go it says that there is none.
    ['what does not compile', '01-echo', { 'node.go': 'package main\nfunc' }, 'node.go cannot be'],
  ])('%s', async (_what, name, files, words) => {
    const made = await gradeIn(folderOf(files), name, 'answered');
    expect(made.reason).toContain(words);
    expect(made.reason).not.toContain(base);
  });
});

test.runIf(canIsolate(tmpdir()))('an isolated one has no network, and writes no file', async () => {
  const tries = `import socket
found = []
for path in ("${base}/escaped", "/var/tmp/escaped", "node.py", "/tmp/s/node.py"):
    try:
        open(path, "a").close()
        found.append(path)
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", 22), 1)
    found.append("network")
except ConnectionRefusedError:
    found.append("network")
except OSError:
    pass
if found:
    raise RuntimeError(str(found))`;
  const made = await gradeIn(folderOf({ 'node.py': echo(tries) }), '01-echo', 'answered');
  expect([firstOf(made)?.what, made.points]).toEqual([null, 40]);
});
