/**
 * Linux namespaces around a process with a student's code: no network, files that cannot be
 * written, a `/tmp` of its own, and no way back.
 */
import { spawnSync } from 'node:child_process';

/**
 * `$0` is the folder that the process runs in; the rest is its command. The second `unshare` gives
 * up the rights that the mounts took, so that they stay.
 */
const SCRIPT = `set -e
mount -nt tmpfs tmpfs /mnt
mkdir /mnt/s
mount -n --bind "$0" /mnt/s
mount -n --move /mnt /tmp
mount -nt tmpfs tmpfs /dev/shm
while read -r _ at _ how _; do case "$at $how" in /proc*|"/tmp "*|"/dev/shm "*) ;; *" rw"*) mount -no remount,bind,ro "$at" 2>/dev/null || : ;; esac; done < /proc/self/mounts
cd /tmp/s
exec unshare -U -- setpriv --pdeathsig KILL "$@"`;

/** Where the folder is inside. */
export const INSIDE = '/tmp/s';

/**
 * Words before Node that take the network from it: its permission model keeps files and processes.
 */
export const WITHOUT_NETWORK: readonly string[] = ['unshare', '-rn', 'unshare', '-U', '--'];

/** Of memory: what a program may reserve. */
const MEMORY = '--as=4000000000';

/** Words before a command that isolate it in a folder. */
export function isolating(folder: string): readonly string[] {
  return ['unshare', '-rnm', 'sh', '-c', SCRIPT, folder, 'prlimit', MEMORY];
}

/** Whether this machine lets a process be isolated. */
export function canIsolate(folder: string): boolean {
  if (process.platform !== 'linux') return false;
  const [command = '', ...words] = [...isolating(folder), 'true'];
  return spawnSync(command, words, { stdio: 'ignore' }).status === 0;
}
