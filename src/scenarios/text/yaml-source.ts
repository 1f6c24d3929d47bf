/**
 * YAML text to a source tree. The `yaml` package (YAML 1.2) does the reading; here its nodes get
 * names and places, its complaints become sentences, and what a scenario must not contain is
 * refused: several documents, duplicate or nameless keys, tags, integers that a double changes, and
 * anchors that multiply without end.
 */
import type { Alias, Document, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { type Diagnostics, quote } from './diagnostic.ts';
import {
  describeSpot,
  isUnsafeInteger,
  type SourceEntry,
  type SourceFile,
  type SourceNode,
  type SourceScalar,
  type Spot,
  spotOf,
  typePlainScalar,
} from './source.ts';
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from './yaml.ts';
import { reportSyntax } from './yaml-syntax.ts';

/** Far above any scenario; anchors can multiply, so values are counted as expanded. */
const MOST_VALUES = 100_000;
const DEEPEST = 64;
const DEEPEST_READ = 1000;

/**
 * Reads the file's text from `from` on; null when it has no usable value, of which `diagnostics`
 * then says why. An empty text is null without a word if `mayBeEmpty`.
 */
export function parseYaml(file: SourceFile, diagnostics: Diagnostics, from = 0): SourceNode | null {
  const text = blankOut(file.text, from);
  const deep = tooDeep(text);
  if (deep !== null) {
    diagnostics.error(
      'DS110',
      spotOf(file, deep, deep + 1),
      `values may nest at most ${DEEPEST} deep`,
    );
    return null;
  }
  const documents = parseSafely(text, file, diagnostics);
  if (documents === null) return null;
  const document = documents[0];
  if (document === undefined) {
    diagnostics.error('DS111', wholeOf(file), `${quote(file.name)} is empty`, {
      help: ['a scenario needs at least `nodes`; `dsim init` writes one to start from'],
    });
    return null;
  }
  if (reportSyntax(document, file, diagnostics)) return null;
  const second = documents[1];
  if (second !== undefined) {
    const [at] = second.range;
    const separator = text.lastIndexOf('---', at + 2);
    const start = separator === -1 ? at : separator;
    diagnostics.error('DS111', spotOf(file, start, start + 3), 'a second document begins here', {
      help: ['keep one scenario per file; `extends` shares what they have in common'],
    });
    return null;
  }
  return new Converter(file, diagnostics, document).convertRoot();
}

/**
 * Where brackets or dashes nest so deeply that the package would take seconds, or the stack, to say
 * so; else null.
 */
function tooDeep(text: string): number | null {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    // `[` and `{`, `]` and `}`. Inside quotes they count too, but nobody quotes a thousand
    // unmatched ones.
    if (character === 0x5b || character === 0x7b) depth += 1;
    else if ((character === 0x5d || character === 0x7d) && depth > 0) depth -= 1;
    if (depth > DEEPEST_READ) return at;
  }
  const dashes = /^[ \t]*(?:[-?:][ \t]+){1000}/m.exec(text);
  return dashes === null ? null : dashes.index;
}

/** Offsets stay what they are. */
function blankOut(text: string, from: number): string {
  return from === 0 ? text : ' '.repeat(from) + text.slice(from);
}

