import { Transform } from 'class-transformer';
import { ArrayMinSize, IsArray, IsString } from 'class-validator';
import { isRecord, kindOf } from './json';

/**
 * Fields of Odoo payloads that must not travel on: portal tokens, passwords, and what identifies an employee in
 * private (`pull-event-hr.employee-private-fields`). A `*` stands for any text.
 */
export const DEFAULT_REDACTED_FIELDS: readonly string[] = [
  ...['*token', '*password', '*_passwd', '*_pass', '*secret', '*secret_key', '*api_key', '*apikey', '*hmac_key'],
  ...['pin', '*_pin', 'ssnid', 'sinid', 'passport_id', 'identification_id', 'visa_no', 'permit_no'],
  ...['private_*', 'emergency_*', 'spouse_*', 'birthday', 'place_of_birth'],
];

/** What is done to payloads before anything is stored, logged or passed on. */
export class PayloadSettings {
  /** Names of fields to leave out, separated by commas; replaces the default list. */
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value,
  )
  @IsArray()
  @ArrayMinSize(1)
  @IsString({ each: true })
  readonly REDACT_FIELDS: readonly string[] = DEFAULT_REDACTED_FIELDS;
}

/** Tells of a field's name whether it must be left out. */
export type IsRedacted = (field: string) => boolean;

/** One test for a list of field names, in which `*` stands for any text. */
export function redaction(fields: readonly string[]): IsRedacted {
  const patterns = fields.map((field) => field.split('*').map(literal).join('.*'));
  const expression = new RegExp(`^(?:${patterns.join('|')})$`, 's');
  return (field) => expression.test(field);
}

function literal(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

/** The same JSON value without the redacted fields, at every depth. */
export function redact<T>(value: T, isRedacted: IsRedacted): T {
  return mapJson(value, (item) => item, isRedacted) as T;
}

/**
 * The same JSON value with null for `false`, at every depth. Odoo writes `false` for an empty field of any type and
 * for a boolean that is false alike, so null stands for both.
 */
export function falseToNull<T>(value: T): T {
  return mapJson(value, (item) => (item === false ? null : item)) as T;
}

function mapJson(value: unknown, scalar: (item: unknown) => unknown, skip?: IsRedacted): unknown {
  if (Array.isArray(value)) return value.map((item) => mapJson(item, scalar, skip));
  if (!isRecord(value)) return scalar(value);
  const members = Object.entries(value).filter(([key]) => skip?.(key) !== true);
  return Object.fromEntries(members.map(([key, item]) => [key, mapJson(item, scalar, skip)]));
}

/**
 * What is kept of a refused item or row, as JSON: redacted, also where its record's data is no object and so could hold
 * anything. What is nested too deeply to be walked is not kept.
 */
export function rawJson(value: unknown, isRedacted: IsRedacted): string {
  if (!isRecord(value)) return JSON.stringify(value);
  const known = Object.entries(value).map(([field, part]) => {
    const isData = field === 'data' || field === 'payload';
    return [field, isData && !isRecord(part) ? `(${kindOf(part)}, not kept)` : part];
  });
  try {
    return JSON.stringify(redact(Object.fromEntries(known), isRedacted));
  } catch (error) {
    if (error instanceof RangeError) return '"(nested too deeply to be kept)"';
    throw error;
  }
}
