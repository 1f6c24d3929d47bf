/**
 * Probes of loss: each key is written once and read at the end. Where keys are written again and
 * again, a lost write is soon covered by the next, and nobody would count it.
 */
import register from '../../interfaces/register.ts';
import type { Plain } from '../../sim/node.ts';
import { defineWorkload, type Generator, type Invocation } from '../../workloads/workload.ts';

export const onceWritten = defineWorkload({
  name: 'once-written',
  summary: 'Writes each key once, and reads all of them at the end.',
  params: {},
  asks: register,
  operations: ['read', 'write'],
  generator: () => new OnceWritten(),
  outputOf: (f, reply): Plain =>
    f === 'read' ? ((reply as { value?: Plain }).value ?? null) : null,
});

class OnceWritten implements Generator {
  #written = 0;
  #read = 0;

  next(): Invocation {
    this.#written++;
    const key = `once-${this.#written}`;
    const request = { type: 'write', key, value: this.#written };
    return { f: 'write', key, input: this.#written, request };
  }

  /** All clients together read every key once. */
  last(): Invocation | null {
    if (this.#read >= this.#written) return null;
    this.#read++;
    const key = `once-${this.#read}`;
    return { f: 'read', key, input: null, request: { type: 'read', key } };
  }
}
