/** `dsim grade-test`: the inside of the process in which `dsim grade` runs one test. */
import { serveJob } from '../course/test-child.ts';
import { HELD } from './exit-codes.ts';

export async function gradeTestCommand(): Promise<number> {
  await serveJob();
  return HELD;
}
