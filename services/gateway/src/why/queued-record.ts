import { Redis } from 'ioredis';
import { isRecord, JsonRecord, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { searchJobs, SoughtJob } from '@bridgecore/runtime';
import { QueueLook } from '../job-routes';
import { QueuedEvent } from './story';

/** The record that is looked for; without a system that of any. */
export interface SoughtRecord {
  readonly model: string;
  readonly record_id: number;
  readonly system: string | null;
}

/** What of a record waits in the queue, and whether every job was looked at. Costs Redis the same however much waits. */
export async function findQueued(
  events: QueueLook,
  redis: Redis,
  sought: SoughtRecord,
): Promise<{ queued: QueuedEvent[]; queued_all_seen: boolean }> {
  const model = JSON.stringify(sought.model).slice(1, -1);
  const id = String(sought.record_id);
  const mayHold = (text: string): boolean => text.includes(model) && text.includes(id); // most jobs need not be read
  const { jobs, allSeen } = await searchJobs(events, redis, mayHold);
  return { queued: jobs.flatMap((job) => eventsOf(job, sought)), queued_all_seen: allSeen };
}

/** The events of the record in a job of any version, and the refused items that look as if they were of it. */
function eventsOf(job: SoughtJob, sought: SoughtRecord): QueuedEvent[] {
  const { events, rejected } = isRecord(job.data) ? job.data : {};
  const isOf = (system: unknown, part: JsonRecord): boolean =>
    part['model'] === sought.model &&
    Number(part['record_id']) === sought.record_id &&
    (sought.system === null || system === sought.system);
  return [
    ...records(events).flatMap((event) => (isOf(event['system'], event) ? [told(job, event)] : [])),
    ...records(rejected).flatMap((item) => (isOf(item['system'], bodyOf(item)) ? [told(job, item)] : [])),
  ];
}

function told({ id, state, data: _data, ...stand }: SoughtJob, part: JsonRecord): QueuedEvent {
  const text = (name: string): string | null => (typeof part[name] === 'string' ? part[name] : null);
  return {
    ...{ queue: WEBHOOK_EVENTS.name, job_id: id, state, system: text('system') ?? '', ...stand },
    ...{ operation: text('operation'), occurred_at: text('occurred_at'), received_at: text('received_at') ?? '' },
    ...{ correlation_id: text('correlation_id') ?? '', key_id: text('key_id') },
  };
}

function records(list: unknown): JsonRecord[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** What was refused, as far as it can be read. */
function bodyOf({ raw }: JsonRecord): JsonRecord {
  try {
    const body: unknown = JSON.parse(String(raw));
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}
