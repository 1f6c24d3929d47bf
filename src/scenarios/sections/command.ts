/** An entry `command:` of the section `faults`: what an operator tells nodes, and when. */
import { COMMAND_PARAMS, type CommandParams, commandAction } from '../../faults/parts/command.ts';
import { partsOf } from '../../faults/parts/select.ts';
import type { NodeId, Plain } from '../../sim/node.ts';
import type { ParamTable, Selector } from '../../sim/params.ts';
import { type AnySystem, type Command, SET } from '../../sim/system.ts';
import type { FaultSpec } from '../scenario.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import { entryOf, type SourceEntry, type SourceMap } from '../text/source.ts';
import { Fields } from '../values/fields.ts';
import { COMMAND } from '../values/names.ts';
import {
  belongsElsewhere,
  type ParseContext,
  paramsMap,
  paramsMapOrEmpty,
  positionOf,
} from './context.ts';
import { readOf } from './of.ts';
import { readSchedule } from './schedule.ts';

const EXAMPLE = 'command: { to: leader, add-server: kv-4 }';

export interface ReadCommand {
  readonly spec: FaultSpec;
  readonly canonical: Plain;
}

/** The key inside `command:` that says which it is; null if there is none. */
export function commandEntry({ value }: SourceEntry): SourceEntry | null {
  const entries = value.kind === 'map' ? value.entries : [];
  return entries.find(({ key }) => key !== 'to' && key !== 'of') ?? null;
}

/** `called` are the names and kinds of all faults. null after a complaint. */
export function readCommand(
  map: SourceMap,
  entry: SourceEntry,
  name: string,
  called: readonly string[],
  context: ParseContext,
): ReadCommand | null {
  const { diagnostics, reader, names } = context;
  const place = { path: `faults.${name}`, called: quote(COMMAND), spot: entry.keySpot };
  const fields = new Fields(reader, map, place);
  const schedule = readSchedule(fields, called, context);
  const lasts = entryOf(map, 'for');
  if (lasts !== null) {
    diagnostics.error('DS138', lasts.keySpot, 'a command does not last', {
      help: ['leave out `for`; to undo it, give another command later'],
    });
  }
  const misses = entryOf(map, 'may-miss');
  if (misses !== null) {
    diagnostics.error('DS138', misses.keySpot, 'no command has to touch anything', {
      help: ['leave out `may-miss`'],
    });
  }
  const inside = paramsMap(entry, null, context);
  if (inside === null) return null;
  const of = readOf(fields.take('of'), entryOf(inside, 'of'), name, context);
  if (of !== null) fields.canonical['of'] = of.canonical;
  const pool = { nodes: of?.nodes ?? names.nodes, certain: names.certain };
  const own = new Fields(reader, inside, { ...place, path: `${place.path}.${COMMAND}` });
  own.take('of');
  const { to } = own.params(COMMAND_PARAMS, pool);
  const which = commandEntry(entry);
  if (which === null) {
    diagnostics.error('DS138', entry.keySpot, '`command` does not say which', {
      help: [`for example \`${EXAMPLE}\``],
    });
    return null;
  }
  own.take(which.key);
  own.finish((key) => belongsElsewhere(key) ?? 'each command is an entry of its own');
  const told = own.failed.size > 0 ? pool.nodes : nodesTold(to, pool.nodes, context);
  const meant = findCommand(which, told, context);
  if (meant === null) return null;
  const values = readValues(which, meant, own.path, context);
  if (values === null) return null;
  const params: CommandParams = { to, command: which.key, given: values.given, text: values.text };
  const spec: FaultSpec = {
    name,
    fault: commandAction,
    params: { ...params },
    of: pool.nodes.filter((node) => meant.nodes.includes(node)),
    ...schedule,
    position: positionOf(map.spot),
  };
  const command = { ...own.canonical, [which.key]: values.canonical };
  return { spec, canonical: { ...fields.canonical, name, [COMMAND]: command } };
}

/** Those that `to` names outright; all of the pool if it chooses by a word or a number. */
function nodesTold(
  to: Selector,
  pool: readonly NodeId[],
  { names }: ParseContext,
): readonly NodeId[] {
  if (typeof to === 'object' && 'all-but' in to) return pool;
  const named = partsOf(to).map((part) =>
    typeof part === 'string' ? names.nodesMeant(part) : null,
  );
  return named.includes(null) ? pool : named.flatMap((nodes) => nodes ?? []);
}

