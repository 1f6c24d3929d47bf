/** The checker on hand-drawn histories, on simulated ones with planted mistakes, and its rules and invariances. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handFacts } from '../../test/support/hand-history.ts';
import { draw, historyOf, type OperationSketch } from '../../test/support/histories.ts';
import { naivelyLinearizable } from '../../test/support/naive-linearizability.ts';
import { randomOf, simulateRegister } from '../../test/support/simulated-register.ts';
import type { History, Operation } from '../sim/history.ts';
import type { Plain } from '../sim/node.ts';
import type { CheckResult, LoadFact } from './checker.ts';
import { checkLinearizable, linearizable } from './linearizable.ts';
import { register, registerModel } from './models/register.ts';

const check = (history: History) => checkLinearizable(history, register);

/** The result as text, to be read in a snapshot. */
function story({ verdict, summary, reasons, evidence }: CheckResult): string {
  return [`${verdict}: ${summary}`, ...reasons, `evidence ${evidence.join(' ')}`].join('\n');
}
