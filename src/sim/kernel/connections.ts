/**
 * Connections between nodes: how they open, break, and tell both ends.
 *
 * A connection belongs to the two links between two nodes and is opened by the first message that
 * either sends. Opening takes the round trips of its handshake, whose packets are lost and delayed
 * like any other; messages wait for it meanwhile. What becomes of a message on it is decided try by
 * try (`tries.ts`). What breaks a connection takes along what is under way; the next message opens
 * it again. Ends that listen (`Node.connected`, `Node.disconnected`) hear in events of their own.
 *
 * Draws come from streams of the connection's own: a handshake shifts no draw of a message.
 */
import { assert } from '../assert.ts';
import { CONNECTION_DEFAULTS } from '../link.ts';
import type { Disconnection } from '../node.ts';
import { msToUs } from '../units.ts';
import { type Carriage, Connection, type Sent } from './connection.ts';
import type { Link } from './link.ts';
import { LOST } from './link-fate.ts';
import { News } from './news.ts';
import { BY_DOWN, BY_RESET } from './rows.ts';
import { newTally, type Tally } from './tally.ts';
import { type Owner, RETRANSMITS_MAX, Tries } from './tries.ts';

/**
 * The first packets of a handshake are sent again after 1 s, before a round trip has been measured
 * (RFC 6298 2.1), later ones as messages are; each time after twice that.
 */
const FIRST_TIMEOUT_US = 1_000_000;
const TIMEOUT_US = 200_000;

export class Connections implements Owner {
  readonly tries: Tries;
  private readonly world: Carriage;
  private readonly byNode = new Map<number, Connection[]>();
  private readonly news: News;
  private readonly nobody = newTally();

  constructor(world: Carriage) {
    this.world = world;
    this.news = new News(world);
    this.tries = new Tries(world, this);
    world.network.watcher = this;
  }

  /** What has come due, or has waited until its node was free. */
  due(slot: number): void {
    this.news.due(slot);
  }

  // Messages.

  /** Sends a message over a connection, which it opens if need be. */
  send(sent: Sent, special: Link): void {
    const connection = this.of(special, sent.from, sent.to);
    if (connection.unaware === sent.from) return this.lose(sent);
    if (connection.unaware !== -1) this.replace(connection, sent);
    if (connection.state === 'closed') {
      if (special.isCut && this.failsAtOnce(connection, sent, special)) return;
      this.open(connection, sent.from);
    }
    if (connection.state === 'opening') connection.waiting.push(sent);
    else this.pass(connection, sent, special);
  }

  /**
   * An end that knows that a connection is over needs another: the old one ends for both, with all
   * that is under way on it.
   */
  private replace(connection: Connection, { from, id }: Sent): void {
    const { unaware, over } = connection;
    this.cutShort(connection, unaware, over, id - 1);
    assert(connection.state === 'closed', `${from} opens a connection again`);
  }

  private pass(connection: Connection, sent: Sent, special: Link): void {
    if (sent.from === connection.acceptor) connection.usedAtUs = this.world.now;
    this.tries.send(sent, special);
  }

  /** A message is on its way to the other end: the first that comes tells it of the connection. */
  leaves(special: Link, { from, to, id }: Sent, delayUs: number): void {
    const connection = this.of(special, from, to);
    if (connection.accepted || to !== connection.acceptor) return;
    this.schedule(to, delayUs, () => {
      if (connection.accepted || to !== connection.acceptor) return;
      if (special.isCut || !special.carries(id)) return;
      connection.accepted = true;
      this.news.hearConnectedNow(to, from);
    });
  }

  /** A message arrives at the other end. */
  arrives(special: Link, from: number, to: number): void {
    const connection = this.of(special, from, to);
    if (to === connection.acceptor) connection.usedAtUs = this.world.now;
  }

  /** The seventh try of a message is lost: its sender gives the connection up. */
  giveUp(special: Link, from: number, to: number, tally: Tally): void {
    this.break(this.of(special, from, to), 'timeout', tally);
  }

  /** Nothing that was sent one way is missing any more: news that waited behind it comes next. */
  caughtUp(special: Link, from: number, to: number): void {
    const connection = this.of(special, from, to);
    if (connection.unaware === to && connection.newsWaits) {
      connection.newsWaits = false;
      this.later(connection, to, 0, () => this.close(connection, to, connection.over));
    }
  }