// --- Which command -------------------------------------------------------------------------------

interface Meant {
  readonly declared: Command;
  readonly system: AnySystem;
  /** The nodes of the kinds that have it. */
  readonly nodes: readonly NodeId[];
}

function findCommand(
  { key, keySpot }: SourceEntry,
  told: readonly NodeId[],
  { names, diagnostics }: ParseContext,
): Meant | null {
  const groups = [...names.groups.values()].filter(({ nodes }) =>
    nodes.some((node) => told.includes(node)),
  );
  const systems = groups.flatMap(({ system }) => system ?? []);
  const able = groups.filter(({ system }) => system !== null && commandsOf(system).has(key));
  const [system, other] = [...new Set(able.flatMap((group) => group.system ?? []))];
  const declared = system === undefined ? undefined : commandsOf(system).get(key);
  if (system === undefined || declared === undefined) {
    if (systems.length < groups.length) return null;
    const known = [...new Set(systems.flatMap((each) => [...commandsOf(each).keys()]))];
    const kinds = listNames([...new Set(systems.map((each) => each.name))]);
    diagnostics.error('DS138', keySpot, `there is no command ${quote(key)}`, {
      notes: [
        known.length === 0
          ? `${kinds} ${systems.length === 1 ? 'takes' : 'take'} no commands`
          : `commands are ${listNames(known)}`,
      ],
      help: [didYouMean(key, known)],
    });
    return null;
  }
  if (other === undefined) return { declared, system, nodes: able.flatMap(({ nodes }) => nodes) };
  diagnostics.error('DS138', keySpot, `${quote(key)} is a command of several kinds here`, {
    notes: [`${listNames([system.name, other.name])} take it`],
    help: ['name the nodes that you mean with `of:`'],
  });
  return null;
}

/** Those that a kind declares, and `set` if it has parameters that may change. */
function commandsOf({ commands = {}, changeable = [], params }: AnySystem): Map<string, Command> {
  const all = new Map(Object.entries(commands));
  if (changeable.length === 0) return all;
  const table = Object.fromEntries(
    Object.entries(params as ParamTable).filter(([name]) => changeable.includes(name)),
  );
  return all.set(SET, { doc: 'Changes parameters while the node runs.', params: table });
}

// --- Its parameters ------------------------------------------------------------------------------

interface Values {
  readonly given: { readonly [param: string]: unknown };
  readonly canonical: Plain;
  readonly text: string;
}

function readValues(
  which: SourceEntry,
  { declared, system }: Meant,
  path: string,
  context: ParseContext,
): Values | null {
  const { params, shorthand = null } = declared;
  const map = paramsMapOrEmpty(which, shorthand, context);
  if (map === null) return null;
  const place = { path: `${path}.${which.key}`, called: quote(which.key), spot: which.keySpot };
  const fields = new Fields(context.reader, map, place);
  const isSet = which.key === SET;
  // `set` changes what is written and leaves the rest as it is.
  if (isSet) for (const name of Object.keys(params)) fields.take(name);
  const given = fields.params(isSet ? fields.given(params) : params);
  fields.finish((key) =>
    isSet && Object.hasOwn(system.params, key)
      ? `a ${quote(system.name)} keeps \`${key}\` while it runs`
      : belongsElsewhere(key),
  );
  if (isSet && map.entries.length === 0) {
    context.diagnostics.error('DS138', which.keySpot, '`set` changes nothing', {
      label: `expected some of ${listNames(Object.keys(params))}`,
    });
  }
  const { canonical } = fields;
  return { given, canonical, text: textOf(canonical, shorthand) };
}

/** `kv-4` for a shorthand alone, else `server=kv-4 vote=true`. */
function textOf(canonical: { readonly [param: string]: Plain }, shorthand: string | null): string {
  const shown = (value: Plain) =>
    typeof value === 'string'
      ? value
      : Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? value.join(' ')
        : JSON.stringify(value);
  const entries = Object.entries(canonical);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === shorthand) return shown(first[1]);
  return entries.map(([param, value]) => `${param}=${shown(value)}`).join(' ');
}
