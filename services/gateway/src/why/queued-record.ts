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
  const mayHold = textOf(sought);
  const holds = (text: string): boolean => mayHold(text) && partsOf(JSON.parse(text), sought).length > 0;
  const { jobs, allSeen } = await searchJobs(events, redis, holds);
  const queued = jobs.flatMap((job) => partsOf(job.data, sought).map((part) => told(job, part)));
  return { queued, queued_all_seen: allSeen };
}

/** Whether a job's text is worth reading, which most are not. An item that was refused is a JSON text within it. */
function textOf({ model, record_id }: SoughtRecord): (text: string) => boolean {
  const name = JSON.stringify(model).slice(1, -1);
  const id = new RegExp(String.raw`record_id\\?":\s*\\?"?${record_id}(?!\d)`);
  return (text) => text.includes(name) && id.test(text);
}

/** The events of the record in a job of any version, and the refused items that look as if they were of it. */
function partsOf(data: unknown, sought: SoughtRecord): JsonRecord[] {
  const { events, rejected } = isRecord(data) ? data : {};
  const isOf = (system: unknown, part: JsonRecord): boolean =>
    part['model'] === sought.model &&
    Number(part['record_id']) === sought.record_id &&
    (sought.system === null || system === sought.system);
  return [
    ...records(events).filter((event) => isOf(event['system'], event)),
    ...records(rejected).filter((item) => isOf(item['system'], bodyOf(item))),
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
