/** What a command is about to change, as caches name it: `data /a`, `children /a`. */
import { leaseOf, lockPath, readersPath } from '../../parts/machines/coordination.ts';
import { parentOf, type Tree } from '../../parts/machines/tree.ts';

type Fields = {
  readonly type: string;
  readonly path?: string;
  readonly key?: string;
  readonly token?: number;
  readonly lease?: string;
  readonly sequence?: boolean;
  readonly shared?: boolean;
};

/** Empty for what changes no node. */
export function touchedBy(tree: Tree, command: { readonly type: string }): readonly string[] {
  const { type, path = '', key = '', token = 0, lease = '' } = command as Fields;
  const { sequence, shared } = command as Fields;
  switch (type) {
    case 'set':
      return [`data ${path}`];
    case 'create':
      return sequence === true ? [`children ${parentOf(path)}`] : partsOf(path);
    case 'delete':
      return partsOf(path);
    case 'acquire':
      return shared === true ? [`children ${readersPath(key)}`] : partsOf(lockPath(key));
    case 'release':
      return tree.ownedBy(leaseOf({ key, token })).flatMap(partsOf);
    case 'close':
    case 'expire':
      return tree.ownedBy(lease).flatMap(partsOf);
    default:
      return [];
  }
}

function partsOf(path: string): readonly string[] {
  return [`data ${path}`, `children ${path}`, `children ${parentOf(path)}`];
}
