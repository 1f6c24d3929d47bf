/**
 * `no-lost-writes`: no acknowledged write is gone at last, by the final reads of every key. The
 * workload makes `write`, `cas`, `add`, `append` or `broadcast`, and `read`; or transactions of
 * them.
 */
import { checkerOver, partsOf } from './findings/parts.ts';
import judge from './judges/no-lost-writes.ts';
import { judgeLostWrites } from './replicas/lost-writes.ts';
import { singleOperations } from './replicas/single-operations.ts';

const { name, summary, sources } = judge;

export default checkerOver({
  name,
  summary,
  sources,
  judges: ['broadcast', 'kv-append', 'list-append', 'register', 'rw-register', 'set'],
  judge(parts) {
    const single = parts.flatMap(({ object, operations }) =>
      partsOf(singleOperations(operations)).map((part) => ({ ...part, object })),
    );
    return judgeLostWrites(single, { checker: name, initial: null });
  },
});
