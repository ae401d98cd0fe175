import { ArrayMaxSize, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { isRecord, JsonRecord } from './json';
import { invalid } from './parse';
import { AsId, AsInteger, AsTime, OrNull } from './odoo-values';
import { MAX_CHANGED_FIELDS, MAX_INT4, Operation, OPERATIONS, PRIORITIES, Priority } from './webhook-event';

/** The five shapes that Odoo posts to the one push endpoint (`odoo-wire/README.md` §2); no header says which. */
export type EnvelopeKind = 'instant' | 'batch' | 'connection-test' | 'flat';

/**
 * Tells the shapes apart by content. The instant one comes first: its top level is the record's own data, which may
 * have fields named `batch` or `test`. The configuration test has the flat shape.
 */
export function envelopeKind(body: JsonRecord): EnvelopeKind {
  if ('_webhook_metadata' in body) return 'instant';
  if (body['batch'] === true) return 'batch';
  if (body['test'] === true && !('model' in body)) return 'connection-test';
  return 'flat';
}

const PRINTABLE = /^[^\p{Cc}\p{Cs}]+$/u;
const INTEGER = `must be an integer from -1 to ${MAX_INT4}, or the same as a string of digits`;
const FIELD_NAMES = `must be an array of field names, at most ${MAX_CHANGED_FIELDS}`;
const EVENT_ID = 'must be a whole number up to 2^53, or a string of at most 128 printable characters';

/**
 * The envelope of one event, without its data: a scheduled push as it is, an instant one out of its
 * `_webhook_metadata`, a pulled row with its `id` as `event_id`.
 */
export class EventEnvelope {
  @Matches(/^[A-Za-z_][A-Za-z0-9_.]{0,127}$/, { message: 'must be the name of an Odoo model, as in "sale.order"' })
  readonly model!: string;

  @AsInteger()
  @Max(MAX_INT4, { message: INTEGER })
  @Min(-1, { message: INTEGER })
  @IsInt({ message: INTEGER })
  readonly record_id!: number;

  @IsIn(OPERATIONS, { message: 'must be one of create, write, unlink' })
  readonly event!: Operation;

  @AsId()
  @IsOptional()
  @MaxLength(128, { message: EVENT_ID })
  @Matches(PRINTABLE, { message: EVENT_ID })
  readonly event_id: string | null = null;

  @AsTime()
  @IsOptional()
  @Matches(/Z$/, { message: 'must be an ISO 8601 time, as in "2026-11-23T06:22:26" (UTC) or with a zone' })
  readonly timestamp: string | null = null;

  @OrNull()
  @IsOptional()
  @IsIn(PRIORITIES, { message: 'must be one of high, medium, low' })
  readonly priority: Priority | null = null;

  @OrNull()
  @IsOptional()
  @MaxLength(64)
  @Matches(PRINTABLE, { message: 'must be a string of printable characters' })
  readonly category: string | null = null;

  @OrNull()
  @IsOptional()
  @ArrayMaxSize(MAX_CHANGED_FIELDS, { message: FIELD_NAMES })
  @MaxLength(128, { each: true, message: FIELD_NAMES })
  @IsString({ each: true, message: FIELD_NAMES })
  readonly changed_fields: string[] | null = null;

  @AsInteger()
  @IsOptional()
  @Max(MAX_INT4, { message: 'must be an integer' })
  @Min(0, { message: 'must be an integer' })
  @IsInt({ message: 'must be an integer' })
  readonly user_id: number | null = null;

  @OrNull()
  @IsOptional()
  @MaxLength(256)
  @Matches(PRINTABLE, { message: 'must be a string of printable characters' })
  readonly user_name: string | null = null;
}

/** One event as it came, with the record's payload apart from its envelope. Neither part is checked yet. */
export interface RawEvent {
  readonly envelope: unknown;
  readonly payload: unknown;
}

/** A scheduled push, or what an integrator sends by hand: `data` may be called `payload`, or be missing. */
export function fromFlat(body: JsonRecord): RawEvent {
  return { envelope: known(body), payload: body['data'] ?? body['payload'] };
}

/** An instant push. Odoo sends at once what is of high priority, and then leaves the priority out. */
export function fromInstant(body: JsonRecord): RawEvent {
  const { _webhook_metadata: metadata, ...payload } = body;
  if (!isRecord(metadata)) throw invalid([{ field: '_webhook_metadata', message: 'must be a JSON object' }]);
  return { envelope: known({ priority: 'high', ...metadata, event: metadata['event_type'] }), payload };
}

/** A row of the pull API (`odoo-wire/README.md` §4). */
export function fromPulledRow(row: JsonRecord): RawEvent {
  return { envelope: known({ ...row, event_id: row['id'] }), payload: row['payload'] };
}

const FIELDS = [
  ...['model', 'record_id', 'event', 'event_id', 'timestamp', 'priority', 'category'],
  ...['changed_fields', 'user_id', 'user_name'],
] as const satisfies readonly (keyof EventEnvelope)[];

/** Only what an envelope has: a stranger's hundred thousand other keys must not reach the validator. */
function known(from: JsonRecord): JsonRecord {
  return Object.fromEntries(
    FIELDS.filter((name) => Object.hasOwn(from, name)).map((name) => [name, plain(from[name])]),
  );
}

/**
 * No envelope field holds an object. One with a member called `constructor` would make class-transformer fail with an
 * error that has no name: a 500 for a push, and for a pulled row a page that never goes on. An empty one is just refused.
 */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(emptied);
  return emptied(value);
}

function emptied(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? {} : value;
}
