import { Counter, Registry } from 'prom-client';
import { AppTypes } from '@bridgecore/contracts';

/** Told of every pull of a device that was let in: what it ended with, and how many events it was given. */
export type SyncMeter = (appType: string, outcome: SyncOutcome, events?: number) => void;

const OUTCOMES = ['events', 'empty', 'refused', 'failed'] as const;
export type SyncOutcome = (typeof OUTCOMES)[number];

/** Counts by app type, of which there are few: each is there from the start, with 0. */
export function createSyncMeter(registry: Registry, appTypes: AppTypes): SyncMeter {
  const pulls = new Counter({
    name: 'bridgecore_sync_pulls_total',
    help: 'Pulls of devices: events, empty, refused (an acknowledgement of what was not given), failed (busy or PostgreSQL away).',
    labelNames: ['app_type', 'outcome'],
    registers: [registry],
  });
  const events = new Counter({
    name: 'bridgecore_sync_events_total',
    help: 'Events that devices were given, those given again included.',
    labelNames: ['app_type'],
    registers: [registry],
  });
  for (const app_type of appTypes.keys()) {
    events.inc({ app_type }, 0);
    for (const outcome of OUTCOMES) pulls.inc({ app_type, outcome }, 0);
  }
  return (app_type, outcome, given = 0) => {
    pulls.inc({ app_type, outcome });
    events.inc({ app_type }, given);
  };
}
