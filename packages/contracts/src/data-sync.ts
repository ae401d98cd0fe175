import {
  IsBoolean,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  ValidateBy,
} from 'class-validator';
import { isRecord } from './json';
import { domainProblem, OdooDomain } from './odoo-domain';
import { invalid, parse } from './parse';

/** Who wins when a record was changed on both sides since they last agreed. */
export const CONFLICT_POLICIES = ['source_wins', 'newest_wins', 'manual'] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

const MODEL = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;

function IsNotSameAs(other: string): PropertyDecorator {
  return ValidateBy({
    name: 'isNotSameAs',
    validator: {
      validate: (value, args) => (args?.object as Record<string, unknown> | undefined)?.[other] !== value,
      defaultMessage: () => `must be another system than ${other}`,
    },
  });
}

/** What to sync: the body of `POST /api/v1/data-sync`, and with the fields of `DataSyncJob` what travels through `data-sync`. */
export class DataSyncRequest {
  @IsString()
  @MaxLength(64)
  readonly source_system_id!: string;

  @IsString()
  @MaxLength(64)
  @IsNotSameAs('source_system_id')
  readonly target_system_id!: string;

  @MaxLength(128)
  @Matches(MODEL, { message: 'must be the name of a model, as in res.partner' })
  readonly model!: string;

  /** Which records of the source (in reverse: of the target); opaque to class-validator. */
  readonly filters: OdooDomain = [];

  /** After the forward run, the other way round. */
  @IsBoolean({ message: 'must be true or false' })
  readonly bidirectional: boolean = false;

  /** Whose wish it is, in words of the caller's own: for the audit only. */
  @IsOptional()
  @IsString({ message: 'must be a text or a number' })
  @Matches(/^\P{Cc}*$/u, { message: 'must be one line of text' })
  @MaxLength(128)
  readonly user_id: string | null = null;

  /** Says what would happen, record by record, and writes nothing. */
  @IsBoolean({ message: 'must be true or false' })
  readonly dry_run: boolean = false;

  @IsIn(CONFLICT_POLICIES, { message: `must be one of ${CONFLICT_POLICIES.join(', ')}` })
  readonly conflicts: ConflictPolicy = 'source_wins';

  /** Reads every record again, not only what has changed since the last run. */
  @IsBoolean({ message: 'must be true or false' })
  readonly full: boolean = false;
}

/** The names that a request may have; a misspelt `dry_run` must not write. */
const REQUEST_FIELDS: ReadonlySet<string> = new Set(
  Object.keys(new DataSyncRequest()).concat(...['source_system_id', 'target_system_id', 'model']),
);

/** A request from outside, checked; throws a `BridgeError` that names every field at fault. */
export function parseDataSyncRequest(body: unknown): DataSyncRequest {
  if (isRecord(body)) {
    const unknown = Object.keys(body).filter((name) => !REQUEST_FIELDS.has(name));
    const message = `is not known here; there are ${[...REQUEST_FIELDS].sort().join(', ')}`;
    if (unknown.length > 0) throw invalid(unknown.map((name) => ({ field: name.slice(0, 50), message })));
  }
  return withDomain(DataSyncRequest, body);
}

/** What travels through `data-sync`: one run, in one direction or in both. */
export class DataSyncJob extends DataSyncRequest {
  /** The run's id, and the job's. */
  @IsUUID()
  readonly id!: string;

  @IsISO8601()
  readonly requested_at!: string;

  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly key_id: string | null = null;

  @IsString()
  @MaxLength(128)
  readonly correlation_id!: string;
}

/** The same out of a job. */
export function toDataSyncJob(data: unknown): DataSyncJob {
  return withDomain(DataSyncJob, data);
}

/** class-transformer would walk the filters, and fails without a name at what is nested too deeply: they go round it. */
function withDomain<T extends DataSyncRequest>(Shape: new () => T, input: unknown): T {
  const { filters = [], user_id, ...rest } = isRecord(input) ? input : {};
  const problem = domainProblem(filters);
  const given = { ...rest, ...(user_id === undefined ? {} : { user_id: asText(user_id) }) };
  const parsed = parse(Shape, isRecord(input) ? withoutObjects(given) : input);
  if (problem !== null) throw invalid([{ field: 'filters', message: problem }]);
  return Object.assign(parsed, { filters: filters as OdooDomain });
}

function asText(value: unknown): unknown {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
}

/** Every field is a scalar: of anything else it is enough to know that it is none. */
function withoutObjects(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'object' && value !== null ? [] : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
