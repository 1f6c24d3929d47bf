/**
 * Connections between nodes: how they open, break, and tell both ends.
 *
 * A connection belongs to the two links between two nodes and is opened by the first message that
 * either sends. Opening takes the round trips of its handshake, whose packets are lost and delayed
 * like any other; messages wait for it meanwhile. What breaks a connection takes along what is
 * under way; the next message opens it anew. Ends that listen (`Node.connected`,
 * `Node.disconnected`) come as events of their own.
 *
 * Draws come from streams of the connection's own: a handshake shifts no draw of a message.
 */
import { assert } from '../assert.ts';
import { CONNECTION_DEFAULTS } from '../link.ts';
import type { Disconnection } from '../node.ts';
import { CONNECTED_NOTE, DISCONNECTED_NOTE } from '../notes.ts';
import { msToUs } from '../units.ts';
import { type Carriage, Connection, type Sent } from './connection.ts';
import { CONNECTION } from './event-kinds.ts';
import type { Host } from './host.ts';
import type { Link } from './link.ts';
import { LOST, RETRANSMITS_MAX, retransmitUs } from './link-fate.ts';
import { BY_DOWN, BY_RESET } from './rows.ts';
import { newTally, type Tally } from './tally.ts';

/**
 * The first packets of a handshake are sent again after 1 s, before a round trip has been measured
 * (RFC 6298 2.1), later ones as messages are; each time after twice that.
 */
const FIRST_TIMEOUT_US = 1_000_000;
const TIMEOUT_US = 200_000;

export class Connections {
  private readonly world: Carriage;
  private readonly byNode = new Map<number, Connection[]>();
  /** Actions that are due at a time, by slot. */
  private readonly actions: (() => void)[] = [];
  private readonly free: number[] = [];
  private readonly nobody = newTally();

  constructor(world: Carriage) {
    this.world = world;
    world.network.watcher = this;
  }

  // Messages.

  /** Sends a message over a connection, which it opens if need be. */
  send(sent: Sent, special: Link): void {
    const connection = this.of(special, sent.from, sent.to);
    if (connection.unaware === sent.from) return this.lose(sent);
    if (connection.unaware !== -1) this.replace(connection, sent.from);
    if (connection.state === 'closed') this.open(connection, sent.from);
    if (connection.state === 'opening') connection.waiting.push(sent);
    else this.pass(connection, sent, special);
  }

  /** An end that knows that a connection is over needs another: the old one ends for both. */
  private replace(connection: Connection, knows: number): void {
    const { unaware, over } = connection;
    this.close(connection, unaware, over);
    assert(connection.state === 'closed', `${knows} opens a connection anew`);
  }

  private pass(connection: Connection, sent: Sent, special: Link): void {
    if (connection.doomed === sent.from) return this.lose(sent);
    if (special.isCut && connection.spec['break-after'] > 0)
      return this.stall(connection, sent, special);
    if (sent.from === connection.acceptor) connection.usedAtUs = this.world.now;
    this.world.sending.transmit(sent, special);
  }

  /** A message is on its way to the other end: the first one tells it of the connection. */
  leaves(special: Link, from: number, to: number, delayUs: number): void {
    const connection = this.of(special, from, to);
    if (connection.accepted || to !== connection.acceptor) return;
    connection.accepted = true;
    this.tellConnected(connection, to, delayUs);
  }

  /** A message arrives at the other end. */
  arrives(special: Link, from: number, to: number): void {
    const connection = this.of(special, from, to);
    if (to === connection.acceptor) connection.usedAtUs = this.world.now;
  }

  /** Keeps a message that meets a cut, if its connection outlasts it; true if it does. */
  keeps(special: Link, sent: Sent): boolean {
    assert(special.isCut, 'only a cut stops a message');
    const connection = this.of(special, sent.from, sent.to);
    if (connection.spec['break-after'] <= 0 || !special.carries(sent.id)) return false;
    const latencyUs = special.latency.sampleUs(connection.stream);
    this.stall(connection, { ...sent, latencyUs }, special);
    return true;
  }

