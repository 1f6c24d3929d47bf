/** The one error of a disk that nodes live with. */
import { StorageError } from '../../sim/node.ts';

export function isDiskFull(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'disk-full';
}
