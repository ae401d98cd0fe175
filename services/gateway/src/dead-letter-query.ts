import { IsBoolean, IsIn, IsObject, IsOptional, IsString, Matches, MaxLength, ValidateIf } from 'class-validator';
import { BridgeError, FailureCode, invalid, isRecord, JsonRecord, parse } from '@bridgecore/contracts';
import { IsName, IsPageLimit, IsPosition, IsRecordId } from './query-fields';

export const STATUSES = ['open', 'replayed', 'discarded'] as const;

/** `null` is a value, and none that is allowed: taken for a filter, it would quietly mean no letter at all. */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** Which letters are meant; what is left out does not matter. */
export class DeadLetterFilter {
  @IfGiven()
  @IsName(64)
  readonly system?: string;

  @IfGiven()
  @IsName(128)
  readonly model?: string;

  @IfGiven()
  @IsRecordId()
  readonly record_id?: number;

  /** A stable code, as `EVENT_INVALID` or an SQLSTATE. */
  @IfGiven()
  @IsName(64)
  readonly reason?: string;
}

/** Which letters are listed. */
export class DeadLetterQuery extends DeadLetterFilter {
  @IsOptional()
  @IsIn(STATUSES, { message: `must be one of ${STATUSES.join(', ')}` })
  readonly status?: (typeof STATUSES)[number];

  /** The id of the last letter seen. */
  @IsPosition('a dead letter')
  readonly after: string = '0';

  @IsPageLimit()
  readonly limit: number = 100;
}

const FILTERS: readonly string[] = ['system', 'model', 'record_id', 'reason'];

/** Every parameter of the list. */
export const DEAD_LETTER_PARAMETERS: readonly string[] = [...FILTERS, 'status', 'after', 'limit'];

/** What a bulk replay is told. */
export class BulkReplay {
  /** `{}` means all open letters. */
  @IsObject({ message: 'must be an object, {} for all open ones' })
  readonly filter!: JsonRecord;

  /** Only says how many there are. */
  @IsBoolean({ message: 'must be true or false' })
  readonly dry_run: boolean = true;
}

/** A bulk replay's body, checked; an unknown name in it must not replay everything. */
export function parseBulkReplay(body: unknown): { readonly filter: DeadLetterFilter; readonly dry_run: boolean } {
  assertOnly(body, ['filter', 'dry_run']);
  const { dry_run } = parse(BulkReplay, emptied(body));
  const filter = body['filter']; // as it was sent: parsing loses a `__proto__`, and what is left would mean all
  assertOnly(filter, FILTERS, 'filter.');
  return { filter: parse(DeadLetterFilter, emptied(filter)), dry_run };
}

/** Why letters are discarded, for the audit. */
export class Discard {
  @IsOptional()
  @IsString({ message: 'must be a text' })
  @MaxLength(500)
  @Matches(/^\P{Cc}*$/u, { message: 'must be one line of text' })
  readonly reason: string | null = null;
}

/** A discard's body, which may be missing. */
export function parseDiscard(body: unknown, code: FailureCode = 'EVENT_INVALID'): Discard {
  if (body === undefined) return new Discard();
  assertOnly(body, ['reason'], '', code);
  return parse(Discard, emptied(body), code);
}

/**
 * The same without what its objects and lists hold. class-transformer walks them first, and fails without a name at a
 * member called `constructor` or at great depth: a 500 for what is only a bad value.
 */
export function emptied(body: JsonRecord): JsonRecord {
  const empty = (value: unknown): unknown => (Array.isArray(value) ? [] : isRecord(value) ? {} : value);
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, empty(value)]));
}

/** Refuses a body with a name in it that means nothing here. */
export function assertOnly(
  body: unknown,
  known: readonly string[],
  parent = '',
  code: FailureCode = 'EVENT_INVALID',
): asserts body is JsonRecord {
  if (!isRecord(body)) throw new BridgeError(code, 'The body must be a JSON object.');
  const unknown = Object.keys(body).filter((name) => !known.includes(name));
  const message = `is not known here; there are ${known.join(', ')}`;
  if (unknown.length === 0) return;
  const errors = unknown.map((name) => ({ field: `${parent}${name.slice(0, 50)}`, message }));
  throw invalid(errors, code);
}
