/**
 * A source tree as YAML in one line, which reads back as the same tree: `{ at: 10s, of: [a, b] }`.
 */
import { type SourceNode, typePlainScalar } from '../../../scenarios/text/source.ts';

/**
 * Characters that end a plain scalar within brackets, or mean something before it (YAML 1.2,
 * 7.3.3).
 */
const SPECIAL = /[,[\]{}\n\t"]|^[-?:&*!|>'%@`#\s]|: |:$| #|\s$/;

export function flowText(node: SourceNode): string {
  switch (node.kind) {
    case 'map': {
      const entries = node.entries.map(({ key, value }) => `${word(key)}: ${flowText(value)}`);
      return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
    }
    case 'list':
      return `[${node.items.map(flowText).join(', ')}]`;
    case 'scalar':
      if (!node.plain) return quotedWord(node.text);
      return node.text === '' ? 'null' : word(node.text);
  }
}

function word(text: string): string {
  return text === '' || SPECIAL.test(text) ? JSON.stringify(text) : text;
}

/** A text that was quoted: without quotes only if it is still a text then. */
function quotedWord(text: string): string {
  return typeof typePlainScalar(text) === 'string' ? word(text) : JSON.stringify(text);
}
