/**
 * A coordinator `c` and participants `p1`, `p2`, ... by hand, each with the accounts dealt to it.
 */
import { type Bug, bugOf } from '../../src/nodes/transactions/two-phase-commit/bugs.ts';
import { Coordinator } from '../../src/nodes/transactions/two-phase-commit/coordinator.ts';
import { invariants } from '../../src/nodes/transactions/two-phase-commit/invariants.ts';
import { IDS_PER_LIFE } from '../../src/nodes/transactions/two-phase-commit/messages.ts';
import { Participant } from '../../src/nodes/transactions/two-phase-commit/participant.ts';
import { params, type Settings } from '../../src/nodes/transactions/two-phase-commit/settings.ts';
import type { Node } from '../../src/sim/node.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { type DriveOptions, drive, HandCluster, type Wanted } from '../support/drive.ts';

export type Bank = HandCluster<Node>;

export interface BankOptions extends DriveOptions {
  readonly settings?: Partial<Settings>;
  readonly bug?: Bug;
}

/** So many participants; operations take no time unless the settings say so. */
export function bankOf(count: number, { settings = {}, bug, ...disk }: BankOptions = {}): Bank {
  id = 0;
  const given = defaultsOf(params, { 'op-time': 0, accounts: Math.max(2, count), ...settings });
  const names = Array.from({ length: count }, (_, i) => `p${i + 1}`);
  const all = ['c', ...names];
  const make = (self: string) => (): Node =>
    self === 'c'
      ? new Coordinator(given, names, bugOf(bug ?? null))
      : new Participant(given, self, 'c', names, bugOf(bug ?? null));
  const driven = all.map((self) => {
    const peers = all.filter((each) => each !== self);
    return drive(make(self), self, peers, disk);
  });
  const bank = new HandCluster(driven);
  for (const node of driven) node.forget();
  return bank;
}

/** Of requests: every bank begins anew. */
let id = 0;
const request = () => ({ id: ++id, session: 's', serial: id, attempt: 1, timeoutMs: null });

export function transfer(bank: Bank, from: string, to: string, amount: number): Bank {
  return bank.ask('client', 'c', { type: 'transfer', from, to, amount, ...request() } as never);
}

export function read(bank: Bank): Bank {
  return bank.ask('client', 'c', { type: 'read', ...request() } as never);
}

/** `transfer_ok`, `error txn-conflict`, or the balances in the order of accounts. */
export function answers(bank: Bank): string[] {
  return bank.answers.splice(0).map(({ message }) => {
    const { type, code, balances } = message as {
      type: string;
      code?: string;
      balances?: { readonly [account: string]: number };
    };
    if (balances === undefined) return code === undefined ? type : `${type} ${code}`;
    const accounts = Object.keys(balances).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
    return `read_ok ${accounts.map((account) => balances[account]).join(' ')}`;
  });
}

/** Messages of these types. */
export function typed(...types: readonly string[]): Wanted {
  return ({ message }) => types.includes(message.type);
}

export function to(...nodes: readonly string[]): Wanted {
  return (sent) => nodes.includes(sent.to);
}

/** What the invariant says; null while it holds. */
export function torn(bank: Bank): string | null {
  const up = [...bank.nodes.values()].filter((node) => node.up);
  const views = new Map(up.map((node) => [node.self, node.inspect()]));
  const [atomicity] = invariants;
  return atomicity?.check(views, { of: () => [], over: () => new Map() }) ?? null;
}

/** How many forced writes all of them have made. */
export function forcedWrites(bank: Bank): number {
  return [...bank.nodes.values()].reduce(
    (sum, { measured }) => sum + measured.filter(([name]) => name === 'forced-writes').length,
    0,
  );
}

export function crash(bank: Bank, node: string): Bank {
  bank.at(node).crash();
  return bank.collect();
}

export function boot(bank: Bank, node: string): Bank {
  bank.at(node).restart();
  return bank.collect();
}

/** The number of the first, second, ... transaction of the coordinator's first life. */
export function nth(count: number): number {
  return IDS_PER_LIFE + count;
}

/** Fires a timer of a node that belongs to a transaction. */
export function fire(bank: Bank, node: string, tag: string, txn = nth(1)): Bank {
  bank.at(node).fireTimer(tag, txn);
  return bank.collect();
}
