/**
 * The program of a page, of parts of this one: only what it needs of each. The build has put a form
 * feed before each declaration, and whatever is declared at the top has a name that begins with `$`
 * and is nothing else's (`scripts/units.mjs`), so what needs what is found by reading.
 */

/** A declaration of a part, or a statement between them. */
interface Unit {
  readonly text: string;
  /** What it declares. */
  readonly names: readonly string[];
  isKept: boolean;
  /** What may be left out; else null. */
  readonly leaf: Leaf | null;
  /** Something that is kept names it. */
  isNamed: boolean;
}

/** What may be left out: an export of a file as the part hands it out, or all of them (null). */
export interface Leaf {
  readonly file: string;
  readonly name: string | null;
  /** The word for it. */
  readonly word: string;
  /** It is left out whoever asks for it. */
  readonly isData: boolean;
}

interface Part {
  readonly units: readonly Unit[];
  /** By name, the unit that declares it. */
  readonly declared: ReadonlyMap<string, Unit>;
  /** By the name of a variable, the file of another part in it: `dsim:core:Ab`. */
  readonly required: ReadonlyMap<string, string>;
  /** By file and export, the name of what the part hands out. */
  readonly files: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** By file, the exports that are asked for. */
  readonly asked: Map<string, Set<string>>;
}

/** By part and name there, the name in the one scope. */
type Names = ReadonlyMap<Part, ReadonlyMap<string, string>>;

