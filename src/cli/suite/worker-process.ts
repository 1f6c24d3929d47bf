/**
 * Workers: processes that run what they are sent, one run after the other. A process each, and no
 * threads: Ctrl-C stops V8 in the middle of a run, and what breaks or eats all memory takes only
 * itself along.
 */
import { fork } from 'node:child_process';
import type { RunReply, StartWorker } from './run-worker.ts';

export const WORKER_COMMAND = 'worker';

/** Starts dsim again as a worker. */
export function startWorkerWith(program: string): StartWorker {
  return (listener) => {
    const child = fork(program, [WORKER_COMMAND], {
      serialization: 'advanced',
      // What own code prints is in the run; what a worker complains of is for people.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let stopped = false;
    const end = (why: string) => {
      if (stopped) return;
      stopped = true;
      listener.ended(why);
    };
    child.on('message', (reply) => {
      if (!stopped) listener.replied(reply as RunReply);
    });
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `${signal}`));
    return {
      send: (id, order) => void child.send({ id, order }, () => {}),
      stop: () => {
        stopped = true;
        child.kill('SIGKILL');
      },
    };
  };
}
