import { Transform } from 'class-transformer';
import { ArrayMinSize, IsArray, IsString } from 'class-validator';
import { isRecord } from './json';

/**
 * Fields of Odoo payloads that must not travel on: portal tokens, passwords, and what identifies an employee in
 * private (`pull-event-hr.employee-private-fields`). A `*` stands for any text.
 */
export const DEFAULT_REDACTED_FIELDS: readonly string[] = [
  ...['access_token', 'signup_token', 'password', '*_password', 'secret', '*_secret', 'api_key', '*_api_key'],
  ...['pin', 'ssnid', 'sinid', 'passport_id', 'identification_id', 'visa_no', 'permit_no'],
  ...['private_*', 'emergency_*'],
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
