/**
 * The section `machines`: hosts that carry several nodes, which fail together and share cores. A
 * node whose group names no machine has one of its own.
 */
import type { NodeId, Plain } from '../../sim/node.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import type { SourceEntry } from '../text/source.ts';
import { Fields } from '../values/fields.ts';
import { MACHINE_LABEL, membersOf } from '../values/names.ts';
import { namedEntries, type ParseContext } from './context.ts';
import {
  labelsIn,
  type MachinePlan,
  type MembersPlan,
  regionsIn,
  rounds,
  scalarsIn,
} from './members.ts';
import { MACHINE_TABLE } from './section-tables.ts';

/** Machines by the name of their entry, as `machines:` declares them. */
export type Machines = ReadonlyMap<string, readonly MachinePlan[]>;

export function readMachines(
  section: SourceEntry | null,
  context: ParseContext,
): { machines: Machines; canonical: { readonly [name: string]: Plain } } {
  const machines = new Map<string, readonly MachinePlan[]>();
  const canonical: { [name: string]: Plain } = {};
  for (const entry of namedEntries(section, context, 'm: { count: 3, cores: 4 }')) {
    const { key: name, value, keySpot } = entry;
    if (!context.names.checkName(name, keySpot, 'machine')) continue;
    if (value.kind !== 'map') {
      context.diagnostics.error('DS103', value.spot, `${quote(`machines.${name}`)} is not a map`, {
        label: 'expected a map such as `{ count: 3, cores: 4 }`; `{}` is one machine of one core',
      });
      continue;
    }
    const called = quote(`machines.${name}`);
    const fields = new Fields(context.reader, value, {
      path: `machines.${name}`,
      called,
      spot: keySpot,
    });
    const own = fields.params(MACHINE_TABLE);
    const regions = regionsIn(fields, context);
    const labels = labelsIn(fields, context);
    fields.finish();
    canonical[name] = fields.canonical;
    const members = membersOf(name, own.count ?? null);
    context.names.addMachines(name, keySpot, members);
    machines.set(
      name,
      members.map((machine, i) => ({
        name: machine,
        cores: own.cores,
        region: regions?.[i % regions.length] ?? null,
        labels: new Map([...labels].map(([label, list]) => [label, list[i % list.length] ?? ''])),
      })),
    );
  }
  return { machines, canonical };
}

/**
 * `runs-on: m`: the members of a role, or all, go round the machines of that name; of a list, round
 * all of them.
 */
export function readMachine(
  fields: Fields,
  members: MembersPlan,
  machines: Machines,
  context: ParseContext,
): ReadonlyMap<NodeId, MachinePlan> {
  const seats = new Map<NodeId, MachinePlan>();
  const shared = machinesIn(fields, machines, context);
  for (const [nodes, own] of rounds(members, fields)) {
    const list = own === fields ? shared : (machinesIn(own, machines, context) ?? shared);
    if (list === null) continue;
    for (const [i, node] of nodes.entries()) {
      const machine = list[i % list.length];
      if (machine === undefined) continue;
      seats.set(node, machine);
      context.names.addLabel(MACHINE_LABEL, machine.name, node);
    }
  }
  return seats;
}

function machinesIn(
  fields: Fields,
  machines: Machines,
  context: ParseContext,
): readonly MachinePlan[] | null {
  const entry = fields.take('runs-on');
  if (entry === null) return null;
  const single = new Map(
    [...machines.values()].flat().map((machine) => [machine.name, [machine]] as const),
  );
  const known = [...new Set([...machines.keys(), ...single.keys()])];
  const good = scalarsIn(entry, 'the name of a machine', context, ({ text, spot }) => {
    if (machines.has(text) || single.has(text)) return true;
    const none = 'no machines are declared: `machines: { m: { count: 3, cores: 4 } }` does';
    context.diagnostics.error('DS125', spot, `there is no machine ${quote(text)}`, {
      notes: [known.length === 0 ? none : `machines are ${listNames(known)}`],
      help: [didYouMean(text, known)],
    });
    return false;
  });
  if (good === null) return null;
  fields.canonical['runs-on'] = good.map(({ text }) => text);
  return good.flatMap(({ text }) => machines.get(text) ?? single.get(text) ?? []);
}
