/**
 * The parameters of a judge: `--set name=value` by their declarations, with the reader, the units
 * and the diagnostics of scenarios.
 *
 * A text is taken as it stands, whatever YAML would make of it: `initial=null` is the four letters.
 */
import type { ParamSpec, ParamTable } from '../../sim/params.ts';
import { type Diagnostic, Diagnostics, didYouMean, listNames, quote } from '../text/diagnostic.ts';
import { makeSourceFile, type SourceFile, type SourceNode, spotOf } from '../text/source.ts';
import { makeScalar, parseYaml } from '../text/yaml-source.ts';
import { drawStream } from '../values/draws.ts';
import { Names } from '../values/names.ts';
import { ParamReader } from '../values/param-reader.ts';

const SET_FILE = '--set';

export interface JudgeSettings {
  /** By parameter, defaults filled in; what `Params` of the table describes. */
  readonly values: { readonly [name: string]: unknown };
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads `name=value` texts; of one name the last counts. */
export function readJudgeSettings(
  params: ParamTable,
  sets: readonly string[],
  judge: string,
): JudgeSettings {
  const diagnostics = new Diagnostics();
  const stream = (path: string) => drawStream('0', path);
  const reader = new ParamReader(diagnostics, new Names(diagnostics, []), new Map(), stream);
  const given = new Map<string, unknown>();
  for (const text of sets) {
    const file = makeSourceFile(SET_FILE, text);
    const equals = text.indexOf('=');
    const name = text.slice(0, equals).trim();
    const spec = Object.hasOwn(params, name) ? params[name] : undefined;
    if (spec === undefined) {
      unknown(name, Object.keys(params), file, equals, judge, diagnostics);
      continue;
    }
    const node = nodeOf(spec, file, equals + 1, diagnostics);
    const reading = node && reader.read(spec, node, { path: name, key: name, pool: null });
    if (reading !== null) given.set(name, reading.value);
  }
  return {
    values: Object.fromEntries(valuesOf(params, given, judge, diagnostics)),
    diagnostics: diagnostics.list(),
  };
}

function valuesOf(
  params: ParamTable,
  given: ReadonlyMap<string, unknown>,
  judge: string,
  diagnostics: Diagnostics,
): [string, unknown][] {
  return Object.entries(params).map(([name, spec]) => {
    const value = given.has(name) ? given.get(name) : spec.default;
    if (value === undefined && spec.optional !== true && !diagnostics.hasErrors) {
      diagnostics.error('DS106', null, `${quote(judge)} needs ${quote(name)}`, {
        notes: [spec.doc],
        help: [`\`--set ${name}=…\` sets it`],
      });
    }
    return [name, value];
  });
}

function unknown(
  name: string,
  known: readonly string[],
  file: SourceFile,
  equals: number,
  judge: string,
  diagnostics: Diagnostics,
): void {
  const what = `${quote(judge)} has no parameter ${quote(name)}`;
  const near = didYouMean(name, known);
  const takes = known.length === 0 ? 'it has none' : `it has ${listNames(known)}`;
  diagnostics.error('DS102', spotOf(file, 0, Math.max(1, equals)), what, {
    notes: near === null ? [takes] : [],
    help: [near],
  });
}

/** The value as written: a text as it is, a list with or without its brackets, else YAML. */
function nodeOf(
  spec: ParamSpec,
  file: SourceFile,
  from: number,
  diagnostics: Diagnostics,
): SourceNode | null {
  const text = file.text.slice(from);
  const spot = spotOf(file, from, file.text.length);
  if (spec.type === 'text') return makeScalar(text, false, spot, from);
  if (spec.type === 'list' && !/^\s*\[/.test(text)) {
    const items = text.split(',').filter((item) => item.trim() !== '');
    return {
      kind: 'list',
      spot,
      items: items.map((item) => makeScalar(item.trim(), true, spot, null)),
    };
  }
  if (text.trim() === '') return makeScalar('', true, spot, null);
  return parseYaml(file, diagnostics, from);
}