const NAME = /\$\w+/g;
/** `(0,$a.b)` calls without `this`. */
const USE = /\(0,(\$\w+)\.(\w+)\)|(\$\w+)(?:\.(\w+))?/g;
const REQUIRED = /^var (\$\w+)=require\(["'`](dsim:[^"'`]+)["'`]\)/;
const HANDING = /^(?:var|let|const) \$\w+=\{[A-Z]\w*:\(\)=>\(\{/;
/** `Ab:()=>({a:$b})`, of the unit that hands out files: the last that looks like it. */
const FILE = /(?<=[{,])([A-Z]\w*):\(\)=>\(\{((?:[^}"'`]|"[^"]*"|'[^']*'|`[^`]*`)*)\}\)/g;
/** `a:$b`; a constant stands there itself: `` a:`set` ``. */
const PAIR = /(\w+):((?:[^,"'`]|"[^"]*"|'[^']*'|`[^`]*`)+)/g;
const DECLARED = /^(?:(?:var|let|const) |(?:async )?function ?\*? ?|class )(\$\w+)/;
const PATTERN = /^(?:var|let|const) ?[[{].*?[\]}]=/s;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const END = '\nreturn exports})();';

/** Takes parts apart, and puts together what is asked for. */
export class PageLink {
  readonly #sourceOf: (part: string) => string;
  readonly #leaves: readonly Leaf[];
  readonly #parts = new Map<string, Part>();
  readonly #needed = new Set<string>();
  readonly #open: (readonly [Part, string])[] = [];

  /**
   * `sourceOf` gives the text of a part, as the build has written it. What only files of the same
   * part need of `leaves` is left out, and fails when it is used.
   */
  constructor(sourceOf: (part: string) => string, leaves: readonly Leaf[] = []) {
    this.#sourceOf = sourceOf;
    this.#leaves = leaves;
  }

  /** Asks for `dsim:<part>:<file>`, and for all that it needs. */
  need(id: string): void {
    this.#needed.add(id);
    this.#ask(id, null);
    this.#settle();
  }

  /**
   * All that was asked for, as statements in one scope; `as` becomes a function that gives the
   * exports of what was asked for by `need`.
   */
  text(as: string): string {
    let kept = -1;
    for (let now = this.#keepEffects(); now !== kept; now = this.#keepEffects()) kept = now;
    const bodies = this.#inOrder().map((part) => [part, bodyOf(part)] as const);
    const rows = Array.from(this.#needed, (id) => {
      const [part, exported] = this.#handedOut(id);
      const pairs = Array.from(exported, ([name, of]) => `${name}:${of}`);
      return [part, `"${id}":{${pairs.join(',')}},`] as const;
    });
    const names = this.#shortNames([...bodies, ...rows]);
    const written = (pieces: readonly (readonly [Part, string])[]) =>
      pieces.map(([part, text]) => this.#renamed(part, text, names)).join('\n');
    return `${written(bodies)}\nconst needed={${written(rows)}};const ${as}=(id)=>needed[id];`;
  }

  /** A part after those that it requires. */
  #inOrder(): readonly Part[] {
    const order = new Set<Part>();
    const visit = (part: Part): void => {
      for (const id of part.required.values()) {
        const other = this.#parts.get(id.split(':')[1] ?? '');
        if (other !== undefined && !order.has(other)) visit(other);
      }
      order.add(part);
    };
    for (const part of this.#parts.values()) if (!order.has(part)) visit(part);
    return [...order];
  }

  /** The part that a name of a part is declared in, and its name there; null if it is none. */
  #meant(part: Part, name: string, property: string | undefined): readonly [Part, string] | null {
    const id = part.required.get(name);
    if (id === undefined) return part.declared.has(name) ? [part, name] : null;
    const [other, exported] = this.#handedOut(id);
    const of = exported.get(property ?? '');
    if (of === undefined) throw new Error(`${id} is used as a whole, or has no ${property}`);
    return [other, of];
  }

  #handedOut(id: string): readonly [Part, ReadonlyMap<string, string>] {
    const [, partName = '', file = ''] = id.split(':');
    const part = this.#part(partName);
    return [part, part.files.get(file) ?? new Map()];
  }

  /** By part and name, a name in the one scope: those that are used most are the shortest. */
  #shortNames(pieces: readonly (readonly [Part, string])[]): Names {
    const counts = new Map<Part, Map<string, number>>();
    const taken = new Set<string>();
    for (const [part, text] of pieces) {
      for (const [whole, called, callee, plain, member] of text.matchAll(USE)) {
        const name = called ?? plain ?? '';
        const meant = this.#meant(part, name, callee ?? member);
        if (meant === null) {
          for (const [other] of whole.matchAll(NAME)) taken.add(other);
          continue;
        }
        if (!meant[1].startsWith('$')) continue;
        const unit = meant[0].declared.get(meant[1]);
        if (unit?.isKept !== true && unit?.isNamed !== true) {
          throw new Error(`a page would lack ${meant[1]}`);
        }
        const ofPart = counts.get(meant[0]) ?? new Map<string, number>();
        counts.set(meant[0], ofPart);
        ofPart.set(meant[1], (ofPart.get(meant[1]) ?? 0) + 1);
      }
    }
    const ranked = [...counts].flatMap(([part, of]) => [...of].map((row) => ({ part, row })));
    const names = new Map<Part, Map<string, string>>();
    let next = 0;
    for (const { part, row } of ranked.sort((x, y) => y.row[1] - x.row[1])) {
      while (taken.has(word(next))) next += 1;
      const ofPart = names.get(part) ?? new Map<string, string>();
      names.set(part, ofPart.set(row[0], word(next++)));
    }
    return names;
  }

  #renamed(part: Part, text: string, names: Names): string {
    let at = 0;
    const pieces: string[] = [];
    for (const { 0: whole, 1: called, 2: callee, 3: plain, 4: member, index } of text.matchAll(
      USE,
    )) {
      const name = called ?? plain ?? '';
      const meant = this.#meant(part, name, callee ?? member);
      if (meant === null) continue;
      const short = names.get(meant[0])?.get(meant[1]) ?? `(${meant[1]})`;
      // `return(0,$a.b)` loses its bracket.
      const space = called !== undefined && /\w/.test(text[index - 1] ?? '') ? ' ' : '';
      const isOther = part.required.has(name);
      const instead = isOther ? space + short : whole.replace(name, () => short);
      pieces.push(text.slice(at, index), instead);
      at = index + whole.length;
    }
    return pieces.join('') + text.slice(at);
  }

  /** Asks for an export; for all if `name` is null. */
  #ask(id: string, name: string | null): void {
    const [, partName = '', file = ''] = id.split(':');
    const part = this.#part(partName);
    const exported = part.files.get(file);
    if (exported === undefined) throw new Error(`the part ${partName} does not hand out ${file}`);
    const asked = part.asked.get(file) ?? new Set();
    part.asked.set(file, asked);
    for (const each of name === null ? exported.keys() : [name]) {
      if (asked.has(each)) continue;
      asked.add(each);
      const of = exported.get(each) ?? '';
      const unit = part.declared.get(of);
      if (unit?.leaf?.isData === true) unit.isNamed = true;
      else this.#open.push([part, of]);
    }
  }

  #part(name: string): Part {
    const known = this.#parts.get(name);
    if (known !== undefined) return known;
    const part = taken(name, this.#sourceOf(name), this.#leaves);
    this.#parts.set(name, part);
    return part;
  }

  #settle(): void {
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      const [part, name] = next;
      const unit = part.declared.get(name);
      if (unit !== undefined) this.#keep(part, unit);
    }
  }

  #keep(part: Part, unit: Unit): void {
    if (unit.isKept) return;
    unit.isKept = true;
    if (REQUIRED.test(unit.text)) return;
    for (const [, called, callee, plain, member] of unit.text.matchAll(USE)) {
      const name = called ?? plain ?? '';
      const property = callee ?? member ?? null;
      const id = part.required.get(name);
      if (id !== undefined) this.#ask(id, property);
      const other = part.declared.get(name);
      if (other === undefined || other.isKept) continue;
      if (other.leaf === null) this.#open.push([part, name]);
      else other.isNamed = true;
    }
  }

  /**
   * Keeps statements that do something to what is kept: without it, nothing could see what they do.
   * Returns how many there are.
   */
  #keepEffects(): number {
    let count = 0;
    for (const part of this.#parts.values()) {
      for (const unit of part.units) {
        if (unit.names.length > 0 || !isFelt(unit, part)) continue;
        count += 1;
        this.#keep(part, unit);
        this.#settle();
      }
    }
    return count;
  }
}