  /** A message found no node at the other end. */
  refused(special: Link, from: number, to: number): void {
    const connection = this.of(special, from, to);
    if (connection.state !== 'open' || connection.unaware === from) return;
    this.tellOther(connection, to, 'refused');
  }

  private lose(sent: Sent, why: number = BY_RESET, by: Tally | null = null): void {
    const { from, to, id, type, message } = sent;
    this.world.recorder.drop(from, to, id, type, why, message, by);
  }

  // Opening.

  private of(special: Link, from: number, to: number): Connection {
    special.connection ??= this.connect(special, from, to);
    return special.connection;
  }

  /** One connection for both directions. */
  private connect(special: Link, from: number, to: number): Connection {
    const { network, streams } = this.world;
    const back = network.specialOf(to, from);
    if (back?.connection != null) return back.connection;
    const stream = streams.get(`connection/${special.name}`);
    const connection = new Connection(
      [from, to],
      special.connectionSpec ?? CONNECTION_DEFAULTS,
      stream,
    );
    for (const end of connection.ends) {
      const known = this.byNode.get(end);
      if (known === undefined) this.byNode.set(end, [connection]);
      else known.push(connection);
    }
    return connection;
  }

  /** What opens without a handshake, and breaks at every cut, cannot be opened in one. */
  private failsAtOnce({ spec }: Connection, sent: Sent, special: Link): boolean {
    if (special.outlastsCuts || spec.tcp + spec.tls > 0) return false;
    this.lose(sent, special.refusal(sent.id), special.blamed);
    this.tellDisconnected(sent.from, sent.to, 'timeout');
    return true;
  }

  private open(connection: Connection, opener: number): void {
    const { tcp, tls } = connection.spec;
    connection.epoch++;
    connection.opener = opener;
    connection.acceptor = connection.other(opener);
    connection.unaware = -1;
    connection.newsWaits = false;
    connection.accepted = false;
    connection.state = 'opening';
    if (tcp + tls === 0) this.opened(connection);
    else this.sendPacket(connection, 0, 0);
  }

  private opened(connection: Connection): void {
    assert(connection.state === 'opening', 'only a connection that opens is opened');
    const { now } = this.world;
    connection.state = 'open';
    connection.usedAtUs = now;
    this.tellConnected(connection, connection.opener);
    this.watchIdle(connection);
    this.watchAge(connection);
    const { waiting } = connection;
    connection.waiting = [];
    for (const sent of waiting) this.pass(connection, sent, this.world.network.special(sent.link));
  }

  /** Sends packet `leg` of the handshake, counted from 0: even ones go from the opener. */
  private sendPacket(connection: Connection, leg: number, tries: number): void {
    const from = leg % 2 === 0 ? connection.opener : connection.acceptor;
    const to = connection.other(from);
    const delayUs = this.packetUs(connection, from, to);
    const sentAtUs = this.world.now;
    if (delayUs === LOST) this.sendAgain(connection, leg, tries, sentAtUs);
    else
      this.later(connection, to, delayUs, () => {
        if (this.linkOf(from, to).isCut) this.sendAgain(connection, leg, tries, sentAtUs);
        else this.packetArrives(connection, leg, tries, to, sentAtUs);
      });
  }

  /** A packet was lost: its sender tries again, up to seven times in all. */
  private sendAgain(connection: Connection, leg: number, tries: number, sentAtUs: number): void {
    const { now } = this.world;
    const from = leg % 2 === 0 ? connection.opener : connection.acceptor;
    const timeoutUs = (leg < 2 ? FIRST_TIMEOUT_US : TIMEOUT_US) * (1 << tries);
    const leftUs = Math.max(0, sentAtUs + timeoutUs - now);
    if (tries >= RETRANSMITS_MAX) {
      this.later(connection, from, leftUs, () => this.fail(connection, 'timeout'));
    } else this.later(connection, from, leftUs, () => this.sendPacket(connection, leg, tries + 1));
  }

