/** The processes of a group of programs, and the names by which they know clients. */
import type { Message, NodeId } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { Body } from './dialect.ts';
import { LockStepProcess } from './lock-step.ts';

export interface Program {
  readonly words: readonly string[];
  /** How people call it: `python3 raft.py`. */
  readonly shown: string;
  /** Where it runs: the folder of the scenario. */
  readonly folder: string;
  /** Words before its own, which confine it. */
  readonly confined?: readonly string[];
  readonly tap?: ProgramTap;
}

/**
 * Hears of each message, before the program or the network gets it. What it throws ends the run.
 */
export interface ProgramTap {
  received(node: NodeId, from: NodeId, message: Message): void;
  sent(node: NodeId, to: NodeId, message: Message): void;
}

/** What would differ from machine to machine, or from run to run. */
const SAME_EVERYWHERE = {
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  PYTHONHASHSEED: '0',
  PYTHONUNBUFFERED: '1',
};

/** What the nodes of one group share: who is called what, and the process of each. */
export class ProgramGroup {
  readonly program: Program;
  private readonly processes = new Map<NodeId, LockStepProcess>();
  private readonly clients = new Map<NodeId, string>();
  private readonly clientNames = new Map<string, NodeId>();
  /** Host time, in ms, that programs took to boot: no time of the run passed meanwhile. */
  stalledMs = 0;
  /** Seen once, it is known: the program does not come to rest. */
  worksByClock = false;
  /** Requests of clients that no member has answered, by client and number. */
  readonly open = new Map<string, { readonly request: Request; readonly body: Body }>();
  private warned = false;

  constructor(program: Program) {
    this.program = program;
  }

  /** A new process for a node; one that it had before ends, as after a crash. */
  start(node: NodeId, seed: number): LockStepProcess {
    this.processes.get(node)?.end();
    const env = { ...SAME_EVERYWHERE, DSIM_SEED: String(seed) };
    const { words, folder, confined = [] } = this.program;
    const started = new LockStepProcess([...confined, ...words], folder, env);
    this.processes.set(node, started);
    return started;
  }

  /** A run is over, or another begins: no process is left, and nobody is known. */
  forget(): void {
    for (const one of this.processes.values()) one.end();
    this.processes.clear();
    this.clients.clear();
    this.clientNames.clear();
    this.open.clear();
    this.warned = false;
  }

  /** Whether nobody has been warned in this run. */
  warnsNow(): boolean {
    const { warned } = this;
    this.warned = true;
    return !warned;
  }

  /** `c1` and so on, in the order in which they ask. */
  clientName(node: NodeId): string {
    const known = this.clients.get(node) ?? `c${this.clients.size + 1}`;
    this.clients.set(node, known);
    this.clientNames.set(known, node);
    return known;
  }

  clientOf(name: string): NodeId | undefined {
    return this.clientNames.get(name);
  }
}
