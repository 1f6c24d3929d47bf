/** The kinds of events in the queue. They enter a digest, so a number never changes its meaning. */

/** A message arrives. */
export const DELIVERY = 1;
/** A timer comes due. */
export const TIMEOUT = 2;
/** A flush of a disk is done. */
export const FLUSHED = 3;
/** An action of the scenario: a fault, a phase. */
export const CONTROL = 4;
/** A processor is free again: what waited for it goes on. */
export const WAKE = 5;
/** A request that a fault held back goes on. */
export const DELAYED = 6;
/** Something of a connection: a packet of a handshake, a time-out, news for an end. */
export const CONNECTION = 7;
/** A computation may be done. */
export const COMPUTED = 8;
