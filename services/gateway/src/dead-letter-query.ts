import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { BridgeError, invalid, isRecord, JsonRecord, parse } from '@bridgecore/contracts';

export const STATUSES = ['open', 'replayed', 'discarded'] as const;

const PRINTABLE = /^\P{Cc}+$/u; // PostgreSQL takes no NUL in a text
const NAME = { message: 'must be a name' };
const LIMIT = { message: 'must be an integer from 1 to 1000' };

/** Which letters are meant; what is left out does not matter. */
export class DeadLetterFilter {
  @IsOptional()
  @IsString(NAME)
  @Matches(PRINTABLE, NAME)
  @MaxLength(64)
  readonly system?: string;

  @IsOptional()
  @IsString(NAME)
  @Matches(PRINTABLE, NAME)
  @MaxLength(128)
  readonly model?: string;

  /** A stable code, as `EVENT_INVALID` or an SQLSTATE. */
  @IsOptional()
  @IsString(NAME)
  @Matches(PRINTABLE, NAME)
  @MaxLength(64)
  readonly reason?: string;
}

/** Which letters are listed. */
export class DeadLetterQuery extends DeadLetterFilter {
  @IsOptional()
  @IsIn(STATUSES, { message: `must be one of ${STATUSES.join(', ')}` })
  readonly status?: (typeof STATUSES)[number];

  /** The id of the last letter seen. */
  @Matches(/^\d{1,18}$/, { message: 'must be the id of a dead letter' })
  readonly after: string = '0';

  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value,
  )
  @IsInt(LIMIT)
  @Min(1, LIMIT)
  @Max(1_000, LIMIT)
  readonly limit: number = 100;
}

const FILTERS: readonly string[] = ['system', 'model', 'reason'];

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
  const { filter, dry_run } = parse(BulkReplay, body);
  assertOnly(filter, FILTERS, 'filter.');
  return { filter: parse(DeadLetterFilter, filter), dry_run };
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
export function parseDiscard(body: unknown): Discard {
  if (body === undefined) return new Discard();
  assertOnly(body, ['reason']);
  return parse(Discard, body);
}

function assertOnly(body: unknown, known: readonly string[], parent = ''): void {
  if (!isRecord(body)) throw new BridgeError('EVENT_INVALID', 'The body must be a JSON object.');
  const unknown = Object.keys(body).filter((name) => !known.includes(name));
  const message = `is not known here; there are ${known.join(', ')}`;
  if (unknown.length > 0) throw invalid(unknown.map((name) => ({ field: `${parent}${name.slice(0, 50)}`, message })));
}