  private packetArrives(
    connection: Connection,
    leg: number,
    tries: number,
    at: number,
    sentAtUs: number,
  ): void {
    const legs = 2 * (connection.spec.tcp + connection.spec.tls);
    if (at === connection.acceptor && this.world.hosts[at]!.node === null) {
      return this.refuse(connection, leg, tries, sentAtUs);
    }
    if (leg === legs - 1) return this.opened(connection);
    if (leg === legs - 2) {
      connection.accepted = true;
      this.tellConnected(connection, at);
    }
    this.sendPacket(connection, leg + 1, 0);
  }

  /** Nobody is there: the opener hears, or finds out by its next packet if that is lost. */
  private refuse(connection: Connection, leg: number, tries: number, sentAtUs: number): void {
    const { acceptor, opener } = connection;
    const backUs = this.packetUs(connection, acceptor, opener);
    if (backUs === LOST) return this.sendAgain(connection, leg, tries, sentAtUs);
    this.later(connection, opener, backUs, () => {
      if (this.linkOf(acceptor, opener).isCut) this.sendAgain(connection, leg, tries, sentAtUs);
      else this.fail(connection, 'refused');
    });
  }

  /** How long a packet takes, or LOST. Draws alike whatever becomes of it. */
  private packetUs(connection: Connection, from: number, to: number): number {
    return this.linkOf(from, to).packetUs(this.world.now, connection.stream);
  }

  private linkOf(from: number, to: number): Link {
    return this.world.network.detailed(from, to);
  }

  /** The handshake came to nothing. */
  private fail(connection: Connection, why: Disconnection): void {
    const { waiting, opener, acceptor, accepted } = connection;
    this.end(connection);
    for (const sent of waiting) this.lose(sent, why === 'refused' ? BY_DOWN : BY_RESET);
    this.tellDisconnected(opener, acceptor, why);
    if (accepted) this.tellDisconnected(acceptor, opener, why);
  }

  // Closing and breaking.

  /** Everything that belongs to it is over; whoever is to blame counts what is lost. */
  private end(connection: Connection, tally: Tally = this.nobody): void {
    const [one, two] = connection.ends;
    connection.state = 'closed';
    connection.epoch++;
    connection.unaware = -1;
    connection.newsWaits = false;
    connection.waiting = [];
    this.tries.end(this.linkOf(one, two), one, two, tally);
    this.tries.end(this.linkOf(two, one), two, one, tally);
  }

  /** It breaks: what is under way either way is lost, and both ends know at once. */
  private break(connection: Connection, why: Disconnection, tally: Tally): void {
    const { state, accepted, opener, acceptor, waiting, unaware } = connection;
    const [one, two] = connection.ends;
    this.world.network.breakBoth(one, two, tally);
    if (state === 'closed') return;
    this.end(connection, tally);
    for (const sent of waiting) {
      tally.messagesDropped++;
      this.lose(sent, BY_RESET, tally);
    }
    if (unaware === -1 || unaware === opener) this.tellDisconnected(opener, acceptor, why);
    if (accepted && (unaware === -1 || unaware === acceptor)) {
      this.tellDisconnected(acceptor, opener, why);
    }
  }

  /** One end is gone or closes: the other hears of it after what that end has sent before. */
  private tellOther(connection: Connection, gone: number, why: Disconnection): void {
    const other = connection.other(gone);
    // What is on its way to the end that is gone finds nobody who knows of it.
    this.world.network.breakLink(other, gone, this.nobody);
    this.tries.end(this.linkOf(other, gone), other, gone, this.nobody);
    connection.unaware = other;
    connection.over = why;
    connection.newsWaits = false;
    connection.epoch++;
    this.sendNews(connection, 0);
  }

  /** Tells the end that does not know, by a packet that is sent again until it gets through. */
  private sendNews(connection: Connection, tries: number): void {
    const { unaware } = connection;
    const gone = connection.other(unaware);
    const link = this.linkOf(gone, unaware);
    const { now } = this.world;
    const packetUs = this.packetUs(connection, gone, unaware);
    if (packetUs === LOST) return this.sendNewsAgain(connection, tries, now);
    const afterUs = Math.max(packetUs, link.lastArrivalUs - now);
    this.later(connection, unaware, afterUs, () => {
      if (link.isCut) this.sendNewsAgain(connection, tries, now);
      else if (link.unfinished?.isEmpty === false) connection.newsWaits = true;
      else this.close(connection, unaware, connection.over);
    });
  }

