/**
 * The verdict on a history of transactions: what was found, what of it the model asked about
 * forbids, and what it says about all the others.
 */
import type { History } from '../../sim/history.ts';
import { formatCount } from '../../sim/units.ts';
import type { Anomaly, CheckResult, ModelBounds } from '../checker.ts';
import { DEFAULT_BUDGET } from '../search/turns.ts';
import { type CycleRule, cycleRules, isWeaker } from './cycle-rules.ts';
import { type CycleSearch, type Edge, findCycles } from './cycles.ts';
import { kindNames, PROCESS, REALTIME, RW, type SealedGraph, WR, WW } from './dependency-graph.ts';
import { keyText } from './findings.ts';
import type { Inference } from './inference.ts';
import {
  anomaliesBySeverity,
  boundsOf,
  casesOf,
  forbiddenBy,
  isolationModel,
  partlyChecked,
} from './isolation.ts';
import { addProcessOrder, addRealtimeOrder } from './orders.ts';
import {
  COMMITTED,
  type MicroOpForm,
  READ,
  Transactions,
  UNSEEN,
  Unreadable,
} from './transactions.ts';
import { type Choice, casesAgainst, type Decision, VersionChoices } from './version-choices.ts';

/** A kind of data: how its transactions read, and what they let one infer. */
export interface Datatype {
  readonly form: MicroOpForm;
  readonly infer: (transactions: Transactions) => Inference;
  /** What would let one infer more of the order of versions: a sentence, if there is anything. */
  readonly advice?: string;
}

export interface Question {
  /** As the verdict is signed. */
  readonly checker: string;
  /** The model, by any of its names. */
  readonly consistency: string;
  /** If not empty, only these anomalies and their cases count, whatever the model. */
  readonly anomalies?: readonly string[];
  /** Whether a pass needs something that could have contradicted the model. Default false. */
  readonly refutable?: boolean;
  /** Edges that the search for cycles may walk. */
  readonly steps?: number;
}

/** Judges a history. One that cannot be read or in which nothing depends on anything is unknown. */
export function judgeTransactions(
  history: History,
  { form, infer, advice }: Datatype,
  question: Question,
): CheckResult {
  try {
    const transactions = new Transactions(history, form);
    const inference = infer(transactions);
    addProcessOrder(inference.graph, transactions);
    addRealtimeOrder(inference.graph, transactions);
    const sealed = inference.graph.seal();
    const search = findCycles(sealed, question.steps ?? DEFAULT_BUDGET.steps);
    return new Judgement(transactions, inference, sealed, search, { ...question, advice }).result();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return {
      checker: question.checker,
      verdict: 'unknown',
      summary: `Nothing was judged: ${error.message}.`,
      reasons: [],
      evidence: [],
      key: null,
      atUs: null,
      numbers: { transactions: history.length },
    };
  }
}

/** What people call these. */
const nicknames: ReadonlyMap<string, string> = new Map([
  ['G0', 'write cycle'],
  ['G1a', 'aborted read'],
  ['G1b', 'intermediate read'],
  ['G1c', 'circular information flow'],
  ['G-single-item', 'read skew'],
  ['G-nonadjacent-item', 'anti-dependencies apart'],
  ['G2-item', 'anti-dependency cycle'],
]);

const orders: ReadonlyMap<string, string> = new Map([
  ['-process', ' against the order of a process'],
  ['-realtime', ' against real time'],
]);

/** How many choices are named. */
const FEW_CHOICES = 3;

interface Chosen {
  readonly impossible: readonly Anomaly[];
  /** Rules that the budget did not reach. */
  readonly open: readonly string[];
}

const NOTHING: Chosen = { impossible: [], open: [] };

class Judgement {
  readonly #transactions: Transactions;
  readonly #inference: Inference;
  readonly #graph: SealedGraph;
  readonly #search: CycleSearch;
  readonly #question: Question & { readonly advice: string | undefined };
  readonly #wanted: ReadonlySet<string>;
  /** By the name of the rule: why each order of versions breaks it. */
  readonly #cases = new Map<string, readonly string[]>();

  constructor(
    transactions: Transactions,
    inference: Inference,
    graph: SealedGraph,
    search: CycleSearch,
    question: Question & { readonly advice: string | undefined },
  ) {
    this.#graph = graph;
    this.#transactions = transactions;
    this.#inference = inference;
    this.#search = search;
    this.#question = question;
    const { anomalies = [] } = question;
    this.#wanted = anomalies.length > 0 ? casesOf(anomalies) : forbiddenBy(this.#model());
  }

