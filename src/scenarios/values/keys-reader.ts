/** The keys of a workload, written as a map: their number, and how often each is asked for. */
import { defineParams, type KeyChoice, type KeySpec } from '../../sim/params.ts';
import { quote } from '../text/diagnostic.ts';
import { entryOf, type SourceMap, type SourceScalar } from '../text/source.ts';
import { drawOf } from './draw-reader.ts';
import type { ParamPlace, ParamReader, Reading } from './param-reader.ts';
import { readQuantity } from './quantities.ts';

export const KEYS_TABLE = defineParams({
  count: { type: 'integer', doc: 'How many keys.', min: 1 },
  choose: {
    type: 'text',
    doc: 'How often each comes: `uniform`, `zipf(1.0)`, `hotspot(20%, 80%)` (a fifth of the keys gets four fifths of the operations; in quotes inside braces), `latest(5%)`, `loop`.',
    default: 'uniform',
  },
  missing: {
    type: 'ratio',
    doc: 'Share of the reads that ask for a key that nobody writes.',
    default: 0,
  },
  fresh: {
    type: 'ratio',
    doc: 'Share of the operations on a key that nobody asks for again.',
    default: 0,
  },
});

const EXPECTED = '`uniform`, `zipf(1.0)`, `hotspot(20%, 80%)` in quotes, `latest(5%)` or `loop`';
const EXPONENT_MAX = 10;
const LATEST_FRESH = 0.05;

/** null after a complaint. */
export function readKeys(reader: ParamReader, node: SourceMap, place: ParamPlace): Reading | null {
  const reading = reader.readObject(KEYS_TABLE, node, place);
  if (reading === null) return null;
  const { choose: text, ...own } = reading.value as Omit<KeySpec, 'choose'> & {
    readonly choose: string;
  };
  const choose = choiceOf(text);
  const wrong = alternatives(node).filter((one) => choiceOf(one.text) === null);
  for (const { text: written, spot, notes } of wrong) {
    reader.diagnostics.error('DS105', spot, `\`choose\` cannot be ${quote(written)}`, {
      label: `expected ${EXPECTED}`,
      notes,
    });
  }
  if (choose === null || wrong.length > 0) return null;
  if (own.missing + own.fresh > 1) {
    reader.diagnostics.error('DS105', node.spot, '`missing` and `fresh` together exceed 100%', {
      label: 'expected shares of the same operations',
    });
    return null;
  }
  return { value: { ...own, choose }, canonical: reading.canonical };
}

/** What is written under `choose`; of a draw everything that it may come to. */
function alternatives(keys: SourceMap): readonly SourceScalar[] {
  const written = entryOf(keys, 'choose')?.value;
  if (written === undefined) return [];
  const drawn = drawOf(written) ?? written;
  const items = drawn.kind === 'list' ? drawn.items : [drawn];
  return items.filter((item) => item.kind === 'scalar');
}

/** null if the text says none. */
function choiceOf(text: string): KeyChoice | null {
  const [, word, inside = ''] = /^([a-z]+)(?:\((.*)\))?$/.exec(text.trim()) ?? [];
  const args = inside === '' ? [] : inside.split(',').map((arg) => arg.trim());
  const [first, second] = args;
  if (word === 'uniform' || word === 'loop') return args.length === 0 ? { kind: word } : null;
  if (word === 'zipf' && args.length <= 1) {
    const exponent = numberOf('number', first, 1);
    const possible = exponent !== null && exponent > 0 && exponent <= EXPONENT_MAX;
    return possible ? { kind: 'zipf', exponent } : null;
  }
  if (word === 'latest' && args.length <= 1) {
    const fresh = numberOf('ratio', first, LATEST_FRESH);
    return fresh === null || fresh > 1 ? null : { kind: 'latest', fresh };
  }
  if (word !== 'hotspot' || args.length !== 2) return null;
  const keys = numberOf('ratio', first, 0);
  const operations = numberOf('ratio', second, 0);
  if (keys === null || operations === null || keys > 1 || operations > 1) return null;
  return { kind: 'hotspot', keys, operations };
}

function numberOf(
  kind: 'number' | 'ratio',
  text: string | undefined,
  otherwise: number,
): number | null {
  if (text === undefined) return otherwise;
  const read = readQuantity(kind, text);
  return read.ok && read.value >= 0 ? read.value : null;
}
