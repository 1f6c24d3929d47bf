/** Parameters that name nodes: outright, or by a word or a number from which a fault selects. */

import { ALL_BUT, ROLE_PREFIX } from '../../faults/parts/select.ts';
import type { NodeId } from '../../sim/node.ts';
import { defineParams } from '../../sim/params.ts';
import { listNames, quote } from '../text/diagnostic.ts';
import type { SourceMap, SourceNode, SourceScalar } from '../text/source.ts';
import type { Names } from './names.ts';
import type { ParamPlace, ParamReader, Reading } from './param-reader.ts';
import { SELECTOR } from './param-text.ts';

/**
 * The name of a node, group or region, or of a client or load if they may be meant, or a list of
 * them: the nodes they stand for. null after a complaint.
 */
export function readNodes(
  reader: ParamReader,
  node: SourceNode,
  place: ParamPlace,
  clients = false,
): Reading | null {
  const { names } = reader;
  const wanted = clients ? 'node, group, region, load or client' : 'node, group or region';
  const known = clients ? names.allNames : names.meaningful;
  const items = node.kind === 'list' ? node.items : [node];
  const found: NodeId[] = [];
  const written: string[] = [];
  let complete = items.length > 0;
  if (!complete) reader.wrongType(node, place, `the name of a ${wanted}`);
  for (const item of items) {
    const scalar = reader.scalar(item, place, `the name of a ${wanted}`);
    const nodes = scalar === null ? null : nodesNamed(scalar.text, names, clients);
    if (scalar !== null && nodes === null) {
      names.reportUnknown(scalar.text, scalar.spot, known, wanted, scalar.notes);
    }
    if (scalar === null || nodes === null) complete = false;
    else {
      for (const node of nodes) found.push(node);
      written.push(scalar.text);
    }
  }
  // Canonical are the names as written: how many nodes they stand for may be drawn.
  return complete ? { value: [...new Set(found)], canonical: written } : null;
}

function nodesNamed(name: string, names: Names, clients: boolean): readonly NodeId[] | null {
  return names.nodesMeant(name) ?? (clients ? names.clientsOf(name) : null);
}

/** A selector, left for the fault to resolve; what it names must exist. null after a complaint. */
export function readSelector(
  reader: ParamReader,
  node: SourceNode,
  place: ParamPlace,
): Reading | null {
  const inner = innerOfAllBut(node);
  if (inner !== null) {
    const reading = readSelector(reader, inner, place);
    if (reading === null) return null;
    return {
      value: { [ALL_BUT]: reading.value },
      canonical: { [ALL_BUT]: reading.canonical },
    };
  }
  if (node.kind === 'list') {
    const parts = node.items.map((item) => selectorPart(reader, item, place, false));
    if (parts.length === 0) return reader.wrongType(node, place, SELECTOR);
    if (parts.includes(null)) return null;
    const value = parts.flatMap((part) => meantBy(part as string | number, reader));
    return { value, canonical: value };
  }
  const part = selectorPart(reader, node, place, true);
  if (part === null) return null;
  const [first = part, ...more] = meantBy(part, reader);
  const value = more.length === 0 ? first : [first, ...more];
  return { value, canonical: value };
}

/** For the name of a machine the label that its nodes bear; for several machines all labels. */
function meantBy(part: string | number, { names }: ParamReader): readonly (string | number)[] {
  const labels = typeof part === 'string' ? names.machineLabels(part) : [];
  return labels.length === 0 ? [part] : labels;
}

/**
 * What is spared by `all-but leader` or `{ all-but: [leader, another] }`; null if it is neither.
 */
function innerOfAllBut(node: SourceNode): SourceNode | null {
  if (node.kind === 'map') {
    const [entry, ...others] = node.entries;
    return entry?.key === ALL_BUT && others.length === 0 ? entry.value : null;
  }
  if (node.kind !== 'scalar' || node.failed || !node.text.startsWith(`${ALL_BUT} `)) return null;
  const text = node.text.slice(ALL_BUT.length).trim();
  const value = /^\d+$/.test(text) ? Number(text) : text;
  return { ...node, text, value, textFrom: null };
}

function selectorPart(
  reader: ParamReader,
  node: SourceNode,
  place: ParamPlace,
  numbers: boolean,
): string | number | null {
  if (node.kind === 'map') return selectorRole(reader, node, place);
  const scalar = reader.scalar(node, place, SELECTOR);
  if (scalar === null) return null;
  const { text, value } = scalar;
  if (typeof value === 'number' && numbers) return selectorCount(reader, value, scalar, place);
  if (typeof value !== 'string') {
    reader.wrongType(scalar, place, SELECTOR);
    return null;
  }
  if (reader.selectorWords.has(text)) return text;
  if (text.startsWith(ROLE_PREFIX) && text.length > ROLE_PREFIX.length) return text;
  const { names } = reader;
  const nodes = names.nodesMeant(text) ?? names.clientsOf(text);
  if (nodes === null) {
    const { selectorWords } = reader;
    const known = [...new Set([...selectorWords.keys(), ...names.meaningful, ...names.allNames])];
    const words = `words that select are ${listNames([...reader.selectorWords.keys()])}`;
    names.reportUnknown(
      text,
      scalar.spot,
      known,
      'node, group, region, load, client or selecting word',
      [...scalar.notes, words],
    );
    return null;
  }
  const pool = place.pool?.nodes ?? nodes;
  // Without `of` a fault may strike every server, and a client that it names.
  if (place.pool?.clients === true && names.clientsOf(text) !== null) return text;
  if (nodes.some((id) => pool.includes(id)) || place.pool?.certain === false) return text;
  reader.diagnostics.error(
    'DS125',
    scalar.spot,
    `${quote(text)} is not among the nodes of this fault`,
    {
      notes: [...scalar.notes, `\`of\` names ${listNames(pool)}`],
    },
  );
  return null;
}

/** `{ role: candidate }`, which is `role:candidate`. */
function selectorRole(reader: ParamReader, node: SourceMap, place: ParamPlace): string | null {
  const reading = reader.readObject(ROLE_FIELDS, node, place);
  const { role } = (reading?.value ?? {}) as { readonly role?: string };
  return role === undefined ? null : `${ROLE_PREFIX}${role}`;
}

const ROLE_FIELDS = defineParams({
  role: { type: 'text', doc: 'A role that nodes show, such as `candidate`.' },
});

function selectorCount(
  reader: ParamReader,
  count: number,
  scalar: SourceScalar,
  place: ParamPlace,
): number | null {
  const most = place.pool?.nodes.length ?? Infinity;
  const possible = Number.isInteger(count) && count >= 1;
  if (possible && (count <= most || place.pool?.certain === false)) return count;
  const code = possible ? 'DS132' : 'DS105';
  const message = possible
    ? `${quote(place.key)} asks for ${count} nodes, and there ${most === 1 ? 'is' : 'are'} ${most}`
    : `${quote(place.key)} cannot be ${scalar.text}`;
  const label =
    most === Infinity
      ? 'expected a whole number, 1 or more'
      : `expected ${most === 1 ? '1' : `1 to ${most}`}`;
  reader.diagnostics.error(code, scalar.spot, message, { label, notes: scalar.notes });
  return null;
}
