/**
 * Levers that a fault pulls without touching anything: the compiler sees to it that there is one
 * for each lever.
 */
import type { Levers, Release } from '../../sim/fault.ts';

const release: Release = () => undefined;
const pull = () => release;
const act = () => undefined;

/**
 * What these levers show is true, and the fault may act again later; whatever it pulls is loose.
 */
export function looseLevers(levers: Levers): Levers {
  return {
    get nodes() {
      return levers.nodes;
    },
    get clients() {
      return levers.clients;
    },
    get of() {
      return levers.of;
    },
    get random() {
      return levers.random;
    },
    get absent() {
      return levers.absent;
    },
    get loads() {
      return levers.loads;
    },
    after: (delayMs, action) => levers.after(delayMs, action),
    cut: pull,
    shapeLink: pull,
    reset: act,
    countMessages: act,
    script: pull,
    crash: pull,
    pause: pull,
    slowProcessor: pull,
    tellToLeave: () => false,
    command: () => null,
    keepOut: pull,
    letIn: act,
    shapeDisk: pull,
    damageDisk: () => 0,
    wipeDisk: act,
    shapeClock: pull,
    changeLoad: pull,
    heatKey: pull,
    troubleRequests: pull,
  };
}
