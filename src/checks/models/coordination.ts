/**
 * One node of a tree with versions (Hunt et al. 2010, ZooKeeper, section 2.1): `create` makes it
 * with version 0, `set` gives it the next one, if it has the version that the input names,
 * `delete` takes it away, `get` and `exists` tell what it is. Each key is a node of its own; events
 * of watches say nothing of the state.
 *
 * Operations that are refused (there is no such node, the version is another) are left out: they
 * did not happen.
 */
import type { Plain } from '../../sim/node.ts';
import type { SearchModel } from '../search/call.ts';
import { identityOf, samePlain } from '../search/identity.ts';
import { plainText } from './plain-text.ts';

export interface TreeNode {
  readonly value: Plain;
  readonly version: number;
}

/** null: there is no such node. */
export type NodeState = TreeNode | null;

export const coordination: SearchModel<{ readonly node: NodeState }> = {
  name: 'coordination',
  summary: 'nodes with versions, which come, change and go',
  operations: ['create', 'get', 'set', 'delete', 'exists', 'event'],
  byKey: true,
  init: () => ({ node: null }),
  step(state, f, input, output) {
    const node = after(state.node, f, input, output);
    if (node === undefined) return null;
    return node === state.node ? state : { node };
  },
  identify: ({ node }) =>
    node === null ? 'none' : `${node.version} ${JSON.stringify(identityOf(node.value))}`,
  readOnly: (f) => f === 'get' || f === 'exists' || f === 'event',
  couldBeWrong: (f) => f !== 'event',
  describe,
};

/** undefined: it cannot be. */
function after(
  node: NodeState,
  f: string,
  input: Plain,
  output: Plain | undefined,
): NodeState | undefined {
  switch (f) {
    case 'create':
      if (node === null) return { value: input, version: 0 };
      return output === undefined ? node : undefined;
    case 'set': {
      const [value = null, version = null] = Array.isArray(input) ? (input as Plain[]) : [];
      const fits = node !== null && (version === null || version === node.version);
      if (!fits) return output === undefined ? node : undefined;
      const next = node.version + 1;
      return output === undefined || output === next ? { value, version: next } : undefined;
    }
    case 'delete': {
      const fits = node !== null && (input === null || input === node.version);
      if (fits) return null;
      return output === undefined ? node : undefined;
    }
    case 'get':
      if (output === undefined) return node;
      return node !== null && samePlain(output, [node.value, node.version]) ? node : undefined;
    case 'exists':
      return output === undefined || output === (node?.version ?? null) ? node : undefined;
    default:
      return f === 'event' ? node : undefined;
  }
}

function describe(f: string, input: Plain, output: Plain | undefined): string {
  if (f === 'create') return `create ${plainText(input)}`;
  if (f === 'get' || f === 'exists' || f === 'event') {
    return output === undefined ? f : `${f} → ${plainText(output)}`;
  }
  const [value = null, version = null] = Array.isArray(input) ? (input as Plain[]) : [input];
  const which = version === null ? '' : ` at version ${plainText(version)}`;
  return f === 'set' ? `set ${plainText(value)}${which}` : `${f} ${plainText(input)}`;
}