  /** After seven tries nobody answers at the other end, as far as this one can tell. */
  private sendNewsAgain(connection: Connection, tries: number, sentAtUs: number): void {
    const { unaware } = connection;
    const leftUs = Math.max(0, sentAtUs + TIMEOUT_US * (1 << tries) - this.world.now);
    this.later(connection, unaware, leftUs, () => {
      if (tries < RETRANSMITS_MAX) this.sendNews(connection, tries + 1);
      else this.cutShort(connection, unaware, 'timeout');
    });
  }

  /** The last end that did not know that it is over hears of it, if it knew of the connection. */
  private close(connection: Connection, end: number, why: Disconnection): void {
    const isKnown = end === connection.opener || connection.accepted;
    this.end(connection);
    if (isKnown) this.tellDisconnected(end, connection.other(end), why);
  }

  /** The same before all has come that was sent up to this message: the rest is lost. */
  private cutShort(connection: Connection, end: number, why: Disconnection, upTo?: number): void {
    const [one, two] = connection.ends;
    this.world.network.breakBoth(one, two, this.nobody, upTo);
    this.close(connection, end, why);
  }

  /** A node has died, and its machine closes its connections. */
  crashed(node: number): void {
    for (const connection of this.byNode.get(node) ?? []) {
      if (connection.state === 'open') {
        if (connection.unaware === node) this.endUnheard(connection, node);
        else if (connection.unaware === -1) this.tellOther(connection, node, 'closed');
      } else if (connection.state === 'opening' && connection.opener === node) {
        const { waiting } = connection;
        this.end(connection);
        for (const sent of waiting) this.lose(sent);
      }
    }
  }

  /** The other end was gone already: what that had sent finds nobody who knows of it. */
  private endUnheard(connection: Connection, node: number): void {
    this.world.network.breakLink(connection.other(node), node, this.nobody);
    this.end(connection);
  }

  // What faults do to its links.

  /** A link is cut. */
  cut(link: Link, from: number, to: number, tally: Tally): void {
    const connection = this.of(link, from, to);
    // A handshake sends its packets again until it gives up.
    if (connection.state === 'opening') return;
    const afterUs = msToUs(connection.spec['break-after']);
    if (afterUs === 0) return this.break(connection, 'timeout', tally);
    const { epoch } = connection;
    const since = link.cutNumber;
    this.schedule(from, afterUs, () => {
      const lasts = link.isCut && link.cutNumber === since;
      if (lasts && connection.epoch === epoch) this.break(connection, 'timeout', tally);
    });
  }

  /** A fault breaks it. */
  reset(link: Link, from: number, to: number, tally: Tally): void {
    this.break(this.of(link, from, to), 'reset', tally);
  }

  // Its own limits.

  /** The accepting end closes a connection that nobody uses. */
  private watchIdle(connection: Connection): void {
    const { idle } = connection.spec;
    if (idle === undefined) return;
    const dueUs = connection.usedAtUs + msToUs(idle);
    this.later(connection, connection.acceptor, Math.max(0, dueUs - this.world.now), () => {
      if (connection.usedAtUs + msToUs(idle) > this.world.now) this.watchIdle(connection);
      else this.retire(connection, 'idle');
    });
  }

  private watchAge(connection: Connection): void {
    const age = connection.spec['max-age'];
    if (age === undefined) return;
    this.later(connection, connection.acceptor, msToUs(age), () => this.retire(connection, 'age'));
  }

  private retire(connection: Connection, why: Disconnection): void {
    const { acceptor, opener } = connection;
    if (connection.unaware !== -1) return;
    this.tellDisconnected(acceptor, opener, why);
    this.tellOther(connection, acceptor, why);
  }

  // Telling and waiting.

  private tellConnected(connection: Connection, end: number): void {
    this.news.tellConnected(end, connection.other(end));
  }

  private tellDisconnected(end: number, from: number, why: Disconnection): void {
    this.news.tellDisconnected(end, from, why);
  }

  schedule(end: number, delayUs: number, action: () => void): void {
    this.news.schedule(end, delayUs, action);
  }

  /** Acts at an end, unless the connection has been opened again or is over by then. */
  private later(connection: Connection, end: number, delayUs: number, action: () => void): void {
    const { epoch } = connection;
    this.schedule(end, delayUs, () => {
      if (connection.epoch === epoch) action();
    });
  }
}
