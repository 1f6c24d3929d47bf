/** Coordinator and participants by hand: what they say, and what a crash makes of it. */
import { describe, expect, test } from 'vitest';
import {
  answers,
  type Bank,
  type BankOptions,
  bankOf,
  boot,
  crash,
  fire,
  forcedWrites,
  nth,
  read,
  to,
  torn,
  transfer,
  typed,
} from '../../../../test/two-phase-commit/bank-cluster.ts';

const sent = (bank: Bank, node: string) => bank.at(node).sent();

describe('one transaction', () => {
  test('the coordinator asks, decides when its record is on disk, and sends the decision', () => {
    const bank = transfer(bankOf(2, { disk: 'by-hand' }), 'k1', 'k2', 30).deliver();
    // Both have voted yes as soon as their own records are on disk.
    expect([sent(bank, 'p1'), sent(bank, 'p2')]).toEqual(['', '']);
    for (const node of ['p1', 'p2']) bank.at(node).flush();
    bank.collect().deliver();
    expect(answers(bank)).toEqual([]);
    bank.at('c').flush();
    bank.collect();
    expect(answers(bank)).toEqual(['transfer_ok']);
    expect(sent(bank, 'c')).toMatchInlineSnapshot(`
      "c→p1 prepare txn=1000000001 oldest=1000000001 participants=["p1","p2"] operations=[{"account":"k1","add":-30}]
      c→p2 prepare txn=1000000001 oldest=1000000001 participants=["p1","p2"] operations=[{"account":"k2","add":30}]
      c→client transfer_ok inReplyTo=1
      c→p1 commit txn=1000000001 oldest=1000000001 acknowledge=true
      c→p2 commit txn=1000000001 oldest=1000000001 acknowledge=true"
    `);
    bank.deliver();
    for (const node of ['p1', 'p2']) bank.at(node).flush();
    bank.collect();
    expect(bank.at('p1').transcript()).toMatchInlineSnapshot(`
      "c⇒p1 prepare txn=1000000001 oldest=1000000001 participants=["p1","p2"] operations=[{"account":"k1","add":-30}]
      p1 flush
      p1 timer forced 1
      p1 prepared txn=1000000001
      p1→c vote txn=1000000001 vote=yes reason=null
      c⇒p1 commit txn=1000000001 oldest=1000000001 acknowledge=true
      p1 flush
      p1 timer forced 2
      p1→c ack txn=1000000001"
    `);
  });

  test('one no is enough, and who said it hears nothing more', () => {
    const bank = transfer(bankOf(2), 'k1', 'k2', 101).settle();
    expect(answers(bank)).toEqual(['error precondition-failed']);
    expect(sent(bank, 'c')).toMatchInlineSnapshot(`
      "c→p1 prepare txn=1000000001 oldest=1000000001 participants=["p1","p2"] operations=[{"account":"k1","add":-101}]
      c→p2 prepare txn=1000000001 oldest=1000000001 participants=["p1","p2"] operations=[{"account":"k2","add":101}]
      c→client error inReplyTo=1 code=precondition-failed
      c→p2 abort txn=1000000001 oldest=1000000001 acknowledge=false"
    `);
    expect(answers(read(bank).settle())).toEqual(['read_ok 100 100']);
  });

  test('a silent participant is a no, and hears of it', () => {
    const bank = transfer(bankOf(2), 'k1', 'k2', 1);
    const late = bank.mail.filter(to('p2'));
    bank.drop(to('p2')).settle();
    fire(bank, 'c', 'votes').settle();
    expect(answers(bank)).toEqual(['error abort']);
    // The question comes late: it must not begin what has ended.
    for (const each of late) bank.hand(each);
    expect(sent(bank, 'p2')).toBe(`p2→c vote txn=${nth(1)} vote=no reason=abort`);
    expect(bank.at('p2').inspect()).toMatchObject({ inDoubt: 0, aborted: [nth(1)] });
    expect(torn(bank.settle())).toBe(null);
  });

  test('the only participant decides alone, and says so again when it is asked again', () => {
    const bank = transfer(bankOf(1, { settings: { accounts: 2 } }), 'k1', 'k2', 30).deliver();
    expect(sent(bank, 'p1')).toMatchInlineSnapshot(
      `"p1→c done txn=1000000001 committed=true reason=null values={}"`,
    );
    bank.drop();
    fire(bank, 'c', 'resend').settle();
    expect(answers(bank)).toEqual(['transfer_ok']);
    expect(answers(read(bank).settle())).toEqual(['read_ok 70 130']);
    // It has committed, and crashed before anybody heard of it.
    transfer(bank, 'k1', 'k2', 30).deliver().drop();
    crash(bank, 'p1');
    boot(bank, 'p1').settle();
    fire(bank, 'c', 'resend', nth(3)).settle();
    expect(answers(bank)).toEqual(['transfer_ok']);
    expect(answers(read(bank).settle())).toEqual(['read_ok 40 160']);
  });

  test('reads keep their locks until all have them: no transfer is seen by half', () => {
    const bank = read(bankOf(2));
    bank.deliver(to('p1'));
    // The transfer overtakes the read at p2, and waits for it at p1.
    transfer(bank, 'k1', 'k2', 10).deliver(typed('prepare'));
    bank.settle();
    // They wait for each other: a deadlock, which the first who loses patience ends.
    expect(answers(bank)).toEqual([]);
    fire(bank, 'p1', 'lock', nth(2)).settle();
    expect(answers(bank)).toEqual(['error txn-conflict', 'read_ok 100 100']);
  });

  test('a participant that voted read-only is out', () => {
    const bank = read(bankOf(2)).settle();
    expect(answers(bank)).toEqual(['read_ok 100 100']);
    expect(sent(bank, 'p2')).toMatchInlineSnapshot(`
      "p2→c worked txn=1000000001 values={"k2":100}
      p2→c vote txn=1000000001 vote=read-only reason=null"
    `);
    expect(forcedWrites(bank)).toBe(0);
  });

  test('a participant that has worked and is not asked for its vote lets go', () => {
    const bank = crash(read(bankOf(2)).deliver().drop(), 'c');
    for (const p of ['p1', 'p2']) fire(bank, p, 'idle');
    for (const p of ['p1', 'p2']) expect(bank.at(p).inspect()['aborted']).toEqual([nth(1)]);
    boot(bank, 'c').drop();
    expect(answers(transfer(bank, 'k1', 'k2', 30).settle())).toEqual(['transfer_ok']);
  });

  test('a copy of the question is answered like the first: one of two votes may be lost', () => {
    const bank = transfer(bankOf(2), 'k1', 'k2', 30);
    const copies = bank.mail.filter(to('p1'));
    bank.deliver().drop(({ from }) => from === 'p1');
    for (const each of copies) bank.hand(each);
    bank.settle();
    expect(answers(bank)).toEqual(['transfer_ok']);
  });

  test('a participant that has lost its work votes no', () => {
    const bank = read(bankOf(2)).deliver();
    crash(bank, 'p2');
    boot(bank, 'p2').settle();
    expect(answers(bank)).toEqual(['error temporarily-unavailable']);
    expect(answers(read(bank).settle())).toEqual(['read_ok 100 100']);
  });
});

