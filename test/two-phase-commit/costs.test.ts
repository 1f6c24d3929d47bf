/**
 * What a transaction costs: messages between nodes, forced writes, and the latency for its client,
 * exactly, by what is presumed (Mohan, Lindsay & Obermarck 1986), for N participants of which k
 * vote no.
 */
import { describe, expect, test } from 'vitest';
import { answers, bankOf, boot, crash, forcedWrites, read } from './bank-cluster.ts';
import { run } from './bank-scenario.ts';

type Presume = 'nothing' | 'abort' | 'commit';

/** Those with which the nodes come to know each other again after a reboot. */
const GREETINGS = ['hello', 'welcome'];

/**
 * The commit of a transaction that N participants have worked for; k of them have lost the work by
 * then, and vote no.
 */
function costOf(presume: Presume, N: number, k: number) {
  const bank = read(
    bankOf(N, { settings: { presume, 'one-phase': false, 'read-only-votes': false } }),
  );
  // The work and its answers.
  bank.deliver();
  for (let i = 1; i <= k; i++) boot(crash(bank, `p${i}`), `p${i}`);
  bank.drop(({ message }) => GREETINGS.includes(message.type));
  bank.deliver(({ message }) => message.type === 'worked');
  let messages = 0;
  while (bank.mail.length > 0) {
    messages += bank.mail.length;
    bank.deliver();
  }
  const [answer] = answers(bank);
  return { answer: answer?.slice(0, 7), messages, forced: forcedWrites(bank) };
}

const sizes = [1, 2, 3, 5, 8];
const commits: readonly (readonly [Presume, (N: number) => [number, number]])[] = [
  ['nothing', (N) => [4 * N, 2 * N + 1]],
  ['abort', (N) => [4 * N, 2 * N + 1]],
  ['commit', (N) => [3 * N, N + 2]],
];
const aborts: readonly (readonly [Presume, (N: number, k: number) => [number, number]])[] = [
  ['nothing', (N, k) => [4 * N - 2 * k, 2 * (N - k) + 1]],
  ['abort', (N, k) => [3 * N - k, N - k]],
  ['commit', (N, k) => [4 * N - 2 * k, 2 * (N - k) + 1]],
];

describe.each(commits)('presume %s', (presume, cost) => {
  test.each(sizes)('%i participants commit', (N) => {
    const [messages, forced] = cost(N);
    expect(costOf(presume, N, 0)).toEqual({ answer: 'read_ok', messages, forced });
  });
});

describe.each(aborts)('presume %s', (presume, cost) => {
  test.each(sizes)('some of %i participants vote no', (N) => {
    for (let k = 1; k < N; k++) {
      const [messages, forced] = cost(N, k);
      expect([k, costOf(presume, N, k)]).toEqual([k, { answer: 'error t', messages, forced }]);
    }
  });
});

const L = 10_000;
const S = 1000;

/** One transfer after the other between two participants: the latencies, each once, in µs. */
function latencies(presume: Presume, group: string): number[] {
  const { history, error } = run(`
name: latency
seed: 3
duration: 3s
nodes:
  bank: { kind: two-phase-commit, participant: 2, accounts: 2, presume: ${presume}, op-time: 0ms, disk: { sync: 1ms }${group} }
network: { latency: 10ms }
clients:
  load: { workload: bank, target: bank, count: 1, think: 200ms, reads: 0%, accounts: 2, max-amount: 1 }
expect: ['operations > 5']
`);
  expect(error).toBeNull();
  const transfers = history.filter(({ f }) => f === 'transfer');
  expect(transfers.length).toBeGreaterThan(5);
  return [...new Set(transfers.map((one) => one.completedAtUs - one.invokedAtUs))];
}

test.each([
  ['nothing', 4 * L + 2 * S, 4 * L + 2 * S],
  ['abort', 4 * L + 2 * S, 4 * L + S],
  ['commit', 4 * L + 3 * S, 4 * L + 2 * S],
] as const)('presume %s: the latency of commits and of aborts', (presume, commit, abort) => {
  expect(latencies(presume, '')).toEqual([commit]);
  // The account that is to pay has nothing.
  expect(latencies(presume, ', balance: 0')).toEqual([abort]);
});

test('read-only votes: nothing is forced, and nothing is sent after the votes', () => {
  const bank = read(bankOf(3));
  bank.deliver().deliver();
  expect(bank.mail.map(({ message }) => message.type)).toEqual(Array(3).fill('prepare'));
  bank.settle();
  expect([answers(bank), forcedWrites(bank)]).toEqual([['read_ok 100 100 100'], 0]);
});

test('transactions in doubt at an instant: arrivals times 2L + S (Little)', () => {
  const { facts, error } = run(
    `
name: little
seed: 1
duration: 10s
nodes:
  bank: { kind: two-phase-commit, participant: 2, accounts: 1000, balance: 1000, op-time: 0ms, disk: { sync: 0.5ms } }
network: { latency: 10ms }
clients:
  load: { workload: bank, target: bank, count: 4, rate: 200/s, reads: 0%, accounts: 1000, max-amount: 1, timeout: 2s }
expect: ['operations > 5']
`,
    {},
  );
  expect(error).toBeNull();
  let area = 0;
  let votes = 0;
  for (const series of facts.measured.series) {
    if (series.name !== 'in-doubt-time') continue;
    for (let i = 0; i < series.length; i++) area += series.values[i] ?? 0;
    votes += series.length;
  }
  // Half of all transfers are between the two, and each of these is prepared at both.
  expect(Math.abs(votes / 10 - 200)).toBeLessThan(4 * Math.sqrt(200 / 10) * Math.sqrt(2));
  // Between the vote and the decision lie two messages and the coordinator's record; one that
  // finds the disk busy waits for the flush under way.
  const meanMs = area / votes;
  expect(meanMs).toBeGreaterThanOrEqual(20.5);
  expect(meanMs).toBeLessThan(20.6);
});
