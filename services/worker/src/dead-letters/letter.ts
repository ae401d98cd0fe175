import { createHash } from 'node:crypto';
import {
  Arrival,
  BridgeError,
  isRecord,
  Origin,
  RejectedItem,
  UnreadablePart,
  WebhookEvent,
} from '@bridgecore/contracts';

/** What could not be recorded, and why. */
export interface DeadLetter {
  readonly system: string;
  readonly origin: Origin;
  readonly origin_id: string | null;
  /** What `raw` is: a normalised event, an item or a row as Odoo sent it, or part of a job that was not understood. */
  readonly kind: 'event' | 'item' | 'row' | 'job';
  /** It as JSON, redacted. */
  readonly raw: string;
  /** Tells a repeat from another letter: the event's content key (its arrival, when it has no id), or a hash of the raw item. */
  readonly raw_hash: string;
  /** A stable code: `EVENT_INVALID`, or the SQLSTATE with which PostgreSQL refused it. */
  readonly reason: string;
  readonly error: string;
  readonly model: string | null;
  readonly record_id: number | null;
  readonly received_at: string | null;
  readonly correlation_id: string;
  readonly key_id: string | null;
}

/** An event that PostgreSQL refuses, or that a bug of ours keeps from being recorded. */
export function deadEvent(event: WebhookEvent, error: Error): DeadLetter {
  const { system, origin, origin_id, model, record_id, received_at, correlation_id, key_id } = event;
  const subject = { system, origin, origin_id, model, record_id, received_at, correlation_id, key_id };
  const raw_hash = origin_id === null ? event.arrival_id : event.content_key; // without an id each arrival is an event
  const body = { kind: 'event' as const, raw: JSON.stringify(event), raw_hash };
  return { ...subject, ...body, ...causeOf(error) };
}

/** An item of a batch that the gateway refused. */
export function deadItem(item: RejectedItem): DeadLetter {
  const { system, raw, code, message, received_at, correlation_id, key_id } = item;
  const subject = { system, origin: 'push' as const, ...UNKNOWN, received_at, correlation_id, key_id };
  return { ...subject, kind: 'item', raw, raw_hash: hash(raw), reason: code, error: message };
}

/** A pulled row that the normaliser refuses. */
export function deadRow(
  raw: string,
  origin_id: string | null,
  error: BridgeError,
  arrival: Omit<Arrival, 'newId'>,
): DeadLetter {
  const { system, received_at, correlation_id, key_id } = arrival;
  const subject = { system, origin: 'pull' as const, ...UNKNOWN, origin_id, received_at, correlation_id, key_id };
  return { ...subject, kind: 'row', raw, raw_hash: hash(raw), ...causeOf(error) };
}

/** Part of a job that this version does not understand, or a whole one: of what it says only what is harmless is taken. */
export function deadPart({ part, reason }: UnreadablePart): DeadLetter {
  const said = isRecord(part) ? part : {};
  const raw = JSON.stringify(part ?? null);
  const subject = {
    system: name(said['system'], 64) ?? 'unknown',
    origin: said['origin'] === 'pull' ? ('pull' as const) : ('push' as const),
    ...{ ...UNKNOWN, origin_id: name(said['origin_id'], 128), received_at: null },
    ...{ correlation_id: name(said['correlation_id'], 128) ?? 'unknown', key_id: name(said['key_id'], 128) },
  };
  return { ...subject, kind: 'job', raw, raw_hash: hash(raw), reason: 'JOB_UNREADABLE', error: reason };
}

const UNKNOWN = { origin_id: null, model: null, record_id: null };

/** A stable code and a text for what went wrong. */
export function causeOf(error: Error): { readonly reason: string; readonly error: string } {
  const { code } = error as { code?: unknown };
  return { reason: typeof code === 'string' ? code : error.name, error: printable(error.message) };
}

function name(value: unknown, maxLength: number): string | null {
  return typeof value === 'string' && value.length <= maxLength && /^\P{C}+$/u.test(value) ? value : null;
}

function hash(raw: string): string {
  return createHash('sha256').update(raw).digest('hex').slice(0, 32);
}

/** What can be stored of a message: PostgreSQL quotes what it refuses; its text takes neither NUL nor half a character. */
export function printable(text: string): string {
  return text
    .slice(0, 2_000)
    .replaceAll('\u0000', '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
