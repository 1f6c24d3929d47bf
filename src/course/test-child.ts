/** The inside of a test's process: a job on standard input, frames on standard output. */
import { readFileSync, writeSync } from 'node:fs';
import type { Job } from './job.ts';
import { runJob } from './trial.ts';

/** Something is wrong with dsim itself. */
const BUG = 70;

export async function serveJob(): Promise<void> {
  // By default Node prints what was rejected: it may be an object of a node, and its getters would
  // get functions of this realm.
  process.on('unhandledRejection', () => process.exit(BUG));
  const job = JSON.parse(readFileSync(0, 'utf8')) as Job;
  await runJob(job, (frame) => print(`${JSON.stringify({ ...frame, nonce: job.nonce })}\n`));
}

/** All of it: a pipe may take less than it is given. */
function print(text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
