import { EventJob, unreadable, UnreadablePart, WebhookEvent } from '@bridgecore/contracts';
import { JobReport } from '@bridgecore/runtime';
import { bury } from '../dead-letters/bury';
import { deadItem } from '../dead-letters/letter';
import { replay } from '../dead-letters/replay';
import { record, Recorded, Stores } from './record';
import { tally } from './tally';

/**
 * Works one job of pushed events: what was not recorded lately is recorded, system by system; refused items are buried,
 * and letters are replayed. What could not be read fails the job, after the rest is done: tried again, the rest is known
 * to be there.
 */
export async function workEventJob(job: EventJob, stores: Stores): Promise<JobReport> {
  const { events, rejected, unreadable: left = [] } = job;
  const seen = await stores.seen.has(events);
  const fresh = events.filter((_, index) => seen[index] !== true);
  const recorded: Recorded[] = [];
  for (const [system, ofSystem] of bySystem(fresh)) recorded.push(...(await record(system, ofSystem, stores)));
  const replayed = job.replay === undefined ? {} : await replay(job.replay, stores);
  if (left.length > 0) throw unreadable(`${left.length} of its parts: ${reasons(left)}`); // then the mover buries all
  if (rejected.length > 0) await bury(stores, rejected.map(deadItem));
  countOthers(
    stores,
    rejected,
    events.filter((_, index) => seen[index] === true),
  );
  return {
    ...{ events: events.length, seen: events.length - fresh.length, rejected: rejected.length },
    ...tally(recorded),
    ...replayed,
  };
}

/** What was not handed to `record`, which counts by itself. */
function countOthers({ meter }: Stores, rejected: EventJob['rejected'], seen: readonly WebhookEvent[]): void {
  for (const { system } of rejected) meter?.count(system, 'push', 'rejected');
  for (const { system, origin } of seen) meter?.count(system, origin, 'seen');
}

const reasons = (parts: readonly UnreadablePart[]): string =>
  parts
    .slice(0, 3)
    .map(({ reason }) => reason)
    .join(' ');

type Told = 'system' | 'correlation_id' | 'key_id';

/** Whose events a job holds, who sent them, and by which ids they are found in the gateway's log. */
export function aboutEventJob({ events, rejected, replay: wish }: EventJob): JobReport {
  const parts: Partial<Record<Told, string | null>>[] = [...events, ...rejected];
  if (wish !== undefined) parts.push({ correlation_id: wish.correlation_id, key_id: wish.key_id });
  const distinct = (name: Told): string => [...new Set(parts.flatMap((part) => part[name] ?? []))].join(',');
  return { system: distinct('system'), key_id: distinct('key_id'), correlation_id: distinct('correlation_id') };
}

function bySystem(events: readonly WebhookEvent[]): Map<string, WebhookEvent[]> {
  const groups = new Map<string, WebhookEvent[]>();
  for (const event of events) groups.set(event.system, [...(groups.get(event.system) ?? []), event]);
  return groups;
}
