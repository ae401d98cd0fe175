import { EventJob, unreadable, WebhookEvent } from '@bridgecore/contracts';
import { JobReport } from '@bridgecore/runtime';
import { bury, deadItem } from '../dead-letters/bury';
import { record, Recorded, Stores } from './record';
import { tally } from './tally';

/**
 * Works one job of pushed events: what was not recorded lately is recorded, system by system; refused items are buried.
 * What could not be read fails the job, after the rest is done: tried again, the rest is known to be there.
 */
export async function workEventJob(
  { events, rejected, unreadable: left = [] }: EventJob,
  stores: Stores,
): Promise<JobReport> {
  const seen = await stores.seen.has(events);
  const fresh = events.filter((_, index) => seen[index] !== true);
  const recorded: Recorded[] = [];
  for (const [system, ofSystem] of bySystem(fresh)) recorded.push(...(await record(system, ofSystem, stores)));
  if (rejected.length > 0) await bury(stores.pool, rejected.map(deadItem));
  if (left.length > 0) throw unreadable(`${left.length} of its events: ${left.slice(0, 3).join(' ')}`);
  return {
    events: events.length,
    seen: events.length - fresh.length,
    rejected: rejected.length,
    ...tally(recorded),
  };
}

/** Whose events a job holds, and by which ids they are found in the gateway's log. */
export function aboutEventJob({ events, rejected }: EventJob): JobReport {
  const distinct = (name: 'system' | 'correlation_id'): string =>
    [...new Set([...events, ...rejected].map((part) => part[name]))].join(',');
  return { system: distinct('system'), correlation_id: distinct('correlation_id') };
}

function bySystem(events: readonly WebhookEvent[]): Map<string, WebhookEvent[]> {
  const groups = new Map<string, WebhookEvent[]>();
  for (const event of events) groups.set(event.system, [...(groups.get(event.system) ?? []), event]);
  return groups;
}