/** A statement acts on the first that it names; a call, on its first argument. */
function isFelt({ text }: Unit, { declared }: Part): boolean {
  const [, name = ''] = /^\$\w+\((\$\w+)/.exec(text) ?? /(\$\w+)/.exec(text) ?? [];
  return declared.get(name)?.isKept === true;
}

function taken(name: string, source: string, leaves: readonly Leaf[]): Part {
  const end = source.lastIndexOf(END);
  const texts = statements(source.slice(source.indexOf('\f') + 1, end < 0 ? undefined : end));
  const handed = texts.findLast((text) => HANDING.test(text));
  if (handed === undefined) throw new Error(`the part ${name} hands out nothing`);
  const files = filesOf(handed);
  const leafOf = new Map(
    leaves.flatMap((leaf) => {
      const exported = [...(files.get(leaf.file) ?? [])];
      return exported.flatMap(([as, of]) =>
        leaf.name === null || leaf.name === as ? [[of, leaf] as const] : [],
      );
    }),
  );
  const units = texts.map((text): Unit => {
    const names = declaredIn(text);
    const leaf = leafOf.get(names[0] ?? '') ?? null;
    return { text, names, isKept: false, leaf, isNamed: false };
  });
  const declared = new Map(
    units.flatMap((unit) => unit.names.map((each) => [each, unit] as const)),
  );
  const required = new Map(
    units.flatMap(({ text }) => {
      const [, variable = '', id] = REQUIRED.exec(text) ?? [];
      return id === undefined ? [] : [[variable, id] as const];
    }),
  );
  return { units, declared, required, files, asked: new Map() };
}

/** What stands between form feeds; of `var a=1,b=2` each is a statement of its own. */
function statements(source: string): readonly string[] {
  let isMore = false;
  return source.split('\f').map((piece) => {
    const text = piece.trimEnd();
    const head = isMore ? 'var ' : '';
    isMore = text.endsWith(',');
    return `${head}${isMore ? text.slice(0, -1) : text}`;
  });
}

function filesOf(handed: string): Part['files'] {
  return new Map(
    Array.from(handed.matchAll(FILE), ([, file = '', exported = '']) => {
      const pairs = Array.from(
        exported.matchAll(PAIR),
        ([, as = '', of = '']) => [as, of] as const,
      );
      return [file, new Map(pairs)] as const;
    }),
  );
}

function declaredIn(text: string): readonly string[] {
  const [, name] = DECLARED.exec(text) ?? [];
  if (name !== undefined) return [name];
  return PATTERN.exec(text)?.[0].match(NAME) ?? [];
}

/** What is kept of a part, without what it takes from others. */
function bodyOf({ units, required }: Part): string {
  return units
    .flatMap((unit) => {
      if (required.has(unit.names[0] ?? '')) return [];
      if (unit.isKept) return /[;}]$/.test(unit.text) ? unit.text : `${unit.text};`;
      return unit.isNamed ? `var ${unit.names[0]}=leftOut("${unit.leaf?.word}");` : [];
    })
    .join('\n');
}

/** `$a` to `$Z`, `$aa` and so on. */
function word(number: number): string {
  const last = LETTERS[number % LETTERS.length] ?? '';
  if (number < LETTERS.length) return `$${last}`;
  return word(Math.floor(number / LETTERS.length) - 1) + last;
}
