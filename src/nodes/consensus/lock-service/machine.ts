/** The tree of a lock service, as its settings and mistakes want it. */
import { Coordination } from '../../parts/machines/coordination.ts';
import type { LockServiceBug } from './declared.ts';
import type { Settings } from './settings.ts';

export function machineOf(settings: Settings, bug: LockServiceBug | null): Coordination {
  return new Coordination({
    leaseMinMs: settings.leaseMinMs,
    leaseMaxMs: settings.leaseMaxMs,
    delays: settings.lockDelayMs > 0,
    holdMs: settings.pingHold * settings.leaseMinMs,
    ephemeralsSurvive: bug === 'ephemeral-survives',
    leasesUnchecked: bug === 'grant-without-lease-check',
    readersUnseen: bug === 'readers-unseen',
  });
}
