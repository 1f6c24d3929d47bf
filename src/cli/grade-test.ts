/** `dsim grade-test`: the insides of the processes in which `dsim grade` runs a test. */
import { serveAudit } from '../course/audit/audit.ts';
import { serveNodes } from '../course/audit/nodes-process.ts';
import { serveJob } from '../course/test-child.ts';
import { HELD } from './exit-codes.ts';

export async function gradeTestCommand(role: string | undefined): Promise<number> {
  if (role === 'nodes') serveNodes();
  else if (role === 'audit') await serveAudit();
  else await serveJob();
  return HELD;
}