/** The package composes recursively: brackets by the ten thousand exhaust the stack. */
function parseSafely(
  text: string,
  file: SourceFile,
  diagnostics: Diagnostics,
): readonly Document.Parsed[] | null {
  try {
    // The failsafe schema leaves every scalar as text: variables are filled in before scalars get
    // types.
    const documents = parseAllDocuments(text, {
      schema: 'failsafe',
      merge: true,
      prettyErrors: false,
      logLevel: 'silent',
    });
    return 'empty' in documents ? [] : (documents as readonly Document.Parsed[]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    diagnostics.error('DS110', wholeOf(file), 'brackets or lists are nested too deeply', {
      notes: [`values may nest at most ${DEEPEST} deep`],
    });
    return null;
  }
}

/** Tags that say what a value is anyway. */
const PLAIN_TAGS: ReadonlySet<string> = new Set([
  '!',
  'tag:yaml.org,2002:map',
  'tag:yaml.org,2002:seq',
  'tag:yaml.org,2002:str',
]);

interface Sized {
  readonly node: SourceNode;
  /** Values in it, anchors expanded. */
  readonly size: number;
}

class Converter {
  readonly #file: SourceFile;
  readonly #diagnostics: Diagnostics;
  readonly #document: Document.Parsed;
  readonly #done = new Map<ParsedNode, Sized>();
  readonly #open = new Set<ParsedNode>();
  #tooLarge = false;

  constructor(file: SourceFile, diagnostics: Diagnostics, document: Document.Parsed) {
    this.#file = file;
    this.#diagnostics = diagnostics;
    this.#document = document;
  }

  convertRoot(): SourceNode | null {
    const { contents } = this.#document;
    const node = contents === null ? null : this.#convert(contents, 0).node;
    return this.#tooLarge ? null : node;
  }

  #convert(node: ParsedNode | null, depth: number): Sized {
    if (node === null) return { node: emptyScalar(spotOf(this.#file, 0, 0)), size: 1 };
    if (this.#tooLarge) return this.#nothing(node);
    const done = this.#done.get(node);
    if (done !== undefined) return done;
    if (depth > DEEPEST) return this.#refuse(node, `values may nest at most ${DEEPEST} deep`);
    if (!isAlias(node) && node.tag !== undefined && !PLAIN_TAGS.has(node.tag)) {
      return this.#refuseTag(node, node.tag);
    }
    this.#open.add(node);
    const sized = this.#convertNew(node, depth);
    this.#open.delete(node);
    this.#done.set(node, sized);
    if (sized.size > MOST_VALUES) {
      return this.#refuse(node, `anchors make ${MOST_VALUES} values or more of this`);
    }
    return sized;
  }

  #convertNew(node: ParsedNode, depth: number): Sized {
    if (isAlias(node)) return this.#follow(node, depth);
    if (isMap(node)) return this.#convertMap(node as YAMLMap.Parsed, depth);
    if (isSeq(node)) return this.#convertList(node as YAMLSeq.Parsed, depth);
    return { node: this.#convertScalar(node as Scalar.Parsed), size: 1 };
  }

  /** An alias stands for the node of its anchor, at the anchor's place. */
  #follow(alias: Alias.Parsed, depth: number): Sized {
    const target = alias.resolve(this.#document) as ParsedNode | undefined;
    if (target === undefined) {
      this.#diagnostics.error(
        'DS101',
        this.#spot(alias),
        `no anchor \`&${alias.source}\` comes before this alias`,
      );
      return this.#nothing(alias);
    }
    if (this.#open.has(target)) return this.#refuse(alias, `\`&${alias.source}\` contains itself`);
    return this.#convert(target, depth);
  }

  #convertScalar(node: Scalar.Parsed): SourceScalar {
    const spot = this.#spot(node);
    const text = String(node.source ?? node.value ?? '');
    const plain = node.type === 'PLAIN' && node.tag === undefined;
    return checkNumber(makeScalar(text, plain, spot, textStart(text, spot)), this.#diagnostics);
  }

  #convertList(node: YAMLSeq.Parsed, depth: number): Sized {
    let size = 1;
    const items = node.items.map((item) => {
      const sized = this.#convert(item as ParsedNode | null, depth + 1);
      size += sized.size;
      return sized.node;
    });
    return { node: { kind: 'list', items, spot: this.#spot(node) }, size };
  }

  #convertMap(node: YAMLMap.Parsed, depth: number): Sized {
    const entries = new Map<string, SourceEntry>();
    const merged: SourceEntry[] = [];
    let size = 1;
    for (const pair of node.items) {
      const sized = this.#convert(pair.value as ParsedNode | null, depth + 1);
      size += sized.size;
      if (isMergeKey(pair)) merged.push(...this.#mergedEntries(pair, sized.node));
      else this.#addEntry(entries, pair, sized.node);
    }
    // What a map says itself wins over what it merges in, and earlier merges over later ones.
    for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    return { node: { kind: 'map', entries: [...entries.values()], spot: this.#spot(node) }, size };
  }

  #addEntry(entries: Map<string, SourceEntry>, pair: Pair, value: SourceNode): void {
    const key = pair.key as ParsedNode | null;
    if (key === null || !isScalar(key)) {
      const spot = key === null ? value.spot : this.#spot(key);
      this.#diagnostics.error('DS109', spot, 'a key must be a name');
      return;
    }
    const scalar = key as Scalar.Parsed;
    const keySpot = this.#spot(scalar);
    if (scalar.tag !== undefined && !PLAIN_TAGS.has(scalar.tag)) {
      this.#refuseTag(scalar, scalar.tag);
      return;
    }
    const text = String(scalar.source ?? '');
    const typed = scalar.type === 'PLAIN' ? typePlainScalar(text) : text;
    if (typeof typed !== 'string') {
      const label =
        typed === null
          ? 'this is nothing'
          : `this is ${typeof typed === 'number' ? 'a number' : 'true or false'}`;
      const help = text === '' ? null : `as a name, write '${text}'`;
      this.#diagnostics.error('DS109', keySpot, 'a key must be a name', { label, help: [help] });
      return;
    }
    const first = entries.get(text);
    if (first !== undefined) {
      const notes = [`first set at ${describeSpot(first.keySpot)}`];
      this.#diagnostics.error('DS107', keySpot, `the key ${quote(text)} is set twice`, { notes });
      return;
    }
    entries.set(text, { key: text, keySpot, value: withPlace(value, keySpot) });
  }

  #mergedEntries(pair: Pair, value: SourceNode): readonly SourceEntry[] {
    const maps = value.kind === 'list' ? value.items : [value];
    return maps.flatMap((map) => {
      if (map.kind === 'map') return map.entries;
      this.#diagnostics.error(
        'DS103',
        this.#spot(pair.key as ParsedNode),
        '`<<` merges maps only',
        {
          help: ['write `<<: *anchor`, where the anchor stands at a map'],
        },
      );
      return [];
    });
  }

  #refuse(node: ParsedNode, why: string): Sized {
    if (!this.#tooLarge) this.#diagnostics.error('DS110', this.#spot(node), why);
    this.#tooLarge = true;
    return this.#nothing(node);
  }

  /**
   * The package knows some tags by heart, and makes of `!!omap` and `!!pairs` what is no list of
   * nodes any more.
   */
  #refuseTag(node: ParsedNode, tag: string): Sized {
    const shown = tag.replace(/^tag:yaml\.org,2002:/, '!!');
    const message = `tags such as ${quote(shown)} mean nothing in a scenario`;
    const help = ['leave it out, or quote the value'];
    this.#diagnostics.error('DS101', this.#spot(node), message, { help });
    return this.#nothing(node);
  }

  #nothing(node: ParsedNode): Sized {
    return { node: { ...emptyScalar(this.#spot(node)), failed: true }, size: 1 };
  }

  #spot(node: ParsedNode): Spot {
    return spotOf(this.#file, node.range[0], node.range[1]);
  }
}

function isMergeKey(pair: Pair): boolean {
  const key = pair.key as ParsedNode | null;
  return isScalar(key) && key.source === '<<' && (key as Scalar.Parsed).type === 'PLAIN';
}

/** `key:` has no text of its own to point at: point at the key. */
function withPlace(value: SourceNode, keySpot: Spot): SourceNode {
  if (value.kind !== 'scalar' || value.spot.to > value.spot.from) return value;
  return { ...value, spot: keySpot, textFrom: null };
}

/** Where the text stands unchanged in the file, quotes aside. */
export function textStart(text: string, spot: Spot): number | null {
  const { file, from } = spot;
  if (file.text.startsWith(text, from)) return from;
  const quoted = /['"]/.test(file.text.charAt(from)) && file.text.startsWith(text, from + 1);
  return quoted ? from + 1 : null;
}

/** A scalar node with its type by the core schema. */
export function makeScalar(
  text: string,
  plain: boolean,
  spot: Spot,
  textFrom: number | null,
  notes: readonly string[] = [],
): SourceScalar {
  const value = plain ? typePlainScalar(text) : text;
  return { kind: 'scalar', text, plain, value, spot, textFrom, notes, failed: false };
}

function emptyScalar(spot: Spot): SourceScalar {
  return makeScalar('', true, spot, null);
}

/**
 * Numbers that no double holds are refused wherever they stand, once they have their final text.
 */
export function checkNumber(scalar: SourceScalar, diagnostics: Diagnostics): SourceScalar {
  if (isUnsafeInteger(scalar)) {
    diagnostics.error(
      'DS108',
      scalar.spot,
      `the integer ${quote(scalar.text)} is too large to be held exactly`,
      {
        notes: [...scalar.notes, 'integers go up to 2^53-1 = 9007199254740991'],
        help: [`if it is a seed or a name, quote it: '${scalar.text}'`],
      },
    );
    return { ...scalar, failed: true };
  }
  if (typeof scalar.value === 'number' && !Number.isFinite(scalar.value)) {
    diagnostics.error('DS103', scalar.spot, `${quote(scalar.text)} is not a finite number`, {
      notes: scalar.notes,
    });
    return { ...scalar, failed: true };
  }
  return scalar;
}

function wholeOf(file: SourceFile): Spot {
  return spotOf(file, 0, 1);
}
