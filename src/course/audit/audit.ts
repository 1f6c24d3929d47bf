/**
 * The audit: a run that was won is made again, with the kernel in a process that runs nothing
 * of the student's, and the nodes in another one. Whoever broke out of a node's context has a
 * kernel to deceive in the first run, and none in the second: the runs differ.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isSameRun, type Job, type RunOutcome, readOutcome } from '../job.ts';
import { type ProcessOptions, sandboxCommand } from '../test-process.ts';
import { runJob } from '../trial.ts';
import { NodesProcess } from './nodes-process.ts';

/** `guard`: it did not come to its end; `impossible`: this machine has no named pipes. */
export type Audited = 'equal' | 'forged' | 'guard' | 'impossible';

/** Makes the only run of a job again. */
export type Auditor = (job: Omit<Job, 'nonce'>, outcome: RunOutcome) => Promise<Audited>;

/** What crosses to the process with the kernel. */
interface AuditJob {
  readonly job: Job;
  readonly nodes: readonly string[];
}

/** What it prints; null: the submission could not run there at all. */
type Report = RunOutcome | 'impossible' | null;

export function processAuditor(options: ProcessOptions): Auditor {
  const { program, guardMs } = options;
  return async (job, outcome) => {
    const asked: AuditJob = {
      job: { ...job, nonce: '' },
      nodes: sandboxCommand(options, 'nodes'),
    };
    const text = await outputOf([program, 'grade-test', 'audit'], JSON.stringify(asked), guardMs);
    if (text === null) return 'guard';
    const report = (text === '' ? null : JSON.parse(text)) as Report;
    if (report === 'impossible') return report;
    return report !== null && isSameRun(readOutcome(report), outcome) ? 'equal' : 'forged';
  };
}

/** null: it took longer than `guardMs`. */
function outputOf(args: readonly string[], input: string, guardMs: number): Promise<string | null> {
  // In a session of its own, to be ended with the process of the nodes.
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return new Promise((resolve) => {
    let output = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }, guardMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', () => {});
    child.on('close', () => {
      clearTimeout(timer);
      resolve(isLate ? null : output);
    });
  });
}

/** The inside of the process with the kernel. */
export async function serveAudit(): Promise<void> {
  const { job, nodes } = JSON.parse(readFileSync(0, 'utf8')) as AuditJob;
  process.stdout.write(JSON.stringify(await reportOn(job, nodes)));
}

async function reportOn(job: Job, nodes: readonly string[]): Promise<Report> {
  const codes = Object.fromEntries(
    Object.entries(job.kinds).map(([path, { code }]) => [path, code] as const),
  );
  let there: NodesProcess;
  try {
    there = new NodesProcess(nodes, codes);
  } catch {
    return 'impossible';
  }
  const outcomes: RunOutcome[] = [];
  await runJob(
    job,
    (frame) => {
      if (frame.type === 'run') outcomes.push(frame.outcome);
    },
    there.nodesOf,
  );
  return outcomes[0] ?? null;
}
