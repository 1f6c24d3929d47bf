/**
 * What other tools call the models and levels that `dsim check` knows: the names of Knossos' models
 * and Jepsen's checkers, of Elle's and elle-cli's, of Maelstrom's workloads.
 *
 * Only names that mean exactly one judge are here. `:cas-register`, `CASRegister` and
 * `cas_register` are one name.
 */

/** By squeezed name: the judge that it is here. */
const MODELS: ReadonlyMap<string, string> = new Map([
  ['casregister', 'register'],
  ['linearizableregister', 'register'],
  ['atomicregister', 'register'],
  ['linkv', 'register'],
  ['wrregister', 'rw-register'],
  ['txnrwregister', 'rw-register'],
  ['txnwr', 'rw-register'],
  ['ellerwregister', 'rw-register'],
  ['append', 'list-append'],
  ['txnappend', 'list-append'],
  ['txnlistappend', 'list-append'],
  ['ellelistappend', 'list-append'],
  ['fifoqueue', 'queue'],
  ['lifo', 'stack'],
  ['multiset', 'bag'],
  ['gset', 'set-full'],
  ['gcounter', 'pn-counter'],
  ['broadcast', 'broadcast-delivery'],
  ['kafka', 'log'],
  ['comments', 'causal-reverse'],
  ['uniqueid', 'unique-ids'],
]);

/** By squeezed name: the level that it is here, where the judge has it. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ['linearizability', 'linearizable'],
  ['atomic', 'linearizable'],
  ['sequentialconsistency', 'sequential'],
  ['sc', 'sequential'],
  ['causalmemory', 'causal'],
  ['cm', 'causal'],
  ['cc', 'causal-consistency'],
  ['ccv', 'causal-convergence'],
  ['pipelinedram', 'pram'],
  ['ryw', 'read-your-writes'],
  ['mr', 'monotonic-reads'],
  ['mw', 'monotonic-writes'],
  ['wfr', 'writes-follow-reads'],
  ['serializability', 'serializable'],
  ['strictserializability', 'strict-serializable'],
  ['strongserializability', 'strong-serializable'],
  ['si', 'snapshot-isolation'],
  ['psi', 'parallel-snapshot-isolation'],
  ['rc', 'read-committed'],
  ['ru', 'read-uncommitted'],
  ['rr', 'repeatable-read'],
]);

/** Letters and digits only: `:cas-register`, `CASRegister` and `cas_register` are `casregister`. */
function squeezed(written: string): string {
  return written.toLowerCase().replace(/[^a-z0-9.+]/g, '');
}

/** The name among those known that `written` means; null if it means none. */
function nameAmong(
  written: string,
  known: readonly string[],
  others: ReadonlyMap<string, string>,
): string | null {
  if (known.includes(written)) return written;
  const plain = squeezed(written);
  const same = known.find((name) => squeezed(name) === plain);
  if (same !== undefined) return same;
  const meant = others.get(plain);
  return meant !== undefined && known.includes(meant) ? meant : null;
}

/** The judge that a name stands for. */
export function judgeNamed(written: string, judges: readonly string[]): string | null {
  return nameAmong(written, judges, MODELS);
}

/** The level of a judge that a name stands for. */
export function levelNamed(written: string, levels: readonly string[]): string | null {
  return nameAmong(written, levels, LEVELS);
}