describe('in doubt', () => {
  /** p1 and p2 have voted yes, and the votes are lost with the coordinator. */
  function doubtful(options: BankOptions = {}): Bank {
    const bank = transfer(bankOf(2, options), 'k1', 'k2', 30).deliver().drop();
    return crash(bank, 'c');
  }

  test('nobody may go back after a yes: what it holds is blocked until the coordinator is back', () => {
    const bank = doubtful();
    for (let i = 0; i < 9; i++) for (const p of ['p1', 'p2']) fire(bank, p, 'ask').drop();
    boot(bank, 'c');
    // A new transaction needs the account: whoever waits for it hears that it is in doubt.
    transfer(bank, 'k1', 'k2', 5).deliver();
    const second = 2 * (nth(1) - 1) + 1;
    fire(bank, 'p1', 'lock', second).settle(typed('vote'));
    fire(bank, 'p2', 'lock', second).settle(typed('vote'));
    expect(answers(bank)).toEqual(['error temporarily-unavailable']);
    // It has never heard of the first one, so it was not committed.
    fire(bank, 'p1', 'ask').settle();
    fire(bank, 'p2', 'ask').settle();
    expect(answers(read(bank).settle())).toEqual(['read_ok 100 100']);
  });

  test('a participant re-takes its locks when it boots, before it serves anybody, and asks', () => {
    const bank = transfer(bankOf(2), 'k1', 'k2', 30).deliver().deliver();
    expect(answers(bank)).toEqual(['transfer_ok']);
    // Decided, and p2 does not hear it.
    bank.drop(to('p2')).settle();
    crash(bank, 'p2');
    bank.at('p2').forget();
    boot(bank, 'p2');
    expect(bank.at('p2').transcript()).toMatchInlineSnapshot(`
      "p2 boot
      p2 in doubt txn=1000000001
      p2→c inquire txn=1000000001
      p2 recovered in-doubt=1 undecided=0
      p2→c hello life=2"
    `);
    bank.settle();
    expect(answers(read(bank).settle())).toEqual(['read_ok 70 130']);
  });

  test('a decision is sent until it is acknowledged, by the next life of the coordinator too', () => {
    const bank = transfer(bankOf(2), 'k1', 'k2', 30).deliver().deliver().drop();
    crash(bank, 'c');
    boot(bank, 'c').drop(to('p1')).settle();
    expect(bank.at('p1').inspect()['inDoubt']).toBe(1);
    bank.at('c').forget();
    fire(bank, 'c', 'resend').settle();
    expect(sent(bank, 'c')).toBe('c→p1 commit txn=1000000001 oldest=1000000001 acknowledge=true');
    expect([bank.at('p1').inspect()['inDoubt'], bank.at('c').inspect()['open']]).toEqual([0, 0]);
  });

  test('cooperative termination: a peer that has not voted aborts, one that knows answers', () => {
    const peers: BankOptions = { settings: { 'in-doubt': 'ask-peers' } };
    // p2 never got the question.
    const bank = transfer(bankOf(2, peers), 'k1', 'k2', 30).drop(to('p2')).deliver().drop();
    crash(bank, 'c');
    fire(bank, 'p1', 'ask').settle();
    expect(bank.at('p1').inspect()).toMatchObject({ inDoubt: 0, aborted: [nth(1)] });
    // p2 has heard the decision.
    const other = transfer(bankOf(2, peers), 'k1', 'k2', 30).deliver().deliver();
    other.drop(to('p1')).settle();
    crash(other, 'c');
    fire(other, 'p1', 'ask').settle();
    expect(other.at('p1').inspect()).toMatchObject({ inDoubt: 0, committed: [nth(1)] });
  });

  test('cooperative termination: if all are prepared, all are blocked', () => {
    const bank = doubtful({ settings: { 'in-doubt': 'ask-peers' } });
    fire(bank, 'p1', 'ask').settle();
    fire(bank, 'p2', 'ask').settle();
    expect([bank.at('p1').inspect()['inDoubt'], bank.at('p2').inspect()['inDoubt']]).toEqual([
      1, 1,
    ]);
  });

  test('a peer that gave up for others does not begin when the question comes at last', () => {
    const bank = transfer(bankOf(2, { settings: { 'in-doubt': 'ask-peers' } }), 'k1', 'k2', 30);
    bank.deliver(to('p1'));
    fire(bank, 'p1', 'ask').settle(({ message }) => message.type !== 'prepare');
    expect(bank.at('p1').inspect()['aborted']).toEqual([nth(1)]);
    bank.settle();
    expect(answers(bank)).toEqual(['error abort']);
    expect(torn(bank)).toBe(null);
  });

  test('heuristic: who loses patience decides alone, and the damage shows when the decision comes', () => {
    const bank = transfer(bankOf(2, { settings: { heuristic: 'abort' } }), 'k1', 'k2', 30);
    bank.deliver().deliver().drop(to('p1')).settle();
    fire(bank, 'p1', 'heuristic').settle();
    expect(answers(bank)).toEqual(['transfer_ok']);
    bank.at('p1').forget();
    fire(bank, 'c', 'resend').settle();
    expect(bank.at('p1').transcript()).toContain('heuristic damage');
    expect(answers(read(bank).settle())).toEqual(['read_ok 100 130']);
  });

  test('presumed commit: names are on disk before anybody prepares, and a crash aborts', () => {
    const settings = { presume: 'commit' } as const;
    const bank = transfer(bankOf(2, { settings, disk: 'by-hand' }), 'k1', 'k2', 30);
    expect(sent(bank, 'c')).toBe('');
    bank.at('c').flush();
    bank.collect().deliver();
    for (const p of ['p1', 'p2']) bank.at(p).flush();
    bank.collect().drop();
    crash(bank, 'c').at('c').forget();
    boot(bank, 'c');
    expect(sent(bank, 'c').split('\n')).toEqual([
      'c→p1 abort txn=1000000001 oldest=1000000001 acknowledge=true',
      'c→p2 abort txn=1000000001 oldest=1000000001 acknowledge=true',
    ]);
    expect(bank.at('c').transcript()).toContain('decided txn=1000000001 commit=false');
  });

  test('presumed commit: if all have voted no, there is nothing to do after a crash', () => {
    const settings = { presume: 'commit', 'read-only-votes': false } as const;
    const bank = read(bankOf(2, { settings })).deliver();
    for (const p of ['p1', 'p2']) boot(crash(bank, p), p);
    expect(answers(bank.settle())).toEqual(['error temporarily-unavailable']);
    // The end goes to the disk with the next forced record.
    transfer(bank, 'k1', 'k2', 30).settle();
    bank.at('c').forget();
    boot(crash(bank, 'c'), 'c');
    expect([sent(bank, 'c'), bank.at('c').inspect()['open']]).toEqual(['', 0]);
  });

  test('presumed commit: a copy of the question after all is over does not commit again', () => {
    const bank = transfer(bankOf(2, { settings: { presume: 'commit' } }), 'k1', 'k2', 30);
    const copies = [...bank.mail];
    bank.settle();
    for (const p of ['p1', 'p2']) {
      for (const each of copies) bank.hand(each);
      crash(bank, p);
      boot(bank, p);
      // Before and after the coordinator has said which ones are new.
      for (const each of copies) bank.hand(each);
      bank.settle();
      for (const each of copies) bank.hand(each);
    }
    bank.settle();
    for (const p of ['p1', 'p2']) expect(bank.at(p).inspect()['inDoubt']).toBe(0);
    answers(bank);
    expect(answers(read(bank).settle())).toEqual(['read_ok 70 130']);
  });

  test('an abort that overtakes the record of being prepared leaves nobody in doubt', () => {
    const settings = { presume: 'commit' } as const;
    const bank = transfer(bankOf(2, { settings, disk: 'by-hand' }), 'k1', 'k2', 30);
    bank.at('c').flush();
    bank.collect().deliver();
    // Both disks are slow: the coordinator loses patience before they have written.
    fire(bank, 'c', 'votes').deliver();
    expect(answers(bank)).toEqual(['error abort']);
    bank.at('p1').flush(1);
    // It acknowledges when the abort is on disk: after that, nobody would know of it any more.
    expect(bank.collect().mail.filter(typed('ack', 'vote'))).toEqual([]);
    for (const p of ['p1', 'p2']) bank.at(p).flush();
    bank.collect().settle();
    expect(bank.at('c').inspect()['open']).toBe(0);
    boot(crash(bank, 'p1'), 'p1').settle();
    expect(bank.at('p1').inspect()).toMatchObject({ inDoubt: 0, aborted: [nth(1)] });
  });

  test('a welcome to an earlier life opens nothing', () => {
    const bank = bankOf(2);
    boot(crash(bank, 'p1'), 'p1').deliver();
    const late = bank.mail.filter(typed('welcome'));
    expect(late).toHaveLength(1);
    bank.drop();
    transfer(bank, 'k1', 'k2', 30).drop(to('p1')).settle();
    boot(crash(bank, 'p1'), 'p1').drop();
    for (const each of late) bank.hand(each);
    bank.at('p1').forget();
    transfer(bank, 'k1', 'k2', 30).settle();
    expect(sent(bank, 'p1')).toContain('vote=no reason=temporarily-unavailable');
    bank.at('p1').advance(1000);
    bank.collect().settle();
    answers(bank);
    transfer(bank, 'k1', 'k2', 30).drop(to('p2'));
    expect(answers(bank.settle())).toEqual([]);
    expect(bank.at('p1').inspect()['inDoubt']).toBe(1);
  });

  test('presumed commit: what was aborted and forgotten is not begun again after a reboot', () => {
    const bank = bankOf(4, { settings: { presume: 'commit' } });
    // An older one is open all the time: it could still be about something that was open then.
    transfer(bank, 'k3', 'k4', 1).drop(to('p4')).settle();
    transfer(bank, 'k1', 'k2', 120);
    const copies = bank.mail.filter(to('p1'));
    bank.settle();
    // By now p1 could pay, and the coordinator has forgotten that it could not.
    transfer(bank, 'k2', 'k1', 50).settle();
    expect(answers(bank)).toEqual(['error precondition-failed', 'transfer_ok']);
    boot(crash(bank, 'p1'), 'p1').settle();
    for (const each of copies) bank.hand(each);
    bank.settle();
    expect(bank.at('p1').inspect()['inDoubt']).toBe(0);
    fire(bank, 'c', 'votes', nth(1)).settle();
    answers(bank);
    expect(answers(read(bank).settle())).toEqual(['read_ok 150 50 100 100']);
  });

  test('presumed commit: who has committed has nothing to do after a crash', () => {
    const bank = transfer(bankOf(2, { settings: { presume: 'commit' } }), 'k1', 'k2', 30).settle();
    bank.at('c').forget();
    boot(crash(bank, 'c'), 'c');
    expect([sent(bank, 'c'), bank.at('c').inspect()['open']]).toEqual(['', 0]);
  });

  test('heuristic: what was decided alone is no answer for a peer, and is kept for a late decision', () => {
    const settings = { heuristic: 'commit', 'in-doubt': 'ask-peers' } as const;
    const bank = transfer(bankOf(3, { settings }), 'k1', 'k2', 30).deliver();
    // p2's vote is lost: the coordinator will abort.
    bank.drop(({ from }) => from === 'p2').settle();
    fire(bank, 'p1', 'heuristic');
    fire(bank, 'p2', 'ask').settle(to('p1'));
    expect(bank.settle().at('p2').inspect()).toMatchObject({ inDoubt: 1, committed: [] });
    fire(bank, 'c', 'votes');
    const late = bank.mail.filter(to('p1'));
    bank.drop(to('p1')).settle();
    // The coordinator has ended it, and p1 hears of that by another transaction.
    transfer(bank, 'k1', 'k3', 1).settle();
    bank.at('p1').forget();
    for (const each of late) bank.hand(each);
    expect(bank.at('p1').transcript()).toContain('heuristic damage');
  });

  test('doubled votes, decisions and acknowledgements are harmless', () => {
    const bank = transfer(bankOf(2), 'k1', 'k2', 30);
    for (let round = 0; round < 8; round++) {
      const copies = [...bank.mail];
      bank.deliver();
      for (const each of copies) bank.hand(each);
    }
    bank.settle();
    expect(answers(bank)).toEqual(['transfer_ok']);
    expect(answers(read(bank).settle())).toEqual(['read_ok 70 130']);
  });
});

