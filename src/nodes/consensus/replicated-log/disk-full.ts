/** The one error of a disk that a member bears. */
import { StorageError } from '../../../sim/node.ts';

/** Whether an error says that the disk is full; throws all others on. */
export function isFull(error: unknown): boolean {
  if (error instanceof StorageError && error.code === 'disk-full') return true;
  throw error;
}