  private stall(connection: Connection, sent: Sent, special: Link): void {
    special.countStall();
    connection.stalled.push({ ...sent, sinceUs: this.world.now });
  }

  /**
   * A message is lost for the seventh time: its sender gives the connection up when it finds out.
   */
  doom(special: Link, sent: Sent, tally: Tally): void {
    const connection = this.of(special, sent.from, sent.to);
    connection.doomed = sent.from;
    this.later(connection, sent.from, retransmitUs(RETRANSMITS_MAX + 1), () =>
      this.break(connection, 'timeout', tally),
    );
  }

  /** A message found nobody at the other end. */
  refused(special: Link, from: number, to: number): void {
    const connection = this.of(special, from, to);
    if (connection.state !== 'open' || connection.unaware === from) return;
    this.tellOther(connection, to, 'refused');
  }

  private lose(sent: Sent, why: number = BY_RESET): void {
    const { from, to, id, type, message } = sent;
    this.world.recorder.drop(from, to, id, type, why, message);
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

  private open(connection: Connection, opener: number): void {
    const { tcp, tls } = connection.spec;
    connection.epoch++;
    connection.opener = opener;
    connection.acceptor = connection.other(opener);
    connection.unaware = -1;
    connection.doomed = -1;
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
    this.tellConnected(connection, connection.opener, 0);
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
        else this.packetArrives(connection, leg, to);
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

  private packetArrives(connection: Connection, leg: number, at: number): void {
    const legs = 2 * (connection.spec.tcp + connection.spec.tls);
    if (at === connection.acceptor && this.world.hosts[at]!.node === null) {
      const backUs = this.packetUs(connection, at, connection.opener);
      // If the refusal is lost, the opener finds out by its next packet: about as late.
      const delayUs = backUs === LOST ? FIRST_TIMEOUT_US : backUs;
      this.later(connection, connection.opener, delayUs, () => this.fail(connection, 'refused'));
      return;
    }
    if (leg === legs - 1) return this.opened(connection);
    if (leg === legs - 2) {
      connection.accepted = true;
      this.tellConnected(connection, at, 0);
    }
    this.sendPacket(connection, leg + 1, 0);
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

  /** Everything that belongs to it is over. */
  private end(connection: Connection): void {
    connection.state = 'closed';
    connection.epoch++;
    connection.unaware = -1;
    connection.doomed = -1;
    connection.waiting = [];
    connection.stalled = [];
  }

  /** It breaks: what is under way either way is lost, and both ends know at once. */
  private break(connection: Connection, why: Disconnection, tally: Tally): void {
    const { state, accepted, opener, acceptor, waiting, stalled } = connection;
    const [one, two] = connection.ends;
    this.world.network.breakBoth(one, two, tally);
    if (state === 'closed') return;
    const unaware = connection.unaware;
    this.end(connection);
    for (const sent of [...stalled, ...waiting]) {
      tally.messagesDropped++;
      this.lose(sent);
    }
    if (unaware === -1 || unaware === opener) this.tellDisconnected(opener, acceptor, why);
    if (accepted && (unaware === -1 || unaware === acceptor)) {
      this.tellDisconnected(acceptor, opener, why);
    }
  }

  /** One end is gone or closes: the other hears of it after what that end has sent before. */
  private tellOther(connection: Connection, gone: number, why: Disconnection): void {
    const other = connection.other(gone);
    const { network, now } = this.world;
    // What is on its way to the end that is gone finds nobody who knows of it.
    network.breakLink(other, gone, this.nobody);
    connection.unaware = other;
    connection.over = why;
    connection.epoch++;
    const packetUs = this.packetUs(connection, gone, other);
    const afterUs = this.linkOf(gone, other).lastArrivalUs - now;
    if (packetUs === LOST) this.later(connection, other, TIMEOUT_US, () => this.hear(connection));
    else this.later(connection, other, Math.max(packetUs, afterUs), () => this.hear(connection));
  }

  /** News that a cut stops is sent again until it gets through. */
  private hear(connection: Connection): void {
    const { unaware, over } = connection;
    if (!this.linkOf(connection.other(unaware), unaware).isCut) {
      return this.close(connection, unaware, over);
    }
    this.later(connection, unaware, TIMEOUT_US, () => this.hear(connection));
  }

  /** The last end that did not know that it is over hears of it. */
  private close(connection: Connection, end: number, why: Disconnection): void {
    const { stalled } = connection;
    this.end(connection);
    for (const sent of stalled) this.lose(sent);
    this.tellDisconnected(end, connection.other(end), why);
  }

  /** A node has died, and its machine closes its connections. */
  crashed(node: number): void {
    for (const connection of this.byNode.get(node) ?? []) {
      if (connection.state === 'open') {
        if (connection.unaware === node) this.end(connection);
        else if (connection.unaware === -1) this.tellOther(connection, node, 'closed');
      } else if (connection.state === 'opening' && connection.opener === node) {
        const { waiting } = connection;
        this.end(connection);
        for (const sent of waiting) this.lose(sent);
      }
    }
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

  /** A link is cut no longer: what it has stopped is sent again at the next time-out of each. */
  healed(link: Link, from: number, to: number): void {
    const { connection } = link;
    if (connection == null) return;
    const { now } = this.world;
    const stalled = connection.stalled.filter((sent) => sent.from === from && sent.to === to);
    connection.stalled = connection.stalled.filter((sent) => !stalled.includes(sent));
    // In the order sent: one that was under way met the cut later than one sent after it.
    stalled.sort((a, b) => a.id - b.id);
    for (const sent of stalled) {
      let tries = 1;
      while (sent.sinceUs + retransmitUs(tries) < now) tries++;
      this.world.sending.resend(sent, link, sent.sinceUs + retransmitUs(tries));
    }
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

  // Telling.

  private tellConnected(connection: Connection, end: number, delayUs: number): void {
    const peer = this.world.hosts[connection.other(end)]!.self;
    this.tell(end, delayUs, (host) => {
      this.world.recorder.note(end, CONNECTED_NOTE, { peer });
      host.node?.connected?.(host, peer);
    });
  }

  private tellDisconnected(end: number, from: number, why: Disconnection): void {
    const peer = this.world.hosts[from]!.self;
    this.tell(end, 0, (host) => {
      this.world.recorder.note(end, DISCONNECTED_NOTE, { peer, why });
      host.node?.disconnected?.(host, peer, why);
    });
  }

  /** An event of a node that listens; it dies with this life of the node. */
  private tell(end: number, delayUs: number, what: (host: Host) => void): void {
    const host = this.world.hosts[end]!;
    const { node, life } = host;
    if (node === null || (node.connected ?? node.disconnected) === undefined) return;
    const act = () => {
      if (host.life === life) this.world.handle(host, () => what(host));
    };
    this.schedule(end, delayUs, () => {
      if (host.life !== life) return;
      const slot = this.keep(act);
      if (!this.world.arrivals.holds(host, slot)) this.due(slot);
    });
  }

  // Events.

  /** What has come due, or has waited until its node was free. */
  due(slot: number): void {
    const action = this.actions[slot]!;
    this.actions[slot] = NOTHING;
    this.free.push(slot);
    action();
  }

  private keep(action: () => void): number {
    const slot = this.free.pop() ?? this.actions.length;
    this.actions[slot] = action;
    return slot;
  }

  private schedule(end: number, delayUs: number, action: () => void): void {
    this.world.queue.push(this.world.now + delayUs, CONNECTION, end, this.keep(action), 0);
  }

  /** Acts at an end, unless the connection has been opened anew or is over by then. */
  private later(connection: Connection, end: number, delayUs: number, action: () => void): void {
    const { epoch } = connection;
    this.schedule(end, delayUs, () => {
      if (connection.epoch === epoch) action();
    });
  }
}

const NOTHING = () => {};