test('a checkpoint replaces the records, and what it keeps comes back', () => {
  const bank = bankOf(2, { settings: { presume: 'nothing' } });
  for (let i = 0; i < 400; i++) transfer(bank, 'k1', 'k2', i % 2 === 0 ? 7 : 0).settle();
  // The last one is in doubt at p2 when it crashes.
  expect(answers(bank)).toContain('error precondition-failed');
  transfer(bank, 'k2', 'k1', 50).deliver().deliver().drop(to('p2')).settle();
  const records = (node: string) => {
    const { start, end } = bank.at(node).storage.log('transactions');
    return [start > 0, end - start < 300];
  };
  expect(['c', 'p1', 'p2'].map(records)).toEqual([
    [true, true],
    [true, true],
    [true, true],
  ]);
  for (const node of ['c', 'p1', 'p2']) crash(bank, node);
  for (const node of ['c', 'p1', 'p2']) boot(bank, node);
  bank.settle();
  answers(bank);
  expect(answers(read(bank).settle())).toEqual(['read_ok 52 148']);
});

test('a checkpoint keeps what a participant has decided alone in one phase', () => {
  const bank = bankOf(1, { settings: { accounts: 2 } });
  const log = bank.at('p1').storage.log('transactions');
  for (let i = 0; log.start === 0 && i < 999; i++) {
    bank.settle();
    answers(bank);
    transfer(bank, 'k1', 'k2', 0).deliver();
  }
  // The last one is in the checkpoint, and its outcome is lost on the way.
  const last = Number(bank.at('p1').inspect()['latest']);
  crash(bank.drop(), 'p1');
  boot(bank, 'p1').settle();
  fire(bank, 'c', 'resend', last).settle();
  expect([log.start > 0, answers(bank)]).toEqual([true, ['transfer_ok']]);
});

test('presumed commit: a checkpoint keeps who may be in doubt, and a crash aborts', () => {
  const bank = bankOf(3, { settings: { presume: 'commit' } });
  // p2 never votes: nothing is decided, and p3 is in doubt.
  transfer(bank, 'k3', 'k2', 1).drop(to('p2')).settle();
  const log = bank.at('c').storage.log('transactions');
  for (let i = 0; log.start === 0 && i < 999; i++) transfer(bank, 'k1', 'k2', 0).settle();
  expect(log.start > 0).toBe(true);
  bank.at('c').forget();
  boot(crash(bank, 'c'), 'c');
  expect(sent(bank, 'c')).toContain(`c→p3 abort txn=${nth(1)} `);
});