  result(): CheckResult {
    const cycles = this.#cycles();
    const known = new Set(cycles.map(({ name }) => name));
    const spotted = this.#spotted().filter(({ name }) => !known.has(name));
    const inferred = [...spotted, ...cycles];
    const undecided = this.#search.undecided.filter((name) => this.#wanted.has(name));
    // What nobody read is of interest where what was read contradicts nothing.
    const isDecided = undecided.length > 0 || inferred.some((anomaly) => this.#counts(anomaly));
    const { impossible, open } = isDecided ? NOTHING : this.#chosen(inferred);
    const found = [...inferred, ...impossible].sort(
      (a, b) => anomaliesBySeverity.indexOf(a.name) - anomaliesBySeverity.indexOf(b.name),
    );
    const models = boundsOf(found.map(({ name }) => name));
    const bad = found.filter((anomaly) => this.#counts(anomaly));
    const worst = bad[0];
    if (worst !== undefined) return this.#failure(worst, bad, models);
    const rest = { ...this.#blank(), models };
    if (undecided.length > 0) {
      const spent = `${formatCount(this.#search.steps)} steps`;
      const summary = `Undecided after ${spent}: there may be ${undecided.join(' or ')}.`;
      return { ...rest, verdict: 'unknown', summary };
    }
    if ((this.#inference.graph.kinds & this.#kinds()) === 0) return this.#nothing(rest, found);
    const { committed = 0 } = rest.numbers;
    const all = `${formatCount(committed)} committed transactions`;
    const { anomalies = [] } = this.#question;
    const isOpen =
      open.some((name) => this.#wanted.has(name)) ||
      (this.#isAboutUnseenWrites() && this.#inference.open.length > 0);
    const far = isOpen ? ', as far as the order of versions was read' : '';
    const summary =
      anomalies.length > 0
        ? `There is no ${anomalies.join(', no ')} in ${all}${far}.`
        : `Nothing in ${all} is against ${this.#model()}${far}.`;
    const next = [...this.#next(found), ...(isOpen ? this.#openOrders() : [])];
    return { ...rest, verdict: 'pass', summary, next };
  }

  /** Which rules no order of the versions keeps, beside what was found, and which are open. */
  #chosen(found: readonly Anomaly[]): Chosen {
    const choices = new VersionChoices(
      this.#graph,
      this.#search.everything,
      this.#inference,
      this.#limit(),
    );
    const broken = (rule: CycleRule) => found.some(({ name }) => rule.covers.has(name));
    const decisions = choices.decideAll(cycleRules.filter((rule) => !broken(rule)));
    const all = (wanted: Decision) =>
      [...decisions].filter(([, decision]) => decision === wanted).map(([rule]) => rule);
    const impossible = all('impossible');
    const weakest = impossible.filter(
      (rule) => !impossible.some((other) => other !== rule && isWeaker(other, rule)),
    );
    return {
      impossible: weakest.map((rule) =>
        this.#impossible(rule, choices.graphOf(rule), choices.core(rule)),
      ),
      open: all('open').map(({ name }) => name),
    };
  }

  #limit(): number {
    return (this.#question.steps ?? DEFAULT_BUDGET.steps) - this.#search.steps;
  }

  /** In whatever order these were written there is a cycle that the rule forbids. */
  #impossible(rule: CycleRule, graph: SealedGraph, core: readonly Choice[]): Anomaly {
    const cases = casesAgainst(graph, rule, core);
    const both = core.map(({ key, versions: [a, b] }) => {
      const [x, y] = [a, b].map(({ writer }) => `#${this.#index(writer)}`);
      return `${x} and ${y} ${this.#inference.wrote} ${keyText(this.#transactions.keys[key]!)}`;
    });
    const some = both.length > FEW_CHOICES ? [...both.slice(0, FEW_CHOICES), '...'] : both;
    this.#cases.set(
      rule.name,
      cases.map(({ chosen, cycle }) => this.#case(chosen, cycle)),
    );
    const order = some.length === 0 ? '' : ` in whatever order ${some.join(', and ')}`;
    const operations = cases.flatMap(({ cycle }) => cycle.map(({ from }) => this.#index(from)));
    return {
      name: rule.name,
      count: 1,
      sentence: rule.noLostUpdate
        ? `an update is lost, or there is a cycle${order}`
        : `there is a cycle${order}`,
      operations: [...new Set(operations)].sort((a, b) => a - b),
      edges: [],
    };
  }

  #case(chosen: readonly Choice[], cycle: readonly Edge[]): string {
    const ifs = chosen.map(({ key, versions: [a, b] }) => {
      const k = keyText(this.#transactions.keys[key]!);
      const [x, y] = [a, b].map(({ writer }) => `#${this.#index(writer)}`);
      return `${x} ${this.#inference.wrote} ${k} before ${y}`;
    });
    const steps = cycle.map((edge) => this.#because(edge)).join('; ');
    const circle = [...cycle, cycle[0]!].map(({ from }) => `#${this.#index(from)}`).join(' < ');
    const given = ifs.length === 0 ? 'If no update is lost' : `If ${ifs.join(', and ')}`;
    return `${given}: ${steps}; so ${circle}.`;
  }

  /** Nothing that the history has could have contradicted what was asked. */
  #nothing(rest: Omit<CheckResult, 'verdict' | 'summary'>, found: readonly Anomaly[]): CheckResult {
    const isOpen = this.#inference.open.length > 0;
    const summary =
      (this.#inference.graph.kinds & (WR | RW)) !== 0
        ? `Nothing was judged: ${this.#model()} is about the order of writes, which no read of a register shows.`
        : 'Nothing was judged: no transaction depends on another.';
    const next = [...this.#next(found), ...(isOpen ? this.#openOrders() : [])];
    return { ...rest, verdict: 'unknown', summary, next };
  }

  /** Of the first key the first two, and how one may know more. */
  #openOrders(): readonly string[] {
    const { open, wrote } = this.#inference;
    const first = open.slice(0, 1).map(({ key, versions }) => {
      const [a, b] = versions.map(({ writer }) => `#${this.#index(writer)}`);
      const k = keyText(this.#transactions.keys[key]!);
      return `Nobody read in which order ${a} and ${b} ${wrote} ${k}: what follows from that order is not judged.`;
    });
    const { advice } = this.#question;
    return advice === undefined ? first : [...first, advice];
  }

  #model(): string {
    const model = isolationModel(this.#question.consistency);
    if (model === null) throw new RangeError(`no model ${this.#question.consistency}`);
    return model;
  }

  #counts({ name, edges }: Anomaly): boolean {
    if (this.#wanted.has(name)) return true;
    return name === 'G2-item' && this.#wanted.has('write-skew') && isWriteSkew(edges);
  }

  /**
   * Whether only cycles of writes are asked for, though no read of a register shows their order.
   */
  #isAboutUnseenWrites(): boolean {
    const { readsShowOrder, graph } = this.#inference;
    if (readsShowOrder || (graph.kinds & WW) !== 0) return false;
    return !cycleRules.some(({ name }) => this.#wanted.has(name));
  }

  /** The kinds of edges that can matter to what was asked. */
  #kinds(): number {
    // Orders of processes and of time alone contradict nothing.
    if (this.#question.refutable === true) return this.#isAboutUnseenWrites() ? WW : WW | WR | RW;
    const some = (part: string) => [...this.#wanted].some((name) => name.includes(part));
    const orders = (some('-process') ? PROCESS : 0) | (some('-realtime') ? REALTIME : 0);
    return WW | WR | RW | orders;
  }

  #spotted(): Anomaly[] {
    return this.#inference.findings.all().map(({ name, count, transactions, sentence }) => ({
      name,
      count,
      sentence,
      operations: transactions.map((t) => this.#index(t)),
      edges: [],
    }));
  }

  #cycles(): Anomaly[] {
    return this.#search.found.map(({ name, count, cycle }) => {
      const edges = cycle.map((edge) => ({
        from: this.#index(edge.from),
        to: this.#index(edge.to),
        kind: kindNames.get(edge.kind)!,
        because: this.#because(edge),
      }));
      const operations = edges.map(({ from }) => from);
      const circle = [...operations, operations[0]].map((index) => `#${index}`).join(' < ');
      const sentence = `${edges.map(({ because }) => because).join('; ')}; so ${circle}`;
      return { name, count, sentence, operations, edges };
    });
  }

  #because(edge: Edge): string {
    const [a, b] = [edge.from, edge.to].map((t) => `#${this.#index(t)}`);
    if (edge.kind === PROCESS) {
      const { process } = this.#transactions.operations[edge.to]!;
      return `${b} followed ${a} in process ${process}`;
    }
    if (edge.kind === REALTIME) return `${b} began after ${a} had ended`;
    return this.#inference.because(edge);
  }

  #index(t: number): number {
    return this.#transactions.operations[t]!.index;
  }

  #blank(): Omit<CheckResult, 'verdict' | 'summary'> {
    const { count, keys, status, size, does, value } = this.#transactions;
    let committed = 0;
    let judged = 0;
    for (let t = 0; t < count; t++) if (status[t] === COMMITTED) committed++;
    for (let at = 0; at < size; at++) if (does[at] === READ && value[at] !== UNSEEN) judged++;
    const { edges } = this.#inference.graph;
    return {
      checker: this.#question.checker,
      reasons: [],
      evidence: [],
      key: null,
      atUs: null,
      numbers: {
        transactions: count,
        committed,
        judged,
        microOperations: size,
        keys: keys.length,
        edges,
        steps: this.#search.steps,
      },
    };
  }

  #failure(worst: Anomaly, bad: readonly Anomaly[], models: ModelBounds): CheckResult {
    const cycle = this.#search.found.find(({ name }) => name === worst.name)?.cycle ?? [];
    const shown = cycle
      .filter(({ kind }) => kind !== PROCESS && kind !== REALTIME)
      .flatMap((edge) => this.#inference.shownBy(edge))
      .map((t) => this.#index(t));
    const evidence = [...new Set([...worst.operations, ...shown])].sort((a, b) => a - b);
    const ends = this.#transactions.operations
      .filter(({ index }) => evidence.includes(index))
      .map(({ endedAtUs }) => endedAtUs)
      .filter((atUs) => atUs !== Infinity);
    const { anomalies = [] } = this.#question;
    const not = anomalies.length > 0 ? 'Found what was looked for' : `Not ${this.#model()}`;
    return {
      ...this.#blank(),
      verdict: 'fail',
      summary: `${not}: ${title(worst)}: ${worst.sentence}.`,
      reasons: [
        ...worst.edges.map(
          ({ from, to, kind, because }) => `#${from} < #${to} (${kind}): ${because}.`,
        ),
        ...(this.#cases.get(worst.name) ?? []),
        ...bad.slice(1).map((anomaly) => `Also ${title(anomaly)}: ${anomaly.sentence}.`),
        ruledOut(models),
      ],
      evidence,
      atUs: ends.length === 0 ? null : ends.reduce((a, b) => (a > b ? a : b)),
      anomalies: bad,
      models,
      next: this.#next([]),
    };
  }

  /** Remarks, and what a stricter question would find. */
  #next(allowed: readonly Anomaly[]): readonly string[] {
    const next = [...this.#inference.remarks];
    const worst = allowed[0];
    if (worst !== undefined) {
      next.push(`Other models forbid what is in it: ${title(worst)}: ${worst.sentence}.`);
    }
    if (this.#question.anomalies === undefined || this.#question.anomalies.length === 0) {
      const model = this.#model();
      if (partlyChecked.includes(model))
        next.push(`Of what ${model} forbids, a part is looked for.`);
    }
    return next;
  }
}

/** `G-single-item (read skew), the worst of 3`. */
function title({ name, count, edges }: Anomaly): string {
  const plain = name.replace(/-(process|realtime)$/, '');
  const nickname = isWriteSkew(edges) ? 'write skew' : nicknames.get(plain);
  const order = orders.get(name.slice(plain.length)) ?? '';
  const called = nickname === undefined ? name : `${name} (${nickname}${order})`;
  return count === 1 ? called : `${called}, one of ${formatCount(count)}`;
}

/** Two transactions, each of which read what the other then wrote. */
function isWriteSkew(edges: Anomaly['edges']): boolean {
  return edges.length === 2 && edges.every(({ kind }) => kind === 'rw');
}

/** More models than these are counted. */
const FEW_MODELS = 5;

function ruledOut({ ruledOut: not, alsoRuledOut: also, mayHold }: ModelBounds): string {
  const few = also.length <= FEW_MODELS ? also.join(', ') : `${also.length} stronger models`;
  const stronger = also.length === 0 ? '' : `, and with it ${few}`;
  const left = mayHold.length === 0 ? 'No model is left.' : `May hold: ${mayHold.join(', ')}.`;
  return not.length === 0 ? left : `Ruled out: ${not.join(', ')}${stronger}. ${left}`;
}
