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
  /** Of a file that may be left out, which is named here; else null. */
  readonly leaf: string | null;
  /** Something that is kept names it. */
  isNamed: boolean;
}

interface Part {
  readonly units: readonly Unit[];
  /** By name, the unit that declares it. */
  readonly declared: ReadonlyMap<string, Unit>;
  /** By the name of a variable, the file of another part in it: `dsim:core:src/index.ts`. */
  readonly required: ReadonlyMap<string, string>;
  /** The unit that hands out files: of each, by export, the name of what it hands out. */
  readonly handing: Unit;
  readonly files: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** By file, the exports that are asked for. */
  readonly asked: Map<string, Set<string>>;
}

const NAME = /\$\w+/g;
const USE = /(\$\w+)(?:\.(\w+))?/g;
const REQUIRED = /^var (\$\w+)=require\(["'`](dsim:[^"'`]+)["'`]\)/;
const HANDING = /^(?:var|let|const) \$\w+=\{["'`]src\//;
/** `"src/a.ts":()=>({a:$b})`, of the unit that hands out files. */
const FILE = /["'`](src\/[^"'`]+)["'`]:\(\)=>\(\{([^}]*)\}\)/g;
const DECLARED = /^(?:(?:var|let|const) |(?:async )?function ?\*? ?|class )(\$\w+)/;
const PATTERN = /^(?:var|let|const) ?[[{].*?[\]}]=/s;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const END = '\nreturn exports})();';

/** Takes parts apart, and puts together what is asked for. */
export class PageLink {
  readonly #sourceOf: (part: string) => string;
  readonly #leaves: readonly string[];
  readonly #parts = new Map<string, Part>();
  readonly #open: (readonly [Part, string])[] = [];

  /**
   * `sourceOf` gives the text of a part, as the build has written it. What only files of the same
   * part need of `leaves` is left out, and fails when it is used.
   */
  constructor(sourceOf: (part: string) => string, leaves: readonly string[] = []) {
    this.#sourceOf = sourceOf;
    this.#leaves = leaves;
  }

  /** Asks for `dsim:<part>:<file>`, and for all that it needs. */
  need(id: string): void {
    this.#ask(id, null);
    this.#settle();
  }

  /** By part, the body of a function of `exports` and `require`. */
  texts(): ReadonlyMap<string, string> {
    let kept = -1;
    for (let now = this.#keepEffects(); now !== kept; now = this.#keepEffects()) kept = now;
    return new Map(
      Array.from(this.#parts, ([name, part]) => [
        name,
        shortened(textOf(part), new Set(part.declared.keys())),
      ]),
    );
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
      this.#open.push([part, exported.get(each) ?? '']);
    }
  }

  #part(name: string): Part {
    const known = this.#parts.get(name);
    if (known !== undefined) return known;
    const part = taken(name, this.#sourceOf(name), this.#leaves);
    this.#parts.set(name, part);
    const start = part.units.find(({ text }) => text.startsWith('exports.moduleOf='));
    if (start !== undefined) this.#keep(part, start);
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
    if (unit === part.handing || REQUIRED.test(unit.text)) return;
    for (const [, name = '', property = null] of unit.text.matchAll(USE)) {
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

function taken(name: string, source: string, leaves: readonly string[]): Part {
  const end = source.lastIndexOf(END);
  const texts = statements(source.slice(source.indexOf('\f') + 1, end < 0 ? undefined : end));
  const handed = texts.find((text) => HANDING.test(text));
  if (handed === undefined) throw new Error(`the part ${name} hands out nothing`);
  const files = filesOf(handed);
  const leafOf = new Map(
    leaves.flatMap((file) => Array.from(files.get(file)?.values() ?? [], (each) => [each, file])),
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
  const handing = units[texts.indexOf(handed)] as Unit;
  return { units, declared, required, handing, files, asked: new Map() };
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
      const pairs = exported === '' ? [] : exported.split(',').map((each) => each.split(':'));
      return [file, new Map(pairs.map(([as = '', of = '']) => [as, of]))] as const;
    }),
  );
}

function declaredIn(text: string): readonly string[] {
  const [, name] = DECLARED.exec(text) ?? [];
  if (name !== undefined) return [name];
  return PATTERN.exec(text)?.[0].match(NAME) ?? [];
}

function textOf(part: Part): string {
  const { units, handing, files, asked } = part;
  const rows = Array.from(asked, ([file, names]) => {
    const pairs = Array.from(names, (name) => `${name}:${files.get(file)?.get(name)}`);
    return `"${file}":()=>({${pairs.join(',')}})`;
  });
  return units
    .flatMap((unit) => {
      if (unit === handing) return `var ${unit.names[0]}={${rows.join(',')}};`;
      if (unit.isKept) return /[;}]$/.test(unit.text) ? unit.text : `${unit.text};`;
      return unit.isNamed ? `var ${unit.names[0]}=leftOut("${unit.leaf}");` : [];
    })
    .join('\n');
}

/** With names of the top as short as can be: those that are used most are the shortest. */
function shortened(text: string, names: ReadonlySet<string>): string {
  const counts = new Map<string, number>();
  const taken = new Set<string>();
  for (const [name] of text.matchAll(NAME)) {
    if (names.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
    else taken.add(name);
  }
  const to = new Map<string, string>();
  let next = 0;
  for (const [name] of [...counts].sort(([, a], [, b]) => b - a)) {
    while (taken.has(word(next))) next += 1;
    to.set(name, word(next++));
  }
  return text.replace(NAME, (name) => to.get(name) ?? name);
}

/** `$a` to `$Z`, `$aa` and so on. */
function word(number: number): string {
  const last = LETTERS[number % LETTERS.length] ?? '';
  if (number < LETTERS.length) return `$${last}`;
  return word(Math.floor(number / LETTERS.length) - 1) + last;
}
